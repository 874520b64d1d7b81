// SPDX-License-Identifier: EUPL-1.2
#include "calendar/zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace flora::calendar {

using base::Code;
using base::fail;
using base::Result;

namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// The clock reading at which the switch happens in a year, in seconds since 1970 on the clock before the switch.
std::int64_t switch_local(const YearlyRule::Switch& at, std::int64_t year) {
  std::int64_t day = days_from_civil(year, at.month, 1);
  const int first = static_cast<int>(weekday_of(day)) % 7;  // Sunday is 0
  day += (at.weekday - first + 7) % 7 + (at.week - 1) * 7;
  if (day >= days_from_civil(year, at.month, 1) + days_in_month(year, at.month)) day -= 7;
  return day * kSecondsPerDay + at.local_seconds;
}

struct SummerTime {
  std::int64_t begin_utc, end_utc;
};
SummerTime summer_of(const YearlyRule& rule, std::int64_t year) {
  return {switch_local(rule.to_summer, year) - rule.standard_offset, switch_local(rule.to_standard, year) - rule.summer_offset};
}

// Reads the parts of a POSIX TZ text one after the other.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  bool name() {
    if (take('<')) {
      const auto end = rest_.find('>');
      if (end == std::string_view::npos || end < 3) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    std::size_t n = 0;
    while (n < rest_.size() && ((rest_[n] | 0x20) >= 'a' && (rest_[n] | 0x20) <= 'z')) ++n;
    rest_.remove_prefix(n);
    return n >= 3;
  }
  // [+-]h[h][h][:mm[:ss]] in seconds.
  bool seconds(std::int32_t& out) {
    const bool minus = take('-');
    if (!minus) take('+');
    int parts[3] = {0, 0, 0};
    int count = 0;
    do {
      if (!number(parts[count], 3)) return false;
      ++count;
    } while (count < 3 && take(':'));
    if (parts[0] > 167 || parts[1] > 59 || parts[2] > 59) return false;
    out = (parts[0] * 3600 + parts[1] * 60 + parts[2]) * (minus ? -1 : 1);
    return true;
  }
  bool point_in_year(YearlyRule::Switch& out) {
    out.local_seconds = 2 * 3600;
    if (!take(',') || !take('M') || !number(out.month, 2) || !take('.') || !number(out.week, 1) || !take('.') ||
        !number(out.weekday, 1)) {
      return false;
    }
    if (take('/') && !seconds(out.local_seconds)) return false;
    return out.month >= 1 && out.month <= 12 && out.week >= 1 && out.week <= 5 && out.weekday <= 6;
  }
  bool at_end() const { return rest_.empty(); }
  bool at_comma() const { return !rest_.empty() && rest_[0] == ','; }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool number(int& out, int digits_max) {
    int n = 0;
    out = 0;
    while (n < digits_max && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      out = out * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
      ++n;
    }
    return n > 0;
  }
  std::string_view rest_;
};

// Up to this year the changes stand in a table; a search in it is quicker than working them out.
constexpr std::int64_t kTableEndYear = 2100;

}  // namespace

Result<YearlyRule> parse_yearly_rule(std::string_view posix_tz) {
  const auto malformed = [&] { return fail(Code::kMalformed, fmt::format("\"{}\" is not a zone rule", posix_tz)); };
  RuleReader in(posix_tz);
  YearlyRule rule;
  std::int32_t west = 0;
  if (!in.name() || !in.seconds(west)) return malformed();
  rule.standard_offset = rule.summer_offset = -west;  // POSIX counts westwards
  if (in.at_end()) return rule;
  if (!in.name()) return malformed();
  rule.summer_offset = rule.standard_offset + 3600;
  if (!in.at_comma()) {
    if (!in.seconds(west)) return malformed();
    rule.summer_offset = -west;
  }
  if (!in.point_in_year(rule.to_summer) || !in.point_in_year(rule.to_standard) || !in.at_end()) return malformed();
  return rule;
}

Result<Zone> Zone::from_eras(std::string id, std::span<const Era> eras) {
  if (eras.empty()) return fail(Code::kMalformed, fmt::format("zone {} has no rules", id));
  std::vector<Change> changes;
  std::int32_t offset = eras[0].rule.standard_offset;
  const auto change = [&](std::int64_t utc, std::int32_t to) {
    if (to != offset) changes.push_back({utc, to});
    offset = to;
  };
  const std::int32_t first_offset = offset;
  for (std::size_t i = 0; i < eras.size(); ++i) {
    const YearlyRule& rule = eras[i].rule;
    if (eras[i].from_year < 1 || eras[i].from_year > 9999)
      return fail(Code::kOutOfRange, fmt::format("zone {}: a year out of range", id));
    if (i > 0 && eras[i].from_year <= eras[i - 1].from_year)
      return fail(Code::kMalformed, fmt::format("zone {}: years out of order", id));
    change(days_from_civil(eras[i].from_year, 1, 1) * kSecondsPerDay - offset, rule.standard_offset);
    const bool last = i + 1 == eras.size();
    const std::int64_t end_year = last ? std::max(eras[i].from_year, kTableEndYear) : eras[i + 1].from_year;
    if (end_year - eras[i].from_year > 1000) return fail(Code::kMalformed, fmt::format("zone {}: an era is too long", id));
    for (std::int64_t year = eras[i].from_year; rule.has_summer() && year < end_year; ++year) {
      const SummerTime summer = summer_of(rule, year);
      if (summer.begin_utc > summer.end_utc)
        return fail(Code::kMalformed, fmt::format("zone {}: summer over the turn of the year", id));
      change(summer.begin_utc, rule.summer_offset);
      change(summer.end_utc, rule.standard_offset);
    }
    if (last) {
      const std::int64_t tail_from = days_from_civil(end_year, 1, 1) * kSecondsPerDay - offset;
      Zone zone = from_changes(std::move(id), first_offset, std::move(changes), rule);
      zone.tail_from_ = tail_from;
      return zone;
    }
  }
  return fail(Code::kMalformed, id);
}

