// SPDX-License-Identifier: EUPL-1.2
// Effects into state: the only place where a state changes. Nothing here decides anything.
#include <algorithm>

#include "base/check.hpp"
#include "process/core.hpp"

namespace flora::process {

namespace {

// References into a pool of texts are moved by where the pool begins.
std::int64_t moved(std::int64_t reference, std::size_t by) { return reference + static_cast<std::int64_t>(by * 128); }

Obligation& duty_at(CaseState& state, std::size_t place, const Effect& e) {
  FLORA_CHECK(place < state.duties.size() && state.duties[place].rule == e.rule && state.duties[place].step == e.step,
              "an effect names the obligation it was decided on");
  return state.duties[place];
}

bool belongs(const Cause& cause, const Obligation& duty) { return cause.rule == duty.rule && cause.step == duty.step; }

// First cause and least due, from the causes that are there.
void sum_up(const CaseState& state, Obligation& duty) {
  bool first = true;
  duty.due = kNever;
  for (const auto& cause : state.causes) {
    if (!belongs(cause, duty)) continue;
    if (first) {
      duty.first = cause.fact;
      duty.creditor = cause.creditor;
      first = false;
    }
    duty.due = std::min(duty.due, cause.due);
  }
}

// Of its causes an obligation keeps the first, the last and those with the least due.
void trim(CaseState& state, const Obligation& duty) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < state.causes.size(); ++i) {
    if (belongs(state.causes[i], duty)) last = i;
  }
  bool first = true;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < state.causes.size(); ++i) {
    const Cause cause = state.causes[i];
    bool keep = true;
    if (belongs(cause, duty)) {
      keep = first || i == last || (cause.due == duty.due && cause.due != kNever);
      first = false;
    }
    if (keep) state.causes[kept++] = cause;
  }
  state.causes.resize(kept);
}

void fold_cause(CaseState& state, const Effect& e) {
  state.causes.push_back({e.a, e.b, e.fact, e.rule, e.step, static_cast<AgencyIndex>(e.index)});
  if (e.mask == ~std::uint64_t{0}) {
    Obligation fresh;
    fresh.rule = e.rule;
    fresh.step = e.step;
    fresh.first = e.fact;
    fresh.creditor = static_cast<AgencyIndex>(e.index);
    fresh.due = fresh.next = e.b;
    state.duties.push_back(fresh);
    state.owed.add(e.step);
    return;
  }
  Obligation& duty = duty_at(state, e.mask, e);
  sum_up(state, duty);
  trim(state, duty);
}

void fold_drop(CaseState& state, const Effect& e) {
  Obligation& duty = duty_at(state, e.index, e);
  std::size_t kept = 0;
  bool left = false;
  for (const Cause& cause : state.causes) {
    const bool own = belongs(cause, duty);
    if (own && cause.at <= e.a) continue;
    left = left || own;
    state.causes[kept++] = cause;
  }
  state.causes.resize(kept);
  if (left) return sum_up(state, duty);
  state.duties.erase(state.duties.begin() + e.index);
  for (const auto& other : state.duties) {
    if (other.step == e.step) return;
  }
  state.owed.remove(e.step);
}

void fold_include(CaseState& state, const Effect& e) {
  auto& step = state.steps[e.step];
  step.touched_at = e.a;
  if (state.included.has(e.step)) return;
  state.included.add(e.step);
  step.closed_by = kNoRule;
  state.openings.push_back({e.a, e.step, e.rule, true});
  state.last_opening = std::max(state.last_opening, e.a);
}

void fold_exclude(CaseState& state, const Effect& e) {
  auto& step = state.steps[e.step];
  step.touched_at = e.a;
  if (e.flag == 0) return;
  state.included.remove(e.step);
  step.closed_by = e.rule;
  state.openings.push_back({e.a, e.step, e.rule, false});
  state.last_opening = std::max(state.last_opening, e.a);
}

void fold_phase(const Compiled& c, CaseState& state, const Effect& e) {
  state.last_opening = std::max(state.last_opening, e.a);
  const auto phase = static_cast<PhaseIndex>(e.index);
  for (auto& closed : state.phases) {
    if (closed.phase == phase) {
      closed.at = std::min(closed.at, e.a);
      return;
    }
  }
  state.phases.push_back({e.a, phase, e.rule});
  const Level level = c.closing_level(e.rule);
  c.phase_steps[phase].each([&](StepIndex s) {
    auto& step = state.steps[s];
    if (state.included.has(s) || level > c.closing_level(step.closed_by)) step.closed_by = e.rule;
    state.included.remove(s);
  });
}

