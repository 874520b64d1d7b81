// SPDX-License-Identifier: EUPL-1.2
// Guards are compiled once here, against the names and types they will meet: what loads is typed, total and bounded.
#include <fmt/format.h>

#include "calendar/calendar.hpp"
#include "package/guards.hpp"
#include "package/readers.hpp"

namespace flora::package {

namespace {

class GuardCheck {
 public:
  GuardCheck(const Package& package, Problems& problems)
      : package_(package), problems_(problems), names_(guard_names(package, {}, &calendar::builtin_calendars())) {}

  void check(const Rule& rule, const Guard& guard, const std::vector<StepIndex>& steps, const feel::Type& result) {
    set_fact(names_, package_, steps);
    const auto compiled = feel::Guard::compile(guard.source, names_.declarations, result);
    if (compiled) return;
    const feel::Problem& problem = compiled.error();
    Place place = guard.place;
    place.column = problem.line == 1 ? place.column + problem.column - 1 : problem.column;
    place.line += problem.line - 1;
    std::string sentence = fmt::format("In the guard: {}.", problem.message);
    problems_.error(fmt::format("feel_{}", feel::to_text(problem.kind)), place, rule.id, std::move(sentence),
                    problem.kind == feel::ProblemKind::kType ? "A guard may name fact, case, ledger_time, STEP, last.STEP and tally.NAME." : "");
  }

 private:
  const Package& package_;
  Problems& problems_;
  GuardNames names_;
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