Zone Zone::from_changes(std::string id, std::int32_t first_offset, std::vector<Change> changes, std::optional<YearlyRule> tail) {
  Zone zone;
  zone.id_ = std::move(id);
  zone.first_offset_ = first_offset;
  zone.changes_ = std::move(changes);
  zone.tail_ = tail;
  if (!zone.changes_.empty()) zone.tail_from_ = zone.changes_.back().utc_seconds;
  return zone;
}

std::int32_t Zone::rule_offset(std::int64_t utc_seconds) const {
  const YearlyRule& rule = *tail_;
  if (!rule.has_summer()) return rule.standard_offset;
  const std::int64_t year = civil_from_days(floor_div(utc_seconds + rule.standard_offset, kSecondsPerDay)).year;
  const SummerTime summer = summer_of(rule, year);
  const bool in_summer = summer.begin_utc < summer.end_utc ? utc_seconds >= summer.begin_utc && utc_seconds < summer.end_utc
                                                           : utc_seconds >= summer.begin_utc || utc_seconds < summer.end_utc;
  return in_summer ? rule.summer_offset : rule.standard_offset;
}

std::int32_t Zone::offset_at(std::int64_t utc_seconds) const {
  if (tail_ && utc_seconds >= tail_from_) return rule_offset(utc_seconds);
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), utc_seconds,
                                      [](std::int64_t t, const Change& c) { return t < c.utc_seconds; });
  return after == changes_.begin() ? first_offset_ : std::prev(after)->offset;
}

std::int32_t Zone::standard_offset() const {
  if (tail_) return tail_->standard_offset;
  return changes_.empty() ? first_offset_ : changes_.back().offset;
}

std::int32_t Zone::offset_at_local(std::int64_t local_seconds) const {
  // The offset a day before is the one before any change that could touch this reading.
  const std::int32_t before = offset_at(local_seconds - 86'400 - 54'000);
  const std::int32_t during = offset_at(local_seconds - before);
  if (during == before) return before;                                   // no change yet: also the first pass through an overlap
  return offset_at(local_seconds - during) == during ? during : before;  // else it lies in a gap
}

LocalTime Zone::to_local(base::Instant instant) const {
  const std::int64_t utc = floor_div(instant.ns, base::kNanosPerSecond);
  const std::int64_t nanos = instant.ns - utc * base::kNanosPerSecond;
  const std::int64_t local = utc + offset_at(utc);
  const std::int64_t day = floor_div(local, kSecondsPerDay);
  return {CivilDate{static_cast<std::int32_t>(day)}, (local - day * kSecondsPerDay) * base::kNanosPerSecond + nanos};
}

std::optional<base::Instant> Zone::to_instant(const LocalTime& local) const {
  const std::int64_t seconds = local.date.days * kSecondsPerDay + local.ns_of_day / base::kNanosPerSecond;
  const std::int64_t utc = seconds - offset_at_local(seconds);
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / base::kNanosPerSecond - 1;
  if (utc > kSecondsMax || utc < -kSecondsMax) return std::nullopt;
  return base::Instant{utc * base::kNanosPerSecond + local.ns_of_day % base::kNanosPerSecond};
}

std::string to_local_text(const Zone& zone, base::Instant instant) {
  const LocalTime local = zone.to_local(instant);
  const CivilFields date = local.date.fields();
  const std::int64_t seconds = local.ns_of_day / base::kNanosPerSecond;
  const std::int64_t nanos = local.ns_of_day % base::kNanosPerSecond;
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day, seconds / 3600,
                                seconds / 60 % 60, seconds % 60);
  if (nanos != 0) {
    std::string fraction = fmt::format(".{:09}", nanos);
    while (fraction.back() == '0') fraction.pop_back();
    out += fraction;
  }
  const std::int32_t offset = zone.offset_at(floor_div(instant.ns, base::kNanosPerSecond));
  const std::int32_t minutes = (offset < 0 ? -offset : offset) / 60;
  out += fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
  return out;
}

}  // namespace flora::calendar
