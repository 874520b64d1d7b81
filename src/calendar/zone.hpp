// SPDX-License-Identifier: EUPL-1.2
// Time zones from rules that are data: never from the operating system, so that all nodes agree for ever.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "calendar/civil.hpp"

namespace flora::calendar {

// What a clock on the wall shows: a day and the nanoseconds since its midnight, 0 <= ns_of_day < 24 h.
struct LocalTime {
  CivilDate date;
  std::int64_t ns_of_day = 0;
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

// Standard and summer time by yearly rule, in the form of POSIX TZ ("CET-1CEST,M3.5.0,M10.5.0/3").
struct YearlyRule {
  struct Switch {
    int month = 0, week = 0, weekday = 0;  // week 5 is the last; weekday 0 is Sunday
    std::int32_t local_seconds = 0;        // on the clock that is in force before the switch
  };
  std::int32_t standard_offset = 0;  // seconds east of Greenwich
  std::int32_t summer_offset = 0;    // the same as standard_offset where there is no summer time
  Switch to_summer, to_standard;
  bool has_summer() const { return to_summer.month != 0; }
};
// Errors: kMalformed. Only the `Mm.w.d` form of switches is read; names may be letters or <...>.
base::Result<YearlyRule> parse_yearly_rule(std::string_view posix_tz);

// Immutable after construction; may be read on any thread. Values that name a zone keep a pointer to it, so zones live as
// long as the calendars (or the adapter) they came from.
class Zone {
 public:
  struct Change {
    std::int64_t utc_seconds;
    std::int32_t offset;  // in force from then on
  };
  struct Era {
    std::int64_t from_year;  // the rule holds from 1 January of this year
    YearlyRule rule;
  };
  // By eras (our data): before the first era its standard offset holds.
  static base::Result<Zone> from_eras(std::string id, std::span<const Era> eras);
  // By explicit changes (system tables): before the first, `first_offset`; after the last, `tail` if given.
  static Zone from_changes(std::string id, std::int32_t first_offset, std::vector<Change> changes,
                           std::optional<YearlyRule> tail);

  const std::string& id() const { return id_; }

  // Offset in seconds east of Greenwich at an instant (seconds since 1970, any year).
  std::int32_t offset_at(std::int64_t utc_seconds) const;
  // Offset of a wall-clock reading, given as seconds since 1970-01-01T00:00 on that clock. In an overlap (the hour that comes
  // twice in autumn) the earlier instant, that is summer time. In a gap (the hour that is left out in spring) the offset before
  // the change, so that 02:30 becomes 03:30 summer time.
  std::int32_t offset_at_local(std::int64_t local_seconds) const;

  // Offset of the standard (winter) time of the rule in force last: what a time of day without date goes by.
  std::int32_t standard_offset() const;

  LocalTime to_local(base::Instant instant) const;
  CivilDate local_date(base::Instant instant) const { return to_local(instant).date; }
  // nullopt outside the years of Instant (1678 to 2262).
  std::optional<base::Instant> to_instant(const LocalTime& local) const;
  // Midnight at the beginning of the day; 24:00 of a day is the beginning of the next.
  std::optional<base::Instant> start_of(CivilDate date) const { return to_instant({date, 0}); }

 private:
  std::int32_t rule_offset(std::int64_t utc_seconds) const;
  std::string id_;
  std::int32_t first_offset_ = 0;
  std::vector<Change> changes_;     // ascending
  std::optional<YearlyRule> tail_;  // holds from `tail_from_` on
  std::int64_t tail_from_ = std::numeric_limits<std::int64_t>::min();
};

// RFC 3339 on the wall clock of the zone, with its offset: "2021-04-07T09:00:00+02:00".
std::string to_local_text(const Zone& zone, base::Instant instant);

// Who knows zones by name. Calendars know those of their data; the command line adds the system's for experiments.
class ZoneSource {
 public:
  virtual ~ZoneSource() = default;
  virtual const Zone* find_zone(std::string_view id) const = 0;  // nullptr: unknown; the zone lives as long as the source
};

}  // namespace flora::calendar
