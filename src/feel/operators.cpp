// SPDX-License-Identifier: EUPL-1.2
#include "feel/operators.hpp"

#include <limits>

namespace flora::feel {

namespace {

constexpr const char* kStringOrder = "strings are compared by = and in only";
constexpr const char* kStringConcatenation = "strings are not put together";

template <class T>
Value value_or_null(const std::optional<T>& v) {
  return v ? Value(Value::Storage(*v)) : Value();
}

// The date as DMN reads it among date-times; otherwise the value as it is.
const DateTime* as_date_time(const Value& value, DateTime& room) {
  if (const auto* date = value.get_if<Date>()) {
    room = midnight_utc(*date);
    return &room;
  }
  return value.get_if<DateTime>();
}

Outcome add_temporal(const Value& a, const Value& b) {
  if (const auto* months = b.get_if<YearsMonths>()) {
    if (const auto* date = a.get_if<Date>()) return {value_or_null(add(*date, *months))};
    if (const auto* date_time = a.get_if<DateTime>()) return {value_or_null(add(*date_time, *months))};
    if (const auto* more = a.get_if<YearsMonths>()) return {value_or_null(add(*more, *months))};
  }
  if (const auto* duration = b.get_if<DaysTime>()) {
    if (const auto* date = a.get_if<Date>()) return {value_or_null(add(*date, *duration))};
    if (const auto* date_time = a.get_if<DateTime>()) return {value_or_null(add(*date_time, *duration))};
    if (const auto* time = a.get_if<Time>()) return {Value(Value::Storage(add(*time, *duration)))};
    if (const auto* more = a.get_if<DaysTime>()) return {value_or_null(add(*more, *duration))};
  }
  return {};
}

// A duration times a number: months are cut off towards zero, seconds to nanoseconds.
Value scale(const YearsMonths& d, const Decimal& by, bool divide_it) {
  const auto product = divide_it ? divide(Decimal(d.months), by) : multiply(Decimal(d.months), by);
  if (!product) return {};
  const auto whole = product->truncated().to_int64();
  const auto checked =
      whole && *whole > -(1LL << 50) && *whole < (1LL << 50) ? add(YearsMonths{*whole}, YearsMonths{0}) : std::nullopt;
  return value_or_null(checked);
}

Value scale(const DaysTime& d, const Decimal& by, bool divide_it) {
  const auto seconds = seconds_of(d);
  const auto product = divide_it ? divide(seconds, by) : multiply(seconds, by);
  return product ? value_or_null(days_time_of(*product)) : Value();
}

std::optional<Value> scaled(const Value& duration, const Decimal& by, bool divide_it) {
  if (const auto* months = duration.get_if<YearsMonths>()) return scale(*months, by, divide_it);
  if (const auto* days = duration.get_if<DaysTime>()) return scale(*days, by, divide_it);
  return std::nullopt;
}

Truth truth(bool b) { return b ? Truth::kTrue : Truth::kFalse; }

Truth equal_lists(const List& a, const List& b, Budget& budget) {
  if (a.size() != b.size()) return Truth::kFalse;
  Truth all = Truth::kTrue;
  for (std::size_t i = 0; i < a.size() && all != Truth::kFalse; ++i) all = conjunction(all, equal(a[i], b[i], budget));
  return all;
}

Truth equal_contexts(const Context& a, const Context& b, Budget& budget) {
  if (a.size() != b.size()) return Truth::kFalse;
  Truth all = Truth::kTrue;
  for (const auto& [name, value] : a) {
    if (!budget.spend(static_cast<std::int64_t>(b.size()))) return Truth::kNull;
    const Value* other = find(b, name);
    if (other == nullptr) return Truth::kFalse;
    all = conjunction(all, equal(value, *other, budget));
  }
  return all;
}

Truth equal_ends(const std::optional<Value>& a, const std::optional<Value>& b, Budget& budget) {
  if (!a || !b) return truth(a.has_value() == b.has_value());
  return equal(*a, *b, budget);
}

Truth equal_ranges(const Range& a, const Range& b, Budget& budget) {
  if ((a.low && a.low_included != b.low_included) || (a.high && a.high_included != b.high_included)) return Truth::kFalse;
  return conjunction(equal_ends(a.low, b.low, budget), equal_ends(a.high, b.high, budget));
}

struct Order {
  std::optional<std::strong_ordering> order;
  const char* outside = nullptr;
};

Order order_of(const Value& a, const Value& b) {
  if (a.kind() == b.kind()) {
    switch (a.kind()) {
      case Kind::kNumber: return {*a.as_number() <=> *b.as_number()};
      case Kind::kString: return {std::nullopt, kStringOrder};
      case Kind::kDate: return {*a.get_if<Date>() <=> *b.get_if<Date>()};
      case Kind::kTime: return {compare(*a.get_if<Time>(), *b.get_if<Time>())};
      case Kind::kDateTime: return {compare(*a.get_if<DateTime>(), *b.get_if<DateTime>())};
      case Kind::kYearsMonths: return {*a.get_if<YearsMonths>() <=> *b.get_if<YearsMonths>()};
      case Kind::kDaysTime: return {*a.get_if<DaysTime>() <=> *b.get_if<DaysTime>()};
      default: return {};
    }
  }
  DateTime room_a, room_b;
  const auto* left = as_date_time(a, room_a);
  const auto* right = as_date_time(b, room_b);
  if (left != nullptr && right != nullptr) return {compare(*left, *right)};
  return {};
}

bool has_order(Kind kind) { return kind == Kind::kNumber || (kind >= Kind::kDate && kind <= Kind::kDaysTime); }

Value number_or_null(std::int64_t n) { return Value::number(n); }

Value second_with_fraction(std::int64_t seconds, std::int64_t nanos) {
  if (nanos == 0) return number_or_null(seconds);
  const auto fraction = Decimal::make(false, 0, static_cast<std::uint64_t>(nanos), -9);
  const auto sum = add(Decimal(seconds), *fraction);
  return Value::number(*sum);
}

Value clock_part(std::int64_t ns_of_day, const Place& place, std::string_view name) {
  const std::int64_t seconds = ns_of_day / 1'000'000'000;
  if (name == "hour") return number_or_null(seconds / 3600);
  if (name == "minute") return number_or_null(seconds / 60 % 60);
  if (name == "second") return second_with_fraction(seconds % 60, ns_of_day % 1'000'000'000);
  if (name == "timezone" && place.zone != nullptr) return Value::borrowed(place.zone->id());
  return {};
}

Value date_part(const Date& date, std::string_view name) {
  const auto fields = calendar::civil_from_days(date.days);
  if (name == "year") return number_or_null(fields.year);
  if (name == "month") return number_or_null(fields.month);
  if (name == "day") return number_or_null(fields.day);
  if (name == "weekday") return number_or_null(static_cast<int>(calendar::weekday_of(date.days)));
  return {};
}

Value duration_part(const DaysTime& d, std::string_view name) {
  const bool negative = d.seconds < 0;
  const DaysTime positive = negative ? negate(d).value_or(DaysTime{}) : d;
  const auto signed_value = [&](const Value& v) { return negative ? negate(v) : v; };
  if (name == "days") return signed_value(number_or_null(positive.seconds / 86'400));
  if (name == "hours") return signed_value(number_or_null(positive.seconds / 3600 % 24));
  if (name == "minutes") return signed_value(number_or_null(positive.seconds / 60 % 60));
  if (name == "seconds") return signed_value(second_with_fraction(positive.seconds % 60, positive.nanos));
  return {};
}

}  // namespace

Outcome add(const Value& a, const Value& b) {
  const auto *x = a.as_number(), *y = b.as_number();
  if (x != nullptr && y != nullptr) return {value_or_null(add(*x, *y))};
  if (a.kind() == Kind::kString && b.kind() == Kind::kString) return {{}, kStringConcatenation};
  if (a.is_null() || b.is_null()) return {};
  const bool duration_first = (a.kind() == Kind::kYearsMonths || a.kind() == Kind::kDaysTime) && b.kind() != a.kind();
  return duration_first ? add_temporal(b, a) : add_temporal(a, b);
}

Outcome subtract(const Value& a, const Value& b) {
  const auto *x = a.as_number(), *y = b.as_number();
  if (x != nullptr && y != nullptr) return {value_or_null(subtract(*x, *y))};
  if (b.kind() == Kind::kYearsMonths || b.kind() == Kind::kDaysTime) return add_temporal(a, negate(b));
  const auto *time_a = a.get_if<Time>(), *time_b = b.get_if<Time>();
  if (time_a != nullptr && time_b != nullptr) return {value_or_null(difference(*time_a, *time_b))};
  DateTime room_a, room_b;
  const auto* left = as_date_time(a, room_a);
  const auto* right = as_date_time(b, room_b);
  if (left != nullptr && right != nullptr) return {value_or_null(difference(*left, *right))};
  return {};
}

Outcome multiply(const Value& a, const Value& b) {
  const auto *x = a.as_number(), *y = b.as_number();
  if (x != nullptr && y != nullptr) return {value_or_null(multiply(*x, *y))};
  std::optional<Value> duration;
  if (y != nullptr) duration = scaled(a, *y, false);
  if (x != nullptr) duration = scaled(b, *x, false);
  return {duration.value_or(Value())};
}

Outcome divide(const Value& a, const Value& b) {
  const auto *x = a.as_number(), *y = b.as_number();
  if (x != nullptr && y != nullptr) return {value_or_null(divide(*x, *y))};
  if (y != nullptr) return {scaled(a, *y, true).value_or(Value())};
  const auto *months_a = a.get_if<YearsMonths>(), *months_b = b.get_if<YearsMonths>();
  if (months_a != nullptr && months_b != nullptr)
    return {value_or_null(divide(Decimal(months_a->months), Decimal(months_b->months)))};
  const auto *days_a = a.get_if<DaysTime>(), *days_b = b.get_if<DaysTime>();
  if (days_a != nullptr && days_b != nullptr) return {value_or_null(divide(seconds_of(*days_a), seconds_of(*days_b)))};
  return {};
}

Value negate(const Value& a) {
  if (const auto* number = a.as_number()) return Value::number(number->negated());
  if (const auto* months = a.get_if<YearsMonths>()) return value_or_null(negate(*months));
  if (const auto* days = a.get_if<DaysTime>()) return value_or_null(negate(*days));
  return {};
}

Truth equal(const Value& a, const Value& b, Budget& budget) {
  if (!budget.spend(1)) return Truth::kNull;
  if (a.is_null() || b.is_null()) return truth(a.is_null() && b.is_null());
  if (a.kind() == b.kind()) {
    switch (a.kind()) {
      case Kind::kBoolean: return truth(*a.as_boolean() == *b.as_boolean());
      case Kind::kString: return truth(*a.as_string() == *b.as_string());
      case Kind::kList: return equal_lists(*a.as_list(), *b.as_list(), budget);
      case Kind::kContext: return equal_contexts(*a.as_context(), *b.as_context(), budget);
      case Kind::kRange: return equal_ranges(*a.as_range(), *b.as_range(), budget);
      default: break;
    }
  }
  const Order order = order_of(a, b);
  if (order.order) return truth(*order.order == 0);
  // One local, one on the time line: never equal. Other pairs of kinds: null.
  const auto on_clock = [](Kind k) { return k == Kind::kDate || k == Kind::kDateTime; };
  const bool same_sort = a.kind() == b.kind() || (on_clock(a.kind()) && on_clock(b.kind()));
  return same_sort ? Truth::kFalse : Truth::kNull;
}

TruthOutcome compare(Compare op, const Value& a, const Value& b, Budget& budget) {
  if (op == Compare::kEqual) return {equal(a, b, budget)};
  if (op == Compare::kUnequal) return {negate(equal(a, b, budget))};
  if (!budget.spend(1)) return {};
  const Order order = order_of(a, b);
  if (!order.order) return {Truth::kNull, order.outside};
  switch (op) {
    case Compare::kLess: return {truth(*order.order < 0)};
    case Compare::kLessEqual: return {truth(*order.order <= 0)};
    case Compare::kGreater: return {truth(*order.order > 0)};
    default: return {truth(*order.order >= 0)};
  }
}

TruthOutcome in_range(const Value& input, const Range& range, Budget& budget) {
  TruthOutcome low{Truth::kTrue}, high{Truth::kTrue};
  if (range.low) low = compare(range.low_included ? Compare::kGreaterEqual : Compare::kGreater, input, *range.low, budget);
  if (range.high) high = compare(range.high_included ? Compare::kLessEqual : Compare::kLess, input, *range.high, budget);
  return {conjunction(low.truth, high.truth), low.outside != nullptr ? low.outside : high.outside};
}

TruthOutcome test_value(const Value& input, const Value& test, Budget& budget) {
  if (const auto* range = test.as_range(); range != nullptr && input.kind() != Kind::kRange)
    return in_range(input, *range, budget);
  const auto* list = test.as_list();
  if (list == nullptr) return {equal(input, test, budget)};
  if (input.kind() == Kind::kList && equal(input, test, budget) == Truth::kTrue) return {Truth::kTrue};
  for (const Value& item : *list) {
    TruthOutcome one;
    if (const auto* range = item.as_range(); range != nullptr && input.kind() != Kind::kRange) {
      one = in_range(input, *range, budget);
    } else {
      one.truth = equal(input, item, budget);
    }
    if (one.outside != nullptr || one.truth == Truth::kTrue) return one;
  }
  return {Truth::kFalse};
}

Value property(const Value& value, std::string_view name, Budget& budget) {
  if (!budget.spend(1)) return {};
  if (const auto* context = value.as_context()) {
    if (!budget.spend(static_cast<std::int64_t>(context->size()))) return {};
    const Value* entry = find(*context, name);
    return entry == nullptr ? Value() : *entry;
  }
  if (const auto* list = value.as_list()) {
    List out;
    out.reserve(list->size());
    for (const Value& item : *list) out.push_back(property(item, name, budget));
    return Value::list(std::move(out));
  }
  if (const auto* range = value.as_range()) {
    if (name == "start") return range->low.value_or(Value());
    if (name == "end") return range->high.value_or(Value());
    return {};
  }
  if (const auto* date = value.get_if<Date>()) return date_part(*date, name);
  if (const auto* time = value.get_if<Time>()) return clock_part(time->ns_of_day, time->place, name);
  if (const auto* both = value.get_if<DateTime>()) {
    const Value part = date_part(both->date, name);
    return part.is_null() ? clock_part(both->ns_of_day, both->place, name) : part;
  }
  if (const auto* months = value.get_if<YearsMonths>()) {
    if (name == "years") return Value::number(months->months / 12);
    if (name == "months") return Value::number(months->months % 12);
  }
  if (const auto* days = value.get_if<DaysTime>()) return duration_part(*days, name);
  return {};
}

bool can_bound(const Value& low, const Value& high) { return low.kind() == high.kind() && has_order(low.kind()); }

}  // namespace flora::feel
