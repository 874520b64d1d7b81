// SPDX-License-Identifier: EUPL-1.2
// What the guards of a package may name, and under which numbers: the one agreement between the loader that checks guards
// and the evaluators that run them. Pure; any thread.
//
//   fact            the fact the guard is asked about: fact.at, fact.entered (date and time), fact.by (role id), and its data as
//                   fact.FIELD or fact.data.FIELD. A field the step does not have is null.
//   STEP            all facts of that step in the case so far, including the one being graded, in order of entry
//   last.STEP       the latest of them by event time (ties: entered later), or null
//   case.opened     entry time of the case's first fact
//   ledger_time     date and time
//   tally.NAME      count: how many facts of the tally's step over the whole channel share the key of `fact`, itself included;
//                   set: the list of distinct values under that key, including that of `fact`. Null without a key.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.hpp"
#include "feel/guard.hpp"
#include "package/model.hpp"

namespace flora::package {

// Numbers of feel::Declarations::variables.
inline constexpr std::uint16_t kVariableFact = 0;
inline constexpr std::uint16_t kVariableCase = 1;        // member 0: opened
inline constexpr std::uint16_t kVariableLedgerTime = 2;  // scalar
inline constexpr std::uint16_t variable_of_facts(StepIndex step) { return static_cast<std::uint16_t>(3 + 2 * step); }
inline constexpr std::uint16_t variable_of_last(StepIndex step) { return static_cast<std::uint16_t>(4 + 2 * step); }
inline std::uint16_t variable_of_tally(const Package& package, std::size_t tally) {
  return static_cast<std::uint16_t>(3 + 2 * package.steps.size() + tally);
}
// Members of `fact`, STEP and last.STEP: 0 at, 1 entered, 2 by; then each field twice, as FIELD and as data.FIELD.
inline constexpr std::uint16_t kMemberAt = 0, kMemberEntered = 1, kMemberBy = 2;
inline constexpr std::uint16_t kMemberFields = 3;

struct GuardNames {
  feel::Declarations declarations;
  // The fields `fact` may have here: members kMemberFields + 2 * i and + 2 * i + 1 are fact_fields[i]. Those of STEP and
  // last.STEP count through Step::data in the same way.
  std::vector<std::string> fact_fields;
};

// Of which steps `fact` can be when a guard of this rule is asked: sources for effects and notes, targets for conditions,
// milestones, counts and reports (empty `at:` means any), both for in_order.
std::vector<StepIndex> fact_steps(const Package& package, const Rule& rule);
// `steps` empty: a fact of any step (so for `heals: when`). `calendars` must outlive the result and the guards made from it.
GuardNames guard_names(const Package& package, const std::vector<StepIndex>& steps, const calendar::Calendars* calendars);
// The same names, asked about a fact of other steps: cheaper than making them anew.
void set_fact(GuardNames& names, const Package& package, const std::vector<StepIndex>& steps);

// Distinct values a set tally can hold; enters the cost bound of guards.
inline constexpr std::uint32_t kTallySetMax = 256;

// The type of a field in a guard: code lists with their codes.
feel::Type type_of(const Package& package, const Field& field);

}  // namespace flora::package
