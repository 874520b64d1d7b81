// SPDX-License-Identifier: EUPL-1.2
// Dates, times, date-times and the two durations of DMN 1.5, with the arithmetic of its section 10.3.2.3 and 10.3.3.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "calendar/zone.hpp"
#include "feel/decimal.hpp"

namespace flora::feel {

inline constexpr std::int64_t kNanosPerDay = 86'400LL * 1'000'000'000LL;
inline constexpr std::int64_t kYearMax = 999'999'999;  // DMN: years of up to nine digits

struct Date {
  std::int64_t days = 0;  // since 1970-01-01, proleptic Gregorian
  friend auto operator<=>(const Date&, const Date&) = default;
};

// How a time or date-time stands to Greenwich: not at all (local), by an offset, or by a zone with a name.
struct Place {
  enum class Kind : std::uint8_t { kLocal, kOffset, kZone } kind = Kind::kLocal;
  std::int32_t offset_seconds = 0;       // kOffset
  const calendar::Zone* zone = nullptr;  // kZone; lives as long as its source
  friend bool operator==(const Place&, const Place&) = default;
};

struct Time {
  std::int64_t ns_of_day = 0;
  Place place;
};

struct DateTime {
  Date date;
  std::int64_t ns_of_day = 0;  // wall clock
  Place place;
};

struct YearsMonths {
  std::int64_t months = 0;
  friend auto operator<=>(const YearsMonths&, const YearsMonths&) = default;
};

// seconds + nanos / 10^9 with 0 <= nanos < 10^9: -0.5 s is {-1, 500000000}.
struct DaysTime {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const DaysTime&, const DaysTime&) = default;
};

// The lexical forms of XML Schema 1.1 as DMN narrows them; nullopt is FEEL's null. Zones by name are looked up in `zones`
// (may be nullptr: none is known).
std::optional<Date> parse_date(std::string_view text);
std::optional<Time> parse_time(std::string_view text, const calendar::ZoneSource* zones);
std::optional<DateTime> parse_date_time(std::string_view text, const calendar::ZoneSource* zones);  // also a date: its midnight
std::optional<YearsMonths> parse_years_months(std::string_view text);
std::optional<DaysTime> parse_days_time(std::string_view text);

std::string to_text(const Date& value);
std::string to_text(const Time& value);
std::string to_text(const DateTime& value);
std::string to_text(const YearsMonths& value);
std::string to_text(const DaysTime& value);

// The wall-clock reading of an instant; with its zone (facts, ledger time).
DateTime date_time_of(base::Instant instant, const calendar::Zone& zone);
// nullopt: local, or outside the years of Instant.
std::optional<base::Instant> instant_of(const DateTime& value);

// Offset in force, in seconds; nullopt for local ones. A time of day in a zone goes by the zone's standard time.
std::optional<std::int32_t> offset_of(const DateTime& value);
std::optional<std::int32_t> offset_of(const Time& value);

// By value as DMN 1.5 defines it: on the time line, in whole seconds. nullopt: not comparable (one local, one not).
std::optional<std::strong_ordering> compare(const DateTime& a, const DateTime& b);
std::optional<std::strong_ordering> compare(const Time& a, const Time& b);

// nullopt: outside the years that exist, or (difference) one local and one not.
std::optional<Date> add(const Date& a, const YearsMonths& b);
std::optional<Date> add(const Date& a, const DaysTime& b);
std::optional<DateTime> add(const DateTime& a, const YearsMonths& b);
std::optional<DateTime> add(const DateTime& a, const DaysTime& b);
Time add(const Time& a, const DaysTime& b);
std::optional<YearsMonths> add(const YearsMonths& a, const YearsMonths& b);
std::optional<DaysTime> add(const DaysTime& a, const DaysTime& b);
std::optional<YearsMonths> negate(const YearsMonths& a);
std::optional<DaysTime> negate(const DaysTime& a);
std::optional<DaysTime> difference(const DateTime& a, const DateTime& b);
std::optional<DaysTime> difference(const Time& a, const Time& b);
Decimal seconds_of(const DaysTime& value);
// Finer than a nanosecond is cut off; nullopt: too long.
std::optional<DaysTime> days_time_of(const Decimal& seconds);
DateTime midnight_utc(const Date& date);  // how DMN reads a date among date-times
// The whole months between two days, towards zero.
YearsMonths months_between(const Date& from, const Date& to);
// A reading of a zone's clock that does not exist (spring) moves on by the hour left out. nullopt: outside the years.
std::optional<DateTime> normalised(const DateTime& value);

}  // namespace flora::feel
