// SPDX-License-Identifier: EUPL-1.2
#include "feel/temporal.hpp"

#include <fmt/format.h>

#include <limits>

namespace flora::feel {

namespace {

__extension__ using I128 = __int128;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;
// Durations beyond this have no value: no date is that far from another (2 * 10^9 years).
constexpr std::int64_t kMonthsMax = 24'000'000'000;
constexpr std::int64_t kSecondsMax = 70'000'000'000'000'000;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::optional<Date> checked_date(std::int64_t days) {
  constexpr std::int64_t kDaysMax = 366'000'000'000;
  if (days > kDaysMax || days < -kDaysMax) return std::nullopt;
  const std::int64_t year = calendar::civil_from_days(days).year;
  if (year > kYearMax || year < -kYearMax) return std::nullopt;
  return Date{days};
}

I128 nanos_of(const DaysTime& d) { return static_cast<I128>(d.seconds) * kNanosPerSecond + d.nanos; }

std::optional<DaysTime> duration_of(I128 nanos) {
  I128 seconds = nanos / kNanosPerSecond;
  I128 rest = nanos % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    seconds -= 1;
  }
  if (seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
  return DaysTime{static_cast<std::int64_t>(seconds), static_cast<std::int32_t>(rest)};
}

// Reads a text from the left; every step says whether it could.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool peek(char c) const { return !rest_.empty() && rest_[0] == c; }
  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  std::size_t digits_ahead() const {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9') ++n;
    return n;
  }
  bool two(int& out) {
    if (rest_.size() < 2 || digits_ahead() < 2) return false;
    out = (rest_[0] - '0') * 10 + (rest_[1] - '0');
    rest_.remove_prefix(2);
    return true;
  }
  // Any number of digits; false if there is none or the number is beyond reason.
  bool whole(std::int64_t& out) {
    const std::size_t n = digits_ahead();
    if (n == 0) return false;
    out = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (out > kSecondsMax) return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(n);
    return true;
  }
  // The digits behind a point as nanoseconds. `may_be_empty`: "PT0.S" is a duration. Anything finer has no value.
  bool fraction(std::int64_t& nanos, bool may_be_empty) {
    const std::size_t n = digits_ahead();
    if (n == 0 && !may_be_empty) return false;
    nanos = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const int digit = rest_[i] - '0';
      if (i < 9) nanos = nanos * 10 + digit;
      if (i >= 9 && digit != 0) return false;
    }
    for (std::size_t i = n; i < 9; ++i) nanos *= 10;
    rest_.remove_prefix(n);
    return true;
  }

 private:
  std::string_view rest_;
};

bool read_date(Reader& in, std::int64_t& days) {
  const bool negative = in.take('-');
  const std::size_t year_digits = in.digits_ahead();
  if (year_digits < 4 || year_digits > 9 || (year_digits > 4 && in.peek('0'))) return false;
  std::int64_t year = 0;
  int month = 0, day = 0;
  if (!in.whole(year) || !in.take('-') || !in.two(month) || !in.take('-') || !in.two(day)) return false;
  if (negative) {
    if (year == 0) return false;
    year = -year;
  }
  if (!calendar::is_valid(year, month, day)) return false;
  days = calendar::days_from_civil(year, month, day);
  return true;
}

// HH:MM:SS with an optional fraction. 24:00:00 is the beginning of the next day.
bool read_clock(Reader& in, std::int64_t& ns_of_day) {
  int hour = 0, minute = 0, second = 0;
  std::int64_t nanos = 0;
  if (!in.two(hour) || !in.take(':') || !in.two(minute) || !in.take(':') || !in.two(second)) return false;
  if (in.take('.') && !in.fraction(nanos, false)) return false;
  if (minute > 59 || second > 59 || hour > 24 || (hour == 24 && (minute | second) + nanos != 0)) return false;
  ns_of_day = ((hour * 60 + minute) * 60 + second) * kNanosPerSecond + nanos;
  return true;
}

// Nothing, Z, an offset or @zone; up to the end of the text.
bool read_place(Reader& in, Place& place, const calendar::ZoneSource* zones) {
  if (in.done()) return true;
  if (in.take('Z')) {
    place.kind = Place::Kind::kOffset;
    return in.done();
  }
  if (in.take('@')) {
    place.zone = zones == nullptr ? nullptr : zones->find_zone(in.rest());
    place.kind = Place::Kind::kZone;
    return place.zone != nullptr;
  }
  const bool west = in.peek('-');
  if (!in.take('-') && !in.take('+')) return false;
  int hours = 0, minutes = 0, seconds = 0;
  if (!in.two(hours) || !in.take(':') || !in.two(minutes)) return false;
  if (in.take(':') && !in.two(seconds)) return false;
  if (!in.done() || minutes > 59 || seconds > 59) return false;
  place.kind = Place::Kind::kOffset;
  place.offset_seconds = ((hours * 60 + minutes) * 60 + seconds) * (west ? -1 : 1);
  return place.offset_seconds <= 14 * 3600 && place.offset_seconds >= -14 * 3600;  // XML Schema's bounds
}

