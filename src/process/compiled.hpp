// SPDX-License-Identifier: EUPL-1.2
// What the engine looks up while it runs: the package turned around, so that each step knows the rules that concern it.
// Internal to the module.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.hpp"
#include "calendar/due.hpp"
#include "feel/guard.hpp"
#include "package/guards.hpp"
#include "package/model.hpp"
#include "process/definition.hpp"
#include "process/native_guard.hpp"
#include "process/state.hpp"
#include "process/terms.hpp"

namespace flora::process {

inline constexpr PhaseIndex kNoPhase = 0xffff;
inline constexpr std::int16_t kNoGuard = -1;

struct CompiledGuard {
  feel::Guard guard;
  bool names_fact = false;
  bool names_tally = false;
  std::vector<std::string> fact_fields;
  // Place in Step::data of fact_fields[i] for step s at s * fact_fields.size() + i; -1: the step has no such field.
  std::vector<std::int16_t> places;
  std::optional<NativeGuard> native;  // the same, quicker
};

struct CompiledRule {
  const package::Rule* rule = nullptr;
  RuleRef self;
  package::RuleKind kind = package::RuleKind::kCondition;
  Level level = Level::kAttention;
  Level then = Level::kCritical;
  bool always = true;  // no validity
  StepSet source_set;
  std::int16_t when = kNoGuard, heals_when = kNoGuard, due_guard = kNoGuard;
  std::optional<calendar::Term> within, warn, grace, escalate;
  std::vector<std::int16_t> after_place;  // by place in sources: field of that step, -1 none
  std::vector<AgencyIndex> source_agencies;
};

struct CompiledStep {
  bool once = false, clock = false, starts = true, four_eyes = false;
  bool refuses = false;  // some rule of level refuse may concern a fact of it
  PhaseIndex phase = kNoPhase;
  std::vector<AgencyIndex> debtors;
  std::vector<bool> owners;                     // by role
  std::vector<const package::CodeList*> lists;  // by field; nullptr: no code
  StepSet plain_sources;                        // of conditions before it without guard, validity or any_of
  StepSet plain_milestones;
  std::vector<RuleRef> other_obstacles;  // the other conditions and milestones before it
  std::vector<RuleRef> graded;           // in order of rank; a fact of it is graded by them
  std::vector<RuleRef> cancels, untils, closes, opens, phase_closes, responses, notes;  // effects of a fact of it
};

struct Compiled {
  std::shared_ptr<const package::Package> package;
  std::shared_ptr<const calendar::Calendars> calendars;
  std::shared_ptr<const calendar::Calendar> calendar;  // the site's, or one without holidays
  bool has_calendar = false;
  Terms terms;
  std::vector<CompiledGuard> guards;
  std::vector<CompiledRule> rules;
  std::vector<CompiledStep> steps;
  std::vector<StepSet> phase_steps;
  std::vector<StepIndex> initially_owed;
  StepSet initially_included, clock_steps;
  std::vector<std::string> own_ids;                             // of the engine's own rules, from `rules.size()` on
  std::vector<std::uint32_t> rank;                              // by RuleRef
  std::vector<std::optional<calendar::Term>> initially_within;  // by step
  bool tallies = false;

  std::size_t step_count() const { return steps.size(); }
  RuleRef own(OwnRule kind, StepIndex step) const {
    return {static_cast<std::uint16_t>(rules.size() + step * 5U + static_cast<std::size_t>(kind))};
  }
  bool is_own(RuleRef rule) const { return rule.value >= rules.size(); }
  OwnRule own_kind(RuleRef rule) const { return static_cast<OwnRule>((rule.value - rules.size()) % 5); }
  StepIndex own_step(RuleRef rule) const { return static_cast<StepIndex>((rule.value - rules.size()) / 5); }
  const CompiledRule* find(RuleRef rule) const { return is_own(rule) ? nullptr : &rules[rule.value]; }
  std::size_t rule_ref_count() const { return rules.size() + steps.size() * 5; }

  // Level at which a fact of an excluded step is graded under `rule`: a closing, or "closed:B", "cancelled:B".
  Level closing_level(RuleRef rule) const {
    if (!is_own(rule)) return rules[rule.value].level;
    return own_kind(rule) == OwnRule::kClosed ? package->steps[own_step(rule)].initially_level : Level::kCritical;
  }
  bool phase_of(StepIndex step, PhaseIndex* phase) const {
    *phase = steps[step].phase;
    return *phase != kNoPhase;
  }
};

}  // namespace flora::process
