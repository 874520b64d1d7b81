// SPDX-License-Identifier: EUPL-1.2
// Local days and dues of one definition, quickly: the calendar's answers, with those that facts ask for again and again looked
// up in tables made once. Internal to the module.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "calendar/calendar.hpp"
#include "calendar/due.hpp"
#include "process/state.hpp"

namespace flora::process {

class Terms {
 public:
  Terms() = default;
  explicit Terms(std::shared_ptr<const calendar::Calendar> calendar);

  // Makes a table for this term, so that due_on need not count days.
  void prepare(const calendar::Term& term);

  std::int32_t day_of(std::int64_t instant) const;  // local day
  calendar::LocalTime local_of(std::int64_t instant) const;
  std::int64_t start_of(std::int32_t day) const;  // its midnight
  std::int64_t end_of(std::int32_t day) const { return start_of(day + 1); }
  // Whether the instant is a local midnight; then it ends the day before.
  bool ends_day(std::int64_t instant) const { return start_of(day_of(instant)) == instant; }

  // All answers that lie outside the years of an instant are kNever.
  std::int64_t due_from(std::int64_t instant, const calendar::Term& term) const;
  std::int64_t due_on(std::int32_t day, const calendar::Term& term) const;
  // The due day is the day of the event (grace), or what ends that long before it (warning).
  std::int64_t grace_after(std::int64_t due, const calendar::Term& term) const;
  std::int64_t warning_before(std::int64_t due, const calendar::Term& term) const;
  // Whether `later` is at least the term after `earlier`, both by local day (hours: to the nanosecond).
  bool apart(std::int64_t earlier, std::int64_t later, const calendar::Term& term) const;

 private:
  struct Table {
    calendar::Term term;
    std::vector<std::int64_t> due;  // by day - first_day_
  };
  const std::int64_t* look_up(std::int32_t day, const calendar::Term& term) const;
  calendar::Due as_due(std::int64_t due) const;

  std::shared_ptr<const calendar::Calendar> calendar_;
  std::int32_t first_day_ = 0;
  std::vector<std::int64_t> midnights_;  // from first_day_ on
  std::vector<Table> tables_;
};

}  // namespace flora::process
