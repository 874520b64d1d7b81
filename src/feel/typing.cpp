// SPDX-License-Identifier: EUPL-1.2
#include "feel/typing.hpp"

#include <fmt/format.h>

#include <array>

namespace flora::feel {

namespace {

bool known(const Type& t) { return t.kind() != TypeKind::kAny && t.kind() != TypeKind::kNull; }
bool both_known(const Type& a, const Type& b) { return known(a) && known(b); }

Type null_type() { return Type::of(TypeKind::kNull); }

bool has_order(TypeKind kind) { return kind == TypeKind::kNumber || (kind >= TypeKind::kDate && kind <= TypeKind::kDaysTime); }
bool is_duration(TypeKind kind) { return kind == TypeKind::kYearsMonths || kind == TypeKind::kDaysTime; }
bool on_calendar(TypeKind kind) { return kind == TypeKind::kDate || kind == TypeKind::kDateTime; }

TypeKind added(TypeKind a, TypeKind b) {
  if (a == b && (a == TypeKind::kNumber || is_duration(a))) return a;
  if (is_duration(a) && !is_duration(b)) std::swap(a, b);
  if (on_calendar(a) && is_duration(b)) return a;
  if (a == TypeKind::kTime && b == TypeKind::kDaysTime) return a;
  return TypeKind::kNull;
}

TypeKind subtracted(TypeKind a, TypeKind b) {
  if (a == TypeKind::kTime && b == TypeKind::kTime) return TypeKind::kDaysTime;
  if (on_calendar(a) && a == b) return TypeKind::kDaysTime;
  if (is_duration(a) && !is_duration(b)) return TypeKind::kNull;
  return added(a, b);
}

TypeKind scaled(NodeKind op, TypeKind a, TypeKind b) {
  if (a == TypeKind::kNumber && b == TypeKind::kNumber) return a;
  if (is_duration(a) && b == TypeKind::kNumber) return a;
  if (op == NodeKind::kMultiply && a == TypeKind::kNumber && is_duration(b)) return b;
  if (op == NodeKind::kDivide && is_duration(a) && a == b) return TypeKind::kNumber;
  return TypeKind::kNull;
}

// An operation with something unknown: the kind it must have, if only one is possible.
TypeKind guessed(NodeKind op, const Type& a, const Type& b) {
  const bool number = a.kind() == TypeKind::kNumber || b.kind() == TypeKind::kNumber;
  if (number && (op == NodeKind::kAdd || op == NodeKind::kSubtract)) return TypeKind::kNumber;
  return TypeKind::kAny;
}

struct Part {
  TypeKind of;
  std::string_view name;
  TypeKind type;
};
constexpr Part kParts[] = {
    {TypeKind::kDate, "year", TypeKind::kNumber},         {TypeKind::kDate, "month", TypeKind::kNumber},
    {TypeKind::kDate, "day", TypeKind::kNumber},          {TypeKind::kDate, "weekday", TypeKind::kNumber},
    {TypeKind::kDateTime, "year", TypeKind::kNumber},     {TypeKind::kDateTime, "month", TypeKind::kNumber},
    {TypeKind::kDateTime, "day", TypeKind::kNumber},      {TypeKind::kDateTime, "weekday", TypeKind::kNumber},
    {TypeKind::kDateTime, "hour", TypeKind::kNumber},     {TypeKind::kDateTime, "minute", TypeKind::kNumber},
    {TypeKind::kDateTime, "second", TypeKind::kNumber},   {TypeKind::kDateTime, "timezone", TypeKind::kString},
    {TypeKind::kTime, "hour", TypeKind::kNumber},         {TypeKind::kTime, "minute", TypeKind::kNumber},
    {TypeKind::kTime, "second", TypeKind::kNumber},       {TypeKind::kTime, "timezone", TypeKind::kString},
    {TypeKind::kYearsMonths, "years", TypeKind::kNumber}, {TypeKind::kYearsMonths, "months", TypeKind::kNumber},
    {TypeKind::kDaysTime, "days", TypeKind::kNumber},     {TypeKind::kDaysTime, "hours", TypeKind::kNumber},
    {TypeKind::kDaysTime, "minutes", TypeKind::kNumber},  {TypeKind::kDaysTime, "seconds", TypeKind::kNumber},
};

// The type of the items of a single list argument, or the join of several arguments.
Type items_type(const std::vector<Type>& arguments) {
  if (arguments.size() == 1 && arguments[0].kind() == TypeKind::kList) return arguments[0].element();
  Type out = null_type();
  for (const Type& t : arguments) out = join(out, t);
  return out;
}

void want(const Type& given, std::initializer_list<TypeKind> wanted, std::string_view function,
          std::optional<Complaint>& complaint) {
  if (complaint || !known(given)) return;
  for (const TypeKind kind : wanted) {
    if (given.kind() == kind) return;
  }
  complaint = Complaint{fmt::format("{}() does not take {}", function, given.text())};
}

}  // namespace

Size size_of(const Type& type) {
  if (type.kind() == TypeKind::kList) {
    const Size item = size_of(type.element());
    const std::uint64_t items = type.items_max();
    return {items, many(1 + many_times(items, item.nodes)), item.width};
  }
  if (type.kind() == TypeKind::kRange) return {1, 3, 0};
  if (type.members() == nullptr) return {};
  Size out{1, 1, type.members()->size()};
  for (const auto& [name, member] : *type.members()) {
    const Size inner = size_of(member);
    out.nodes = many(out.nodes + inner.nodes);
    out.width = std::max(out.width, inner.width);
  }
  return out;
}

Size size_of(const Value& value) {
  Size out;
  const auto take = [&](const Value& v) {
    const Size inner = size_of(v);
    out.nodes = many(out.nodes + inner.nodes);
    out.width = std::max(out.width, inner.width);
  };
  if (const auto* list = value.as_list()) {
    out.items = list->size();
    for (const Value& v : *list) take(v);
  }
  if (const auto* context = value.as_context()) {
    out.width = context->size();
    for (const auto& [name, v] : *context) take(v);
  }
  if (value.kind() == Kind::kRange) out.nodes = 3;
  return out;
}

std::uint64_t equality_cost(const Size& a, const Size& b) { return many_times(a.nodes, 1 + b.width); }
std::uint64_t property_cost(const Size& a) { return many_times(a.nodes, 1 + a.width); }

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kList: {
      Type element = null_type();
      for (const Value& v : *value.as_list()) element = join(element, type_of(v));
      return Type::list(element, static_cast<std::uint32_t>(value.as_list()->size()));
    }
    case Kind::kContext: {
      Type::Members members;
      for (const auto& [name, v] : *value.as_context()) members.emplace_back(name, type_of(v));
      return Type::context(std::move(members));
    }
    case Kind::kRange: {
      const Range& range = *value.as_range();
      return Type::range(range.low ? type_of(*range.low) : range.high ? type_of(*range.high) : Type());
    }
    default: return Type::of(static_cast<TypeKind>(static_cast<int>(value.kind()) + 1));
  }
}

