// SPDX-License-Identifier: EUPL-1.2
#include "feel/value.hpp"

namespace flora::feel {

std::string_view to_text(Kind kind) {
  constexpr std::string_view kNames[] = {"null",
                                         "boolean",
                                         "number",
                                         "string",
                                         "date",
                                         "time",
                                         "date and time",
                                         "years and months duration",
                                         "days and time duration",
                                         "range",
                                         "list",
                                         "context"};
  return kNames[static_cast<std::size_t>(kind)];
}

Value Value::string(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::string_view view = *owner;
  return Value(Storage(Text{view, std::move(owner)}));
}

Value Value::list(List items) { return Value(Storage(std::make_shared<const List>(std::move(items)))); }
Value Value::context(Context entries) { return Value(Storage(std::make_shared<const Context>(std::move(entries)))); }
Value Value::range(Range range) { return Value(Storage(std::make_shared<const Range>(std::move(range)))); }

const Value* find(const Context& context, std::string_view name) {
  for (const auto& [entry, value] : context) {
    if (entry == name) return &value;
  }
  return nullptr;
}

Truth truth_of(const Value& value) {
  const bool* b = value.as_boolean();
  return b == nullptr ? Truth::kNull : *b ? Truth::kTrue : Truth::kFalse;
}

Value to_value(Truth truth) { return truth == Truth::kNull ? Value() : Value::boolean(truth == Truth::kTrue); }

}  // namespace flora::feel
