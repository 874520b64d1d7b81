// SPDX-License-Identifier: EUPL-1.2
// Decision tables of DMN 1.5, section 8, with hit policies U A P F R C and the aggregations of C.
#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "feel/plain.hpp"

namespace flora::feel {

namespace {

constexpr std::size_t kTableCellsMax = 10'000;

Problem in_cell(Problem problem, const std::string& where) {
  problem.message = where + ": " + problem.message;
  return problem;
}

template <class T>
using Try = tl::expected<T, Problem>;

Try<Plain> compile_output(std::string_view text, const OddNames& odd, const Environment& environment, const std::string& where) {
  auto compiled = Plain::expression(text.empty() ? "null" : text, odd, environment);
  if (!compiled) return tl::unexpected(in_cell(std::move(compiled).error(), where));
  return compiled;
}
Try<Plain> compile_tests(std::string_view text, const OddNames& odd, const Environment& environment, const std::string& where) {
  auto compiled = Plain::tests(text.empty() ? "-" : text, odd, environment);
  if (!compiled) return tl::unexpected(in_cell(std::move(compiled).error(), where));
  return compiled;
}

class Table {
 public:
  Table(const TableSource& source, const Value& context, const Environment& environment)
      : source_(source), context_(context), environment_(environment), odd_(context) {}

  Try<Value> run() {
    if (const auto problem = check_shape()) return tl::unexpected(*problem);
    if (auto status = compile(); !status) return tl::unexpected(status.error());
    auto inputs = evaluate_inputs();
    if (!inputs) return tl::unexpected(inputs.error());
    if (!*inputs) return Value();  // an input outside its allowed values
    std::vector<std::size_t> hits;
    for (std::size_t r = 0; r < rules_.size(); ++r) {
      auto hit = matches(rules_[r], **inputs);
      if (!hit) return tl::unexpected(hit.error());
      if (*hit) hits.push_back(r);
      if (*hit && source_.hit_policy == "F") break;
    }
    return decide(hits);
  }

 private:
  struct Rule {
    std::vector<Plain> when, then;
  };

  static Problem problem(ProblemKind kind, std::string message) { return {kind, 1, 1, std::move(message)}; }

  std::optional<Problem> check_shape() {
    const std::string& policy = source_.hit_policy;
    if (policy == "O" || policy == "OUTPUT ORDER")
      return problem(ProblemKind::kNotInProfile, "hit policy O is not in the profile");
    if (policy.size() != 1 || std::string_view("UAPFRC").find(policy[0]) == std::string_view::npos) {
      return problem(ProblemKind::kSyntax, fmt::format("\"{}\" is no hit policy", policy));
    }
    if (!source_.aggregation.empty() && policy != "C")
      return problem(ProblemKind::kSyntax, "an aggregation goes with hit policy C");
    if (source_.outputs.empty()) return problem(ProblemKind::kSyntax, "a table has an output");
    const std::size_t cells = (source_.inputs.size() + source_.outputs.size()) * (source_.rules.size() + 1);
    if (cells > kTableCellsMax) return problem(ProblemKind::kBound, fmt::format("at most {} cells", kTableCellsMax));
    for (std::size_t r = 0; r < source_.rules.size(); ++r) {
      if (source_.rules[r].when.size() != source_.inputs.size() || source_.rules[r].then.size() != source_.outputs.size()) {
        return problem(ProblemKind::kSyntax, fmt::format("rule {} does not have one cell per column", r + 1));
      }
    }
    return std::nullopt;
  }

  Try<void> compile() {
    const auto output = [&](std::vector<Plain>& out, std::string_view text, const std::string& where) -> Try<void> {
      auto compiled = compile_output(text, odd_, environment_, where);
      if (!compiled) return tl::unexpected(std::move(compiled).error());
      out.push_back(*std::move(compiled));
      return {};
    };
    const auto tests = [&](std::vector<Plain>& out, std::string_view text, const std::string& where) -> Try<void> {
      auto compiled = compile_tests(text, odd_, environment_, where);
      if (!compiled) return tl::unexpected(std::move(compiled).error());
      out.push_back(*std::move(compiled));
      return {};
    };
    for (std::size_t i = 0; i < source_.inputs.size(); ++i) {
      const auto& input = source_.inputs[i];
      if (auto s = output(inputs_, input.expression, fmt::format("input {}", i + 1)); !s) return s;
      if (auto s = tests(allowed_, input.values.value_or("-"), fmt::format("values of input {}", i + 1)); !s) return s;
    }
    for (std::size_t o = 0; o < source_.outputs.size(); ++o) {
      const auto& entry = source_.outputs[o];
      if (auto s = output(defaults_, entry.default_value.value_or(""), fmt::format("default of output {}", o + 1)); !s) return s;
      const std::string list = entry.values ? "[" + *entry.values + "]" : "null";
      if (auto s = output(priorities_, list, fmt::format("values of output {}", o + 1)); !s) return s;
    }
    for (std::size_t r = 0; r < source_.rules.size(); ++r) {
      Rule rule;
      for (std::size_t i = 0; i < source_.inputs.size(); ++i) {
        if (auto s = tests(rule.when, source_.rules[r].when[i], fmt::format("rule {}, input {}", r + 1, i + 1)); !s) return s;
      }
      for (std::size_t o = 0; o < source_.outputs.size(); ++o) {
        if (auto s = output(rule.then, source_.rules[r].then[o], fmt::format("rule {}, output {}", r + 1, o + 1)); !s) return s;
      }
      rules_.push_back(std::move(rule));
    }
    return {};
  }

