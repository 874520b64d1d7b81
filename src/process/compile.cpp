// SPDX-License-Identifier: EUPL-1.2
// From a package to a definition: every step learns which rules concern it, guards become programs, terms tables.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/limits.hpp"
#include "process/compiled.hpp"
#include "process/definition.hpp"

namespace flora::process {

using base::Code;
using base::fail;
using package::Package;
using package::Rule;
using package::RuleKind;

namespace {

std::optional<calendar::Term> term_of(const std::optional<package::Term>& term) {
  if (!term) return std::nullopt;
  return calendar::Term{term->amount, static_cast<calendar::Unit>(term->unit), term->roll_to_workday};
}

class Compiler {
 public:
  Compiler(std::shared_ptr<const Package> package, std::shared_ptr<const calendar::Calendars> calendars) : p_(*package) {
    c_.package = std::move(package);
    c_.calendars = std::move(calendars);
  }

  base::Result<std::unique_ptr<const Compiled>> run() {
    FLORA_TRY(check_sizes());
    FLORA_TRY(find_calendar());
    for (std::size_t s = 0; s < p_.steps.size(); ++s) add_step(p_.steps[s]);
    c_.phase_steps.assign(p_.phases.size(), StepSet(p_.steps.size()));
    c_.initially_included = c_.clock_steps = StepSet(p_.steps.size());
    for (std::size_t s = 0; s < c_.steps.size(); ++s) place_step(static_cast<StepIndex>(s));
    for (std::size_t r = 0; r < p_.rules.size(); ++r) {
      FLORA_TRY(add_rule(static_cast<package::RuleIndex>(r)));
    }
    name_rules();
    for (const auto& rule : c_.rules) link_rule(rule);
    for (auto& step : c_.steps) sort_step(step);
    FLORA_TRY(check_clock_cycles());
    c_.tallies = !p_.tallies.empty();
    return std::make_unique<const Compiled>(std::move(c_));
  }

 private:
  base::Status check_sizes() const {
    if (p_.steps.size() > base::limits::kPackageStepsMax || p_.rules.size() > base::limits::kPackageRulesMax) {
      return fail(Code::kPackageWrong, "the package has too many steps or rules");
    }
    if (p_.steps.empty()) return fail(Code::kPackageWrong, "the package has no step");
    for (const auto& rule : p_.rules) {
      if (rule.sources.size() > 64) return fail(Code::kPackageWrong, fmt::format("rule {}: more than 64 sources", rule.id));
    }
    return {};
  }

  base::Status find_calendar() {
    if (!p_.site_calendar.empty()) {
      const auto* found = c_.calendars->find(p_.site_calendar);
      if (found == nullptr) return fail(Code::kUnknownReference, fmt::format("calendar {}", p_.site_calendar));
      c_.calendar = std::shared_ptr<const calendar::Calendar>(c_.calendars, found);
      c_.has_calendar = true;
    } else {
      // Days are those of Europe/Berlin also where nothing knows of holidays.
      const auto* zone = c_.calendars->find_zone("Europe/Berlin");
      if (zone == nullptr) return fail(Code::kUnknownReference, "zone Europe/Berlin");
      std::shared_ptr<const calendar::Zone> shared(c_.calendars, zone);
      FLORA_TRY(auto plain, calendar::Calendar::make("none", {}, 2018, 2035, std::move(shared), {}));
      c_.calendar = std::make_shared<const calendar::Calendar>(std::move(plain));
    }
    c_.terms = Terms(c_.calendar);
    return {};
  }

  void add_step(const package::Step& step) {
    CompiledStep out;
    out.once = step.once;
    out.clock = step.via == package::Via::kClock;
    out.starts = step.starts && !out.clock;
    out.four_eyes = step.four_eyes.has_value();
    out.refuses = step.repeat_level == Level::kRefuse ||
                  (step.initially == package::Initially::kClosed && step.initially_level == Level::kRefuse);
    if (step.phase) out.phase = *step.phase;
    out.owners.resize(p_.roles.size());
    for (auto role : step.owners) {
      out.owners[role] = true;
      out.debtors.push_back(p_.roles[role].agency);
    }
    std::sort(out.debtors.begin(), out.debtors.end());
    out.debtors.erase(std::unique(out.debtors.begin(), out.debtors.end()), out.debtors.end());
    for (const auto& field : step.data) {
      out.lists.push_back(field.type == package::FieldType::kCode ? p_.find_codes(field.list) : nullptr);
    }
    out.plain_sources = out.plain_milestones = StepSet(p_.steps.size());
    c_.steps.push_back(std::move(out));
    c_.initially_within.push_back(term_of(step.initially_within));
    prepare(c_.initially_within.back());
  }

