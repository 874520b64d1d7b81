// SPDX-License-Identifier: EUPL-1.2
#include "process/state.hpp"

#include <algorithm>

#include "process/compiled.hpp"
#include "process/core.hpp"

namespace flora::process {

CaseState make_state(const Definition& definition) {
  const Compiled& c = definition.compiled();
  CaseState state;
  state.included = c.initially_included;
  state.executed = state.owed = state.cues = StepSet(c.step_count());
  state.steps.resize(c.step_count());
  for (std::size_t s = 0; s < state.steps.size(); ++s) {
    const auto step = static_cast<StepIndex>(s);
    if (!c.initially_included.has(step)) state.steps[s].closed_by = c.own(OwnRule::kClosed, step);
  }
  return state;
}

bool CaseState::phase_closed(PhaseIndex phase) const {
  return std::any_of(phases.begin(), phases.end(), [&](const ClosedPhase& p) { return p.phase == phase; });
}

std::span<const std::int64_t> CaseState::values_of(const Definition& definition, FactRef ref) const {
  if (ref.is_clock()) return {};
  const Fact& f = facts[ref.index()];
  return std::span(values).subspan(f.data, definition.package().steps[f.step].data.size());
}

std::string_view CaseState::token(std::int64_t value) const {
  return std::string_view(tokens).substr(static_cast<std::size_t>(value / 128), static_cast<std::size_t>(value % 128));
}

const Obligation* CaseState::duty(RuleRef rule, StepIndex step) const {
  for (const auto& duty : duties) {
    if (duty.rule == rule && duty.step == step) return &duty;
  }
  return nullptr;
}

const Finding* CaseState::finding(RuleRef rule, StepIndex step, FactRef fact) const {
  for (auto i = findings.size(); i-- > 0;) {
    const auto& f = findings[i];
    if (f.rule == rule && f.step == step && f.fact == fact) return &f;
  }
  return nullptr;
}

Level CaseState::highest_open() const {
  Level highest = Level::kNone;
  for (const auto& f : findings) {
    if (f.is_open()) highest = std::max(highest, f.level);
  }
  return highest;
}

Standing standing_at(const Compiled& c, const CaseState& state, StepIndex step, std::int64_t at) {
  Standing out{c.initially_included.has(step), c.initially_included.has(step) ? kNoRule : c.own(OwnRule::kClosed, step)};
  for (const auto& o : state.openings) {
    if (o.step == step && o.at <= at) out = {o.included, o.included ? kNoRule : o.rule};
  }
  PhaseIndex phase = kNoPhase;
  if (!c.phase_of(step, &phase)) return out;
  for (const auto& closed : state.phases) {
    if (closed.phase != phase || closed.at > at) continue;
    if (out.included || c.closing_level(closed.rule) > c.closing_level(out.closed_by)) out.closed_by = closed.rule;
    out.included = false;
  }
  return out;
}

namespace {

bool duties_hold(const Definition& definition, const CaseState& state) {
  StepSet owed(definition.step_count());
  std::size_t causes = 0;
  for (const auto& duty : state.duties) {
    owed.add(duty.step);
    std::int64_t least = kNever;
    std::size_t own = 0;
    for (const auto& cause : state.causes) {
      if (cause.rule != duty.rule || cause.step != duty.step) continue;
      least = std::min(least, cause.due);
      ++own;
    }
    if (own == 0 || least != duty.due) return false;
    causes += own;
  }
  return owed == state.owed && causes == state.causes.size();
}

}  // namespace

bool check_state(const Definition& definition, const CaseState& state, std::string_view* broken) {
  const auto fails = [&](std::string_view why) {
    if (broken != nullptr) *broken = why;
    return false;
  };
  const Compiled& c = definition.compiled();
  if (state.steps.size() != c.step_count()) return fails("the state has every step of its definition");
  if (!state.open && !(state.facts.empty() && state.duties.empty() && state.findings.empty()))
    return fails("a case that is not open is empty");
  if (!duties_hold(definition, state)) return fails("what is owed has a cause, and its due is the least of its causes");
  if (!state.cues.within(state.owed) || !state.cues.within(state.included)) return fails("a cue is owed and included");
  for (const auto& phase : state.phases) {
    const StepSet& steps = c.phase_steps[phase.phase];
    if (steps.meets(state.included) || steps.meets(state.owed)) return fails("nothing of a closed phase is included or owed");
  }
  if (state.is_cancelled() && !(state.included.empty() && state.owed.empty()))
    return fails("a cancelled case owes and includes nothing");
  for (const auto& duty : state.duties) {
    if (duty.finding != kNoFinding && duty.finding >= state.findings.size())
      return fails("an overdue duty names a finding that exists");
  }
  return true;
}

}  // namespace flora::process
