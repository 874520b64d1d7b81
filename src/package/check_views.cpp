// SPDX-License-Identifier: EUPL-1.2
// Whether the views fit the process: every duty is seen by who owes it, every manual step can be entered by who owns it, and
// nobody is offered what is not theirs.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "package/readers.hpp"

namespace flora::package {

namespace {

std::set<AgencyIndex> owner_agencies(const Package& package, const Step& step) {
  std::set<AgencyIndex> out;
  for (const RoleIndex r : step.owners) out.insert(package.roles[r].agency);
  return out;
}

bool asks_for_duty(const Query& query, StepIndex step) {
  using Op = Query::Op;
  if ((query.op == Op::kOwed || query.op == Op::kCue || query.op == Op::kBlocked) && query.step == step) return true;
  return std::any_of(query.children.begin(), query.children.end(), [&](const Query& q) { return asks_for_duty(q, step); });
}

bool shows_duty(const View& view, StepIndex step) {
  using Kind = Column::Kind;
  const auto shows = [&](const Column& c) { return (c.kind == Kind::kDue || c.kind == Kind::kMissing) && c.step == step; };
  return asks_for_duty(view.select, step) || std::any_of(view.columns.begin(), view.columns.end(), shows);
}

void check_view(const Package& package, const View& view, Problems& problems) {
  const std::string& agency = package.agencies[view.agency].id;
  if (view.roles.empty()) problems.error("no_reader", view.place, view.id, "Nobody may open this view.", "Add 'roles: [role]'.");
  for (const RoleIndex r : view.roles) {
    if (package.roles[r].agency == view.agency) continue;
    problems.error("view_of_another", view.place, view.id,
                   fmt::format("The role '{}' is not of the agency '{}'.", package.roles[r].id, agency),
                   "Give each agency views of its own.");
  }
  if (!view.write) return;
  const Step& step = package.steps[view.step];
  if (problems.is_broken(step.id)) return;
  const auto agencies = owner_agencies(package, step);
  if (agencies.find(view.agency) == agencies.end()) {
    problems.error("view_not_owner", view.place, view.id,
                   fmt::format("The step '{}' does not belong to the agency '{}'.", step.id, agency),
                   "Offer only steps that a role of the agency owns.");
    return;
  }
  for (const RoleIndex r : view.roles) {
    if (std::find(step.owners.begin(), step.owners.end(), r) != step.owners.end()) continue;
    problems.error("view_not_owner", view.place, view.id,
                   fmt::format("The role '{}' does not own the step '{}'.", package.roles[r].id, step.id),
                   "Remove the role from the view, or add it to the step's owners.");
  }
}

}  // namespace

void check_views(const Package& package, Problems& problems, bool minimal) {
  const auto note = [&](std::string_view check, const Step& step, std::string sentence, std::string hint) {
    if (minimal) return problems.warning(check, step.place, step.id, std::move(sentence), std::move(hint));
    problems.error(check, step.place, step.id, std::move(sentence), std::move(hint));
  };
  for (const View& view : package.views) {
    if (!problems.is_broken(view.id)) check_view(package, view, problems);
  }
  std::vector<bool> owed(package.steps.size(), false);
  for (std::size_t s = 0; s < package.steps.size(); ++s) owed[s] = package.steps[s].initially == Initially::kOwed;
  for (const Rule& rule : package.rules) {
    if (rule.kind != RuleKind::kResponse) continue;
    for (const StepIndex s : rule.targets) owed[s] = true;
  }
  for (std::size_t i = 0; i < package.steps.size(); ++i) {
    const auto s = static_cast<StepIndex>(i);
    const Step& step = package.steps[s];
    if (step.via == Via::kClock || problems.is_broken(step.id)) continue;
    for (const AgencyIndex a : owner_agencies(package, step)) {
      const auto any = [&](auto&& fits) {
        return std::any_of(package.views.begin(), package.views.end(), [&](const View& v) { return v.agency == a && fits(v); });
      };
      if (owed[s] && !any([&](const View& v) { return !v.write && shows_duty(v, s); })) {
        note("duty_not_in_view", step,
             fmt::format("The agency '{}' owes '{}', but none of its read views shows that.", package.agencies[a].id, step.id),
             fmt::format("Add a view with {{owed: {}}} or a column {{due: {}}}.", step.id, step.id));
      }
      if (step.via == Via::kForm && !any([&](const View& v) { return v.write && v.step == s; })) {
        note("step_not_in_write_view", step,
             fmt::format("The agency '{}' records '{}' by hand, but none of its write views offers that.", package.agencies[a].id,
                         step.id),
             "Add a write view for the step, or let it come via system.");
      }
    }
  }
}

}  // namespace flora::package
