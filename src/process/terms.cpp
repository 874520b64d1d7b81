// SPDX-License-Identifier: EUPL-1.2
#include "process/terms.hpp"

#include <algorithm>

namespace flora::process {

using calendar::CivilDate;
using calendar::Term;
using calendar::Unit;

namespace {

// Before all cases, and far enough from the limits of the type to be counted with.
constexpr std::int64_t kLongAgo = kBeforeAll / 2;
constexpr std::int64_t kNanosPerDay = calendar::kSecondsPerDay * base::kNanosPerSecond;

std::int64_t instant_or_never(const base::Result<calendar::Due>& due) { return due ? due->at.ns : kNever; }

}  // namespace

Terms::Terms(std::shared_ptr<const calendar::Calendar> calendar) : calendar_(std::move(calendar)) {
  first_day_ = CivilDate::from(calendar_->first_year(), 1, 1).days;
  const std::int32_t last = CivilDate::from(calendar_->last_year() + 1, 1, 1).days;
  midnights_.reserve(static_cast<std::size_t>(last - first_day_) + 1);
  for (std::int32_t day = first_day_; day <= last; ++day) {
    const auto start = calendar_->zone().start_of({day});
    if (!start) break;
    midnights_.push_back(start->ns);
  }
}

void Terms::prepare(const Term& term) {
  if (term.unit == Unit::kHours || midnights_.empty()) return;
  for (const auto& table : tables_) {
    if (table.term == term) return;
  }
  Table table{term, {}};
  table.due.reserve(midnights_.size());
  for (std::size_t i = 0; i < midnights_.size(); ++i) {
    const CivilDate day{first_day_ + static_cast<std::int32_t>(i)};
    table.due.push_back(instant_or_never(calendar::due_from_day(*calendar_, day, term)));
  }
  tables_.push_back(std::move(table));
}

std::int32_t Terms::day_of(std::int64_t instant) const {
  if (!midnights_.empty() && instant >= midnights_.front() && instant < midnights_.back()) {
    // A local day is at most an hour longer or shorter than 24 hours, so the guess is off by one at most.
    auto i = static_cast<std::size_t>((instant - midnights_.front()) / kNanosPerDay);
    i = std::min(i, midnights_.size() - 2);
    while (instant < midnights_[i]) --i;
    while (instant >= midnights_[i + 1]) ++i;
    return first_day_ + static_cast<std::int32_t>(i);
  }
  return calendar_->zone().local_date({instant}).days;
}

calendar::LocalTime Terms::local_of(std::int64_t instant) const {
  const std::int32_t day = day_of(instant);
  const std::int64_t start = start_of(day);
  // On all but the two days a year on which the clock changes, the time of day is what has passed since midnight.
  if (start_of(day + 1) - start == kNanosPerDay) return {CivilDate{day}, instant - start};
  return calendar_->zone().to_local({instant});
}

std::int64_t Terms::start_of(std::int32_t day) const {
  const std::int64_t i = std::int64_t{day} - first_day_;
  if (i >= 0 && i < static_cast<std::int64_t>(midnights_.size())) return midnights_[static_cast<std::size_t>(i)];
  const auto start = calendar_->zone().start_of({day});
  return start ? start->ns : (day < 0 ? kLongAgo : kNever);
}

const std::int64_t* Terms::look_up(std::int32_t day, const Term& term) const {
  const std::int64_t i = std::int64_t{day} - first_day_;
  if (i < 0 || i >= static_cast<std::int64_t>(midnights_.size())) return nullptr;
  for (const auto& table : tables_) {
    if (table.term == term) return &table.due[static_cast<std::size_t>(i)];
  }
  return nullptr;
}

std::int64_t Terms::due_from(std::int64_t instant, const Term& term) const {
  if (term.unit == Unit::kHours) return instant_or_never(calendar::due(*calendar_, {instant}, term));
  return due_on(day_of(instant), term);
}

std::int64_t Terms::due_on(std::int32_t day, const Term& term) const {
  if (const auto* known = look_up(day, term)) return *known;
  return instant_or_never(calendar::due_from_day(*calendar_, {day}, term));
}

calendar::Due Terms::as_due(std::int64_t due) const {
  calendar::Due out;
  out.at = {due};
  out.day = {day_of(due - 1)};
  out.end_of_day = ends_day(due);
  return out;
}

std::int64_t Terms::grace_after(std::int64_t due, const Term& term) const {
  if (due == kNever) return kNever;
  if (term.unit == Unit::kHours) return instant_or_never(calendar::due(*calendar_, {due}, term));
  return due_on(as_due(due).day.days, term);
}

std::int64_t Terms::warning_before(std::int64_t due, const Term& term) const {
  if (due == kNever) return kNever;
  return instant_or_never(calendar::before(*calendar_, as_due(due), term));
}

bool Terms::apart(std::int64_t earlier, std::int64_t later, const Term& term) const {
  if (term.unit == Unit::kHours) {
    const auto end = calendar::due(*calendar_, {earlier}, term);
    return end && end->at.ns <= later;
  }
  Term exact = term;
  exact.roll_to_workday = false;
  const auto end = calendar::due_from_day(*calendar_, {day_of(earlier)}, exact);
  return end && end->day.days <= day_of(later);
}

}  // namespace flora::process
