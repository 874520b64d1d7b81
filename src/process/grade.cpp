// SPDX-License-Identifier: EUPL-1.2
// Section 3, number 1: a fact is graded on the state before it.
#include <algorithm>

#include "process/core.hpp"
#include "process/resolver.hpp"

namespace flora::process {

using package::RuleKind;

bool in_force_now(const Compiled& c, const CaseState& state, const CompiledRule& rule, std::int64_t event_at) {
  const std::int32_t day = c.terms.day_of(rule.rule->valid_by_event ? event_at : state.trigger);
  return (!rule.rule->valid_from_day || day >= *rule.rule->valid_from_day) &&
         (!rule.rule->valid_to_day || day <= *rule.rule->valid_to_day);
}

feel::Truth Core::guard_truth(std::int16_t guard, FactRef ref) const {
  const CompiledGuard& g = c_.guards[static_cast<std::size_t>(guard)];
  const bool uncounted = !uncounted_.is_none() && uncounted_ == ref;
  if (g.native) return g.native->test(state_, ref, uncounted);
  return g.guard.test(CaseResolver(c_, state_, tallies_, g, ref, uncounted, now_));
}

bool Core::ask_guard(const CompiledRule& rule, FactRef ref) {
  if (!c_.guards[static_cast<std::size_t>(rule.when)].names_tally) return guard_truth(rule.when, ref) == feel::Truth::kTrue;
  // A tally is not part of the case: how it came out is kept, so that a replay need not ask again.
  for (const auto& outcome : state_.outcomes) {
    if (outcome.fact == ref && outcome.rule == rule.self) return outcome.truth == static_cast<std::uint8_t>(feel::Truth::kTrue);
  }
  const auto truth = guard_truth(rule.when, ref);
  Effect e;
  e.kind = Effect::Kind::kTally;
  e.fact = ref;
  e.rule = rule.self;
  e.flag = static_cast<std::uint8_t>(truth);
  emit(e);
  return truth == feel::Truth::kTrue;
}

bool Core::condition_violated(const CompiledRule& rule, const Fact& fact, bool late, std::uint64_t* unmet) const {
  // Mostly everything named was done, and nothing is late: one look at the sets.
  if (!late && !rule.source_set.meets_outside(state_.included, state_.executed) && !rule.rule->any_of) {
    bool later = false;
    for (auto s : rule.rule->sources) later = later || (state_.included.has(s) && state_.steps[s].first_at > fact.at);
    if (!later) return false;
  }
  const auto& sources = rule.rule->sources;
  std::uint64_t missing = 0;
  bool some_included = false;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool done = state_.steps[sources[i]].first_at <= fact.at;
    if (done && rule.rule->any_of) return false;
    const bool included = included_at(sources[i], fact.at, late);
    some_included = some_included || included;
    if (!done && included) missing |= std::uint64_t{1} << i;
  }
  *unmet = missing;
  return rule.rule->any_of ? some_included : missing != 0;
}

bool Core::spacing_violated(const CompiledRule& rule, FactRef ref, const Fact& fact) const {
  std::int64_t before = kBeforeAll, after = kNever;
  bool earlier = true;  // in ledger order, what is visited before the fact itself
  walk_facts(state_, [&](FactRef other) {
    if (other == ref) {
      earlier = false;
      return true;
    }
    const Fact f = state_.fact(other);
    if (f.step != fact.step) return true;
    if (f.at < fact.at || (f.at == fact.at && earlier)) {
      before = std::max(before, f.at);
    } else {
      after = std::min(after, f.at);
    }
    return true;
  });
  if (!rule.within) return false;
  return (before != kBeforeAll && !c_.terms.apart(before, fact.at, *rule.within)) ||
         (after != kNever && !c_.terms.apart(fact.at, after, *rule.within));
}

bool Core::order_violated(const CompiledRule& rule, FactRef ref, const Fact& fact) const {
  const auto& r = *rule.rule;
  if (r.sources.empty() || r.targets.empty()) return false;
  const StepIndex a = r.sources.front(), b = r.targets.front();
  if (!r.each) {
    const auto& first = state_.steps[a];
    if (fact.step == b && first.count > 0 && fact.at < first.first_at) return true;
    return fact.step == a && first.count == 0 && state_.steps[b].count > 0 && state_.steps[b].first_at < fact.at;
  }
  // The n-th A with the n-th B, by order of entry; this fact is the last of its step.
  const StepIndex other = fact.step == a ? b : a;
  const std::size_t n = state_.steps[fact.step].count;
  std::size_t seen = 0;
  bool violated = false;
  walk_facts(state_, [&](FactRef candidate) {
    if (candidate == ref) return true;
    const Fact f = state_.fact(candidate);
    if (f.step != other || seen++ != n) return true;
    violated = fact.step == a ? f.at < fact.at : fact.at < f.at;
    return false;
  });
  return violated;
}

