// SPDX-License-Identifier: EUPL-1.2
#include "calendar/calendar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace flora::calendar {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int kMondayToFriday = 0b0011111;
constexpr int kMondayToSaturday = 0b0111111;
constexpr std::int64_t kOriginMonday = -3;  // 1969-12-29

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Members of a plain weekly pattern from the origin to `day`, inclusive; negative before it.
std::int64_t weekly_rank(int mask, std::int64_t day) {
  const std::int64_t week = floor_div(day - kOriginMonday, 7);
  const int weekday = static_cast<int>(day - kOriginMonday - week * 7);
  return week * std::popcount(static_cast<unsigned>(mask)) + std::popcount(static_cast<unsigned>(mask & ((2 << weekday) - 1)));
}

std::int64_t weekly_select(int mask, std::int64_t rank) {
  const std::int64_t per_week = std::popcount(static_cast<unsigned>(mask));
  const std::int64_t week = floor_div(rank - 1, per_week);
  std::int64_t left = rank - week * per_week;  // 1 to per_week
  int weekday = 0;
  while (true) {
    if ((mask >> weekday & 1) != 0 && --left == 0) return kOriginMonday + week * 7 + weekday;
    ++weekday;
  }
}

bool in_mask(int mask, std::int64_t day) { return (mask >> (static_cast<int>(weekday_of(day)) - 1) & 1) != 0; }

const NamedDay* find_day(const std::vector<NamedDay>& days, CivilDate day) {
  const auto at = std::lower_bound(days.begin(), days.end(), day, [](const NamedDay& d, CivilDate x) { return d.day < x; });
  return at != days.end() && at->day == day ? &*at : nullptr;
}

base::Status sort_days(const std::string& id, std::vector<NamedDay>& days, int first_year, int last_year) {
  std::sort(days.begin(), days.end(), [](const NamedDay& a, const NamedDay& b) { return a.day < b.day; });
  for (std::size_t i = 0; i < days.size(); ++i) {
    const auto year = days[i].day.fields().year;
    if (year < first_year || year > last_year) {
      return fail(Code::kOutOfRange,
                  fmt::format("calendar {}: {} is outside its years {} to {}", id, to_text(days[i].day), first_year, last_year));
    }
    if (i > 0 && days[i].day == days[i - 1].day) {
      return fail(Code::kDuplicate, fmt::format("calendar {}: {} stands twice", id, to_text(days[i].day)));
    }
  }
  return {};
}

}  // namespace

DaySet::DaySet(CivilDate first, CivilDate last, int weekdays_mask, std::span<const CivilDate> without)
    : first_(first.days), last_(last.days), weekdays_mask_(weekdays_mask) {
  const auto size = static_cast<std::size_t>(last_ - first_ + 1);
  words_.assign((size + 63) / 64, 0);
  for (std::size_t i = 0; i < size; ++i) {
    if (in_mask(weekdays_mask, first_ + static_cast<std::int64_t>(i))) words_[i / 64] |= 1ULL << (i % 64);
  }
  for (const CivilDate day : without) {
    if (day < first || day > last) continue;
    const auto i = static_cast<std::size_t>(day.days - first_);
    words_[i / 64] &= ~(1ULL << (i % 64));
  }
  before_.reserve(words_.size());
  std::uint32_t count = 0;
  for (const auto word : words_) {
    before_.push_back(count);
    count += static_cast<std::uint32_t>(std::popcount(word));
  }
  rank_before_first_ = weekly_rank(weekdays_mask, first_ - 1);
  rank_last_ = rank_before_first_ + count;
}

bool DaySet::contains(std::int64_t day) const {
  if (day < first_ || day > last_) return in_mask(weekdays_mask_, day);
  const auto i = static_cast<std::size_t>(day - first_);
  return (words_[i / 64] >> (i % 64) & 1) != 0;
}

std::int64_t DaySet::rank(std::int64_t day) const {
  if (day < first_) return weekly_rank(weekdays_mask_, day);
  if (day > last_) return rank_last_ + weekly_rank(weekdays_mask_, day) - weekly_rank(weekdays_mask_, last_);
  const auto i = static_cast<std::size_t>(day - first_);
  const std::uint64_t upto = words_[i / 64] & (~0ULL >> (63 - i % 64));
  return rank_before_first_ + before_[i / 64] + std::popcount(upto);
}

