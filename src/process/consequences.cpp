// SPDX-License-Identifier: EUPL-1.2
// Section 3, number 2: what a fact causes, also a deviating one, each effect only on what is not later by event time.
#include <algorithm>
#include <cstdlib>

#include "process/core.hpp"
#include "process/resolver.hpp"

namespace flora::process {

void Core::process(FactRef ref) {
  const Fact fact = state_.fact(ref);
  if (!fact.counts()) {
    const RuleRef own = c_.own(state_.is_cancelled() ? OwnRule::kCancelled : OwnRule::kOnce, fact.step);
    const Level level =
        state_.is_cancelled() ? Level::kCritical : c_.package->steps[fact.step].repeat_level.value_or(Level::kAttention);
    open_finding(own, std::min(level, Level::kCritical), ref, fact.step, fact.at, FindingStage::kNone, 0, 0,
                 address({}, own, FindingStage::kNone, fact.step, ref, 0));
    uncounted_ = kNoFact;
    return;
  }
  uncounted_ = ref;
  grade(ref, fact);
  taken_ = state_.owed;
  apply_consequences(ref, fact);
  grade_past_dues();
  heal(ref);
  while (fire_past_clocks()) {
  }
}

void Core::apply_consequences(FactRef ref, const Fact& fact) {
  const CompiledStep& step = c_.steps[fact.step];
  const bool first = ref == FactRef::entered(0);
  // Guards of effects see the case with this fact in the lists; effects do not change what a guard can see.
  Effect e;
  e.kind = Effect::Kind::kCount;
  e.fact = ref;
  emit(e);
  uncounted_ = kNoFact;

  discharge(fact);
  for (auto r : step.cancels) {
    const CompiledRule& rule = c_.rules[r.value];
    if (!in_force(rule, fact.at) || !guard_true(rule, ref)) continue;
    for (auto target : rule.rule->targets) {
      for (std::size_t i = 0; i < state_.duties.size();) {
        bool gone = false;
        if (state_.duties[i].step == target) drop_causes(i, fact.at, DutyVerb::kCancelled, Release::kNone, fact.at, &gone);
        if (!gone) ++i;
      }
    }
  }
  for (auto r : step.untils) {
    for (std::size_t i = 0; i < state_.duties.size();) {
      bool gone = false;
      if (state_.duties[i].rule == r) drop_causes(i, fact.at, DutyVerb::kReleased, Release::kUntil, fact.at, &gone);
      if (!gone) ++i;
    }
  }
  close_and_open(ref, fact);
  close_phases(ref, fact);
  taken_ -= state_.owed;
  for (auto r : step.responses) respond(c_.rules[r.value], ref, fact);
  if (first) {
    for (auto s : c_.initially_owed) {
      PhaseIndex phase = kNoPhase;
      if (s == fact.step || (c_.phase_of(s, &phase) && state_.phase_closed(phase))) continue;
      const auto& within = c_.initially_within[s];
      const std::int64_t due = within ? c_.terms.due_from(fact.entered, *within) : kNever;
      owe(c_.own(OwnRule::kOwed, s), s, ref, fact.at, due, author_agency(ref), false);
    }
  }
  send_notes(ref, fact);
}

std::size_t Core::find_duty(RuleRef rule, StepIndex step) const {
  std::size_t i = 0;
  while (i < state_.duties.size() && !(state_.duties[i].rule == rule && state_.duties[i].step == step)) ++i;
  return i;
}

void Core::discharge(const Fact& fact) {
  if (!state_.owed.has(fact.step)) return;
  const std::int64_t until = c_.steps[fact.step].once ? kNever : fact.at;
  for (std::size_t i = 0; i < state_.duties.size();) {
    bool gone = false;
    if (state_.duties[i].step == fact.step) drop_causes(i, until, DutyVerb::kDone, Release::kNone, fact.at, &gone);
    if (!gone) ++i;
  }
}

// Takes away the causes with an event time up to `until`. Without causes the duty is over; else its due is that of the rest, and
// an overdue finding of a cause that went heals.
void Core::drop_causes(std::size_t i, std::int64_t until, DutyVerb verb, Release why, std::int64_t by_at, bool* gone) {
  const Obligation before = state_.duties[i];
  bool any = false, finding_cause_goes = false;
  for (const auto& cause : state_.causes) {
    if (cause.rule != before.rule || cause.step != before.step || cause.at > until) continue;
    any = true;
    if (before.finding != kNoFinding && state_.findings[before.finding].fact == cause.fact) finding_cause_goes = true;
  }
  *gone = false;
  if (!any) return;
  Effect e;
  e.kind = Effect::Kind::kDropCauses;
  e.rule = before.rule;
  e.step = before.step;
  e.a = until;
  e.index = static_cast<std::uint32_t>(i);
  const std::size_t duties = state_.duties.size();
  emit(e);
  *gone = state_.duties.size() < duties;
  if (*gone) {
    out_.report.duties.push_back({before.rule, before.step, verb, before.due, before.creditor, why});
    if (before.finding != kNoFinding) settle_finding(before.finding, by_at);
    return;
  }
  const std::int64_t due = state_.duties[i].due;
  const bool overdue = before.finding != kNoFinding;
  const bool settled = overdue && (finding_cause_goes || due > state_.findings[before.finding].reference);
  if (due != before.due) {
    out_.report.duties.push_back({before.rule, before.step, DutyVerb::kRenewed, due, state_.duties[i].creditor, Release::kNone});
  }
  if (settled) settle_finding(before.finding, by_at);
  if (settled || due != before.due) {
    schedule(i, settled || !overdue ? DutyStage::kOwed : before.stage, settled ? kNoFinding : before.finding);
  }
}

// The overdue finding of a duty that is no longer owed for the cause it was about. If by event time that came before the due,
// there was no violation.
void Core::settle_finding(std::size_t i, std::int64_t by_at) {
  const Finding& f = state_.findings[i];
  if (!f.is_open()) return;
  if (by_at < f.reference) {
    change_finding(i, FindingStatus::kWithdrawn, FindingVerb::kWithdrawn, now_);
    return;
  }
  const CompiledRule* rule = c_.find(f.rule);
  const auto heals = rule == nullptr ? package::Heals::kByKind : rule->rule->heals;
  if (heals == package::Heals::kByKind || heals == package::Heals::kMoot) {
    change_finding(i, FindingStatus::kHealed, FindingVerb::kHealed, now_);
  }
}

void Core::close_and_open(FactRef ref, const Fact& fact) {
  if (state_.is_cancelled()) return;
  const CompiledStep& step = c_.steps[fact.step];
  // Neither acts on a step of a closed phase, nor on one that a fact with a later event time opened or closed.
  const auto acts_on = [&](StepIndex s) {
    PhaseIndex phase = kNoPhase;
    return fact.at >= state_.steps[s].touched_at && !(c_.phase_of(s, &phase) && state_.phase_closed(phase));
  };
  // In order of rule id, so that of several closings the highest counts, of equal ones the least id.
  for (auto r : step.closes) {
    const CompiledRule& rule = c_.rules[r.value];
    if (!in_force(rule, fact.at) || !guard_true(rule, ref)) continue;
    for (auto target : rule.rule->targets) {
      if (!acts_on(target)) continue;
      Effect e;
      e.kind = Effect::Kind::kExclude;
      e.step = target;
      e.rule = r;
      e.a = fact.at;
      e.flag = state_.included.has(target) || rule.level > c_.closing_level(state_.steps[target].closed_by);
      emit(e);
    }
  }
  for (auto r : step.opens) {
    const CompiledRule& rule = c_.rules[r.value];
    if (!in_force(rule, fact.at) || !guard_true(rule, ref)) continue;
    for (auto target : rule.rule->targets) {
      if (!acts_on(target)) continue;
      Effect e;
      e.kind = Effect::Kind::kInclude;
      e.step = target;
      e.rule = r;
      e.a = fact.at;
      emit(e);
    }
  }
}

void Core::close_phases(FactRef ref, const Fact& fact) {
  if (state_.is_cancelled()) return;
  const auto& rules = c_.steps[fact.step].phase_closes;
  const auto closes = [&](RuleRef r) {
    const CompiledRule& rule = c_.rules[r.value];
    return in_force(rule, fact.at) && guard_true(rule, ref);
  };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const CompiledRule* best = &c_.rules[rules[i].value];
    const PhaseIndex phase = best->rule->phase;
    if (!closes(rules[i])) continue;
    bool earlier = false;  // an earlier rule of this fact spoke for the phase already
    for (std::size_t k = 0; k < i; ++k) earlier = earlier || (c_.rules[rules[k].value].rule->phase == phase && closes(rules[k]));
    if (earlier) continue;
    for (std::size_t k = i + 1; k < rules.size(); ++k) {
      const CompiledRule& other = c_.rules[rules[k].value];
      if (other.rule->phase == phase && other.level > best->level && closes(rules[k])) best = &other;
    }
    Effect e;
    e.kind = Effect::Kind::kPhase;
    e.index = phase;
    e.rule = best->self;
    e.a = fact.at;
    emit(e);
    for (std::size_t d = 0; d < state_.duties.size();) {
      bool gone = false;
      if (c_.phase_steps[phase].has(state_.duties[d].step))
        drop_causes(d, kNever, DutyVerb::kReleased, Release::kPhase, fact.at, &gone);
      if (!gone) ++d;
    }
  }
}

