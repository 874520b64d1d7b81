// SPDX-License-Identifier: EUPL-1.2
// A value of FEEL. Immutable and cheap to copy: lists, contexts and owned texts are shared. A text may also be borrowed; then
// its characters must outlive the value. Any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "feel/decimal.hpp"
#include "feel/temporal.hpp"

namespace flora::feel {

class Value;
struct Range;
using List = std::vector<Value>;
// Entries in the order they were written; names are unique.
using Context = std::vector<std::pair<std::string, Value>>;

struct Text {
  std::string_view view;
  std::shared_ptr<const std::string> owner;  // empty: borrowed
};

enum class Kind : std::uint8_t {
  kNull,
  kBoolean,
  kNumber,
  kString,
  kDate,
  kTime,
  kDateTime,
  kYearsMonths,
  kDaysTime,
  kRange,
  kList,
  kContext
};
std::string_view to_text(Kind kind);  // FEEL's name of the type: "days and time duration"

class Value {
 public:
  using Storage = std::variant<std::monostate, bool, Decimal, Text, Date, Time, DateTime, YearsMonths, DaysTime,
                               std::shared_ptr<const Range>, std::shared_ptr<const List>, std::shared_ptr<const Context>>;

  Value() = default;  // null
  explicit Value(Storage storage) : storage_(std::move(storage)) {}
  static Value boolean(bool b) { return Value(Storage(b)); }
  static Value number(const Decimal& d) { return Value(Storage(d)); }
  static Value number(std::int64_t n) { return Value(Storage(Decimal(n))); }
  static Value borrowed(std::string_view text) { return Value(Storage(Text{text, nullptr})); }
  static Value string(std::string text);
  static Value date(std::int64_t days) { return Value(Storage(Date{days})); }
  static Value list(List items);
  static Value context(Context entries);
  static Value range(Range range);

  Kind kind() const { return static_cast<Kind>(storage_.index()); }
  bool is_null() const { return storage_.index() == 0; }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&storage_);
  }
  const bool* as_boolean() const { return get_if<bool>(); }
  const Decimal* as_number() const { return get_if<Decimal>(); }
  const std::string_view* as_string() const {
    const auto* t = get_if<Text>();
    return t == nullptr ? nullptr : &t->view;
  }
  const List* as_list() const {
    const auto* p = get_if<std::shared_ptr<const List>>();
    return p == nullptr ? nullptr : p->get();
  }
  const Context* as_context() const {
    const auto* p = get_if<std::shared_ptr<const Context>>();
    return p == nullptr ? nullptr : p->get();
  }
  const Range* as_range() const {
    const auto* p = get_if<std::shared_ptr<const Range>>();
    return p == nullptr ? nullptr : p->get();
  }
  const Storage& storage() const { return storage_; }

 private:
  Storage storage_;
};

// An end that is absent (`< 10` has no lower one) is unbounded.
struct Range {
  std::optional<Value> low, high;
  bool low_included = false, high_included = false;
};

const Value* find(const Context& context, std::string_view name);  // nullptr: no such entry

// true, false or null.
enum class Truth : std::uint8_t { kFalse, kTrue, kNull };
Truth truth_of(const Value& value);  // what is not a boolean is null
Value to_value(Truth truth);

}  // namespace flora::feel
