// SPDX-License-Identifier: EUPL-1.2
// Guards are compiled once here, against the names and types they will meet: what loads is typed, total and bounded.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "calendar/calendar.hpp"
#include "package/guards.hpp"
#include "package/readers.hpp"

namespace flora::package {

namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// Compiles against the names a guard really uses, so that a process of many steps does not make every guard dear. Their numbers
// differ from those of guard_names(), which nobody sees here.
class GuardCheck {
 public:
  GuardCheck(const Package& package, Problems& problems)
      : package_(package), problems_(problems), all_(guard_names(package, {}, &calendar::builtin_calendars())) {
    for (std::size_t i = 0; i < all_.declarations.variables.size(); ++i) places_.emplace(all_.declarations.variables[i].path, i);
  }

  void check(const Rule& rule, const Guard& guard, const std::vector<StepIndex>& steps, const feel::Type& result) {
    if (!known_ || steps != steps_) {
      set_fact(all_, package_, steps);
      steps_ = steps;
      known_ = true;
    }
    const auto compiled = feel::Guard::compile(guard.source, names_in(guard.source), result);
    if (compiled) return;
    const feel::Problem& problem = compiled.error();
    Place place = guard.place;
    place.column = problem.line == 1 ? place.column + problem.column - 1 : problem.column;
    place.line += problem.line - 1;
    std::string sentence = fmt::format("In the guard: {}.", problem.message);
    problems_.error(fmt::format("feel_{}", feel::to_text(problem.kind)), place, rule.id, std::move(sentence),
                    problem.kind == feel::ProblemKind::kType
                        ? "A guard may name fact, case, ledger_time, STEP, last.STEP and tally.NAME."
                        : "");
  }

 private:
  feel::Declarations names_in(std::string_view source) const {
    feel::Declarations out;
    out.calendars = all_.declarations.calendars;
    const auto& variables = all_.declarations.variables;
    std::set<std::size_t> used = {kVariableFact, kVariableCase, kVariableLedgerTime};
    for (std::size_t at = 0; at < source.size();) {
      std::size_t end = at;
      while (end < source.size() && is_word(source[end])) ++end;
      const std::string_view word = source.substr(at, end - at);
      for (const std::string_view prefix : {"", "last.", "tally."}) {
        if (const auto it = places_.find(std::string(prefix) + std::string(word)); it != places_.end()) used.insert(it->second);
      }
      at = std::max(end, at + 1);
    }
    for (const std::size_t i : used) out.variables.push_back(variables[i]);
    return out;
  }

  const Package& package_;
  Problems& problems_;
  GuardNames all_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<StepIndex> steps_;
  bool known_ = false;
};

}  // namespace

void check_guards(const Package& package, Problems& problems) {
  GuardCheck check(package, problems);
  const feel::Type truth = feel::Type::boolean();
  for (const Rule& rule : package.rules) {
    if (problems.is_broken(rule.id)) continue;
    const std::vector<StepIndex> steps = fact_steps(package, rule);
    if (rule.when) check.check(rule, *rule.when, steps, truth);
    if (rule.due_guard) check.check(rule, *rule.due_guard, steps, feel::Type::date());
    if (rule.heals_when) check.check(rule, *rule.heals_when, {}, truth);
  }
}

}  // namespace flora::package