  Try<std::optional<List>> evaluate_inputs() {
    List out;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      auto value = inputs_[i].value(context_, nullptr, budget_);
      if (!value) return tl::unexpected(in_cell(value.error(), fmt::format("input {}", i + 1)));
      const auto allowed = allowed_[i].value(context_, &*value, budget_);
      if (!allowed) return tl::unexpected(in_cell(allowed.error(), fmt::format("values of input {}", i + 1)));
      if (truth_of(*allowed) != Truth::kTrue) return std::optional<List>();
      out.push_back(*std::move(value));
    }
    return std::optional(std::move(out));
  }

  Try<bool> matches(const Rule& rule, const List& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto passed = rule.when[i].value(context_, &inputs[i], budget_);
      if (!passed) return tl::unexpected(in_cell(passed.error(), fmt::format("input {}", i + 1)));
      if (truth_of(*passed) != Truth::kTrue) return false;
    }
    return true;
  }

  // One output alone, or a context of the named ones.
  Try<Value> combine(const std::vector<Plain>& cells) {
    Context out;
    for (std::size_t o = 0; o < cells.size(); ++o) {
      auto value = cells[o].value(context_, nullptr, budget_);
      if (!value) return tl::unexpected(in_cell(value.error(), fmt::format("output {}", o + 1)));
      if (cells.size() == 1) return value;
      out.emplace_back(source_.outputs[o].name, *std::move(value));
    }
    return Value::context(std::move(out));
  }

  Try<Value> without_hit() {
    const bool given =
        std::any_of(source_.outputs.begin(), source_.outputs.end(), [](const auto& o) { return o.default_value.has_value(); });
    if (given) return combine(defaults_);
    if (source_.aggregation == "COUNT" || source_.aggregation == "#") return Value::number(0);
    return Value();
  }

  Try<Value> decide(const std::vector<std::size_t>& hits) {
    if (hits.empty()) return without_hit();
    List results;
    for (const std::size_t r : hits) {
      auto value = combine(rules_[r].then);
      if (!value) return tl::unexpected(in_cell(value.error(), fmt::format("rule {}", r + 1)));
      results.push_back(*std::move(value));
    }
    switch (source_.hit_policy[0]) {
      case 'U': return results.size() == 1 ? results[0] : Value();
      case 'A': {
        const bool same = std::all_of(results.begin(), results.end(),
                                      [&](const Value& v) { return equal(v, results[0], budget_) == Truth::kTrue; });
        return same ? results[0] : Value();
      }
      case 'F': return results[0];
      case 'P': return first_by_priority(results);
      case 'R': return Value::list(std::move(results));
      default: return collect(std::move(results));
    }
  }

  // The place of an output value in the list of its column; what is not in the list comes last.
  Try<std::vector<std::size_t>> rank_of(const Value& result, const std::vector<Value>& orders) {
    std::vector<std::size_t> out;
    for (std::size_t o = 0; o < orders.size(); ++o) {
      const auto* order = orders[o].as_list();
      const auto* parts = orders.size() == 1 ? nullptr : result.as_context();
      const Value& value = parts == nullptr ? result : (*parts)[o].second;
      std::size_t rank = 0;
      while (order != nullptr && rank < order->size() && equal(value, (*order)[rank], budget_) != Truth::kTrue) ++rank;
      out.push_back(rank);
    }
    return out;
  }

  Try<Value> first_by_priority(const List& results) {
    std::vector<Value> orders;
    for (const Plain& p : priorities_) {
      auto order = p.value(context_, nullptr, budget_);
      if (!order) return tl::unexpected(in_cell(order.error(), "values of the outputs"));
      orders.push_back(*std::move(order));
    }
    std::size_t best = 0;
    std::vector<std::size_t> best_rank;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto rank = rank_of(results[i], orders);
      if (!rank) return tl::unexpected(rank.error());
      if (i == 0 || *rank < best_rank) {
        best = i;
        best_rank = *rank;
      }
    }
    return results[best];
  }

  Try<Value> collect(List results) {
    const std::string& how = source_.aggregation;
    if (how.empty()) return Value::list(std::move(results));
    std::optional<Function> function;
    if (how == "SUM" || how == "+") function = Function::kSum;
    if (how == "MIN" || how == "<") function = Function::kMin;
    if (how == "MAX" || how == ">") function = Function::kMax;
    if (how == "COUNT" || how == "#") function = Function::kCount;
    if (!function) return tl::unexpected(problem(ProblemKind::kSyntax, fmt::format("\"{}\" is no aggregation", how)));
    const Value list[] = {Value::list(std::move(results))};
    Outcome outcome = apply(*function, list, {environment_.calendars, environment_.zones}, budget_);
    if (outcome.outside != nullptr) return tl::unexpected(problem(ProblemKind::kNotInProfile, outcome.outside));
    return outcome.value;
  }

  const TableSource& source_;
  const Value& context_;
  const Environment& environment_;
  OddNames odd_;
  std::vector<Plain> inputs_, allowed_, defaults_, priorities_;
  std::vector<Rule> rules_;
  Budget budget_{base::limits::kGuardStepsMax};
};

}  // namespace

tl::expected<Value, Problem> evaluate_table(const TableSource& table, const Value& context, const Environment& environment) {
  return Table(table, context, environment).run();
}

}  // namespace flora::feel