  void place_step(StepIndex s) {
    const auto& step = p_.steps[s];
    if (step.initially != package::Initially::kClosed) c_.initially_included.add(s);
    if (step.initially == package::Initially::kOwed) c_.initially_owed.push_back(s);
    if (c_.steps[s].clock) c_.clock_steps.add(s);
    if (step.phase) c_.phase_steps[*step.phase].add(s);
  }

  void prepare(const std::optional<calendar::Term>& term) {
    if (term) c_.terms.prepare(*term);
  }

  base::Status add_rule(package::RuleIndex index) {
    const Rule& rule = p_.rules[index];
    CompiledRule out;
    out.rule = &rule;
    out.self = {index};
    out.kind = rule.kind;
    out.level = rule.level;
    out.then = rule.then.value_or(Level::kCritical);
    out.always = !rule.valid_from_day && !rule.valid_to_day;
    out.source_set = StepSet(p_.steps.size());
    for (auto s : rule.sources) {
      out.source_set.add(s);
      for (auto agency : c_.steps[s].debtors) out.source_agencies.push_back(agency);
    }
    out.within = term_of(rule.within);
    out.warn = term_of(rule.warn);
    out.grace = term_of(rule.grace);
    out.escalate = term_of(rule.escalate);
    prepare(out.within);
    prepare(out.grace);
    prepare(out.escalate);
    if (rule.after_field) {
      for (auto s : rule.sources) out.after_place.push_back(place_of(s, *rule.after_field));
    }
    const auto steps = package::fact_steps(p_, rule);
    if (rule.when) {
      FLORA_TRY(out.when, add_guard(rule, *rule.when, steps, feel::Type::boolean()));
    }
    if (rule.heals == package::Heals::kWhen && rule.heals_when) {
      FLORA_TRY(out.heals_when, add_guard(rule, *rule.heals_when, {}, feel::Type::boolean()));
    }
    if (rule.due_guard) {
      FLORA_TRY(out.due_guard, add_guard(rule, *rule.due_guard, steps, feel::Type{}));
    }
    c_.rules.push_back(std::move(out));
    return {};
  }