AgencyIndex Core::author_agency(FactRef ref) const {
  if (ref.is_clock()) return state_.clock[ref.index()].creditor;
  const RoleIndex by = state_.facts[ref.index()].by;
  return by == kNoRole ? kNoAgency : c_.package->roles[by].agency;
}

// From the entry of A if A's author's agency is not among the debtors, else from A's event time; from the instant of a fact of
// the clock. A date in A's data, or one that a guard yields, takes their place.
std::int64_t Core::due_of_response(const CompiledRule& rule, FactRef ref, const Fact& fact, StepIndex target) {
  if (rule.due_guard != kNoGuard) {
    const CompiledGuard& g = c_.guards[static_cast<std::size_t>(rule.due_guard)];
    const auto value = g.guard.evaluate(CaseResolver(c_, state_, tallies_, g, ref, false, now_));
    std::optional<std::int32_t> day;
    if (const auto* date = value.get_if<feel::Date>(); date != nullptr && std::abs(date->days) < 3'000'000) {
      day = static_cast<std::int32_t>(date->days);
    } else if (const auto* time = value.get_if<feel::DateTime>()) {
      if (const auto instant = feel::instant_of(*time)) return instant->ns;
    }
    if (!day) return kNever;
    return rule.within ? c_.terms.due_on(*day, *rule.within) : c_.terms.end_of(*day);
  }
  if (!rule.within) return kNever;
  for (std::size_t i = 0; i < rule.after_place.size() && !ref.is_clock(); ++i) {
    if (rule.rule->sources[i] != fact.step || rule.after_place[i] < 0) continue;
    const std::int64_t day = state_.values[state_.facts[ref.index()].data + static_cast<std::size_t>(rule.after_place[i])];
    if (day != Data::kAbsent) return c_.terms.due_on(static_cast<std::int32_t>(day), *rule.within);
  }
  if (ref.is_clock()) return c_.terms.due_from(fact.entered, *rule.within);
  const auto& debtors = c_.steps[target].debtors;
  const bool own_duty = std::find(debtors.begin(), debtors.end(), author_agency(ref)) != debtors.end();
  return c_.terms.due_from(own_duty ? fact.at : fact.entered, *rule.within);
}

