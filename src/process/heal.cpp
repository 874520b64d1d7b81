// SPDX-License-Identifier: EUPL-1.2
// Section 3, number 3: findings heal, or turn out never to have been.
#include "process/core.hpp"

namespace flora::process {

using package::Heals;
using package::RuleKind;

void Core::put_finding(std::size_t i, const Finding& f) {
  Effect e;
  e.kind = Effect::Kind::kFinding;
  e.index = static_cast<std::uint32_t>(i);
  e.flag = static_cast<std::uint8_t>(f.status);
  e.a = f.changed;
  e.b = f.escalate_at;
  e.mask = f.unmet;
  e.step = static_cast<StepIndex>(f.level);
  e.fact.value = static_cast<std::uint16_t>(f.stage);
  e.rule.value = f.flags;
  emit(e);
}

void Core::change_finding(std::size_t i, FindingStatus status, FindingVerb verb, std::int64_t when) {
  Finding f = state_.findings[i];
  f.status = status;
  f.changed = when;
  f.escalate_at = kNever;
  const To to = address_finding(f);
  put_finding(i, f);
  out_.report.findings.push_back({f.rule, f.step, f.fact, f.stage, f.level, verb, when, static_cast<std::uint16_t>(i), to});
}

void Core::heal(FactRef by) {
  for (std::size_t i = 0; i < state_.findings.size(); ++i) {
    if (!state_.findings[i].is_open()) continue;
    const CompiledRule* rule = c_.find(state_.findings[i].rule);
    if (rule == nullptr) continue;
    if (state_.findings[i].stage == FindingStage::kNone) {
      // A finding under the id of a rule of another kind is about an excluded step: only a person closes it.
      if (rule->kind == RuleKind::kCondition) heal_condition(i, by);
      if (rule->kind == RuleKind::kMilestone) heal_milestone(i, by);
    }
    if (rule->heals_when != kNoGuard && !by.is_none() && state_.findings[i].is_open() &&
        guard_truth(rule->heals_when, by) == feel::Truth::kTrue) {
      change_finding(i, FindingStatus::kHealed, FindingVerb::kHealed, now_);
    }
  }
}

void Core::heal_condition(std::size_t i, FactRef by) {
  const Finding& f = state_.findings[i];
  const CompiledRule& rule = *c_.find(f.rule);
  const auto& sources = rule.rule->sources;
  bool all_before = true, one_before = false, all_done = true, one_done = false;
  for (std::size_t k = 0; k < sources.size(); ++k) {
    if ((f.named >> k & 1) == 0) continue;
    const bool before = state_.steps[sources[k]].first_at <= f.reference;
    const bool done = state_.executed.has(sources[k]) || (rule.rule->heals == Heals::kMoot && !state_.included.has(sources[k]));
    all_before = all_before && before;
    one_before = one_before || before;
    all_done = all_done && done;
    one_done = one_done || done;
  }
  const bool any_of = rule.rule->any_of;
  if (by != f.fact && (any_of ? one_before : all_before)) {
    change_finding(i, FindingStatus::kWithdrawn, FindingVerb::kWithdrawn, now_);
  } else if ((rule.rule->heals == Heals::kByKind || rule.rule->heals == Heals::kMoot) && (any_of ? one_done : all_done)) {
    change_finding(i, FindingStatus::kHealed, FindingVerb::kHealed, now_);
  }
}

// `unmet` are the sources that still stand in the way; `kMadeGoodLater` among the flags says that one of the others was made good
// only later by event time.
void Core::heal_milestone(std::size_t i, FactRef by) {
  const Finding before = state_.findings[i];
  const CompiledRule& rule = *c_.find(before.rule);
  const auto& sources = rule.rule->sources;
  Finding f = before;
  for (std::size_t k = 0; k < sources.size(); ++k) {
    const StepIndex source = sources[k];
    if ((f.unmet >> k & 1) == 0) continue;
    if (by == f.fact) {
      if (taken_.has(source)) f.flags |= Finding::kPersonOnly;  // the violating fact took the duty away itself
      continue;
    }
    const bool executed = !by.is_none() && state_.fact(by).step == source;
    bool shown = executed && state_.fact(by).at <= f.reference;
    for (const auto& cause : state_.causes) shown = shown && !(cause.step == source && cause.at <= f.reference);
    const bool moot = rule.rule->heals == Heals::kMoot && !state_.included.has(source);
    if (!shown && !executed && !taken_.has(source) && !moot) continue;
    if (!shown && (f.flags & Finding::kPersonOnly) != 0) continue;
    f.unmet &= ~(std::uint64_t{1} << k);
    if (!shown) f.flags |= Finding::kMadeGoodLater;
  }
  if (f.unmet != before.unmet || f.flags != before.flags) put_finding(i, f);
  if (f.unmet != 0) return;
  const bool by_itself = rule.rule->heals == Heals::kByKind || rule.rule->heals == Heals::kMoot;
  if ((f.flags & Finding::kMadeGoodLater) == 0) {
    change_finding(i, FindingStatus::kWithdrawn, FindingVerb::kWithdrawn, now_);
  } else if (by_itself) {
    change_finding(i, FindingStatus::kHealed, FindingVerb::kHealed, now_);
  }
}

}  // namespace flora::process
