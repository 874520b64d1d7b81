// SPDX-License-Identifier: EUPL-1.2
#include "base/time.hpp"

#include <fmt/format.h>

#include <limits>

namespace flora::base {
namespace {

// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, counting years from 1 March so that the leap day is
// the last of its year.
constexpr std::int64_t days_of(std::int64_t year, unsigned month, unsigned day) {
  const std::int64_t y = year - (month <= 2 ? 1 : 0);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(y - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3U : 9U)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct Civil {
  std::int64_t year;
  unsigned month, day;
};

constexpr Civil civil_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * shifted + 2) / 5 + 1};
}

constexpr unsigned last_day(std::int64_t year, unsigned month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Reads fixed-width decimal numbers and single letters from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool number(std::size_t digits, unsigned& out) {
    if (text_.size() < digits) return false;
    out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return false;
      out = out * 10 + static_cast<unsigned>(text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return true;
  }
  bool letter(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }
  bool fraction(std::int64_t& ns) {
    ns = 0;
    std::int64_t unit = 100'000'000;
    std::size_t digits = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++digits, unit /= 10) {
      if (digits == 9) return false;
      ns += (text_.front() - '0') * unit;
      text_.remove_prefix(1);
    }
    return digits > 0;
  }
  char last() const { return last_; }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
  char last_ = 0;
};

bool read_offset(Scanner& in, std::int64_t& seconds) {
  if (in.letter("Zz")) {
    seconds = 0;
    return true;
  }
  unsigned hours = 0, minutes = 0;
  if (!in.letter("+-")) return false;
  const int sign = in.last() == '-' ? -1 : 1;
  if (!in.number(2, hours) || !in.letter(":") || !in.number(2, minutes) || hours > 23 || minutes > 59) return false;
  seconds = sign * static_cast<std::int64_t>(hours * 3600 + minutes * 60);
  return true;
}

}  // namespace

std::optional<Instant> parse_rfc3339(std::string_view text) {
  Scanner in(text);
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t ns = 0, offset_seconds = 0;
  if (!in.number(4, year) || !in.letter("-") || !in.number(2, month) || !in.letter("-") || !in.number(2, day) ||
      !in.letter("Tt") || !in.number(2, hour) || !in.letter(":") || !in.number(2, minute) || !in.letter(":") ||
      !in.number(2, second)) {
    return std::nullopt;
  }
  if (in.letter(".") && !in.fraction(ns)) return std::nullopt;
  if (!read_offset(in, offset_seconds) || !in.done()) return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || day > last_day(year, month) || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const std::int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_seconds;
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond - 1;
  if (seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
  return Instant{seconds * kNanosPerSecond + ns};
}

std::string to_rfc3339(Instant instant) {
  std::int64_t seconds = instant.ns / kNanosPerSecond;
  std::int64_t ns = instant.ns % kNanosPerSecond;
  if (ns < 0) {
    ns += kNanosPerSecond;
    --seconds;
  }
  std::int64_t days = seconds / 86400;
  std::int64_t rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  const Civil date = civil_of(days);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day, rest / 3600, rest / 60 % 60, rest % 60);
  if (ns != 0) {
    std::string fraction = fmt::format("{:09}", ns);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += "." + fraction;
  }
  return out + "Z";
}

}  // namespace flora::base
