// SPDX-License-Identifier: EUPL-1.2
#include "process/query.hpp"

#include <algorithm>

#include "process/compiled.hpp"
#include "process/engine.hpp"
#include "process/walk.hpp"

namespace flora::process {

namespace {

using Op = package::Query::Op;

bool contains(const std::vector<StepIndex>& steps, StepIndex step) {
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

// The last entered fact of the step, unless one of `answers` was entered after it.
bool is_pending(const CaseState& state, const package::Query& query) {
  bool pending = false;
  walk_facts(state, [&](FactRef ref) {
    const StepIndex step = state.fact(ref).step;
    if (contains(query.steps, step)) pending = false;
    if (step == query.step) pending = true;
    return true;
  });
  return pending;
}

}  // namespace

bool matches(const Definition& d, const CaseState& state, const package::Query& query) {
  const auto included = [&] { return state.included.has(query.step); };
  switch (query.op) {
    case Op::kAll:
      return std::all_of(query.children.begin(), query.children.end(), [&](const auto& q) { return matches(d, state, q); });
    case Op::kAny:
      return std::any_of(query.children.begin(), query.children.end(), [&](const auto& q) { return matches(d, state, q); });
    case Op::kNot:
      return std::none_of(query.children.begin(), query.children.end(), [&](const auto& q) { return matches(d, state, q); });
    case Op::kHas: return state.executed.has(query.step);
    case Op::kCount: return state.count(query.step) >= query.count;
    case Op::kPending: return is_pending(state, query);
    case Op::kOwed: return state.owed.has(query.step) && included();
    case Op::kCue: return state.cues.has(query.step);
    case Op::kBlocked:
      return state.owed.has(query.step) && included() && !state.cues.has(query.step) && !d.compiled().clock_steps.has(query.step);
    case Op::kOpenCase: return state.open && !state.is_cancelled() && !finished(d, state);
    case Op::kPhaseOpen: return !state.phase_closed(query.phase);
    case Op::kFinding: return std::max(state.highest_open(), Level::kNone) >= std::max(query.level, Level::kHint);
  }
  return false;
}

FactRef last_entered(const CaseState& state, StepIndex step) {
  FactRef last = kNoFact;
  walk_facts(state, [&](FactRef ref) {
    if (state.fact(ref).step == step) last = ref;
    return true;
  });
  return last;
}

FactRef last_entered(const CaseState& state) {
  FactRef last = kNoFact;
  walk_facts(state, [&](FactRef ref) {
    last = ref;
    return true;
  });
  return last;
}

std::int64_t due_of(const CaseState& state, StepIndex step) {
  std::int64_t due = kNever;
  for (const auto& duty : state.duties) {
    if (duty.step == step) due = std::min(due, duty.due);
  }
  return due;
}

}  // namespace flora::process
