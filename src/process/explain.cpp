// SPDX-License-Identifier: EUPL-1.2
#include "process/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "package/load.hpp"
#include "process/compiled.hpp"
#include "process/core.hpp"

namespace flora::process {

using Item = Reason::Item;
using package::RuleKind;

namespace {

enum class Tongue : std::uint8_t { kGerman, kEnglish, kPlain };
Tongue tongue_of(std::string_view language) {
  return language == "en" ? Tongue::kEnglish : language == "plain" ? Tongue::kPlain : Tongue::kGerman;
}

// Sentences of the engine's own rules; {} is the step.
constexpr std::string_view kOwnSentences[][3] = {
    {"„{}“ kommt in einem Vorgang nur einmal vor und war schon eingetragen. War eine Berichtigung gemeint?",
     "“{}” happens once in a case and was recorded before. Was a correction meant?",
     "„{}“ gibt es nur einmal. Es war schon eingetragen. War die erste Eintragung falsch?"},
    {"„{}“ ist erst vorgesehen, wenn ein anderer Schritt es möglich gemacht hat.",
     "“{}” is expected only after another step has made it possible.", "„{}“ ist noch nicht dran."},
    {"„{}“ geschah, bevor der Schritt geschlossen wurde, und wurde erst danach eingetragen.",
     "“{}” happened before the step was closed and was recorded afterwards.",
     "„{}“ war rechtzeitig. Es wurde aber zu spät eingetragen."},
    {"Jeder Vorgang schuldet von Beginn an „{}“.", "Every case owes “{}” from its beginning.", "„{}“ muss in jedem Fall kommen."},
    {"Der Vorgang ist abgebrochen; „{}“ wurde danach eingetragen.", "The case was cancelled; “{}” was recorded afterwards.",
     "Der Fall ist beendet. „{}“ kam danach."}};

class Explainer {
 public:
  Explainer(const Definition& d, const CaseState& state, std::string_view language)
      : d_(d), c_(d.compiled()), state_(state), language_(language) {}

  Reason rule(RuleRef ref) const {
    Reason out;
    out.rule = ref;
    out.sentence = sentence_of(d_, ref, language_);
    if (const auto* rule = d_.rule(ref)) {
      out.number = rule->number.empty() ? rule->id : rule->number;
      if (!rule->basis.empty()) out.basis = package::in_language(rule->basis, language_);
    } else {
      out.number = d_.rule_id(ref);
    }
    return out;
  }
  Item item(Item::Role role, FactRef ref) const {
    const Fact f = state_.fact(ref);
    return {role, f.step, ref, f.at, kNever};
  }
  static Item missing(StepIndex step) { return {Item::Role::kMissing, step, kNoFact, kNever, kNever}; }

  void add_causes(Reason& out, RuleRef rule, StepIndex step) const {
    for (const auto& cause : state_.causes) {
      if (cause.rule != rule || cause.step != step) continue;
      out.facts.push_back({Item::Role::kCause, state_.fact(cause.fact).step, cause.fact, cause.at, cause.due});
    }
  }

  Reason finding(const Finding& f) const {
    Reason out = rule(f.rule);
    const CompiledRule* rule = c_.find(f.rule);
    if (f.stage != FindingStage::kNone) {
      Item cause = item(Item::Role::kCause, f.fact);
      cause.due = f.reference;
      out.facts.push_back(cause);
      out.facts.push_back(missing(f.step));
      return out;
    }
    out.facts.push_back(item(Item::Role::kGraded, f.fact));
    if (rule == nullptr) return out;
    if (rule->kind == RuleKind::kCondition || rule->kind == RuleKind::kMilestone) {
      for (std::size_t i = 0; i < rule->rule->sources.size(); ++i) {
        if ((f.named >> i & 1) != 0) out.facts.push_back(missing(rule->rule->sources[i]));
      }
    } else if (rule->kind == RuleKind::kCloses || rule->kind == RuleKind::kPhaseCloses) {
      add_closer(out, *rule, f);
    }
    return out;
  }

 private:
  // The last fact of the rule that closed the step by then.
  void add_closer(Reason& out, const CompiledRule& rule, const Finding& f) const {
    FactRef closer = kNoFact;
    walk_facts(state_, [&](FactRef ref) {
      if (ref == f.fact) return false;
      const auto& sources = rule.rule->sources;
      if (std::find(sources.begin(), sources.end(), state_.fact(ref).step) != sources.end()) closer = ref;
      return true;
    });
    if (!closer.is_none()) out.facts.push_back(item(Item::Role::kCloser, closer));
  }

  const Definition& d_;
  const Compiled& c_;
  const CaseState& state_;
  std::string_view language_;
};

}  // namespace

std::string sentence_of(const Definition& definition, RuleRef rule, std::string_view language) {
  const Compiled& c = definition.compiled();
  const auto* own = definition.rule(rule);
  if (own != nullptr) return package::sentence(definition.package(), *own, language);
  const auto& step = definition.package().steps[c.own_step(rule)];
  const auto text = kOwnSentences[static_cast<std::size_t>(c.own_kind(rule))][static_cast<std::size_t>(tongue_of(language))];
  return fmt::format(fmt::runtime(text), package::in_language(step.title, language));
}

Reason why_finding(const Definition& definition, const CaseState& state, const Finding& finding, std::string_view language) {
  return Explainer(definition, state, language).finding(finding);
}

std::vector<Reason> why_owed(const Definition& definition, const CaseState& state, StepIndex step, std::string_view language) {
  const Explainer explain(definition, state, language);
  std::vector<Reason> out;
  for (const auto& duty : state.duties) {
    if (duty.step != step) continue;
    Reason reason = explain.rule(duty.rule);
    explain.add_causes(reason, duty.rule, step);
    out.push_back(std::move(reason));
  }
  std::sort(out.begin(), out.end(),
            [&](const Reason& a, const Reason& b) { return definition.rank(a.rule) < definition.rank(b.rule); });
  return out;
}

std::vector<Reason> why_blocked(const Definition& definition, const CaseState& state, StepIndex step, std::string_view language) {
  const Explainer explain(definition, state, language);
  std::vector<Reason> out;
  for (auto ref : definition.compiled().steps[step].graded) {
    const auto missing = obstacles_of(definition, state, ref);
    if (missing.empty()) continue;
    Reason reason = explain.rule(ref);
    for (auto s : missing) reason.facts.push_back(Explainer::missing(s));
    out.push_back(std::move(reason));
  }
  return out;
}

}  // namespace flora::process
