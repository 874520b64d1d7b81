// SPDX-License-Identifier: EUPL-1.2
#include "package/guards.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/limits.hpp"

namespace flora::package {

using feel::Member;
using feel::Type;
using feel::Variable;

std::vector<StepIndex> fact_steps(const Package& package, const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::kCondition:
    case RuleKind::kMilestone:
    case RuleKind::kAtMost:
    case RuleKind::kSpacing: return rule.targets;
    case RuleKind::kReport: {
      if (!rule.targets.empty()) return rule.targets;
      std::vector<StepIndex> all(package.steps.size());
      for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<StepIndex>(i);
      return all;
    }
    case RuleKind::kInOrder: {
      std::vector<StepIndex> both = rule.sources;
      both.insert(both.end(), rule.targets.begin(), rule.targets.end());
      return both;
    }
    default: return rule.sources;
  }
}

feel::Type type_of(const Package& package, const Field& field) {
  switch (field.type) {
    case FieldType::kCode: {
      std::vector<std::string> codes;
      if (const auto* list = package.find_codes(field.list)) {
        for (const auto& code : list->codes) codes.push_back(code.id);
      }
      return Type::code(std::move(codes));
    }
    case FieldType::kDate: return Type::date();
    case FieldType::kTime: return Type::time();
    case FieldType::kInteger: return Type::number();
    case FieldType::kBoolean: return Type::boolean();
    case FieldType::kToken: return Type::string();
  }
  return {};
}

namespace {

std::vector<Member> head_members(const Package& package) {
  std::vector<std::string> roles;
  for (const auto& role : package.roles) roles.push_back(role.id);
  return {{"at", Type::date_time()}, {"entered", Type::date_time()}, {"by", Type::code(std::move(roles))}};
}

void add_field(std::vector<Member>& members, const std::string& id, const Type& type) {
  members.push_back({id, type});
  members.push_back({"data." + id, type});
}

// The fields of several steps under one name: the common type, or any where they differ.
std::vector<std::pair<std::string, Type>> joint_fields(const Package& package, const std::vector<StepIndex>& steps) {
  struct Joint {
    const Field* first = nullptr;
    bool differs = false;
  };
  std::map<std::string, Joint> joint;
  for (const StepIndex s : steps) {
    for (const auto& field : package.steps[s].data) {
      Joint& j = joint[field.id];
      if (j.first == nullptr) j.first = &field;
      j.differs = j.differs || j.first->type != field.type || j.first->list != field.list;
    }
  }
  std::vector<std::pair<std::string, Type>> out;
  for (const auto& [id, j] : joint) out.emplace_back(id, j.differs ? Type() : type_of(package, *j.first));
  return out;
}

const Field* find_field(const Package& package, StepIndex step, const std::string& id) {
  for (const auto& field : package.steps[step].data) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

Variable tally_variable(const Package& package, const Tally& tally) {
  if (!tally.is_set) return Variable::scalar("tally." + tally.id, Type::number());
  const Field* of = find_field(package, tally.step, tally.of_field);
  return Variable::scalar("tally." + tally.id, Type::list(of == nullptr ? Type() : type_of(package, *of), kTallySetMax));
}

}  // namespace

void set_fact(GuardNames& names, const Package& package, const std::vector<StepIndex>& steps) {
  std::vector<StepIndex> of = steps;
  if (of.empty()) {
    for (std::size_t i = 0; i < package.steps.size(); ++i) of.push_back(static_cast<StepIndex>(i));
  }
  std::vector<Member> fact = head_members(package);
  names.fact_fields.clear();
  for (const auto& [id, type] : joint_fields(package, of)) {
    names.fact_fields.push_back(id);
    add_field(fact, id, type);
  }
  names.declarations.variables[kVariableFact] = Variable::record("fact", std::move(fact));
}

GuardNames guard_names(const Package& package, const std::vector<StepIndex>& steps, const calendar::Calendars* calendars) {
  GuardNames out;
  out.declarations.calendars = calendars;
  auto& variables = out.declarations.variables;
  variables.emplace_back();  // the fact, below
  variables.push_back(Variable::record("case", {{"opened", Type::date_time()}}));
  variables.push_back(Variable::scalar("ledger_time", Type::date_time()));
  for (const auto& step : package.steps) {
    std::vector<Member> members = head_members(package);
    for (const auto& field : step.data) add_field(members, field.id, type_of(package, field));
    variables.push_back(Variable::records(step.id, members, static_cast<std::uint32_t>(base::limits::kFactsPerCaseMax)));
    variables.push_back(Variable::record("last." + step.id, std::move(members)));
  }
  for (const auto& tally : package.tallies) variables.push_back(tally_variable(package, tally));
  set_fact(out, package, steps);
  return out;
}

}  // namespace flora::package
