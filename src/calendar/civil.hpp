// SPDX-License-Identifier: EUPL-1.2
// Days of the proleptic Gregorian calendar, without zone. Pure values; any thread.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flora::calendar {

inline constexpr std::int64_t kSecondsPerDay = 86'400;

// Monday is 1, as in ISO 8601 and DMN.
enum class Weekday : std::uint8_t { kMonday = 1, kTuesday, kWednesday, kThursday, kFriday, kSaturday, kSunday };

struct CivilFields {
  std::int64_t year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31
  friend bool operator==(const CivilFields&, const CivilFields&) = default;
};

// Day numbers for any year between -1,000,000,000 and 1,000,000,000 (FEEL's range); day 0 is 1970-01-01.
std::int64_t days_from_civil(std::int64_t year, int month, int day);  // the fields must be valid
CivilFields civil_from_days(std::int64_t days);
bool is_leap_year(std::int64_t year);
int days_in_month(std::int64_t year, int month);
bool is_valid(std::int64_t year, int month, int day);
inline Weekday weekday_of(std::int64_t days) {
  const std::int64_t since_monday = (days + 3) % 7;  // 1970-01-01 was a Thursday
  return static_cast<Weekday>((since_monday < 0 ? since_monday + 7 : since_monday) + 1);
}
// The same day of the month `months` later (earlier if negative); where the month is too short, its last day (BGB section 188,
// paragraph 3).
std::int64_t add_months(std::int64_t days, std::int64_t months);

// A day as cases, rules and calendars use it: days since 1970-01-01.
struct CivilDate {
  std::int32_t days = 0;

  friend auto operator<=>(const CivilDate&, const CivilDate&) = default;
  static CivilDate from(std::int64_t year, int month, int day) {
    return {static_cast<std::int32_t>(days_from_civil(year, month, day))};
  }
  CivilFields fields() const { return civil_from_days(days); }
  Weekday weekday() const { return weekday_of(days); }
  constexpr CivilDate plus_days(std::int32_t n) const { return {days + n}; }
  CivilDate plus_months(std::int32_t n) const { return {static_cast<std::int32_t>(add_months(days, n))}; }
};

// ISO 8601, exactly YYYY-MM-DD, years 0001 to 9999. nullopt: malformed or no such day.
std::optional<CivilDate> parse_date(std::string_view text);
std::string to_text(CivilDate date);

}  // namespace flora::calendar
