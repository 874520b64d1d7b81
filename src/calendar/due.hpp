// SPDX-License-Identifier: EUPL-1.2
// When a term ends: BGB sections 187 to 193. The day of the event does not count; the end is 24:00 of the last day; an end on a
// Saturday, a Sunday or a holiday moves to the next workday unless that is switched off. Pure; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "calendar/calendar.hpp"

namespace flora::calendar {

// Same order as package::Unit.
enum class Unit : std::uint8_t { kHours, kDays, kWeeks, kMonths, kWorkdays, kWerktage, kOfficeDays };

inline constexpr std::uint32_t kTermAmountMax = 100'000;

struct Term {
  std::uint32_t amount = 0;
  Unit unit = Unit::kDays;
  bool roll_to_workday = true;  // BGB section 193
  friend bool operator==(const Term&, const Term&) = default;
};

// "3 workdays", "1 workday", "2 office days": a number without sign, one space, a unit in singular or plural.
// Errors: kMalformed, kOutOfRange.
base::Result<Term> parse_term(std::string_view text);
std::string to_text(const Term& term);  // "1 workday", "3 workdays"

// The end of a term. No allocation.
struct Due {
  base::Instant at;              // 24:00 of `day` on the wall clock of the calendar's zone; with hours, the instant itself
  CivilDate day;                 // the local day at whose end, or in which, the term ends
  bool end_of_day = true;        // false only for hours
  bool beyond_calendar = false;  // it ends outside the years of the calendar: holidays are not known there
  friend bool operator==(const Due&, const Due&) = default;
};

// Term of an event at an instant: its local day does not count. With hours: that many hours after the instant; Saturdays,
// Sundays and holidays are included and the end never moves (VwVfG section 31, paragraph 6).
// Errors: kOutOfRange (the end is outside the years 1678 to 2262, or the amount above kTermAmountMax).
base::Result<Due> due(const Calendar& calendar, base::Instant from, const Term& term);
// Term of an event on a day (a date in a fact's data; the due day when a period of grace begins). Hours count from 24:00.
base::Result<Due> due_from_day(const Calendar& calendar, CivilDate from, const Term& term);
// A warning that long before a due: with hours, that many hours earlier; else 24:00 of the day that is `amount` units earlier
// (nothing moves).
base::Result<Due> before(const Calendar& calendar, const Due& due, const Term& term);

// "2021-04-09T24:00" at the end of a day; otherwise RFC 3339 on the calendar's wall clock.
std::string to_text(const Calendar& calendar, const Due& due);

// A day that did not count, and why.
struct Skipped {
  enum class Reason : std::uint8_t { kEventDay, kSaturday, kSunday, kHoliday, kClosure } reason;
  CivilDate day;
  const NamedDay* name = nullptr;  // of the holiday or closure; lives as long as the calendar
};
std::string_view to_text(Skipped::Reason reason);  // "event_day", "saturday", ...

struct ExplainedDue {
  Due due;
  std::vector<Skipped> skipped;  // ascending: the event's day, the days that did not count, the days over which the end moved
};
ExplainedDue explain_from(const Calendar& calendar, CivilDate from, const Term& term, const Due& due);
base::Result<ExplainedDue> explain_due(const Calendar& calendar, base::Instant from, const Term& term);

}  // namespace flora::calendar