std::int64_t DaySet::select(std::int64_t rank) const {
  if (rank <= rank_before_first_) return weekly_select(weekdays_mask_, rank);
  if (rank > rank_last_) return weekly_select(weekdays_mask_, weekly_rank(weekdays_mask_, last_) + rank - rank_last_);
  const std::int64_t k = rank - rank_before_first_;  // 1 to the number of members
  // Members are spread almost evenly: guess the word, then walk the one or two that are missing.
  auto w = static_cast<std::size_t>(k * static_cast<std::int64_t>(words_.size()) / (rank_last_ - rank_before_first_));
  w = std::min(w, words_.size() - 1);
  while (before_[w] >= k) --w;
  while (w + 1 < words_.size() && before_[w + 1] < k) ++w;
  std::uint64_t word = words_[w];
  for (std::int64_t skip = k - before_[w] - 1; skip > 0; --skip) word &= word - 1;
  return first_ + static_cast<std::int64_t>(w * 64) + std::countr_zero(word);
}

std::int64_t DaySet::select_from(std::int64_t day, std::int64_t n) const {
  if (n > 0) return select(rank(day) + n);
  if (n < 0) return select(rank(day - 1) + n + 1);
  return contains(day) ? day : select(rank(day) + 1);
}

Result<Calendar> Calendar::make(std::string id, Names title, int first_year, int last_year, std::shared_ptr<const Zone> zone,
                                std::vector<NamedDay> holidays, std::vector<NamedDay> closures) {
  FLORA_CHECK(zone != nullptr, "a calendar stands on a zone");
  if (first_year < 1700 || last_year > 2250 || first_year > last_year) {
    return fail(Code::kOutOfRange, fmt::format("calendar {}: years {} to {}", id, first_year, last_year));
  }
  FLORA_TRY(sort_days(id, holidays, first_year, last_year));
  FLORA_TRY(sort_days(id, closures, first_year, last_year));
  Calendar out;
  out.id_ = std::move(id);
  out.title_ = std::move(title);
  out.first_year_ = first_year;
  out.last_year_ = last_year;
  out.zone_ = std::move(zone);
  const CivilDate first = CivilDate::from(first_year, 1, 1), last = CivilDate::from(last_year, 12, 31);
  std::vector<CivilDate> without;
  for (const auto& day : holidays) without.push_back(day.day);
  out.sets_[static_cast<std::size_t>(DayKind::kWorkday)] = DaySet(first, last, kMondayToFriday, without);
  out.sets_[static_cast<std::size_t>(DayKind::kWerktag)] = DaySet(first, last, kMondayToSaturday, without);
  for (const auto& day : closures) without.push_back(day.day);
  out.sets_[static_cast<std::size_t>(DayKind::kOfficeDay)] = DaySet(first, last, kMondayToFriday, without);
  out.holidays_ = std::move(holidays);
  out.closures_ = std::move(closures);
  return out;
}

bool Calendar::covers(CivilDate day) const {
  const auto year = day.fields().year;
  return year >= first_year_ && year <= last_year_;
}

const NamedDay* Calendar::holiday(CivilDate day) const { return find_day(holidays_, day); }
const NamedDay* Calendar::closure(CivilDate day) const { return find_day(closures_, day); }

std::int64_t Calendar::count_between(DayKind kind, CivilDate a, CivilDate b) const {
  return days(kind).rank(b.days) - days(kind).rank(a.days);
}

CivilDate Calendar::nth(DayKind kind, CivilDate day, std::int32_t n) const {
  return {static_cast<std::int32_t>(days(kind).select_from(day.days, n))};
}

Result<Calendar> Calendar::with_closures(std::string id, std::vector<NamedDay> closures) const {
  closures.insert(closures.end(), closures_.begin(), closures_.end());
  return make(std::move(id), title_, first_year_, last_year_, zone_, holidays_, std::move(closures));
}

const Calendar* Calendars::find(std::string_view id) const {
  const auto at = calendars_.find(id);
  return at == calendars_.end() ? nullptr : at->second.get();
}

const Zone* Calendars::find_zone(std::string_view id) const {
  const auto at = zones_.find(id);
  return at == zones_.end() ? nullptr : at->second.get();
}

std::vector<std::string_view> Calendars::ids() const {
  std::vector<std::string_view> out;
  for (const auto& [id, calendar] : calendars_) out.push_back(id);
  return out;
}

Result<Calendars> Calendars::with(Calendar calendar) const {
  Calendars out = *this;
  const std::string id = calendar.id();
  if (!out.calendars_.emplace(id, std::make_shared<const Calendar>(std::move(calendar))).second) {
    return fail(Code::kDuplicate, fmt::format("calendar {} exists already", id));
  }
  return out;
}

}  // namespace flora::calendar
