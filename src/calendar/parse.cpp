// SPDX-License-Identifier: EUPL-1.2
// Calendars and zones from their JSON form (packages/calendar-de/README.md).
#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/json.hpp"
#include "calendar/calendar.hpp"

namespace flora::calendar {

using base::Code;
using base::fail;
using base::JsonObject;
using base::Result;
using base::Status;

namespace {

Result<Names> parse_names(const JsonObject& object, std::string_view place) {
  Names out;
  for (const auto& [language, text] : object) {
    if (!text.is_string()) return fail(Code::kWrongType, fmt::format("{}: a title is a text", place));
    out.emplace(language, std::string(text.get_string()));
  }
  return out;
}

Result<Zone> parse_zone(const JsonObject& object) {
  FLORA_TRY(auto id, base::json_text(object, "id"));
  FLORA_TRY(const auto* eras, base::json_array(object, "eras"));
  std::vector<Zone::Era> parsed;
  for (const auto& era : *eras) {
    if (!era.is_object()) return fail(Code::kWrongType, fmt::format("zone {}: an era is an object", id));
    FLORA_TRY(const auto from, base::json_integer(era.get_object(), "from"));
    FLORA_TRY(const auto text, base::json_text(era.get_object(), "rule"));
    FLORA_TRY(const auto rule, parse_yearly_rule(text));
    parsed.push_back({from, rule});
  }
  return Zone::from_eras(std::move(id), parsed);
}

// {"2018": {"2018-01-01": "new_year", ...}, ...} into days; the years must follow one another.
struct Years {
  int first = 0, last = 0;
  std::vector<NamedDay> days;
};

Result<Years> parse_years(const JsonObject& years, const JsonObject& names, std::string_view id) {
  Years out;
  for (const auto& [year_text, days] : years) {
    int year = 0;
    for (const char c : year_text) year = c >= '0' && c <= '9' && year < 1'000'000 ? year * 10 + (c - '0') : 1'000'000;
    if (out.first == 0) out.first = year;
    if (year < 1 || year > 9999 || (out.last != 0 && year != out.last + 1) || !days.is_object()) {
      return fail(Code::kMalformed,
                  fmt::format("calendar {}: the years do not follow one another at {}", id, std::string_view(year_text)));
    }
    out.last = year;
    for (const auto& [day_text, name] : days.get_object()) {
      const auto day = parse_date(day_text);
      if (!day || day->fields().year != year) {
        return fail(Code::kMalformed, fmt::format("calendar {}: \"{}\" is no day of {}", id, std::string_view(day_text), year));
      }
      const auto* title = name.is_string() ? names.if_contains(name.get_string()) : nullptr;
      if (title == nullptr || !title->is_object()) {
        return fail(Code::kUnknownReference,
                    fmt::format("calendar {}: the name of {} is not listed", id, std::string_view(day_text)));
      }
      FLORA_TRY(auto parsed, parse_names(title->get_object(), id));
      out.days.push_back({*day, std::move(parsed)});
    }
  }
  if (out.first == 0) return fail(Code::kMalformed, fmt::format("calendar {} has no years", id));
  return out;
}

using ZoneMap = std::map<std::string, std::shared_ptr<const Zone>, std::less<>>;
using CalendarMap = std::map<std::string, std::shared_ptr<const Calendar>, std::less<>>;

Status add(CalendarMap& out, Result<Calendar> calendar) {
  if (!calendar) return tl::unexpected(std::move(calendar).error());
  const std::string id = calendar->id();
  if (!out.emplace(id, std::make_shared<const Calendar>(*std::move(calendar))).second) {
    return fail(Code::kDuplicate, fmt::format("calendar {} stands twice", id));
  }
  return {};
}

// The calendar and, for each of its exceptions, a calendar with those days besides.
Status parse_calendar(const JsonObject& object, const ZoneMap& zones, CalendarMap& out) {
  FLORA_TRY(base::json_only(object, {"id", "title", "basis", "zone", "names", "years", "exceptions"}));
  FLORA_TRY(const auto id, base::json_text(object, "id"));
  FLORA_TRY(const auto zone_id, base::json_text(object, "zone"));
  const auto zone = zones.find(zone_id);
  if (zone == zones.end()) return fail(Code::kUnknownReference, fmt::format("calendar {}: zone {} is not defined", id, zone_id));
  FLORA_TRY(const auto* title, base::json_object(object, "title"));
  FLORA_TRY(const auto titles, parse_names(*title, id));
  FLORA_TRY(const auto* names, base::json_object(object, "names"));
  FLORA_TRY(const auto* years, base::json_object(object, "years"));
  FLORA_TRY(const auto land, parse_years(*years, *names, id));
  FLORA_TRY(add(out, Calendar::make(id, titles, land.first, land.last, zone->second, land.days)));
  if (!object.contains("exceptions")) return {};
  FLORA_TRY(const auto* exceptions, base::json_object(object, "exceptions"));
  for (const auto& [name, exception] : *exceptions) {
    const std::string full = fmt::format("{}.{}", id, std::string_view(name));
    if (!exception.is_object()) return fail(Code::kWrongType, fmt::format("calendar {} is no object", full));
    FLORA_TRY(const auto* own_title, base::json_object(exception.get_object(), "title"));
    FLORA_TRY(auto own_titles, parse_names(*own_title, full));
    FLORA_TRY(const auto* own_years, base::json_object(exception.get_object(), "years"));
    FLORA_TRY(auto own, parse_years(*own_years, *names, full));
    for (const auto& day : land.days) {
      const bool twice = std::any_of(own.days.begin(), own.days.end(), [&](const NamedDay& d) { return d.day == day.day; });
      if (!twice) own.days.push_back(day);  // Corpus Christi may fall on 1 May or the like; the day is free once
    }
    FLORA_TRY(add(out, Calendar::make(full, std::move(own_titles), land.first, land.last, zone->second, std::move(own.days))));
  }
  return {};
}

#include "calendar/builtin_data.inc"

}  // namespace

Result<Calendars> Calendars::parse(std::span<const std::string_view> zones, std::span<const std::string_view> calendars) {
  Calendars out;
  for (const auto text : zones) {
    FLORA_TRY(const auto json, base::parse_json(text));
    if (!json.is_object()) return fail(Code::kWrongType, "zones stand in an object");
    FLORA_TRY(const auto* list, base::json_array(json.get_object(), "zones"));
    for (const auto& item : *list) {
      if (!item.is_object()) return fail(Code::kWrongType, "a zone is an object");
      FLORA_TRY(auto zone, parse_zone(item.get_object()));
      const std::string id = zone.id();
      if (!out.zones_.emplace(id, std::make_shared<const Zone>(std::move(zone))).second) {
        return fail(Code::kDuplicate, fmt::format("zone {} stands twice", id));
      }
    }
  }
  for (const auto text : calendars) {
    FLORA_TRY(const auto json, base::parse_json(text));
    if (!json.is_object()) return fail(Code::kWrongType, "a calendar is an object");
    FLORA_TRY(parse_calendar(json.get_object(), out.zones_, out.calendars_));
  }
  return out;
}

const Calendars& builtin_calendars() {
  static const Calendars kBuiltin = [] {
    auto parsed = Calendars::parse(kZoneTexts, kCalendarTexts);
    FLORA_CHECK(parsed.has_value(), "the built-in calendars are in order");
    return *std::move(parsed);
  }();
  return kBuiltin;
}

}  // namespace flora::calendar
