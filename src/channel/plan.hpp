// SPDX-License-Identifier: EUPL-1.2
// What the projection and the readers need to know about one package version, worked out once. Immutable. Internal to the
// module.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channel/keys.hpp"
#include "package/model.hpp"

namespace flora::channel {

struct ColumnPlan {
  const package::Column* column = nullptr;
  bool of_vault = false;                   // joined by http, never stored
  std::optional<std::size_t> field;        // kField: place in Step::data
  const package::Field* schema = nullptr;  // kField
};

struct ViewPlan {
  const package::View* view = nullptr;
  ListKey rows;  // kViewRows, and the counter of its rows
  std::vector<ColumnPlan> columns;
};

struct AgencyPlan {
  ListKey inbox;  // kFindings
  ListKey next;   // kViewRows: its cues
  std::vector<package::RoleIndex> roles;
};

struct RolePlan {
  ListKey next;                  // counter: cues on steps the role owns
  std::array<ListKey, 5> inbox;  // counters by level: open findings that nobody acknowledged
};

struct Plan {
  std::shared_ptr<const package::Package> package;  // owner of what the pointers above point to
  std::vector<ViewPlan> views;                      // by index in Package::views
  std::vector<AgencyPlan> agencies;
  std::vector<RolePlan> roles;
  std::vector<std::vector<bool>> readable;  // [agency][step]: the agency owns the step
};

std::shared_ptr<const Plan> make_plan(std::shared_ptr<const package::Package> package);

// Whether a field of a fact may be shown to an agency: it owns the step, or has the field in a column of one of its views.
bool may_read_field(const Plan& plan, package::AgencyIndex agency, package::StepIndex step, std::size_t field);

// Index of a view in the package by id.
std::optional<std::size_t> find_view(const package::Package& package, std::string_view id);
bool is_of_vault(package::Column::Kind kind);

}  // namespace flora::channel