void fold_finding(CaseState& state, const Effect& e) {
  auto& f = state.findings[e.index];
  f.status = static_cast<FindingStatus>(e.flag);
  f.changed = e.a;
  f.escalate_at = e.b;
  f.unmet = e.mask;
  f.level = static_cast<Level>(e.step);
  f.stage = static_cast<FindingStage>(e.fact.value);
  f.flags = static_cast<std::uint8_t>(e.rule.value);
}

void fold_clock_fact(CaseState& state, const Effect& e, const Effects& from) {
  const ClockFact& fact = from.clock_facts[e.index];
  if (e.fact.index() == state.clock.size()) {
    state.clock.push_back(fact);
  } else {
    state.clock[e.fact.index()] = fact;
  }
}

void fold_act(CaseState& state, const Effect& e, const Effects& from) {
  ActRecord record = from.acts[e.index];
  const auto offset = record.reason / 128, length = record.reason % 128;
  record.reason = static_cast<std::uint32_t>(state.tokens.size() * 128 + length);
  state.tokens.append(from.tokens, offset, length);
  state.acts.push_back(record);
}

}  // namespace

void append_fact(const Compiled& c, CaseState& state, const Fact& fact, std::span<const std::int64_t> values,
                 std::string_view tokens) {
  const auto& fields = c.package->steps[fact.step].data;
  Fact entered = fact;
  entered.data = static_cast<std::uint32_t>(state.values.size() & 0xffffffU);
  state.facts.push_back(entered);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::int64_t value = i < values.size() ? values[i] : Data::kAbsent;
    if (fields[i].type == package::FieldType::kToken && value != Data::kAbsent) value = moved(value, state.tokens.size());
    state.values.push_back(value);
  }
  state.tokens += tokens;
}

void count_fact(CaseState& state, FactRef ref) {
  const Fact fact = state.fact(ref);
  auto& step = state.steps[fact.step];
  ++step.count;
  step.first_at = std::min(step.first_at, fact.at);
  if (fact.at >= step.last_at) {
    step.last_at = fact.at;
    step.last = ref;
  }
  state.executed.add(fact.step);
}

void fold(const Compiled& c, CaseState& state, const Effect& e, const Effects& from) {
  using Kind = Effect::Kind;
  switch (e.kind) {
    case Kind::kOpenCase:
      state.open = true;
      state.opened = e.a;
      state.trigger = e.b;
      break;
    case Kind::kFact: {
      const Fact& fact = from.facts[e.index];
      append_fact(c, state, fact, std::span(from.values).subspan(fact.data, c.package->steps[fact.step].data.size()),
                  from.tokens);
      break;
    }
    case Kind::kCount: count_fact(state, e.fact); break;
    case Kind::kClockFact: fold_clock_fact(state, e, from); break;
    case Kind::kCause: fold_cause(state, e); break;
    case Kind::kDropCauses: fold_drop(state, e); break;
    case Kind::kDuty: {
      Obligation& duty = duty_at(state, static_cast<std::size_t>(e.b), e);
      duty.next = e.a;
      duty.stage = static_cast<DutyStage>(e.flag);
      duty.finding = static_cast<std::uint16_t>(e.index);
      duty.rests = e.mask != 0;
      break;
    }
    case Kind::kInclude: fold_include(state, e); break;
    case Kind::kExclude: fold_exclude(state, e); break;
    case Kind::kPhase: fold_phase(c, state, e); break;
    case Kind::kFindingOpened: state.findings.push_back(from.opened[e.index]); break;
    case Kind::kFinding: fold_finding(state, e); break;
    case Kind::kAct: fold_act(state, e, from); break;
    case Kind::kCancelled:
      state.cancelled = e.a;
      state.included.clear();
      for (std::size_t s = 0; s < state.steps.size(); ++s)
        state.steps[s].closed_by = c.own(OwnRule::kCancelled, static_cast<StepIndex>(s));
      break;
    case Kind::kTally: state.outcomes.push_back({e.fact, e.rule, e.flag}); break;
    case Kind::kCues: state.cues.set_word(e.index, e.mask); break;
    case Kind::kTime:
      state.ledger_time = e.a;
      state.next_due = e.b;
      break;
  }
}

void apply(const Definition& definition, CaseState& state, const Effects& effects) {
  const Compiled& c = definition.compiled();
  if (effects.replaced) {
    state = effects.scratch;
  } else {
    for (const auto& e : effects.list) fold(c, state, e, effects);
  }
  std::string_view broken;
  FLORA_CHECK(check_state(definition, state, &broken), broken);
}

}  // namespace flora::process
