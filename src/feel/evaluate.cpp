// SPDX-License-Identifier: EUPL-1.2
#include "feel/evaluate.hpp"

#include <algorithm>
#include <set>

#include "base/limits.hpp"
#include "feel/compiler.hpp"
#include "feel/lexer.hpp"
#include "feel/parser.hpp"
#include "feel/plain.hpp"

namespace flora::feel {

namespace {

void gather_odd_names(const Value& value, std::set<std::string>& out) {
  if (const auto* list = value.as_list()) {
    for (const Value& item : *list) gather_odd_names(item, out);
  }
  if (const auto* context = value.as_context()) {
    for (const auto& [name, item] : *context) {
      if (!is_simple_name(name)) out.insert(name);
      gather_odd_names(item, out);
    }
  }
}

}  // namespace

OddNames::OddNames(const Value& context) {
  std::set<std::string> names;
  gather_odd_names(context, names);
  names_.assign(names.begin(), names.end());
}

std::optional<Problem> OddNames::find_in(std::string_view source) const {
  if (names_.empty()) return std::nullopt;
  const std::string words = words_only(source);
  for (const std::string& name : names_) {
    const auto at = name.empty() ? std::string::npos : words.find(name);
    if (at != std::string::npos)
      return problem_at(source, at, ProblemKind::kNotInProfile, "names are written in ASCII letters, digits and underscores");
  }
  return std::nullopt;
}

tl::expected<Plain, Problem> Plain::expression(std::string_view source, const OddNames& odd, const Environment& environment) {
  if (auto problem = odd.find_in(source)) return tl::unexpected(*std::move(problem));
  return make(parse_expression(source), environment, false);
}

tl::expected<Plain, Problem> Plain::tests(std::string_view source, const OddNames& odd, const Environment& environment) {
  if (auto problem = odd.find_in(source)) return tl::unexpected(*std::move(problem));
  return make(parse_unary_tests(source), environment, true);
}

tl::expected<Plain, Problem> Plain::make(const Parsed& parsed, const Environment& environment, bool tests) {
  if (!parsed.problems.empty()) return tl::unexpected(parsed.problems.front());
  Compiled compiled = compile(*parsed.ast, nullptr, {environment.calendars, environment.zones}, tests);
  if (!compiled.problems.empty()) return tl::unexpected(std::move(compiled.problems.front()));
  Plain out;
  out.program_ = std::move(compiled.program);
  return out;
}

tl::expected<Value, Problem> Plain::value(const Value& context, const Value* input, Budget& budget) const {
  Source source;
  source.context = &context;
  source.input = input;
  Ran ran = run(*program_, source, budget);
  if (ran.outside != nullptr)
    return tl::unexpected(problem_at(program_->source, ran.offset, ProblemKind::kNotInProfile, ran.outside));
  if (ran.exhausted)
    return tl::unexpected(problem_at(program_->source, ran.offset, ProblemKind::kBound, "the evaluation takes too many steps"));
  return std::move(ran.value);
}

tl::expected<Value, Problem> evaluate(std::string_view expression, const Value& context, const Environment& environment) {
  const auto compiled = Plain::expression(expression, OddNames(context), environment);
  if (!compiled) return tl::unexpected(compiled.error());
  Budget budget{base::limits::kGuardStepsMax};
  return compiled->value(context, nullptr, budget);
}

tl::expected<Value, Problem> evaluate_unary(std::string_view tests, std::string_view input, const Value& context,
                                            const Environment& environment) {
  const OddNames odd(context);
  const auto compiled = Plain::tests(tests, odd, environment);
  if (!compiled) return tl::unexpected(compiled.error());
  const auto compiled_input = Plain::expression(input, odd, environment);
  if (!compiled_input) return tl::unexpected(compiled_input.error());
  Budget budget{base::limits::kGuardStepsMax};
  const auto value = compiled_input->value(context, nullptr, budget);
  if (!value) return value;
  return compiled->value(context, &*value, budget);
}

}  // namespace flora::feel
