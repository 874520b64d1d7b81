// SPDX-License-Identifier: EUPL-1.2
// One case: facts, duties, findings with their life and reason, what may be done next.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "channel/cells.hpp"
#include "channel/keys.hpp"
#include "channel/reading.hpp"
#include "channel/registers.hpp"
#include "process/engine.hpp"
#include "process/explain.hpp"
#include "process/query.hpp"

namespace flora::channel {

using base::Code;
using base::fail;

namespace {

// What is shown of a case to one agency.
class CaseView {
 public:
  CaseView(const ReadableCase& readable, std::vector<HistoryRow> history, base::Instant now, std::string language)
      : entry_(*readable.entry),
        asker_(readable.asker),
        definition_(*entry_.version->definition),
        package_(*entry_.version->package),
        state_(entry_.state),
        placed_(readable.placed),
        history_(std::move(history)),
        now_(now),
        language_(std::move(language)) {}

  // In ledger order; a fact of the clock behind the entered ones that it came after.
  std::vector<FactShown> facts() const {
    std::vector<FactShown> out;
    for (std::size_t i = 0; i <= state_.facts.size(); ++i) {
      for (std::size_t c = 0; c < state_.clock.size(); ++c) {
        const process::ClockFact& clock = state_.clock[c];
        const bool here = clock.after == i && clock.state != process::ClockFact::State::kAbsent;
        if (here) out.push_back(fact(process::FactRef::clock(c)));
      }
      if (i < state_.facts.size()) out.push_back(fact(process::FactRef::entered(i)));
    }
    return out;
  }

  FactShown fact(process::FactRef ref) const { return show_fact(entry_, ref, row_of(ref), asker_.agency); }

  std::vector<Duty> duties() const {
    std::vector<Duty> out;
    for (const auto& obligation : state_.duties) {
      Duty duty;
      duty.rule = definition_.rule_id(obligation.rule);
      duty.step = definition_.step_id(obligation.step);
      duty.by = debtors(obligation.step);
      if (obligation.creditor != process::kNoAgency) duty.to = package_.agencies[obligation.creditor].id;
      if (obligation.due != process::kNever) duty.due = base::Instant{obligation.due};
      duty.overdue = obligation.due <= now_.ns;
      duty.cue = state_.cues.has(obligation.step);
      out.push_back(std::move(duty));
    }
    std::sort(out.begin(), out.end(), [](const Duty& a, const Duty& b) {
      const auto at = [](const Duty& d) { return d.due ? d.due->ns : process::kNever; };
      return std::tuple(at(a), a.step, a.rule) < std::tuple(at(b), b.step, b.rule);
    });
    return out;
  }

  std::vector<AgencyCues> cues() const {
    std::vector<AgencyCues> out;
    for (std::size_t a = 0; a < package_.agencies.size(); ++a) {
      out.push_back({package_.agencies[a].id, cues_of(static_cast<package::AgencyIndex>(a))});
    }
    return out;
  }
  std::vector<std::string> cues_of(package::AgencyIndex agency) const {
    std::vector<std::string> out;
    const process::StepSet set = process::cues_of(definition_, state_, agency);
    for (std::size_t s = 0; s < package_.steps.size(); ++s) {
      if (set.has(static_cast<package::StepIndex>(s))) out.push_back(package_.steps[s].id);
    }
    return out;
  }

  std::vector<BlockedStep> blocked() const {
    std::vector<BlockedStep> out;
    for (const auto& b : process::blocked(definition_, state_)) {
      out.push_back({package_.steps[b.step].id, missing(b.missing)});
    }
    return out;
  }

  std::vector<FindingShown> findings() const {
    std::vector<FindingShown> out;
    for (const auto& f : state_.findings) out.push_back(show(f));
    std::sort(out.begin(), out.end(), [](const FindingShown& a, const FindingShown& b) {
      const auto key = [](const Finding& f) {
        return std::tuple(f.state > FindingState::kAcknowledged, -static_cast<int>(f.level), f.opened, std::string_view(f.rule),
                          std::string_view(f.step), f.fact, f.state);
      };
      return key(a.finding) < key(b.finding);
    });
    return out;
  }

  std::vector<PhaseShown> phases() const {
    std::vector<PhaseShown> out;
    for (std::size_t p = 0; p < package_.phases.size(); ++p) {
      out.push_back({package_.phases[p].id, state_.phase_closed(static_cast<package::PhaseIndex>(p))});
    }
    return out;
  }

