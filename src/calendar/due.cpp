// SPDX-License-Identifier: EUPL-1.2
#include "calendar/due.hpp"

#include <fmt/format.h>

#include <limits>

namespace flora::calendar {

using base::Code;
using base::fail;
using base::Instant;
using base::Result;

namespace {

struct UnitName {
  std::string_view one, many;
};
constexpr UnitName kUnits[] = {{"hour", "hours"},
                               {"day", "days"},
                               {"week", "weeks"},
                               {"month", "months"},
                               {"workday", "workdays"},
                               {"werktag", "werktage"},
                               {"office day", "office days"}};

// Days that fit an Instant, with some to spare on both sides.
constexpr std::int64_t kDayMin = -106'000, kDayMax = 106'000;

std::optional<DayKind> kind_of(Unit unit) {
  switch (unit) {
    case Unit::kWorkdays: return DayKind::kWorkday;
    case Unit::kWerktage: return DayKind::kWerktag;
    case Unit::kOfficeDays: return DayKind::kOfficeDay;
    default: return std::nullopt;
  }
}

tl::unexpected<base::Error> too_far() { return fail(Code::kOutOfRange, "the term ends outside the years that can be counted"); }

// The day that is `amount` units from `from`, before any moving of the end.
std::int64_t count_days(const Calendar& calendar, CivilDate from, Unit unit, std::int64_t amount) {
  if (const auto kind = kind_of(unit)) return calendar.nth(*kind, from, static_cast<std::int32_t>(amount)).days;
  if (unit == Unit::kMonths) return add_months(from.days, amount);
  return from.days + (unit == Unit::kWeeks ? 7 * amount : amount);
}

Result<Due> end_of(const Calendar& calendar, std::int64_t day) {
  if (day < kDayMin || day > kDayMax) return too_far();
  Due out;
  out.day = {static_cast<std::int32_t>(day)};
  const auto midnight = calendar.zone().start_of(out.day.plus_days(1));
  if (!midnight) return too_far();
  out.at = *midnight;
  out.beyond_calendar = !calendar.covers(out.day);
  return out;
}

Result<Due> hours_after(const Calendar& calendar, Instant from, std::int64_t hours) {
  const std::int64_t add = hours * 3600 * base::kNanosPerSecond;
  if (add > 0 ? from.ns > std::numeric_limits<std::int64_t>::max() - add
              : from.ns < std::numeric_limits<std::int64_t>::min() - add)
    return too_far();
  Due out;
  out.at = from.plus_nanos(add);
  out.day = calendar.zone().local_date(out.at);
  out.end_of_day = false;
  return out;  // holidays play no part in hours, so the years of the calendar do not either
}

std::optional<Skipped> why_skipped(const Calendar& calendar, CivilDate day, DayKind kind) {
  if (calendar.is(kind, day)) return std::nullopt;
  using Reason = Skipped::Reason;
  if (const auto* holiday = calendar.holiday(day)) return Skipped{Reason::kHoliday, day, holiday};
  if (day.weekday() == Weekday::kSunday) return Skipped{Reason::kSunday, day, nullptr};
  if (day.weekday() == Weekday::kSaturday && kind != DayKind::kWerktag) return Skipped{Reason::kSaturday, day, nullptr};
  return Skipped{Reason::kClosure, day, calendar.closure(day)};
}

}  // namespace

Result<Term> parse_term(std::string_view text) {
  Term out;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    out.amount = out.amount * 10 + static_cast<std::uint32_t>(text[i] - '0');
    if (out.amount > kTermAmountMax) return fail(Code::kOutOfRange, fmt::format("\"{}\": at most {}", text, kTermAmountMax));
  }
  const auto malformed = [&] {
    return fail(
        Code::kMalformed,
        fmt::format("\"{}\" is not a term: a number, a space, and hours, days, weeks, months, workdays, werktage or office days",
                    text));
  };
  if (i == 0 || i >= text.size() || text[i] != ' ') return malformed();
  const std::string_view unit = text.substr(i + 1);
  for (std::size_t u = 0; u < std::size(kUnits); ++u) {
    if (unit == kUnits[u].one || unit == kUnits[u].many) {
      out.unit = static_cast<Unit>(u);
      return out;
    }
  }
  return malformed();
}

