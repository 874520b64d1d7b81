// SPDX-License-Identifier: EUPL-1.2
#include "package/structure.hpp"

#include <fmt/format.h>

#include <set>

#include "base/limits.hpp"
#include "calendar/due.hpp"

namespace flora::package {

namespace {

using ErrorCode = base::Code;
using base::fail;
using base::Status;

Status bad_reference(std::string_view element) { return fail(ErrorCode::kUnknownReference, std::string(element)); }

template <class Item>
Status unique_ids(const std::vector<Item>& items, std::string_view what) {
  std::set<std::string_view> seen;
  for (const auto& item : items) {
    if (item.id.empty()) return fail(ErrorCode::kMissingField, fmt::format("the id of a {}", what));
    if (!seen.insert(item.id).second) return fail(ErrorCode::kDuplicate, fmt::format("{} {}", what, item.id));
  }
  return {};
}

class Structure {
 public:
  explicit Structure(const Package& package) : p_(package) {}

  Status check() const {
    FLORA_TRY(sizes());
    FLORA_TRY(ids());
    for (const auto& role : p_.roles) {
      if (role.agency >= p_.agencies.size()) return bad_reference(role.id);
    }
    for (const auto& step : p_.steps) FLORA_TRY(check_step(step));
    for (const auto& rule : p_.rules) FLORA_TRY(check_rule(rule));
    for (const auto& tally : p_.tallies) {
      if (tally.step >= p_.steps.size() || !has_field(tally.step, tally.by_field) ||
          (tally.is_set && !has_field(tally.step, tally.of_field))) {
        return bad_reference(tally.id);
      }
    }
    for (const auto& link : p_.links) {
      if (link.step >= p_.steps.size()) return bad_reference(link.target);
    }
    for (const auto& view : p_.views) FLORA_TRY(check_view(view));
    return {};
  }

 private:
  Status sizes() const {
    if (p_.id.empty() || p_.process.empty() || p_.steps.empty() || p_.agencies.empty() || p_.roles.empty()) {
      return fail(ErrorCode::kMissingField, "a package has an id, a process, agencies, roles and steps");
    }
    const bool fits = p_.steps.size() <= base::limits::kPackageStepsMax && p_.rules.size() <= base::limits::kPackageRulesMax &&
                      p_.phases.size() <= 64 && p_.agencies.size() <= 0xffff && p_.roles.size() <= 0xffff &&
                      p_.tallies.size() <= 0xffff;
    return fits ? Status{} : fail(ErrorCode::kOutOfRange, "a package has more elements than allowed");
  }

  Status ids() const {
    FLORA_TRY(unique_ids(p_.agencies, "agency"));
    FLORA_TRY(unique_ids(p_.roles, "role"));
    FLORA_TRY(unique_ids(p_.phases, "phase"));
    FLORA_TRY(unique_ids(p_.codes, "code list"));
    for (const auto& list : p_.codes) FLORA_TRY(unique_ids(list.codes, "code"));
    FLORA_TRY(unique_ids(p_.steps, "step"));
    FLORA_TRY(unique_ids(p_.tallies, "tally"));
    FLORA_TRY(unique_ids(p_.views, "view"));
    for (std::size_t i = 0; i < p_.rules.size(); ++i) {
      if (p_.rules[i].id.empty()) return fail(ErrorCode::kMissingField, "the id of a rule");
      if (i > 0 && p_.rules[i - 1].id >= p_.rules[i].id)
        return fail(ErrorCode::kDuplicate, fmt::format("rule {} is out of order", p_.rules[i].id));
    }
    return {};
  }

  bool steps_exist(const std::vector<StepIndex>& steps) const {
    for (const StepIndex s : steps) {
      if (s >= p_.steps.size()) return false;
    }
    return true;
  }
  bool roles_exist(const std::vector<RoleIndex>& roles) const {
    for (const RoleIndex r : roles) {
      if (r >= p_.roles.size()) return false;
    }
    return true;
  }
  bool recipients_exist(const std::vector<Recipient>& to) const {
    for (const auto& r : to) {
      if (r.kind == Recipient::Kind::kRole && r.index >= p_.roles.size()) return false;
      if (r.kind == Recipient::Kind::kAgency && r.index >= p_.agencies.size()) return false;
    }
    return true;
  }
  bool has_field(StepIndex step, const std::string& id) const {
    for (const auto& field : p_.steps[step].data) {
      if (field.id == id) return true;
    }
    return false;
  }
  static bool fits(const std::optional<Term>& term) { return !term || term->amount <= calendar::kTermAmountMax; }

