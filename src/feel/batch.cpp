// SPDX-License-Identifier: EUPL-1.2
// One line of `flora feel batch`: a request in JSON, an answer in JSON.
#include <fmt/format.h>

#include <algorithm>

#include "feel/evaluate.hpp"
#include "feel/value_json.hpp"

namespace flora::feel {

namespace {

using base::Code;
using base::fail;
using base::Result;

Result<std::string> text_of(const Value& value, std::string_view what) {
  const auto* text = value.as_string();
  if (text == nullptr) return fail(Code::kWrongType, fmt::format("{} is a text", what));
  return std::string(*text);
}

// A member that may be missing or null.
Result<std::optional<std::string>> optional_text(const Context& from, std::string_view name) {
  const Value* value = find(from, name);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  FLORA_TRY(auto text, text_of(*value, name));
  return std::optional(std::move(text));
}

Result<std::vector<std::string>> cells(const Context& rule, std::string_view name) {
  const Value* value = find(rule, name);
  const auto* list = value == nullptr ? nullptr : value->as_list();
  if (list == nullptr) return fail(Code::kWrongType, fmt::format("{} is a list", name));
  std::vector<std::string> out;
  for (const Value& cell : *list) {
    if (cell.is_null()) {
      out.emplace_back();
      continue;
    }
    FLORA_TRY(auto text, text_of(cell, name));
    out.push_back(std::move(text));
  }
  return out;
}

Result<const List*> rows(const Context& table, std::string_view name) {
  const Value* value = find(table, name);
  const auto* list = value == nullptr ? nullptr : value->as_list();
  if (list == nullptr) return fail(Code::kWrongType, fmt::format("{} is a list", name));
  for (const Value& row : *list) {
    if (row.as_context() == nullptr) return fail(Code::kWrongType, fmt::format("{} holds objects", name));
  }
  return list;
}

Result<TableSource> table_of(const Value& value) {
  const auto* table = value.as_context();
  if (table == nullptr) return fail(Code::kWrongType, "table is an object");
  TableSource out;
  FLORA_TRY(const auto policy, optional_text(*table, "hit_policy"));
  FLORA_TRY(const auto aggregation, optional_text(*table, "aggregation"));
  out.hit_policy = policy.value_or("U");
  out.aggregation = aggregation.value_or("");
  if (out.hit_policy.size() == 2 && out.hit_policy[0] == 'C' && out.aggregation.empty()) {  // "C+"
    out.aggregation = out.hit_policy.substr(1);
    out.hit_policy = "C";
  }
  FLORA_TRY(const auto* inputs, rows(*table, "inputs"));
  for (const Value& row : *inputs) {
    TableSource::Input input;
    FLORA_TRY(auto expression, optional_text(*row.as_context(), "expr"));
    FLORA_TRY(auto type, optional_text(*row.as_context(), "type"));
    FLORA_TRY(input.values, optional_text(*row.as_context(), "values"));
    input.expression = expression.value_or("");
    input.type = type.value_or("");
    out.inputs.push_back(std::move(input));
  }
  FLORA_TRY(const auto* outputs, rows(*table, "outputs"));
  for (const Value& row : *outputs) {
    TableSource::Output output;
    FLORA_TRY(auto name, optional_text(*row.as_context(), "name"));
    FLORA_TRY(auto type, optional_text(*row.as_context(), "type"));
    FLORA_TRY(output.values, optional_text(*row.as_context(), "values"));
    FLORA_TRY(output.default_value, optional_text(*row.as_context(), "default"));
    output.name = name.value_or("");
    output.type = type.value_or("");
    out.outputs.push_back(std::move(output));
  }
  FLORA_TRY(const auto* rules, rows(*table, "rules"));
  for (const Value& row : *rules) {
    TableSource::Rule rule;
    FLORA_TRY(rule.when, cells(*row.as_context(), "when"));
    FLORA_TRY(rule.then, cells(*row.as_context(), "then"));
    out.rules.push_back(std::move(rule));
  }
  return out;
}

Result<tl::expected<Value, Problem>> answer(const Context& request, const Environment& environment) {
  Value context = Value::context({});
  if (const Value* given = find(request, "context"); given != nullptr && !given->is_null()) {
    // A context stands here as such, so a single entry named like one of the wrapping words is an entry.
    const auto* entries = given->as_context();
    if (entries == nullptr) return fail(Code::kWrongType, "context is an object");
    Context out;
    const bool wrapped =
        entries->size() == 1 && entries->front().first == "context" && entries->front().second.as_context() != nullptr;
    for (const auto& [name, item] : wrapped ? *entries->front().second.as_context() : *entries) {
      FLORA_TRY(auto value, interpret_json(item, environment.zones));
      out.emplace_back(name, std::move(value));
    }
    context = Value::context(std::move(out));
  }
  if (const Value* table = find(request, "table")) {
    FLORA_TRY(const auto source, table_of(*table));
    return evaluate_table(source, context, environment);
  }
  if (const Value* tests = find(request, "unary")) {
    FLORA_TRY(const auto text, text_of(*tests, "unary"));
    const Value* input = find(request, "input");
    if (input == nullptr) return fail(Code::kMissingField, "input is missing");
    FLORA_TRY(const auto input_text, text_of(*input, "input"));
    return evaluate_unary(text, input_text, context, environment);
  }
  const Value* expression = find(request, "expr");
  if (expression == nullptr) return fail(Code::kMissingField, "one of expr, unary and table is needed");
  FLORA_TRY(const auto text, text_of(*expression, "expr"));
  return evaluate(text, context, environment);
}

// `malformed` is the kind of an answer to a line that is no request.
std::string error_line(const Value& id, std::string_view kind, std::uint32_t at, std::string_view message) {
  std::string out = "{\"id\":";
  append_json(out, id);
  out += fmt::format(",\"error\":{{\"kind\":\"{}\",\"at\":{},\"message\":", kind, at);
  append_json_string(out, message);
  return out + "}}";
}

}  // namespace

BatchAnswer answer_batch_line(std::string_view line, const Environment& environment) {
  const auto parsed = parse_plain_json(line);
  if (!parsed) return {error_line({}, "malformed", 1, parsed.error().detail), false};
  const auto* request = parsed->as_context();
  const Value* id = request == nullptr ? nullptr : find(*request, "id");
  if (id == nullptr) return {error_line({}, "malformed", 1, "a line is an object with an id"), false};
  const auto result = answer(*request, environment);
  if (!result) return {error_line(*id, "malformed", 1, result.error().detail), false};
  if (!*result) {
    const Problem& problem = result->error();
    return {error_line(*id, to_text(problem.kind), problem.column, problem.message), true};
  }
  std::string out = "{\"id\":";
  append_json(out, *id);
  out += ",\"value\":";
  append_json(out, **result);
  return {out + "}", true};
}

}  // namespace flora::feel