  std::vector<CaseShown::Offer> offers() const {
    std::vector<CaseShown::Offer> out;
    if (!asker_.role || state_.is_cancelled()) return out;
    for (std::size_t s = 0; s < package_.steps.size(); ++s) {
      const auto step = static_cast<package::StepIndex>(s);
      const package::Step& definition = package_.steps[s];
      const bool done = definition.once && state_.executed.has(step);
      if (definition.via != package::Via::kForm || done || !state_.is_included(step)) continue;
      if (!definition_.owns(*asker_.role, step)) continue;
      out.push_back({definition.id, write_view(step), state_.cues.has(step)});
    }
    std::sort(out.begin(), out.end(), [this](const auto& a, const auto& b) {
      return std::pair(!a.cue, package_.find_step(a.step)) < std::pair(!b.cue, package_.find_step(b.step));
    });
    return out;
  }

  std::vector<Reason> why(const WhyQuery& query, base::Status& status) const {
    const auto step = package_.find_step(query.step);
    const auto rule = definition_.find_rule(query.rule);
    if (!step) {
      status = fail(Code::kUnknownStep, fmt::format("there is no step {}", query.step));
    } else if (!query.rule.empty() && !rule) {
      status = fail(Code::kUnknownReference, fmt::format("there is no rule {}", query.rule));
    } else if (query.fact) {
      return why_finding(*rule, *step, *query.fact, status);
    } else {
      std::vector<Reason> out;
      for (const auto& reason : process::why_owed(definition_, state_, *step, language_)) {
        if (query.rule.empty() || reason.rule == *rule) out.push_back(show(reason, level_of(reason.rule)));
      }
      if (!query.rule.empty()) return out;
      for (const auto& reason : process::why_blocked(definition_, state_, *step, language_)) {
        out.push_back(show(reason, level_of(reason.rule)));
      }
      return out;
    }
    return {};
  }

 private:
  const HistoryRow* row_of(process::FactRef ref) const {
    const auto it = std::find_if(history_.begin(), history_.end(),
                                 [&](const HistoryRow& row) { return row.kind == HistoryRow::Kind::kFact && row.fact == ref; });
    return it == history_.end() ? nullptr : &*it;
  }

  std::vector<std::string> debtors(package::StepIndex step) const {
    std::vector<std::string> out;
    for (const auto agency : definition_.debtors(step)) out.push_back(package_.agencies[agency].id);
    return out;
  }

  std::vector<Missing> missing(std::span<const package::StepIndex> steps) const {
    std::vector<Missing> out;
    for (const auto step : steps) out.push_back({package_.steps[step].id, debtors(step)});
    return out;
  }

  std::string write_view(package::StepIndex step) const {
    std::string any;
    for (std::size_t v = 0; v < package_.views.size(); ++v) {
      const package::View& view = package_.views[v];
      if (!view.write || view.step != step || !may_open(view, *asker_.role)) continue;
      const bool stands =
          std::any_of(placed_.rows.begin(), placed_.rows.end(), [&](const PlacedRow& row) { return row.view == v; });
      if (stands) return view.id;
      if (any.empty()) any = view.id;
    }
    return any;
  }

  static FindingState state_of(process::FindingStatus status) {
    return static_cast<FindingState>(static_cast<int>(status) + 1);  // ours begin with 1
  }

  FindingShown show(const process::Finding& f) const {
    FindingShown out;
    Finding& shown = out.finding;
    shown.case_id = entry_.id;
    shown.package = entry_.version->hash;
    shown.rule = definition_.rule_id(f.rule);
    shown.step = definition_.step_id(f.step);
    shown.fact = name(f.fact);
    shown.stage = static_cast<Stage>(f.stage);
    shown.level = f.level;
    shown.state = state_of(f.status);
    shown.opened = {f.opened};
    for (const auto& to : process::recipients_of(definition_, state_, f)) shown.to.emplace_back(definition_.addressee_id(to));
    std::sort(shown.to.begin(), shown.to.end());
    out.life = life_of(f);
    const process::Reason reason = process::why_finding(definition_, state_, f, language_);
    out.why.sentence = reason.sentence;
    out.why.basis = reason.basis;
    out.why.number = reason.number;
    for (const auto& item : reason.facts) {
      if (!item.fact.is_none()) out.why.facts.push_back(name(item.fact));
    }
    return out;
  }

  // Two findings may have the same identity one after the other; each lives from its opening on.
  std::vector<FindingShown::Life> life_of(const process::Finding& f) const {
    std::vector<FindingShown::Life> out;
    for (const auto& row : history_) {
      for (const auto& move : row.moves) {
        if (move.rule != f.rule || move.step != f.step || move.fact != f.fact) continue;
        if (move.verb == FindingVerb::kOpened && move.at <= f.opened) out.clear();
        FindingShown::Life life{.at = {move.at}, .change = move.verb, .level = move.level, .reason = {}, .role = {}};
        if (row.kind == HistoryRow::Kind::kAct) {
          life.reason = row.reason;
          life.role = package_.roles[row.role].id;
        }
        out.push_back(std::move(life));
      }
    }
    return out;
  }