void Core::respond(const CompiledRule& rule, FactRef ref, const Fact& fact) {
  if (state_.is_cancelled() || !in_force(rule, fact.at) || !guard_true(rule, ref)) return;
  for (auto target : rule.rule->targets) {
    const CompiledStep& step = c_.steps[target];
    const auto& was = state_.steps[target];
    PhaseIndex phase = kNoPhase;
    if (c_.phase_of(target, &phase) && state_.phase_closed(phase)) continue;
    if (was.count > 0 && (step.once || rule.rule->unless_done)) continue;
    if (was.last_at > fact.at) continue;
    const AgencyIndex creditor = rule.rule->creditor ? *rule.rule->creditor : author_agency(ref);
    owe(rule.self, target, ref, fact.at, due_of_response(rule, ref, fact, target), creditor, rule.rule->renews);
  }
}

void Core::owe(RuleRef rule, StepIndex step, FactRef cause, std::int64_t at, std::int64_t due, AgencyIndex creditor,
               bool renews) {
  std::size_t i = find_duty(rule, step);
  const bool existed = i < state_.duties.size();
  const Obligation before = existed ? state_.duties[i] : Obligation{};
  Effect e;
  e.rule = rule;
  e.step = step;
  if (existed && renews) {
    const bool replaces = std::any_of(state_.causes.begin(), state_.causes.end(),
                                      [&](const Cause& c) { return c.rule == rule && c.step == step && c.at <= at; });
    if (replaces) {
      e.kind = Effect::Kind::kDropCauses;
      e.a = at;
      e.index = static_cast<std::uint32_t>(i);
      emit(e);
      i = find_duty(rule, step);
    }
    // Renewing heals, whenever it happened: it does not show that the duty was met in time.
    if (before.finding != kNoFinding) settle_finding(before.finding, kNever);
  }
  e.kind = Effect::Kind::kCause;
  e.fact = cause;
  e.a = at;
  e.b = due;
  e.index = creditor;
  e.mask = i < state_.duties.size() ? i : ~std::uint64_t{0};
  emit(e);  // a new one stands last
  const Obligation& after = state_.duties[i];
  if (!existed || after.due != before.due) {
    out_.report.duties.push_back(
        {rule, step, existed ? DutyVerb::kRenewed : DutyVerb::kOwed, after.due, after.creditor, Release::kNone});
  }
  if (!existed || renews) {
    schedule(i, DutyStage::kOwed, kNoFinding);
  } else if (after.due != before.due && before.finding == kNoFinding && before.stage < DutyStage::kOverdue) {
    schedule(i, DutyStage::kOwed, kNoFinding);
  }
}

