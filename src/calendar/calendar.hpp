// SPDX-License-Identifier: EUPL-1.2
// Holidays, working days and office days of one Land or site. Built from data; immutable; read on any thread.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "calendar/civil.hpp"
#include "calendar/zone.hpp"

namespace flora::calendar {

// Which days count.
enum class DayKind : std::uint8_t {
  kWorkday,    // Monday to Friday without holidays
  kWerktag,    // Monday to Saturday without holidays
  kOfficeDay,  // a workday on which the site is not closed
};

// A set of days between two bounds as a bitmap with prefix counts: member, rank and select in constant time. Beyond the
// bounds nothing but the weekdays is known, and they count as if there were no holidays.
class DaySet {
 public:
  DaySet() = default;
  DaySet(CivilDate first, CivilDate last, int weekdays_mask, std::span<const CivilDate> without);
  bool contains(std::int64_t day) const;
  // Members <= day, counted from an arbitrary fixed origin: only differences mean something.
  std::int64_t rank(std::int64_t day) const;
  // The n-th member after `day` (n > 0), the n-th before it (n < 0); n == 0: `day` itself if a member, else the next one.
  std::int64_t select_from(std::int64_t day, std::int64_t n) const;

 private:
  std::int64_t select(std::int64_t rank) const;  // least day with that rank
  std::int64_t first_ = 0, last_ = -1;           // days since 1970
  int weekdays_mask_ = 0;                        // bit 0 = Monday
  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> before_;  // members before each word
  std::int64_t rank_before_first_ = 0, rank_last_ = 0;
};

// Texts by language: "de", "en".
using Names = std::map<std::string, std::string, std::less<>>;

struct NamedDay {
  CivilDate day;
  Names name;
};

class Calendar {
 public:
  // `holidays` and `closures` in any order; those outside the years are refused. Errors: kOutOfRange, kDuplicate.
  static base::Result<Calendar> make(std::string id, Names title, int first_year, int last_year, std::shared_ptr<const Zone> zone,
                                     std::vector<NamedDay> holidays, std::vector<NamedDay> closures = {});

  const std::string& id() const { return id_; }
  const Names& title() const { return title_; }
  int first_year() const { return first_year_; }
  int last_year() const { return last_year_; }
  const Zone& zone() const { return *zone_; }
  // Whether the data covers the day; beyond it only weekdays are known.
  bool covers(CivilDate day) const;

  bool is_holiday(CivilDate day) const { return holiday(day) != nullptr; }
  const NamedDay* holiday(CivilDate day) const;  // nullptr if none
  const NamedDay* closure(CivilDate day) const;
  std::span<const NamedDay> holidays() const { return holidays_; }
  bool is(DayKind kind, CivilDate day) const { return days(kind).contains(day.days); }

  // Number of days of the kind in (a, b]: 0 if a == b, negative if b < a. So b is that many days of the kind after a.
  std::int64_t count_between(DayKind kind, CivilDate a, CivilDate b) const;
  // workdays(a, b) of the guard language.
  std::int64_t workdays(CivilDate a, CivilDate b) const { return count_between(DayKind::kWorkday, a, b); }
  // The n-th day of the kind after `day`; n == 0: `day` or, if it does not count, the next that does; n < 0: before it.
  CivilDate nth(DayKind kind, CivilDate day, std::int32_t n) const;

  // This calendar with further closures of a site, under a new id. Errors as for make.
  base::Result<Calendar> with_closures(std::string id, std::vector<NamedDay> closures) const;

 private:
  const DaySet& days(DayKind kind) const { return sets_[static_cast<std::size_t>(kind)]; }
  std::string id_;
  Names title_;
  int first_year_ = 0, last_year_ = 0;
  std::shared_ptr<const Zone> zone_;
  std::vector<NamedDay> holidays_, closures_;  // ascending
  std::array<DaySet, 3> sets_;
};

// An immutable set of calendars and the zones they stand on.
class Calendars final : public ZoneSource {
 public:
  // `zones` and `calendars` in the form of packages/calendar-de/*.json. Errors: kJsonMalformed, kMalformed, kDuplicate,
  // kUnknownReference, kOutOfRange; the detail names the calendar and the day.
  static base::Result<Calendars> parse(std::span<const std::string_view> zones, std::span<const std::string_view> calendars);

  const Calendar* find(std::string_view id) const;  // nullptr: unknown
  const Zone* find_zone(std::string_view id) const override;
  std::vector<std::string_view> ids() const;  // sorted
  // The set with one more calendar (a site's); the zones are shared. Errors: kDuplicate.
  base::Result<Calendars> with(Calendar calendar) const;

 private:
  std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones_;
  std::map<std::string, std::shared_ptr<const Calendar>, std::less<>> calendars_;
};

// The sixteen Laender and Europe/Berlin, from the data in packages/calendar-de that was built in: "de-bw" to "de-th", and
// with the municipal exceptions "de-by.assumption", "de-by.augsburg", "de-sn.corpus_christi", "de-th.corpus_christi". Made at the
// first call, then shared; any thread.
const Calendars& builtin_calendars();

}  // namespace flora::calendar