  FactId name(process::FactRef ref) const { return name_of(definition_, state_, entry_.facts, ref); }

  package::Level level_of(process::RuleRef rule) const {
    const package::Rule* r = definition_.rule(rule);
    return r == nullptr ? package::Level::kNone : r->level;
  }

  std::vector<Reason> why_finding(process::RuleRef rule, package::StepIndex step, const FactId& fact_name,
                                  base::Status& status) const {
    const auto ref = find_fact(entry_, fact_name);
    const process::Finding* f = ref ? state_.finding(rule, step, *ref) : nullptr;
    if (f == nullptr) {
      status = fail(Code::kUnknownFinding, "there is no such finding");
      return {};
    }
    return {show(process::why_finding(definition_, state_, *f, language_), f->level)};
  }

  Reason show(const process::Reason& reason, package::Level level) const {
    Reason out;
    out.rule = definition_.rule_id(reason.rule);
    out.number = reason.number;
    for (const std::string_view language : {"de", "en", "plain"}) {
      out.sentence[std::string(language)] = process::sentence_of(definition_, reason.rule, language);
    }
    if (const package::Rule* rule = definition_.rule(reason.rule)) out.basis = rule->basis;
    out.level = level;
    for (const auto& item : reason.facts) {
      if (item.fact.is_none()) {
        out.missing.push_back({package_.steps[item.step].id, debtors(item.step)});
      } else {
        out.facts.push_back(fact(item.fact));
      }
    }
    return out;
  }

  const CaseEntry& entry_;
  const AskerIn& asker_;
  const process::Definition& definition_;
  const package::Package& package_;
  const process::CaseState& state_;
  const Placed& placed_;
  const std::vector<HistoryRow> history_;
  const base::Instant now_;
  const std::string language_;
};

}  // namespace

base::Result<CaseShown> Reader::show(const Asking& asking, const base::CaseId& id) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(const auto readable, open_case(*tables_, channel_, *catalog_, asker, id));
  CaseShown out;
  out.standing = standing();
  const CaseView view(readable, read_history(*tables_, channel_, id), out.standing.time, asking.language);
  const CaseEntry& entry = *readable.entry;
  out.case_id = id;
  out.package = entry.version->hash;
  out.package_id = entry.version->package->id;
  out.opened = {entry.state.opened};
  out.finished = process::finished(*entry.version->definition, entry.state);
  out.cancelled = entry.state.is_cancelled();
  out.level = entry.state.highest_open();
  out.facts = view.facts();
  out.duties = view.duties();
  out.cues = view.cues();
  out.blocked = view.blocked();
  out.findings = view.findings();
  out.phases = view.phases();
  out.offers = view.offers();
  return out;
}

base::Result<std::vector<Reason>> Reader::why(const Asking& asking, const base::CaseId& id, const WhyQuery& query) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(const auto readable, open_case(*tables_, channel_, *catalog_, asker, id));
  const CaseView view(readable, read_history(*tables_, channel_, id), standing().time, asking.language);
  base::Status status;
  auto reasons = view.why(query, status);
  FLORA_TRY(status);
  return reasons;
}

base::Result<std::vector<Summary>> Reader::summaries(const Asking& asking, std::span<const base::CaseId> cases) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  const base::Instant now = standing().time;
  std::vector<Summary> out;
  for (const auto& id : cases) {
    const auto readable = open_case(*tables_, channel_, *catalog_, asker, id);
    if (!readable) {
      if (readable.error().code == Code::kCorrupt) return tl::unexpected(readable.error());
      continue;
    }
    const CaseEntry& entry = *readable->entry;
    Summary summary;
    summary.case_id = id;
    summary.package = entry.version->hash;
    if (const auto last = process::last_entered(entry.state); !last.is_none()) {
      const process::Fact fact = entry.state.fact(last);
      summary.status = entry.version->package->steps[fact.step].id;
      summary.since = {fact.at};
    }
    summary.level = entry.state.highest_open();
    summary.cues = CaseView(*readable, {}, now, asking.language).cues_of(readable->asker.agency);
    summary.finished = process::finished(*entry.version->definition, entry.state);
    summary.cancelled = entry.state.is_cancelled();
    out.push_back(std::move(summary));
  }
  return out;
}

}  // namespace flora::channel