bool Core::is_violated(const CompiledRule& rule, FactRef ref, const Fact& fact, bool late, std::uint64_t* unmet) {
  if (!in_force(rule, fact.at)) return false;
  switch (rule.kind) {
    case RuleKind::kCondition: return condition_violated(rule, fact, late, unmet) && guard_true(rule, ref);
    case RuleKind::kMilestone: {
      if (!rule.source_set.meets(state_.owed)) return false;
      const auto& sources = rule.rule->sources;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        if (state_.owed.has(sources[i]) && included_at(sources[i], fact.at, late)) *unmet |= std::uint64_t{1} << i;
      }
      return *unmet != 0 && guard_true(rule, ref);
    }
    case RuleKind::kAtMost: return state_.steps[fact.step].count + 1U > rule.rule->count && guard_true(rule, ref);
    case RuleKind::kSpacing:
      return state_.steps[fact.step].count > 0 && spacing_violated(rule, ref, fact) && guard_true(rule, ref);
    case RuleKind::kInOrder: return order_violated(rule, ref, fact) && guard_true(rule, ref);
    case RuleKind::kReport: return guard_true(rule, ref);
    default: return false;
  }
}

RuleRef Core::violated_refusal(FactRef ref, const Fact& fact, bool repeated) {
  const CompiledStep& step = c_.steps[fact.step];
  if (!step.refuses) return kNoRule;
  const bool late = fact.at < state_.last_opening;
  for (auto r : step.graded) {
    const CompiledRule& rule = c_.rules[r.value];
    std::uint64_t unmet = 0;
    if (rule.level == Level::kRefuse && is_violated(rule, ref, fact, late, &unmet)) return r;
  }
  if (repeated) return c_.package->steps[fact.step].repeat_level == Level::kRefuse ? c_.own(OwnRule::kOnce, fact.step) : kNoRule;
  if (state_.is_cancelled()) return kNoRule;
  const Standing standing = standing_at(c_, state_, fact.step, fact.at);
  const RuleRef closer = late ? standing.closed_by : state_.steps[fact.step].closed_by;
  return closer != kNoRule && c_.closing_level(closer) == Level::kRefuse ? closer : kNoRule;
}

void Core::grade_rule(const CompiledRule& rule, FactRef ref, const Fact& fact, bool late) {
  std::uint64_t unmet = 0;
  if (!is_violated(rule, ref, fact, late, &unmet)) return;
  // A rule of level refuse was asked before; in a replay, or of a fact of the clock, nobody can be refused any more.
  const Level level = std::min(rule.level, Level::kCritical);
  const To to = address(rule.rule->to, rule.self, FindingStage::kNone, fact.step, ref, unmet);
  open_finding(rule.self, level, ref, fact.step, fact.at, FindingStage::kNone, unmet, 0, to);
}

void Core::grade_standing(FactRef ref, const Fact& fact, bool late) {
  const auto& step = state_.steps[fact.step];
  const Standing standing =
      late ? standing_at(c_, state_, fact.step, fact.at) : Standing{state_.included.has(fact.step), step.closed_by};
  const auto open = [&](RuleRef rule, Level level, RuleRef whose) {
    static const std::vector<package::Recipient> kDefault;
    const CompiledRule* compiled = c_.find(whose);
    const auto& list = compiled != nullptr ? compiled->rule->to : kDefault;
    const To to = address(list, whose, FindingStage::kNone, fact.step, ref, 0);
    open_finding(rule, std::min(level, Level::kCritical), ref, fact.step, fact.at, FindingStage::kNone, 0, 0, to);
  };
  if (!standing.included) {
    open(standing.closed_by, c_.closing_level(standing.closed_by), standing.closed_by);
  } else if (!state_.included.has(fact.step)) {
    open(c_.own(OwnRule::kLate, fact.step), Level::kAttention, step.closed_by);
  }
}

void Core::grade(FactRef ref, const Fact& fact) {
  const CompiledStep& step = c_.steps[fact.step];
  const bool late = fact.at < state_.last_opening;
  for (auto r : step.graded) grade_rule(c_.rules[r.value], ref, fact, late);
  if (state_.is_cancelled()) {
    const RuleRef own = c_.own(OwnRule::kCancelled, fact.step);
    open_finding(own, Level::kCritical, ref, fact.step, fact.at, FindingStage::kNone, 0, 0,
                 address({}, own, FindingStage::kNone, fact.step, ref, 0));
  } else {
    grade_standing(ref, fact, late);
  }
}

void Core::open_finding(RuleRef rule, Level level, FactRef ref, StepIndex step, std::int64_t reference, FindingStage stage,
                        std::uint64_t unmet, std::uint8_t flags, To to) {
  Finding f;
  f.opened = f.changed = now_;
  f.reference = reference;
  f.named = f.unmet = unmet;
  f.rule = rule;
  f.step = step;
  f.fact = ref;
  f.level = level;
  f.stage = stage;
  f.flags = flags;
  const CompiledRule* compiled = c_.find(rule);
  if (compiled != nullptr && compiled->escalate) f.escalate_at = c_.terms.due_from(now_, *compiled->escalate);
  out_.opened.push_back(f);
  Effect e;
  e.kind = Effect::Kind::kFindingOpened;
  e.index = static_cast<std::uint32_t>(out_.opened.size() - 1);
  emit(e);
  out_.report.findings.push_back(
      {rule, step, ref, stage, level, FindingVerb::kOpened, now_, static_cast<std::uint16_t>(state_.findings.size() - 1), to});
}

}  // namespace flora::process