  std::int16_t place_of(StepIndex step, std::string_view field) const {
    const auto& fields = p_.steps[step].data;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].id == field) return static_cast<std::int16_t>(i);
    }
    return -1;
  }

  // `steps` empty: a fact of any step.
  base::Result<std::int16_t> add_guard(const Rule& rule, const package::Guard& source, std::vector<StepIndex> steps,
                                       const feel::Type& result) {
    auto names = package::guard_names(p_, steps, c_.calendars.get());
    auto compiled = feel::Guard::compile(source.source, names.declarations, result);
    if (!compiled) {
      return fail(Code::kPackageWrong,
                  fmt::format("rule {}: guard, column {}: {}", rule.id, compiled.error().column, compiled.error().message));
    }
    CompiledGuard out{std::move(*compiled), false, false, std::move(names.fact_fields), {}, {}};
    out.names_fact = out.guard.reads_variable(package::kVariableFact);
    for (std::size_t t = 0; t < p_.tallies.size(); ++t) {
      if (out.guard.reads_variable(package::variable_of_tally(p_, t))) out.names_tally = true;
    }
    for (std::size_t s = 0; s < p_.steps.size(); ++s) {
      for (const auto& field : out.fact_fields) out.places.push_back(place_of(static_cast<StepIndex>(s), field));
    }
    out.native = NativeGuard::make(c_, out);
    c_.guards.push_back(std::move(out));
    return static_cast<std::int16_t>(c_.guards.size() - 1);
  }

  void name_rules() {
    for (const auto& step : p_.steps) {
      for (std::string_view prefix : {"once:", "closed:", "late:", "owed:", "cancelled:"}) {
        c_.own_ids.push_back(std::string(prefix) + step.id);
      }
    }
    const auto id_of = [&](std::size_t r) -> std::string_view {
      return r < p_.rules.size() ? p_.rules[r].id : c_.own_ids[r - p_.rules.size()];
    };
    std::vector<std::uint32_t> order(c_.rule_ref_count());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return id_of(a) < id_of(b); });
    c_.rank.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) c_.rank[order[i]] = static_cast<std::uint32_t>(i);
  }

  void link_rule(const CompiledRule& rule) {
    const Rule& r = *rule.rule;
    const bool refuses = rule.level == Level::kRefuse;
    const auto each = [&](const std::vector<StepIndex>& of, auto member) {
      for (auto s : of) (c_.steps[s].*member).push_back(rule.self);
    };
    switch (rule.kind) {
      case RuleKind::kCondition:
      case RuleKind::kMilestone:
        for (auto s : r.targets) add_obstacle(c_.steps[s], rule);
        each(r.targets, &CompiledStep::graded);
        break;
      case RuleKind::kAtMost:
      case RuleKind::kSpacing: each(r.targets, &CompiledStep::graded); break;
      case RuleKind::kInOrder:
        each(r.sources, &CompiledStep::graded);
        each(r.targets, &CompiledStep::graded);
        break;
      case RuleKind::kReport:
        for (std::size_t s = 0; s < c_.steps.size(); ++s) {
          if (r.targets.empty() || std::find(r.targets.begin(), r.targets.end(), s) != r.targets.end()) {
            c_.steps[s].graded.push_back(rule.self);
          }
        }
        break;
      case RuleKind::kResponse:
        each(r.sources, &CompiledStep::responses);
        each(r.until, &CompiledStep::untils);
        break;
      case RuleKind::kOpens: each(r.sources, &CompiledStep::opens); break;
      case RuleKind::kCloses: each(r.sources, &CompiledStep::closes); break;
      case RuleKind::kCancels: each(r.sources, &CompiledStep::cancels); break;
      case RuleKind::kPhaseCloses: each(r.sources, &CompiledStep::phase_closes); break;
      case RuleKind::kNote: each(r.sources, &CompiledStep::notes); break;
    }
    if (!refuses) return;
    for (auto s : package::fact_steps(p_, r)) c_.steps[s].refuses = true;
    if (rule.kind == RuleKind::kCloses) {
      for (auto s : r.targets) c_.steps[s].refuses = true;
    }
    if (rule.kind == RuleKind::kPhaseCloses) {
      c_.phase_steps[r.phase].each([&](StepIndex s) { c_.steps[s].refuses = true; });
    }
  }

  static void add_obstacle(CompiledStep& step, const CompiledRule& rule) {
    const bool plain = rule.always && rule.when == kNoGuard && !rule.rule->any_of;
    if (!plain) {
      step.other_obstacles.push_back(rule.self);
    } else {
      (rule.kind == RuleKind::kCondition ? step.plain_sources : step.plain_milestones) |= rule.source_set;
    }
  }

  void sort_step(CompiledStep& step) {
    for (auto* list : {&step.other_obstacles, &step.graded, &step.cancels, &step.untils, &step.closes, &step.opens,
                       &step.phase_closes, &step.responses, &step.notes}) {
      std::sort(list->begin(), list->end(), [&](RuleRef a, RuleRef b) { return c_.rank[a.value] < c_.rank[b.value]; });
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
  }

  // Steps of the clock that could follow one another for ever without time passing.
  base::Status check_clock_cycles() const {
    std::vector<std::uint8_t> colour(c_.steps.size(), 0);  // 1: on the path, 2: done
    for (std::size_t s = 0; s < c_.steps.size(); ++s) {
      if (c_.steps[s].clock && colour[s] == 0 && closes_cycle(static_cast<StepIndex>(s), colour)) {
        return fail(Code::kPackageWrong, fmt::format("step {}: a cycle of clock steps without a positive delay", p_.steps[s].id));
      }
    }
    return {};
  }
  bool closes_cycle(StepIndex s, std::vector<std::uint8_t>& colour) const {
    colour[s] = 1;
    for (auto ref : c_.steps[s].responses) {
      const auto& rule = c_.rules[ref.value];
      const bool passes_time = !rule.within || rule.within->unit != calendar::Unit::kHours || rule.within->amount > 0;
      if (rule.due_guard == kNoGuard && passes_time) continue;
      for (auto t : rule.rule->targets) {
        if (!c_.steps[t].clock || colour[t] == 2) continue;
        if (colour[t] == 1 || closes_cycle(t, colour)) return true;
      }
    }
    colour[s] = 2;
    return false;
  }

  const Package& p_;
  Compiled c_;
};

}  // namespace

base::Result<std::shared_ptr<const Definition>> Definition::compile(std::shared_ptr<const Package> package,
                                                                    std::shared_ptr<const calendar::Calendars> calendars) {
  FLORA_TRY(auto compiled, Compiler(std::move(package), std::move(calendars)).run());
  return std::shared_ptr<const Definition>(new Definition(std::move(compiled)));
}

base::Result<std::shared_ptr<const Definition>> Definition::compile(std::shared_ptr<const Package> package,
                                                                    const calendar::Calendars& calendars) {
  return compile(std::move(package), std::shared_ptr<const calendar::Calendars>(std::shared_ptr<void>(), &calendars));
}

}  // namespace flora::process
