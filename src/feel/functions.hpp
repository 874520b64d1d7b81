// SPDX-License-Identifier: EUPL-1.2
// The functions of the profile: one table for the parser, the type checker, the evaluator and the reference page.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "calendar/calendar.hpp"
#include "feel/operators.hpp"
#include "feel/value.hpp"

namespace flora::feel {

enum class Function : std::uint8_t {
  kNot,
  kCount,
  kSum,
  kMin,
  kMax,
  kAll,
  kAny,
  kListContains,
  kDate,
  kTime,
  kDateAndTime,
  kDuration,
  kYearsAndMonthsDuration,
  kWorkdays,
};

struct FunctionEntry {
  Function id;
  std::string_view name;  // as written, words divided by one space
  std::uint8_t arguments_min;
  std::uint8_t arguments_max;  // kAnyNumber: a list or any number of arguments
  std::string_view signature;  // for the reference page
  std::string_view meaning;
};
inline constexpr std::uint8_t kAnyNumber = 255;

std::span<const FunctionEntry> all_functions();
const FunctionEntry& describe(Function function);
const FunctionEntry* find_function(std::string_view name);  // nullptr: not in the profile

// What functions stand on besides their arguments.
struct Surroundings {
  const calendar::Calendars* calendars = nullptr;
  const calendar::ZoneSource* zones = nullptr;
};

// Wrong arguments make null.
Outcome apply(Function function, std::span<const Value> arguments, const Surroundings& around, Budget& budget);
// @"...": whatever of the temporal kinds the text is; otherwise null.
Value read_temporal(std::string_view text, const calendar::ZoneSource* zones);

}  // namespace flora::feel
