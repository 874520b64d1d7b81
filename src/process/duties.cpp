// SPDX-License-Identifier: EUPL-1.2
// Dues: graded when they pass (section 3, numbers 2 and 5), and steps of the clock that fall due.
#include <algorithm>

#include "base/limits.hpp"
#include "process/core.hpp"

namespace flora::process {

std::int64_t Core::grace_end(const Obligation& duty) const {
  const CompiledRule* rule = c_.find(duty.rule);
  return rule == nullptr || !rule->grace ? kNever : c_.terms.grace_after(duty.due, *rule->grace);
}

// What a fact left behind: dues that were past when they arose, or when their step was reopened. A past warning is dropped.
void Core::grade_past_dues() {
  for (std::size_t i = 0; i < state_.duties.size(); ++i) {
    const Obligation& duty = state_.duties[i];
    if (!is_past(duty.next) || c_.steps[duty.step].clock || !state_.included.has(duty.step)) continue;
    if (duty.stage < DutyStage::kOverdue) {
      if (!is_past(duty.due)) {
        schedule(i, DutyStage::kWarned, kNoFinding);
        continue;
      }
      grade_overdue(i, now_);
    }
    if (state_.duties[i].stage == DutyStage::kOverdue && is_past(state_.duties[i].next)) escalate_duty(i, now_);
  }
}

void Core::grade_overdue(std::size_t i, std::int64_t when) {
  const Obligation duty = state_.duties[i];
  const CompiledRule* rule = c_.find(duty.rule);
  const package::Step& step = c_.package->steps[duty.step];
  const Level level = std::min(rule != nullptr ? rule->level : step.initially_level, Level::kCritical);
  static const std::vector<package::Recipient> kDefault;
  out_.report.duties.push_back({duty.rule, duty.step, DutyVerb::kOverdue, duty.due, duty.creditor, Release::kNone});
  const auto finding = static_cast<std::uint16_t>(state_.findings.size());
  const auto& list = rule != nullptr ? rule->rule->to : kDefault;
  now_ = when;
  open_finding(duty.rule, level, duty.first, duty.step, duty.due, FindingStage::kDue, 0, 0,
               address(list, duty.rule, FindingStage::kDue, duty.step, duty.first, 0));
  schedule(i, DutyStage::kOverdue, finding);
}

// After the grace the same finding goes to the higher level. One that a person dealt with stays as it is.
void Core::escalate_duty(std::size_t i, std::int64_t when) {
  const Obligation duty = state_.duties[i];
  if (duty.finding != kNoFinding && state_.findings[duty.finding].is_open()) {
    const CompiledRule* rule = c_.find(duty.rule);
    Finding f = state_.findings[duty.finding];
    f.level = std::max(f.level, std::min(rule == nullptr ? Level::kCritical : rule->then, Level::kCritical));
    f.stage = FindingStage::kGrace;
    f.changed = when;
    put_finding(duty.finding, f);
    out_.report.duties.push_back({duty.rule, duty.step, DutyVerb::kEscalated, duty.due, duty.creditor, Release::kNone});
    out_.report.findings.push_back(
        {f.rule, f.step, f.fact, f.stage, f.level, FindingVerb::kEscalated, when, duty.finding, address_finding(f)});
  }
  schedule(i, DutyStage::kEscalated, duty.finding);
}

void Core::release_duty(std::size_t i, Release why) {
  const StepIndex step = state_.duties[i].step;
  taken_ = state_.owed;
  bool gone = false;
  drop_causes(i, kNever, DutyVerb::kReleased, why, now_, &gone);
  taken_ -= state_.owed;
  if (taken_.has(step)) heal(kNoFact);
}

// The one fact of the clock that this obligation and cause can make has one place in the record for ever.
FactRef Core::intern_clock_fact(const Obligation& duty, const Cause& cause, std::int64_t at, std::int64_t due, bool* struck) {
  *struck = false;
  ClockFact fact;
  fact.at = at;
  fact.entered = due;
  fact.rule = duty.rule;
  fact.step = duty.step;
  fact.cause = cause.fact;
  fact.creditor = cause.creditor;
  fact.after = static_cast<std::uint16_t>(state_.facts.size());
  std::size_t place = 0;
  while (place < state_.clock.size()) {
    const auto& known = state_.clock[place];
    if (known.rule == fact.rule && known.step == fact.step && known.cause == fact.cause) break;
    ++place;
  }
  const FactRef ref = FactRef::clock(place);
  if (place < state_.clock.size() && state_.clock[place].state == ClockFact::State::kStruck) {
    *struck = true;
    return ref;
  }
  out_.clock_facts.push_back(fact);
  Effect e;
  e.kind = Effect::Kind::kClockFact;
  e.fact = ref;
  e.index = static_cast<std::uint32_t>(out_.clock_facts.size() - 1);
  emit(e);
  return ref;
}

// The step is a fact of the clock, unless it is excluded or something obstructs it; then its obligation is released.
void Core::fire(std::size_t i, std::int64_t due, bool past) {
  const Obligation duty = state_.duties[i];
  const Cause* cause = nullptr;
  for (const auto& c : state_.causes) {
    if (c.rule == duty.rule && c.step == duty.step && c.due == duty.due && cause == nullptr) cause = &c;
  }
  const Cause chosen = *cause;
  if (!state_.included.has(duty.step)) return release_duty(i, Release::kExcluded);
  if (is_obstructed(d_, state_, tallies_, duty.step, now_)) return release_duty(i, Release::kBlocked);
  if (state_.clock.size() >= base::limits::kFactsPerCaseMax) return release_duty(i, Release::kTooLong);
  bool struck = false;
  const FactRef ref = intern_clock_fact(duty, chosen, past ? chosen.at : due, due, &struck);
  if (struck) {
    Effect e;
    e.kind = Effect::Kind::kDuty;
    e.rule = duty.rule;
    e.step = duty.step;
    e.a = kNever;
    e.flag = static_cast<std::uint8_t>(duty.stage);
    e.index = duty.finding;
    e.b = static_cast<std::int64_t>(i);
    e.mask = 1;
    emit(e);
    return;
  }
  out_.clock_fact = ref;
  out_.report.clock.push_back({ref, duty.step, state_.clock[ref.index()].at, false});
  process(ref);
}

// Obligations on steps of the clock that were past when they arose: the first of them, in due order.
bool Core::fire_past_clocks() {
  std::size_t best = state_.duties.size();
  for (std::size_t i = 0; i < state_.duties.size(); ++i) {
    const auto& duty = state_.duties[i];
    if (!c_.steps[duty.step].clock || duty.rests || !is_past(duty.due)) continue;
    if (best == state_.duties.size()) {
      best = i;
      continue;
    }
    const auto& b = state_.duties[best];
    if (std::tuple(duty.due, d_.rank(duty.rule), duty.step) < std::tuple(b.due, d_.rank(b.rule), b.step)) best = i;
  }
  if (best == state_.duties.size()) return false;
  fire(best, state_.duties[best].due, true);
  return true;
}

}  // namespace flora::process
