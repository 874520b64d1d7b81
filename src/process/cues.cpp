// SPDX-License-Identifier: EUPL-1.2
// Section 3, number 4: what comes next, and what stands in the way.
#include <algorithm>

#include "process/core.hpp"
#include "process/resolver.hpp"

namespace flora::process {

using package::RuleKind;

namespace {

// Whether a guarded rule speaks without a fact: a guard that names `fact` and is null for lack of it does; any other null not.
bool speaks(const Compiled& c, const CaseState& state, const Tallies* tallies, const CompiledRule& rule, std::int64_t now) {
  if (rule.when == kNoGuard) return true;
  const CompiledGuard& g = c.guards[static_cast<std::size_t>(rule.when)];
  const auto truth =
      g.native ? g.native->test(state, kNoFact, false) : g.guard.test(CaseResolver(c, state, tallies, g, kNoFact, false, now));
  return truth == feel::Truth::kTrue || (truth == feel::Truth::kNull && g.names_fact);
}

// Calls visit(source) for every source of the rule that is missing; nothing if the rule does not obstruct.
template <class Visit>
void each_missing(const CaseState& state, const CompiledRule& rule, Visit&& visit) {
  const auto& sources = rule.rule->sources;
  const auto missing = [&](StepIndex s) {
    if (!state.included.has(s)) return false;
    return rule.kind == RuleKind::kCondition ? !state.executed.has(s) : state.owed.has(s);
  };
  if (rule.rule->any_of) {
    for (auto s : sources) {
      if (state.executed.has(s)) return;
    }
  }
  for (auto s : sources) {
    if (missing(s)) visit(s);
  }
}

}  // namespace

bool is_obstructed(const Definition& definition, const CaseState& state, const Tallies* tallies, StepIndex step,
                   std::int64_t now) {
  const Compiled& c = definition.compiled();
  const CompiledStep& s = c.steps[step];
  if (s.plain_sources.meets_outside(state.included, state.executed)) return true;
  if (s.plain_milestones.meets(state.included, state.owed)) return true;
  for (auto r : s.other_obstacles) {
    const CompiledRule& rule = c.rules[r.value];
    bool any = false;
    each_missing(state, rule, [&](StepIndex) { any = true; });
    if (any && process::in_force(c, state, rule, now) && speaks(c, state, tallies, rule, now)) return true;
  }
  return false;
}

void Core::update_cues() {
  for (std::size_t w = 0; w < state_.owed.words(); ++w) {
    StepSet::Word candidates = state_.owed.word(w) & state_.included.word(w) & ~c_.clock_steps.word(w);
    StepSet::Word cues = 0;
    for (; candidates != 0; candidates &= candidates - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(candidates));
      if (!is_obstructed(d_, state_, tallies_, static_cast<StepIndex>(w * 64 + bit), now_)) cues |= StepSet::Word{1} << bit;
    }
    if (cues == state_.cues.word(w)) continue;
    Effect e;
    e.kind = Effect::Kind::kCues;
    e.index = static_cast<std::uint32_t>(w);
    e.mask = cues;
    emit(e);
  }
}

void Core::finish() {
  update_cues();
  Effect e;
  e.kind = Effect::Kind::kTime;
  e.a = now_;
  e.b = first_due(c_, state_);
  emit(e);
  out_.report.cues = state_.cues;
  out_.report.new_cues = state_.cues;
  out_.report.new_cues -= out_.cues_before;
}

StepSet cues_of(const Definition& definition, const CaseState& state, AgencyIndex agency) {
  StepSet out(definition.step_count());
  state.cues.each([&](StepIndex s) {
    const auto debtors = definition.debtors(s);
    if (std::find(debtors.begin(), debtors.end(), agency) != debtors.end()) out.add(s);
  });
  return out;
}

std::vector<StepIndex> obstacles_of(const Definition& definition, const CaseState& state, RuleRef ref) {
  const Compiled& c = definition.compiled();
  const CompiledRule& rule = c.rules[ref.value];
  std::vector<StepIndex> out;
  if (rule.kind != RuleKind::kCondition && rule.kind != RuleKind::kMilestone) return out;
  if (!process::in_force(c, state, rule, state.ledger_time) || !speaks(c, state, nullptr, rule, state.ledger_time)) return out;
  each_missing(state, rule, [&](StepIndex s) { out.push_back(s); });
  return out;
}

std::vector<StepIndex> missing_for(const Definition& definition, const CaseState& state, StepIndex step) {
  StepSet missing(definition.step_count());
  for (auto r : definition.compiled().steps[step].graded) {
    for (auto s : obstacles_of(definition, state, r)) missing.add(s);
  }
  std::vector<StepIndex> out;
  missing.each([&](StepIndex s) { out.push_back(s); });
  return out;
}

std::vector<Blocked> blocked(const Definition& definition, const CaseState& state) {
  std::vector<Blocked> out;
  StepSet waiting = state.owed;
  waiting &= state.included;
  waiting -= state.cues;
  waiting -= definition.compiled().clock_steps;
  waiting.each([&](StepIndex s) { out.push_back({s, missing_for(definition, state, s)}); });
  return out;
}

bool finished(const Definition& definition, const CaseState& state) {
  if (!state.open) return false;
  StepSet owed = state.owed;
  owed &= state.included;
  owed -= definition.compiled().clock_steps;
  return owed.empty() && state.highest_open() < Level::kCritical;
}

}  // namespace flora::process