Type arithmetic_type(NodeKind op, const Type& a, const Type& b, std::optional<Complaint>& complaint) {
  constexpr std::array<std::string_view, 4> kSigns = {"+", "-", "*", "/"};
  const auto sign = kSigns[static_cast<std::size_t>(op) - static_cast<std::size_t>(NodeKind::kAdd)];
  if (!both_known(a, b)) return Type::of(guessed(op, a, b));
  if (op == NodeKind::kAdd && a.kind() == TypeKind::kString && b.kind() == TypeKind::kString) {
    complaint = Complaint{"strings are not put together", true};
    return null_type();
  }
  TypeKind kind = TypeKind::kNull;
  if (op == NodeKind::kAdd) kind = added(a.kind(), b.kind());
  if (op == NodeKind::kSubtract) kind = subtracted(a.kind(), b.kind());
  if (op == NodeKind::kMultiply || op == NodeKind::kDivide) kind = scaled(op, a.kind(), b.kind());
  if (kind == TypeKind::kNull) complaint = Complaint{fmt::format("{} {} {} has no value", a.text(), sign, b.text())};
  return Type::of(kind);
}

void check_equal(const Type& a, const Type& b, std::optional<Complaint>& complaint) {
  if (!both_known(a, b)) return;
  if (on_calendar(a.kind()) && on_calendar(b.kind()) && a.kind() != b.kind()) {
    complaint = Complaint{"a date is compared with a date and time: take date(...) of the latter"};
  } else if (a.kind() != b.kind()) {
    complaint = Complaint{fmt::format("{} is never equal to {}", a.text(), b.text())};
  }
}

void check_order(const Type& a, const Type& b, std::optional<Complaint>& complaint) {
  if (a.kind() == TypeKind::kString && b.kind() == TypeKind::kString) {
    complaint = Complaint{"strings are compared by = and in only", true};
    return;
  }
  if (both_known(a, b) && on_calendar(a.kind()) && on_calendar(b.kind()) && a.kind() != b.kind()) {
    complaint = Complaint{"a date is compared with a date and time: take date(...) of the latter"};
    return;
  }
  if (both_known(a, b) && a.kind() != b.kind()) {
    complaint = Complaint{fmt::format("{} cannot be compared with {}", a.text(), b.text())};
    return;
  }
  for (const Type* t : {&a, &b}) {
    if (known(*t) && !has_order(t->kind())) {
      complaint = Complaint{fmt::format("{} has no order", t->text())};
      return;
    }
  }
}

