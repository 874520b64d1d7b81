// SPDX-License-Identifier: EUPL-1.2
#include "channel/plan.hpp"

#include <algorithm>

namespace flora::channel {
namespace {

ColumnPlan plan_column(const package::Package& package, const package::Column& column) {
  ColumnPlan plan;
  plan.column = &column;
  plan.of_vault = is_of_vault(column.kind);
  if (column.kind == package::Column::Kind::kField && column.step < package.steps.size()) {
    const auto& data = package.steps[column.step].data;
    const auto it = std::find_if(data.begin(), data.end(), [&](const package::Field& f) { return f.id == column.field; });
    if (it != data.end()) {
      plan.field = static_cast<std::size_t>(it - data.begin());
      plan.schema = &*it;
    }
  }
  return plan;
}

}  // namespace

bool is_of_vault(package::Column::Kind kind) {
  using Kind = package::Column::Kind;
  return kind == Kind::kName || kind == Kind::kBirthDate || kind == Kind::kNationality || kind == Kind::kFileNumber ||
         kind == Kind::kGroup;
}

std::optional<std::size_t> find_view(const package::Package& package, std::string_view id) {
  for (std::size_t i = 0; i < package.views.size(); ++i) {
    if (package.views[i].id == id) return i;
  }
  return std::nullopt;
}

std::shared_ptr<const Plan> make_plan(std::shared_ptr<const package::Package> owner) {
  auto plan = std::make_shared<Plan>();
  const package::Package& package = *owner;
  for (const auto& view : package.views) {
    ViewPlan v{.view = &view, .rows = list_key({package.id, "view", view.id}), .columns = {}};
    for (const auto& column : view.columns) v.columns.push_back(plan_column(package, column));
    plan->views.push_back(std::move(v));
  }
  for (const auto& agency : package.agencies) {
    plan->agencies.push_back({list_key({package.id, "inbox", agency.id}), list_key({package.id, "next", agency.id}), {}});
    plan->readable.emplace_back(package.steps.size(), false);
  }
  for (std::size_t i = 0; i < package.roles.size(); ++i) {
    const auto& role = package.roles[i];
    plan->agencies[role.agency].roles.push_back(static_cast<package::RoleIndex>(i));
    RolePlan r{.next = list_key({package.id, "role_next", role.id}), .inbox = {}};
    for (std::size_t level = 0; level < r.inbox.size(); ++level) {
      r.inbox[level] = list_key({package.id, "role_inbox", role.id, package::to_text(static_cast<package::Level>(level))});
    }
    plan->roles.push_back(r);
  }
  for (std::size_t s = 0; s < package.steps.size(); ++s) {
    for (const auto owner_role : package.steps[s].owners) plan->readable[package.roles[owner_role].agency][s] = true;
  }
  plan->package = std::move(owner);
  return plan;
}

bool may_read_field(const Plan& plan, package::AgencyIndex agency, package::StepIndex step, std::size_t field) {
  if (plan.readable[agency][step]) return true;
  for (const auto& view : plan.views) {
    if (view.view->agency != agency) continue;
    for (const auto& column : view.columns) {
      if (column.field == field && column.column->step == step) return true;
    }
  }
  return false;
}

}  // namespace flora::channel