std::string to_text(const Term& term) {
  const UnitName& unit = kUnits[static_cast<std::size_t>(term.unit)];
  return fmt::format("{} {}", term.amount, term.amount == 1 ? unit.one : unit.many);
}

Result<Due> due(const Calendar& calendar, Instant from, const Term& term) {
  if (term.amount > kTermAmountMax) return too_far();
  if (term.unit == Unit::kHours) return hours_after(calendar, from, term.amount);
  return due_from_day(calendar, calendar.zone().local_date(from), term);
}

Result<Due> due_from_day(const Calendar& calendar, CivilDate from, const Term& term) {
  if (term.amount > kTermAmountMax || from.days < kDayMin || from.days > kDayMax) return too_far();
  if (term.unit == Unit::kHours) {
    FLORA_TRY(const auto end, end_of(calendar, from.days));
    return hours_after(calendar, end.at, term.amount);
  }
  std::int64_t day = count_days(calendar, from, term.unit, term.amount);
  if (day < kDayMin || day > kDayMax) return too_far();
  if (term.roll_to_workday) day = calendar.nth(DayKind::kWorkday, {static_cast<std::int32_t>(day)}, 0).days;
  return end_of(calendar, day);
}

Result<Due> before(const Calendar& calendar, const Due& due, const Term& term) {
  if (term.amount > kTermAmountMax) return too_far();
  if (term.unit == Unit::kHours) return hours_after(calendar, due.at, -static_cast<std::int64_t>(term.amount));
  if (term.amount == 0) return due;
  return end_of(calendar, count_days(calendar, due.day, term.unit, -static_cast<std::int64_t>(term.amount)));
}

std::string to_text(const Calendar& calendar, const Due& due) {
  return due.end_of_day ? to_text(due.day) + "T24:00" : to_local_text(calendar.zone(), due.at);
}

std::string_view to_text(Skipped::Reason reason) {
  switch (reason) {
    case Skipped::Reason::kEventDay: return "event_day";
    case Skipped::Reason::kSaturday: return "saturday";
    case Skipped::Reason::kSunday: return "sunday";
    case Skipped::Reason::kHoliday: return "holiday";
    case Skipped::Reason::kClosure: return "closure";
  }
  return "";
}

ExplainedDue explain_from(const Calendar& calendar, CivilDate from, const Term& term, const Due& due) {
  ExplainedDue out{due, {}};
  if (term.unit == Unit::kHours) return out;
  if (term.amount > 0) out.skipped.push_back({Skipped::Reason::kEventDay, from, nullptr});
  const auto counted = kind_of(term.unit);
  const auto counted_end = static_cast<std::int32_t>(count_days(calendar, from, term.unit, term.amount));
  const auto note = [&](CivilDate day, DayKind kind) {
    if (const auto skipped = why_skipped(calendar, day, kind)) out.skipped.push_back(*skipped);
  };
  const CivilDate first = term.amount > 0 ? from.plus_days(1) : from;
  for (CivilDate day = first; counted && day.days < counted_end; day = day.plus_days(1)) note(day, *counted);
  for (CivilDate day{counted_end}; day < due.day; day = day.plus_days(1)) note(day, DayKind::kWorkday);
  return out;
}

Result<ExplainedDue> explain_due(const Calendar& calendar, Instant from, const Term& term) {
  FLORA_TRY(const auto end, due(calendar, from, term));
  return explain_from(calendar, calendar.zone().local_date(from), term, end);
}

}  // namespace flora::calendar
