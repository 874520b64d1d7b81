// SPDX-License-Identifier: EUPL-1.2
#include "feel/functions.hpp"

#include <algorithm>

namespace flora::feel {

namespace {

constexpr FunctionEntry kFunctions[] = {
    {Function::kNot, "not", 1, 1, "not(boolean)", "The opposite; null for anything but a boolean."},
    {Function::kCount, "count", 1, 1, "count(list)", "How many items the list has."},
    {Function::kSum, "sum", 1, kAnyNumber, "sum(list) or sum(n1, ..., nN)",
     "The sum of numbers; null for an empty list or if an item is no number."},
    {Function::kMin, "min", 1, kAnyNumber, "min(list) or min(v1, ..., vN)",
     "The least of numbers, dates, times, date-times or durations of one kind (of texts by code points, not in guards); null for "
     "an empty list or mixed items."},
    {Function::kMax, "max", 1, kAnyNumber, "max(list) or max(v1, ..., vN)",
     "The greatest of numbers, dates, times, date-times or durations of one kind (of texts by code points, not in guards); null "
     "for an empty list or mixed items."},
    {Function::kAll, "all", 1, kAnyNumber, "all(list) or all(b1, ..., bN)",
     "false if an item is false, else null if one is null, else true (also for an empty list); null if an item is no boolean."},
    {Function::kAny, "any", 1, kAnyNumber, "any(list) or any(b1, ..., bN)",
     "true if an item is true, else null if one is null, else false (also for an empty list); null if an item is no boolean."},
    {Function::kListContains, "list contains", 2, 2, "list contains(list, element)",
     "Whether an item equals the element; the element may be null."},
    {Function::kDate, "date", 1, 3, "date(text), date(date and time) or date(year, month, day)",
     "A date: from ISO 8601, of a date-time on its own clock, or from its parts."},
    {Function::kTime, "time", 1, 4, "time(text), time(date and time) or time(hour, minute, second, offset)",
     "A time of day; the offset is a duration and may be left out."},
    {Function::kDateAndTime, "date and time", 1, 2, "date and time(text) or date and time(date, time)",
     "A date-time, local, with offset, or with a zone that the calendars define."},
    {Function::kDuration, "duration", 1, 1, "duration(text)",
     "A duration of years and months, or of days and time (XML Schema)."},
    {Function::kYearsAndMonthsDuration, "years and months duration", 2, 2, "years and months duration(from, to)",
     "The whole months between two dates or date-times, towards zero."},
    {Function::kWorkdays, "workdays", 3, 3, "workdays(a, b, \"calendar\")",
     "How many workdays (Monday to Friday without holidays) lie in (a, b]: b is that many workdays after a. Negative if b is "
     "before a; null outside the "
     "years of the calendar. Our own function, not DMN's."},
};

// A single list stands for its items; otherwise the arguments are the items. A single other value is a list of one. Null is none.
struct Items {
  const Value* first = nullptr;
  std::size_t count = 0;
  bool null = false;
};
Items items_of(std::span<const Value> arguments) {
  if (arguments.size() != 1) return {arguments.data(), arguments.size(), false};
  if (arguments[0].is_null()) return {nullptr, 0, true};
  if (const auto* list = arguments[0].as_list()) return {list->data(), list->size(), false};
  return {arguments.data(), 1, false};
}

Outcome sum(const Items& items) {
  if (items.null || items.count == 0) return {};
  Decimal total;
  for (std::size_t i = 0; i < items.count; ++i) {
    const auto* number = items.first[i].as_number();
    const auto next = number == nullptr ? std::nullopt : add(total, *number);
    if (!next) return {};
    total = *next;
  }
  return {Value::number(total)};
}

// Texts have no order in the profile, but DMN gives a list of them a least and a greatest: by code points. Null if mixed.
Value extreme_text(const Items& items, Compare better) {
  const Value* best = nullptr;
  for (std::size_t i = 0; i < items.count; ++i) {
    const auto* text = items.first[i].as_string();
    if (text == nullptr) return {};
    const int order = best == nullptr ? 0 : text->compare(*best->as_string());
    if (best == nullptr || (better == Compare::kLess ? order < 0 : order > 0)) best = &items.first[i];
  }
  return *best;
}

Outcome extreme(const Items& items, Compare better, Budget& budget) {
  if (items.null || items.count == 0) return {};
  if (items.first[0].kind() == Kind::kString) return {extreme_text(items, better)};
  const Value* best = &items.first[0];
  for (std::size_t i = 0; i < items.count; ++i) {
    const auto order = compare(better, items.first[i], *best, budget);
    if (order.outside != nullptr) return {{}, order.outside};
    if (order.truth == Truth::kNull) return {};
    if (order.truth == Truth::kTrue) best = &items.first[i];
  }
  return {*best};
}

Outcome all_or_any(const Items& items, Truth decisive) {
  if (items.null) return {};
  Truth out = negate(decisive);
  for (std::size_t i = 0; i < items.count; ++i) {
    const Truth item = truth_of(items.first[i]);
    if (item == Truth::kNull && !items.first[i].is_null()) return {};
    out = decisive == Truth::kTrue ? disjunction(out, item) : conjunction(out, item);
  }
  return {to_value(out)};
}

Outcome list_contains(const Value& where, const Value& what, Budget& budget) {
  if (where.is_null()) return {};
  const Value one[] = {where};
  const Items items = items_of(one);
  for (std::size_t i = 0; i < items.count; ++i) {
    if (equal(items.first[i], what, budget) == Truth::kTrue) return {Value::boolean(true)};
  }
  return {Value::boolean(false)};
}

template <class T>
Value value_or_null(const std::optional<T>& v) {
  return v ? Value(Value::Storage(*v)) : Value();
}

std::optional<std::int64_t> whole(const Value& value) {
  const auto* number = value.as_number();
  return number == nullptr ? std::nullopt : number->to_int64();
}

Value make_date(std::span<const Value> a) {
  if (a.size() == 1) {
    if (const auto* text = a[0].as_string()) return value_or_null(parse_date(*text));
    if (const auto* both = a[0].get_if<DateTime>()) return Value(Value::Storage(both->date));
    return a[0].kind() == Kind::kDate ? a[0] : Value();
  }
  if (a.size() != 3) return {};
  const auto year = whole(a[0]), month = whole(a[1]), day = whole(a[2]);
  if (!year || !month || !day || *year > kYearMax || *year < -kYearMax || *month < 1 || *month > 12 || *day < 1 || *day > 31)
    return {};
  if (!calendar::is_valid(*year, static_cast<int>(*month), static_cast<int>(*day))) return {};
  return Value::date(calendar::days_from_civil(*year, static_cast<int>(*month), static_cast<int>(*day)));
}

// 0 <= second < 60, with a fraction, as nanoseconds.
std::optional<std::int64_t> nanos_of_second(const Value& value) {
  const auto* number = value.as_number();
  const auto nanos = number == nullptr ? std::nullopt : multiply(*number, Decimal(1'000'000'000));
  const auto count = nanos ? nanos->to_int64() : std::nullopt;
  return count && *count >= 0 && *count < 60'000'000'000 ? count : std::nullopt;
}

Value make_time(std::span<const Value> a, const calendar::ZoneSource* zones) {
  if (a.size() == 1) {
    if (const auto* text = a[0].as_string()) return value_or_null(parse_time(*text, zones));
    if (const auto* both = a[0].get_if<DateTime>()) return Value(Value::Storage(Time{both->ns_of_day, both->place}));
    if (a[0].kind() == Kind::kDate) return Value(Value::Storage(Time{0, midnight_utc({}).place}));
    return a[0].kind() == Kind::kTime ? a[0] : Value();
  }
  if (a.size() < 3) return {};
  const auto hour = whole(a[0]), minute = whole(a[1]), second = nanos_of_second(a[2]);
  if (!hour || !minute || !second || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) return {};
  Time out{(*hour * 60 + *minute) * 60'000'000'000 + *second, {}};
  if (a.size() == 4 && !a[3].is_null()) {
    const auto* offset = a[3].get_if<DaysTime>();
    if (offset == nullptr || offset->nanos != 0 || offset->seconds > 14 * 3600 || offset->seconds < -14 * 3600) return {};
    out.place = {Place::Kind::kOffset, static_cast<std::int32_t>(offset->seconds), nullptr};
  }
  return Value(Value::Storage(out));
}

Value make_date_time(std::span<const Value> a, const calendar::ZoneSource* zones) {
  if (a.size() == 1) {
    if (const auto* text = a[0].as_string()) return value_or_null(parse_date_time(*text, zones));
    return a[0].kind() == Kind::kDateTime ? a[0] : Value();
  }
  const auto* time = a[1].get_if<Time>();
  const auto* date = a[0].get_if<Date>();
  const auto* both = a[0].get_if<DateTime>();
  if (time == nullptr || (date == nullptr && both == nullptr)) return {};
  const DateTime out{date != nullptr ? *date : both->date, time->ns_of_day, time->place};
  return out.place.kind == Place::Kind::kZone ? value_or_null(normalised(out)) : Value(Value::Storage(out));
}

Value make_duration(const Value& a) {
  const auto* text = a.as_string();
  if (text == nullptr) return a.kind() == Kind::kDaysTime || a.kind() == Kind::kYearsMonths ? a : Value();
  if (const auto months = parse_years_months(*text)) return Value(Value::Storage(*months));
  return value_or_null(parse_days_time(*text));
}

std::optional<Date> day_of(const Value& value) {
  if (const auto* date = value.get_if<Date>()) return *date;
  if (const auto* both = value.get_if<DateTime>()) return both->date;
  return std::nullopt;
}

// The day in the calendar's own zone; a local date-time is taken as read there.
std::optional<calendar::CivilDate> civil_day(const Value& value, const calendar::Calendar& in) {
  const auto* both = value.get_if<DateTime>();
  const auto instant = both == nullptr ? std::nullopt : instant_of(*both);
  if (instant) return in.zone().local_date(*instant);
  if (both != nullptr && both->place.kind != Place::Kind::kLocal) return std::nullopt;
  const auto day = day_of(value);
  if (!day || day->days > 1'000'000 || day->days < -1'000'000) return std::nullopt;
  return calendar::CivilDate{static_cast<std::int32_t>(day->days)};
}

Value workdays(std::span<const Value> a, const calendar::Calendars* calendars) {
  const auto* id = a[2].as_string();
  const auto* chosen = id == nullptr || calendars == nullptr ? nullptr : calendars->find(*id);
  if (chosen == nullptr) return {};
  const auto from = civil_day(a[0], *chosen), to = civil_day(a[1], *chosen);
  if (!from || !to || !chosen->covers(*from) || !chosen->covers(*to)) return {};
  return Value::number(chosen->workdays(*from, *to));
}

std::int64_t cost_of(std::span<const Value> arguments) {
  std::int64_t cost = 1;
  for (const Value& v : arguments) {
    if (const auto* list = v.as_list()) cost += static_cast<std::int64_t>(list->size());
    if (const auto* text = v.as_string()) cost += static_cast<std::int64_t>(text->size() / 8);
  }
  return cost + static_cast<std::int64_t>(arguments.size());
}

}  // namespace

std::span<const FunctionEntry> all_functions() { return kFunctions; }

const FunctionEntry& describe(Function function) { return kFunctions[static_cast<std::size_t>(function)]; }

const FunctionEntry* find_function(std::string_view name) {
  const auto* at =
      std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const FunctionEntry& e) { return e.name == name; });
  return at == std::end(kFunctions) ? nullptr : at;
}

Outcome apply(Function function, std::span<const Value> arguments, const Surroundings& around, Budget& budget) {
  const FunctionEntry& entry = describe(function);
  const std::size_t n = arguments.size();
  if (!budget.spend(cost_of(arguments)) || n < entry.arguments_min ||
      (entry.arguments_max != kAnyNumber && n > entry.arguments_max))
    return {};
  switch (function) {
    case Function::kNot: return {to_value(negate(truth_of(arguments[0])))};
    case Function::kCount: {
      const Items items = items_of(arguments);
      return {items.null ? Value() : Value::number(static_cast<std::int64_t>(items.count))};
    }
    case Function::kSum: return sum(items_of(arguments));
    case Function::kMin: return extreme(items_of(arguments), Compare::kLess, budget);
    case Function::kMax: return extreme(items_of(arguments), Compare::kGreater, budget);
    case Function::kAll: return all_or_any(items_of(arguments), Truth::kFalse);
    case Function::kAny: return all_or_any(items_of(arguments), Truth::kTrue);
    case Function::kListContains: return list_contains(arguments[0], arguments[1], budget);
    case Function::kDate: return {make_date(arguments)};
    case Function::kTime: return {make_time(arguments, around.zones)};
    case Function::kDateAndTime: return {make_date_time(arguments, around.zones)};
    case Function::kDuration: return {make_duration(arguments[0])};
    case Function::kYearsAndMonthsDuration: {
      const auto from = day_of(arguments[0]), to = day_of(arguments[1]);
      return {from && to ? Value(Value::Storage(months_between(*from, *to))) : Value()};
    }
    case Function::kWorkdays: return {workdays(arguments, around.calendars)};
  }
  return {};
}

Value read_temporal(std::string_view text, const calendar::ZoneSource* zones) {
  if (const auto v = parse_date(text)) return Value(Value::Storage(*v));
  if (const auto v = parse_date_time(text, zones)) return Value(Value::Storage(*v));
  if (const auto v = parse_time(text, zones)) return Value(Value::Storage(*v));
  if (const auto v = parse_years_months(text)) return Value(Value::Storage(*v));
  if (const auto v = parse_days_time(text)) return Value(Value::Storage(*v));
  return {};
}

}  // namespace flora::feel
