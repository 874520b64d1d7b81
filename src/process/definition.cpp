// SPDX-License-Identifier: EUPL-1.2
#include "process/definition.hpp"

#include <algorithm>

#include "process/compiled.hpp"

namespace flora::process {

namespace {

constexpr std::string_view kOwnNames[] = {"once:", "closed:", "late:", "owed:", "cancelled:"};

}  // namespace

Definition::Definition(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Definition::~Definition() = default;

const package::Package& Definition::package() const { return *compiled_->package; }
std::size_t Definition::step_count() const { return compiled_->steps.size(); }
const std::string& Definition::step_id(StepIndex step) const { return compiled_->package->steps[step].id; }

const calendar::Calendar* Definition::calendar() const { return compiled_->has_calendar ? compiled_->calendar.get() : nullptr; }

RuleRef Definition::own_rule(OwnRule kind, StepIndex step) const { return compiled_->own(kind, step); }

std::optional<RuleRef> Definition::find_rule(std::string_view id) const {
  if (const auto rule = compiled_->package->find_rule(id)) return RuleRef{*rule};
  for (std::size_t kind = 0; kind < std::size(kOwnNames); ++kind) {
    if (!id.starts_with(kOwnNames[kind])) continue;
    const auto step = compiled_->package->find_step(id.substr(kOwnNames[kind].size()));
    if (step) return compiled_->own(static_cast<OwnRule>(kind), *step);
  }
  return std::nullopt;
}

std::string_view Definition::rule_id(RuleRef rule) const {
  const auto& c = *compiled_;
  return c.is_own(rule) ? std::string_view(c.own_ids[rule.value - c.rules.size()]) : c.rules[rule.value].rule->id;
}

const package::Rule* Definition::rule(RuleRef rule) const {
  const auto* found = compiled_->find(rule);
  return found == nullptr ? nullptr : found->rule;
}

std::uint32_t Definition::rank(RuleRef rule) const { return compiled_->rank[rule.value]; }

std::span<const AgencyIndex> Definition::debtors(StepIndex step) const { return compiled_->steps[step].debtors; }

bool Definition::owns(RoleIndex role, StepIndex step) const {
  const auto& owners = compiled_->steps[step].owners;
  return role < owners.size() && owners[role];
}

std::string_view Definition::addressee_id(const Addressee& to) const {
  const auto& p = *compiled_->package;
  return to.kind == Addressee::Kind::kRole ? p.roles[to.index].id : p.agencies[to.index].id;
}

AgencyIndex Definition::agency_of(const Addressee& to) const {
  return to.kind == Addressee::Kind::kRole ? compiled_->package->roles[to.index].agency : to.index;
}

}  // namespace flora::process