// Sets when the clock has to look at the duty again. A warning that is past already is dropped.
void Core::schedule(std::size_t i, DutyStage stage, std::uint16_t finding) {
  const Obligation& duty = state_.duties[i];
  const CompiledRule* rule = c_.find(duty.rule);
  Effect e;
  e.kind = Effect::Kind::kDuty;
  e.rule = duty.rule;
  e.step = duty.step;
  e.flag = static_cast<std::uint8_t>(stage);
  e.index = finding;
  e.b = static_cast<std::int64_t>(i);
  e.a = duty.due;
  if (stage == DutyStage::kOwed && rule != nullptr && rule->warn && duty.due != kNever) {
    const std::int64_t warning = c_.terms.warning_before(duty.due, *rule->warn);
    if (warning > now_ && warning < duty.due) e.a = warning;
  } else if (stage >= DutyStage::kOverdue) {
    e.a = stage == DutyStage::kOverdue ? grace_end(duty) : kNever;
  }
  emit(e);
}

void Core::send_notes(FactRef ref, const Fact& fact) {
  for (auto r : c_.steps[fact.step].notes) {
    const CompiledRule& rule = c_.rules[r.value];
    if (!in_force(rule, fact.at) || !guard_true(rule, ref)) continue;
    out_.report.notes.push_back({r, address(rule.rule->to, r, FindingStage::kNone, fact.step, ref, 0)});
  }
}

}  // namespace flora::process
