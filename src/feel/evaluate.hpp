// SPDX-License-Identifier: EUPL-1.2
// FEEL as DMN means it: any context, no declared types, an ill-typed operation is null. For experiments, batch and tests; the
// engine uses guards. Pure; any thread; bounded by limits::kGuardStepsMax.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "calendar/calendar.hpp"
#include "feel/problem.hpp"
#include "feel/value.hpp"

namespace flora::feel {

struct Environment {
  const calendar::Calendars* calendars = nullptr;  // for workdays(); nullptr: every calendar is unknown
  const calendar::ZoneSource* zones = nullptr;     // zones by name
};

// `context` is a context (or null: empty). A name that is not in it is null.
tl::expected<Value, Problem> evaluate(std::string_view expression, const Value& context, const Environment& environment);
// Unary tests ("<= 10", "-", "not(1, 2)") against an input, itself an expression.
tl::expected<Value, Problem> evaluate_unary(std::string_view tests, std::string_view input, const Value& context,
                                            const Environment& environment);

// A decision table as interfaces section 3 writes it.
struct TableSource {
  struct Input {
    std::string expression;
    std::string type;                   // not checked
    std::optional<std::string> values;  // unary tests the input must pass, else the table is null
  };
  struct Output {
    std::string name;
    std::string type;
    std::optional<std::string> values;         // in order of priority for hit policy P
    std::optional<std::string> default_value;  // an expression
  };
  struct Rule {
    std::vector<std::string> when;  // one unary test per input
    std::vector<std::string> then;  // one expression per output
  };
  std::string hit_policy = "U";  // U A P F R C
  std::string aggregation;       // SUM MIN MAX COUNT (with C), or empty; also "+", "<", ">", "#"
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<Rule> rules;
};
tl::expected<Value, Problem> evaluate_table(const TableSource& table, const Value& context, const Environment& environment);

// One line of `flora feel batch` (JSON) to one line of answer, without line end. `readable` is false if the line was no request.
struct BatchAnswer {
  std::string line;
  bool readable = true;
};
BatchAnswer answer_batch_line(std::string_view line, const Environment& environment);

// docs/reference/feel-profile.md, from the registry of functions and operators.
std::string render_profile();

}  // namespace flora::feel
