// SPDX-License-Identifier: EUPL-1.2
#include "calendar/civil.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flora::calendar {

// Years are taken from March on, in eras of 400 years = 146,097 days, so that leap days come last.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilFields civil_from_days(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  CivilFields out;
  out.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  out.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
  return out;
}

bool is_leap_year(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(std::int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

bool is_valid(std::int64_t year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

std::int64_t add_months(std::int64_t days, std::int64_t months) {
  const CivilFields from = civil_from_days(days);
  const std::int64_t count = from.year * 12 + (from.month - 1) + months;
  const std::int64_t year = count >= 0 ? count / 12 : -((-count + 11) / 12);
  const int month = static_cast<int>(count - year * 12) + 1;
  return days_from_civil(year, month, std::min(from.day, days_in_month(year, month)));
}

std::optional<CivilDate> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int fields[3] = {0, 0, 0};
  constexpr std::size_t kBegin[] = {0, 5, 8}, kLength[] = {4, 2, 2};
  for (int f = 0; f < 3; ++f) {
    for (std::size_t i = 0; i < kLength[f]; ++i) {
      const char c = text[kBegin[f] + i];
      if (c < '0' || c > '9') return std::nullopt;
      fields[f] = fields[f] * 10 + (c - '0');
    }
  }
  if (fields[0] == 0 || !is_valid(fields[0], fields[1], fields[2])) return std::nullopt;
  return CivilDate::from(fields[0], fields[1], fields[2]);
}

std::string to_text(CivilDate date) {
  const CivilFields f = date.fields();
  return fmt::format("{:04}-{:02}-{:02}", f.year, f.month, f.day);
}

}  // namespace flora::calendar