std::int64_t local_seconds(const DateTime& v) { return v.date.days * kSecondsPerDay + v.ns_of_day / kNanosPerSecond; }

// Wall clock of a zone at an instant (seconds since 1970).
DateTime in_zone(std::int64_t utc_seconds, std::int64_t nanos, const Place& place) {
  const std::int64_t offset = place.kind == Place::Kind::kZone ? place.zone->offset_at(utc_seconds) : place.offset_seconds;
  const std::int64_t local = utc_seconds + offset;
  const std::int64_t day = floor_div(local, kSecondsPerDay);
  return {Date{day}, (local - day * kSecondsPerDay) * kNanosPerSecond + nanos, place};
}

std::int64_t utc_seconds(const DateTime& v) { return local_seconds(v) - offset_of(v).value_or(0); }

bool both_placed_or_neither(const Place& a, const Place& b) {
  return (a.kind == Place::Kind::kLocal) == (b.kind == Place::Kind::kLocal);
}

std::string fraction_text(std::int64_t nanos) {
  if (nanos == 0) return {};
  std::string out = fmt::format(".{:09}", nanos);
  while (out.back() == '0') out.pop_back();
  return out;
}

std::string clock_text(std::int64_t ns_of_day) {
  const std::int64_t seconds = ns_of_day / kNanosPerSecond;
  return fmt::format("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     fraction_text(ns_of_day % kNanosPerSecond));
}

std::string place_text(const Place& place) {
  switch (place.kind) {
    case Place::Kind::kLocal: return {};
    case Place::Kind::kZone: return "@" + place.zone->id();
    case Place::Kind::kOffset: break;
  }
  if (place.offset_seconds == 0) return "Z";
  const std::int32_t magnitude = place.offset_seconds < 0 ? -place.offset_seconds : place.offset_seconds;
  std::string out = fmt::format("{}{:02}:{:02}", place.offset_seconds < 0 ? '-' : '+', magnitude / 3600, magnitude / 60 % 60);
  if (magnitude % 60 != 0) out += fmt::format(":{:02}", magnitude % 60);
  return out;
}

std::string date_text(const Date& value) {
  const auto f = calendar::civil_from_days(value.days);
  return fmt::format("{}{:04}-{:02}-{:02}", f.year < 0 ? "-" : "", f.year < 0 ? -f.year : f.year, f.month, f.day);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  Reader in(text);
  Date out;
  if (!read_date(in, out.days) || !in.done()) return std::nullopt;
  return out;
}

std::optional<Time> parse_time(std::string_view text, const calendar::ZoneSource* zones) {
  Reader in(text);
  Time out;
  if (!read_clock(in, out.ns_of_day) || !read_place(in, out.place, zones)) return std::nullopt;
  out.ns_of_day %= kNanosPerDay;
  return out;
}

std::optional<DateTime> parse_date_time(std::string_view text, const calendar::ZoneSource* zones) {
  Reader in(text);
  DateTime out;
  if (!read_date(in, out.date.days)) return std::nullopt;
  if (in.done()) return out;
  if (!in.take('T') || !read_clock(in, out.ns_of_day) || !read_place(in, out.place, zones)) return std::nullopt;
  if (out.ns_of_day == kNanosPerDay) {
    out.ns_of_day = 0;
    const auto next = checked_date(out.date.days + 1);
    if (!next) return std::nullopt;
    out.date = *next;
  }
  if (out.place.kind == Place::Kind::kZone) return normalised(out);
  return out;
}

std::optional<YearsMonths> parse_years_months(std::string_view text) {
  Reader in(text);
  const bool negative = in.take('-');
  if (!in.take('P') || in.done()) return std::nullopt;
  std::int64_t months = 0, number = 0;
  bool years_seen = false;
  while (!in.done()) {
    if (!in.whole(number) || number > kMonthsMax) return std::nullopt;
    if (in.take('Y') && !years_seen) {
      years_seen = true;
      months = number * 12;
    } else if (in.take('M') && in.done()) {
      months += number;
    } else {
      return std::nullopt;
    }
  }
  if (months > kMonthsMax) return std::nullopt;
  return YearsMonths{negative ? -months : months};
}

std::optional<DaysTime> parse_days_time(std::string_view text) {
  Reader in(text);
  const bool negative = in.take('-');
  if (!in.take('P') || in.done()) return std::nullopt;
  I128 seconds = 0;
  std::int64_t number = 0, nanos = 0;
  if (in.digits_ahead() > 0) {
    if (!in.whole(number) || !in.take('D')) return std::nullopt;
    seconds = static_cast<I128>(number) * kSecondsPerDay;
  }
  if (in.take('T')) {
    if (in.done()) return std::nullopt;
    int stage = 0;  // hours, minutes, seconds: in this order, each at most once
    while (!in.done()) {
      if (!in.whole(number)) return std::nullopt;
      if (stage < 1 && in.take('H')) {
        seconds += static_cast<I128>(number) * 3600;
        stage = 1;
      } else if (stage < 2 && in.take('M')) {
        seconds += static_cast<I128>(number) * 60;
        stage = 2;
      } else {
        if (in.take('.') && !in.fraction(nanos, true)) return std::nullopt;
        if (!in.take('S') || !in.done()) return std::nullopt;
        seconds += number;
      }
    }
  } else if (!in.done()) {
    return std::nullopt;
  }
  const I128 total = seconds * kNanosPerSecond + nanos;
  return duration_of(negative ? -total : total);
}

std::string to_text(const Date& value) { return date_text(value); }
std::string to_text(const Time& value) { return clock_text(value.ns_of_day) + place_text(value.place); }
std::string to_text(const DateTime& value) {
  return date_text(value.date) + "T" + clock_text(value.ns_of_day) + place_text(value.place);
}

std::string to_text(const YearsMonths& value) {
  const std::int64_t months = value.months < 0 ? -value.months : value.months;
  std::string out = value.months < 0 ? "-P" : "P";
  if (months >= 12) out += fmt::format("{}Y", months / 12);
  if (months % 12 != 0 || months == 0) out += fmt::format("{}M", months % 12);
  return out;
}

std::string to_text(const DaysTime& value) {
  const bool negative = value.seconds < 0;
  I128 nanos = nanos_of(value);
  if (negative) nanos = -nanos;
  const auto seconds = static_cast<std::int64_t>(nanos / kNanosPerSecond);
  const auto rest = static_cast<std::int64_t>(nanos % kNanosPerSecond);
  if (seconds == 0 && rest == 0) return "PT0S";
  std::string out = negative ? "-P" : "P";
  if (seconds >= kSecondsPerDay) out += fmt::format("{}D", seconds / kSecondsPerDay);
  if (seconds % kSecondsPerDay == 0 && rest == 0) return out;
  out += "T";
  if (seconds / 3600 % 24 != 0) out += fmt::format("{}H", seconds / 3600 % 24);
  if (seconds / 60 % 60 != 0) out += fmt::format("{}M", seconds / 60 % 60);
  if (seconds % 60 != 0 || rest != 0) out += fmt::format("{}{}S", seconds % 60, fraction_text(rest));
  return out;
}

DateTime date_time_of(base::Instant instant, const calendar::Zone& zone) {
  const std::int64_t seconds = floor_div(instant.ns, kNanosPerSecond);
  return in_zone(seconds, instant.ns - seconds * kNanosPerSecond, Place{Place::Kind::kZone, 0, &zone});
}

std::optional<base::Instant> instant_of(const DateTime& value) {
  if (value.place.kind == Place::Kind::kLocal) return std::nullopt;
  const I128 nanos = static_cast<I128>(utc_seconds(value)) * kNanosPerSecond + value.ns_of_day % kNanosPerSecond;
  if (nanos > std::numeric_limits<std::int64_t>::max() || nanos < std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return base::Instant{static_cast<std::int64_t>(nanos)};
}

std::optional<DateTime> normalised(const DateTime& value) {
  const DateTime out = in_zone(utc_seconds(value), value.ns_of_day % kNanosPerSecond, value.place);
  if (!checked_date(out.date.days)) return std::nullopt;
  return out;
}

std::optional<std::int32_t> offset_of(const DateTime& value) {
  switch (value.place.kind) {
    case Place::Kind::kLocal: return std::nullopt;
    case Place::Kind::kOffset: return value.place.offset_seconds;
    case Place::Kind::kZone: return value.place.zone->offset_at_local(local_seconds(value));
  }
  return std::nullopt;
}

std::optional<std::int32_t> offset_of(const Time& value) {
  switch (value.place.kind) {
    case Place::Kind::kLocal: return std::nullopt;
    case Place::Kind::kOffset: return value.place.offset_seconds;
    case Place::Kind::kZone: return value.place.zone->standard_offset();
  }
  return std::nullopt;
}

std::optional<std::strong_ordering> compare(const DateTime& a, const DateTime& b) {
  if (!both_placed_or_neither(a.place, b.place)) return std::nullopt;
  return utc_seconds(a) <=> utc_seconds(b);
}

std::optional<std::strong_ordering> compare(const Time& a, const Time& b) {
  if (!both_placed_or_neither(a.place, b.place)) return std::nullopt;
  return a.ns_of_day / kNanosPerSecond - offset_of(a).value_or(0) <=> b.ns_of_day / kNanosPerSecond - offset_of(b).value_or(0);
}

std::optional<Date> add(const Date& a, const YearsMonths& b) { return checked_date(calendar::add_months(a.days, b.months)); }

std::optional<Date> add(const Date& a, const DaysTime& b) {
  return checked_date(a.days + floor_div(b.seconds, kSecondsPerDay));  // its midnight plus the duration, and of that the day
}

std::optional<DateTime> add(const DateTime& a, const YearsMonths& b) {
  const auto date = add(a.date, b);
  if (!date) return std::nullopt;
  DateTime out = a;
  out.date = *date;
  return out.place.kind == Place::Kind::kZone ? normalised(out) : out;
}

std::optional<DateTime> add(const DateTime& a, const DaysTime& b) {
  // Along the time line: in a zone, a day of 24 hours may end at another hour.
  const std::int64_t nanos = a.ns_of_day % kNanosPerSecond + b.nanos;
  const std::int64_t seconds = utc_seconds(a) + b.seconds + nanos / kNanosPerSecond;
  const DateTime out = in_zone(seconds, nanos % kNanosPerSecond, a.place);
  if (!checked_date(out.date.days)) return std::nullopt;
  return out;
}

Time add(const Time& a, const DaysTime& b) {
  const I128 sum = a.ns_of_day + nanos_of(b);
  I128 rest = sum % kNanosPerDay;
  if (rest < 0) rest += kNanosPerDay;
  return {static_cast<std::int64_t>(rest), a.place};
}

std::optional<YearsMonths> add(const YearsMonths& a, const YearsMonths& b) {
  const std::int64_t sum = a.months + b.months;
  if (sum > kMonthsMax || sum < -kMonthsMax) return std::nullopt;
  return YearsMonths{sum};
}

std::optional<DaysTime> add(const DaysTime& a, const DaysTime& b) { return duration_of(nanos_of(a) + nanos_of(b)); }
std::optional<YearsMonths> negate(const YearsMonths& a) { return YearsMonths{-a.months}; }
std::optional<DaysTime> negate(const DaysTime& a) { return duration_of(-nanos_of(a)); }

std::optional<DaysTime> difference(const DateTime& a, const DateTime& b) {
  if (!both_placed_or_neither(a.place, b.place)) return std::nullopt;
  return duration_of(static_cast<I128>(utc_seconds(a) - utc_seconds(b)) * kNanosPerSecond + a.ns_of_day % kNanosPerSecond -
                     b.ns_of_day % kNanosPerSecond);
}

std::optional<DaysTime> difference(const Time& a, const Time& b) {
  if (!both_placed_or_neither(a.place, b.place)) return std::nullopt;
  const I128 offsets = static_cast<I128>(offset_of(b).value_or(0) - offset_of(a).value_or(0)) * kNanosPerSecond;
  return duration_of(a.ns_of_day - b.ns_of_day + offsets);
}

Decimal seconds_of(const DaysTime& value) {
  const auto fraction = Decimal::make(false, 0, static_cast<std::uint64_t>(value.nanos), -9);
  return *add(Decimal(value.seconds), *fraction);  // at most 17 + 9 digits
}

std::optional<DaysTime> days_time_of(const Decimal& seconds) {
  const Decimal whole = seconds.truncated();
  const auto count = whole.to_int64();
  const auto rest = subtract(seconds, whole);
  const auto nanos = rest ? multiply(*rest, Decimal(kNanosPerSecond)) : std::nullopt;
  if (!count || !nanos) return std::nullopt;
  const auto fine = nanos->truncated().to_int64();
  if (!fine) return std::nullopt;
  return duration_of(static_cast<I128>(*count) * kNanosPerSecond + *fine);
}

DateTime midnight_utc(const Date& date) { return {date, 0, Place{Place::Kind::kOffset, 0, nullptr}}; }

YearsMonths months_between(const Date& from, const Date& to) {
  const auto a = calendar::civil_from_days(from.days), b = calendar::civil_from_days(to.days);
  std::int64_t months = (b.year - a.year) * 12 + (b.month - a.month);
  if (months > 0 && b.day < a.day) --months;
  if (months < 0 && b.day > a.day) ++months;
  return {months};
}

}  // namespace flora::feel