  Status check_step(const Step& step) const {
    FLORA_TRY(unique_ids(step.data, "field"));
    for (const auto& field : step.data) {
      if (field.type == FieldType::kCode && p_.find_codes(field.list) == nullptr) return bad_reference(field.id);
      if (field.max < field.min) return fail(ErrorCode::kOutOfRange, field.id);
    }
    if (!roles_exist(step.owners) || !roles_exist(step.may_correct) || !recipients_exist(step.to)) return bad_reference(step.id);
    if (step.phase && *step.phase >= p_.phases.size()) return bad_reference(step.id);
    if (step.owners.empty() && step.via != Via::kClock)
      return fail(ErrorCode::kMissingField, fmt::format("an owner of {}", step.id));
    if (!fits(step.initially_within) || (step.four_eyes && !fits(step.four_eyes->expires)))
      return fail(ErrorCode::kOutOfRange, step.id);
    return {};
  }

  Status check_rule(const Rule& rule) const {
    if (!steps_exist(rule.sources) || !steps_exist(rule.targets) || !steps_exist(rule.until) || !recipients_exist(rule.to) ||
        !recipients_exist(rule.then_to) || !recipients_exist(rule.escalate_to)) {
      return bad_reference(rule.id);
    }
    if (rule.kind == RuleKind::kPhaseCloses && rule.phase >= p_.phases.size()) return bad_reference(rule.id);
    if (rule.creditor && *rule.creditor >= p_.agencies.size()) return bad_reference(rule.id);
    const bool needs_sources =
        rule.kind != RuleKind::kAtMost && rule.kind != RuleKind::kSpacing && rule.kind != RuleKind::kReport;
    const bool needs_targets =
        rule.kind != RuleKind::kPhaseCloses && rule.kind != RuleKind::kReport && rule.kind != RuleKind::kNote;
    if ((needs_sources && rule.sources.empty()) || (needs_targets && rule.targets.empty())) {
      return fail(ErrorCode::kMissingField, fmt::format("the steps of rule {}", rule.id));
    }
    if (!fits(rule.within) || !fits(rule.warn) || !fits(rule.grace) || !fits(rule.escalate))
      return fail(ErrorCode::kOutOfRange, rule.id);
    if (rule.kind == RuleKind::kSpacing && !rule.within) return fail(ErrorCode::kMissingField, rule.id);
    if (rule.kind == RuleKind::kAtMost && rule.count == 0) return fail(ErrorCode::kOutOfRange, rule.id);
    if (rule.kind == RuleKind::kResponse && !rule.within && !rule.no_limit && !rule.due_guard)
      return fail(ErrorCode::kMissingField, rule.id);
    if (rule.kind == RuleKind::kResponse && rule.after_field) {
      for (const StepIndex s : rule.sources) {
        if (!has_field(s, *rule.after_field)) return bad_reference(rule.id);
      }
    }
    if (rule.heals == Heals::kWhen && !rule.heals_when) return fail(ErrorCode::kMissingField, rule.id);
    return {};
  }

  Status check_query(const Query& query, std::string_view view) const {
    if (query.step >= p_.steps.size() || !steps_exist(query.steps)) return bad_reference(view);
    if (query.op == Query::Op::kPhaseOpen && query.phase >= p_.phases.size()) return bad_reference(view);
    if (query.op == Query::Op::kNot && query.children.size() != 1) return fail(ErrorCode::kMalformed, std::string(view));
    for (const auto& child : query.children) FLORA_TRY(check_query(child, view));  // depth is bounded by the reader
    return {};
  }

  Status check_view(const View& view) const {
    if (view.agency >= p_.agencies.size() || !roles_exist(view.roles) || view.step >= p_.steps.size())
      return bad_reference(view.id);
    if (view.columns.empty() || view.sort_column >= view.columns.size()) return fail(ErrorCode::kOutOfRange, view.id);
    FLORA_TRY(unique_ids(view.columns, "column"));
    for (const auto& column : view.columns) {
      if (column.step >= p_.steps.size()) return bad_reference(view.id);
      if (column.kind == Column::Kind::kField && !has_field(column.step, column.field)) return bad_reference(view.id);
    }
    return check_query(view.select, view.id);
  }

  const Package& p_;
};

}  // namespace

Status check_structure(const Package& package) { return Structure(package).check(); }

}  // namespace flora::package