Type property_type(const Type& of, std::string_view name, std::optional<Complaint>& complaint) {
  if (of.is_any()) return {};
  if (of.kind() == TypeKind::kList) return Type::list(property_type(of.element(), name, complaint), of.items_max());
  if (of.members() != nullptr) {
    for (const auto& [member, type] : *of.members()) {
      if (member == name) return type;
    }
  }
  if (of.kind() == TypeKind::kRange && (name == "start" || name == "end")) return of.element();
  for (const Part& part : kParts) {
    if (part.of == of.kind() && part.name == name) return Type::of(part.type);
  }
  if (of.kind() != TypeKind::kNull) complaint = Complaint{fmt::format("{} has no part \"{}\"", of.text(), name)};
  return null_type();
}

Type call_type(Function function, const std::vector<Type>& arguments, std::optional<Complaint>& complaint) {
  const FunctionEntry& entry = describe(function);
  if (arguments.size() < entry.arguments_min || (entry.arguments_max != kAnyNumber && arguments.size() > entry.arguments_max) ||
      (function == Function::kDate && arguments.size() == 2) || (function == Function::kTime && arguments.size() == 2)) {
    complaint = Complaint{fmt::format("{}() is called as {}", entry.name, entry.signature)};
    return null_type();
  }
  using K = TypeKind;
  const Type items = items_type(arguments);
  switch (function) {
    case Function::kNot: want(arguments[0], {K::kBoolean}, entry.name, complaint); return Type::boolean();
    case Function::kCount: want(arguments[0], {K::kList}, entry.name, complaint); return Type::number();
    case Function::kSum: want(items, {K::kNumber}, entry.name, complaint); return Type::number();
    case Function::kMin:
    case Function::kMax:
      if (items.kind() == K::kString) {
        complaint = Complaint{"strings are compared by = and in only", true};
      } else {
        want(items, {K::kNumber, K::kDate, K::kTime, K::kDateTime, K::kYearsMonths, K::kDaysTime}, entry.name, complaint);
      }
      return items;
    case Function::kAll:
    case Function::kAny: want(items, {K::kBoolean}, entry.name, complaint); return Type::boolean();
    case Function::kListContains:
      want(arguments[0], {K::kList}, entry.name, complaint);
      if (!complaint) check_equal(arguments[0].element(), arguments[1], complaint);
      return Type::boolean();
    case Function::kDate:
      if (arguments.size() == 1) want(arguments[0], {K::kString, K::kDate, K::kDateTime}, entry.name, complaint);
      for (std::size_t i = 0; arguments.size() > 1 && i < arguments.size(); ++i)
        want(arguments[i], {K::kNumber}, entry.name, complaint);
      return Type::date();
    case Function::kTime:
      if (arguments.size() == 1) want(arguments[0], {K::kString, K::kTime, K::kDate, K::kDateTime}, entry.name, complaint);
      for (std::size_t i = 0; arguments.size() > 1 && i < 3; ++i) want(arguments[i], {K::kNumber}, entry.name, complaint);
      if (arguments.size() == 4) want(arguments[3], {K::kDaysTime}, entry.name, complaint);
      return Type::time();
    case Function::kDateAndTime:
      if (arguments.size() == 1) want(arguments[0], {K::kString, K::kDateTime}, entry.name, complaint);
      if (arguments.size() == 2) want(arguments[0], {K::kDate, K::kDateTime}, entry.name, complaint);
      if (arguments.size() == 2) want(arguments[1], {K::kTime}, entry.name, complaint);
      return Type::date_time();
    case Function::kDuration: want(arguments[0], {K::kString, K::kYearsMonths, K::kDaysTime}, entry.name, complaint); return {};
    case Function::kYearsAndMonthsDuration:
      for (const Type& t : arguments) want(t, {K::kDate, K::kDateTime}, entry.name, complaint);
      return Type::of(K::kYearsMonths);
    case Function::kWorkdays:
      for (std::size_t i = 0; i < 2; ++i) want(arguments[i], {K::kDate, K::kDateTime}, entry.name, complaint);
      want(arguments[2], {K::kString}, entry.name, complaint);
      return Type::number();
  }
  return {};
}

Type join(const Type& a, const Type& b) {
  if (a.kind() == TypeKind::kNull) return b;
  if (b.kind() == TypeKind::kNull) return a;
  if (a.kind() != b.kind()) return {};
  if (a.kind() == TypeKind::kList) return Type::list(join(a.element(), b.element()), std::max(a.items_max(), b.items_max()));
  if (a.kind() == TypeKind::kString && a.codes() != b.codes()) return Type::string();
  if (a.kind() == TypeKind::kContext && a.members() != b.members()) return {};
  return a;
}

bool fits(const Type& type, TypeKind wanted) { return type.is_any() || type.kind() == wanted; }

}  // namespace flora::feel
