// SPDX-License-Identifier: EUPL-1.2
// The report and the state as JSON, in the terms of docs/reference/command-line.md.
#include "process/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "process/compiled.hpp"
#include "process/engine.hpp"

namespace flora::process {

using base::Json;
using base::JsonArray;
using base::JsonObject;

std::string_view to_text(FindingVerb verb) {
  constexpr std::string_view kNames[] = {"opened", "acknowledged", "healed", "justified", "withdrawn", "escalated", "closed"};
  return kNames[static_cast<std::size_t>(verb)];
}
std::string_view to_text(DutyVerb verb) {
  constexpr std::string_view kNames[] = {"owed", "renewed", "warned", "done", "cancelled", "released", "overdue", "escalated"};
  return kNames[static_cast<std::size_t>(verb)];
}
std::string_view to_text(FindingStage stage) {
  constexpr std::string_view kNames[] = {"", "due", "grace"};
  return kNames[static_cast<std::size_t>(stage)];
}
std::string_view to_text(FindingStatus status) {
  constexpr std::string_view kNames[] = {"open", "acknowledged", "healed", "justified", "withdrawn", "closed"};
  return kNames[static_cast<std::size_t>(status)];
}
std::string_view to_text(DutyStage stage) {
  constexpr std::string_view kNames[] = {"owed", "warned", "overdue", "escalated"};
  return kNames[static_cast<std::size_t>(stage)];
}
std::string_view to_text(Release release) {
  constexpr std::string_view kNames[] = {"", "until", "phase_closed", "cancelled", "excluded", "blocked", "too_long", "replayed"};
  return kNames[static_cast<std::size_t>(release)];
}

std::string ListedFactNames::name_of(FactRef fact) const {
  std::string out;
  for (; !fact.is_none() && fact.is_clock(); fact = state_.clock[fact.index()].cause) {
    fmt::format_to(std::back_inserter(out), "clock:{}:", definition_.rule_id(state_.clock[fact.index()].rule));
  }
  if (!fact.is_none()) out += entered_[fact.index()];
  return out;
}

std::string due_text(const Definition& definition, std::int64_t instant) {
  const Compiled& c = definition.compiled();
  const std::int32_t day = c.terms.day_of(instant);
  if (c.terms.start_of(day) == instant) return calendar::to_text(calendar::CivilDate{day - 1}) + "T24:00";
  return calendar::to_local_text(c.calendar->zone(), {instant});
}

namespace {

Json stage_json(FindingStage stage) { return stage == FindingStage::kNone ? Json(nullptr) : Json(to_text(stage)); }

JsonArray texts(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  JsonArray out;
  for (auto& item : items) out.emplace_back(std::move(item));
  return out;
}

// Objects under a sort key, of equal ones in the order they came; then without it.
class Sorted {
 public:
  void add(std::string key, JsonObject object) { items_.push_back({std::move(key), items_.size(), std::move(object)}); }
  JsonArray take() {
    std::sort(items_.begin(), items_.end(),
              [](const Item& a, const Item& b) { return std::tie(a.key, a.place) < std::tie(b.key, b.place); });
    JsonArray out;
    for (auto& item : items_) out.emplace_back(std::move(item.object));
    return out;
  }

 private:
  struct Item {
    std::string key;
    std::size_t place;
    JsonObject object;
  };
  std::vector<Item> items_;
};

// Ids hold no control characters, so this sorts by the first, then the second, then the third.
std::string key(std::string_view a, std::string_view b, std::string_view c) { return fmt::format("{}\x01{}\x01{}", a, b, c); }

class Renderer {
 public:
  Renderer(const Definition& definition, const FactNames& names) : d_(definition), names_(names) {}

  JsonArray addressees(std::span<const Addressee> to) const {
    std::vector<std::string> ids;
    for (const auto& a : to) ids.emplace_back(d_.addressee_id(a));
    return texts(std::move(ids));
  }
  JsonArray debtors(StepIndex step) const {
    std::vector<std::string> ids;
    for (auto agency : d_.debtors(step)) ids.push_back(d_.package().agencies[agency].id);
    return texts(std::move(ids));
  }
  Json agency(AgencyIndex agency) const { return agency == kNoAgency ? Json(nullptr) : Json(d_.package().agencies[agency].id); }
  Json due(std::int64_t due) const { return due == kNever ? Json(nullptr) : Json(due_text(d_, due)); }
  JsonArray steps(const StepSet& set) const {
    std::vector<std::string> ids;
    set.each([&](StepIndex s) { ids.push_back(d_.step_id(s)); });
    return texts(std::move(ids));
  }

  JsonObject finding(RuleRef rule, StepIndex step, FactRef fact, FindingStage stage, Level level) const {
    return {{"rule", d_.rule_id(rule)},
            {"step", d_.step_id(step)},
            {"fact", names_.name_of(fact)},
            {"stage", stage_json(stage)},
            {"level", package::to_text(level)}};
  }
  JsonObject duty(RuleRef rule, StepIndex step, std::string_view change, AgencyIndex creditor, std::int64_t instant) const {
    return {{"rule", d_.rule_id(rule)}, {"step", d_.step_id(step)}, {"change", change},
            {"by", debtors(step)},      {"to", agency(creditor)},   {"due", due(instant)}};
  }
  JsonObject cues(const StepSet& cues) const {
    std::vector<std::pair<std::string, JsonArray>> lists;
    const auto& agencies = d_.package().agencies;
    for (std::size_t a = 0; a < agencies.size(); ++a) {
      StepSet own(d_.step_count());
      cues.each([&](StepIndex s) {
        const auto debtors = d_.debtors(s);
        if (std::find(debtors.begin(), debtors.end(), a) != debtors.end()) own.add(s);
      });
      lists.emplace_back(agencies[a].id, steps(own));
    }
    std::sort(lists.begin(), lists.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
    JsonObject out;
    for (auto& [id, list] : lists) out[id] = std::move(list);
    return out;
  }
  std::string sort_key(RuleRef rule, StepIndex step, FactRef fact) const {
    return key(d_.rule_id(rule), d_.step_id(step), names_.name_of(fact));
  }
  std::string sort_key(RuleRef rule, StepIndex step) const { return key(d_.rule_id(rule), d_.step_id(step), ""); }

 private:
  const Definition& d_;
  const FactNames& names_;
};

JsonArray clock_json(const Renderer& render, const Definition& definition, const Report& report, bool struck) {
  Sorted out;
  for (const auto& c : report.clock) {
    if (c.struck != struck) continue;
    const auto& id = definition.step_id(c.step);
    out.add(key(id, fmt::format("{:020}", c.at), ""), {{"step", id}, {"at", render.due(c.at)}});
  }
  return out.take();
}

}  // namespace

JsonObject report_json(const Definition& definition, const FactNames& names, const Effects& effects) {
  const Renderer render(definition, names);
  const Report& report = effects.report;
  Sorted findings, notes, duties;
  for (const auto& f : report.findings) {
    JsonObject object = render.finding(f.rule, f.step, f.fact, f.stage, f.level);
    object["change"] = to_text(f.change);
    object["to"] = render.addressees(effects.to(f.to));
    findings.add(render.sort_key(f.rule, f.step, f.fact), std::move(object));
  }
  for (const auto& n : report.notes) {
    notes.add(std::string(definition.rule_id(n.rule)),
              {{"rule", definition.rule_id(n.rule)}, {"to", render.addressees(effects.to(n.to))}});
  }
  for (const auto& c : report.duties) {
    JsonObject object = render.duty(c.rule, c.step, to_text(c.change), c.creditor, c.due);
    if (c.why != Release::kNone) object["reason"] = to_text(c.why);
    duties.add(render.sort_key(c.rule, c.step), std::move(object));
  }
  JsonObject out{
      {"findings", findings.take()}, {"notes", notes.take()}, {"duties", duties.take()}, {"cues", render.cues(report.cues)}};
  if (auto struck = clock_json(render, definition, report, true); !struck.empty()) out["struck"] = std::move(struck);
  if (auto arisen = clock_json(render, definition, report, false); !arisen.empty()) out["clock"] = std::move(arisen);
  return out;
}

JsonObject state_json(const Definition& definition, const FactNames& names, const CaseState& state) {
  const Renderer render(definition, names);
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (std::size_t s = 0; s < state.steps.size(); ++s) {
    if (state.steps[s].count > 0) counts.emplace_back(definition.step_id(static_cast<StepIndex>(s)), state.steps[s].count);
  }
  std::sort(counts.begin(), counts.end());
  JsonObject executed;
  for (const auto& [id, n] : counts) executed[id] = n;

  Sorted owed, waiting, findings;
  for (const auto& duty : state.duties) {
    owed.add(render.sort_key(duty.rule, duty.step),
             render.duty(duty.rule, duty.step, to_text(duty.stage), duty.creditor, duty.due));
  }
  for (const auto& b : blocked(definition, state)) {
    Sorted missing;
    for (auto s : b.missing) missing.add(definition.step_id(s), {{"step", definition.step_id(s)}, {"by", render.debtors(s)}});
    waiting.add(definition.step_id(b.step), {{"step", definition.step_id(b.step)}, {"missing", missing.take()}});
  }
  for (const auto& f : state.findings) {
    JsonObject object = render.finding(f.rule, f.step, f.fact, f.stage, f.level);
    object["status"] = to_text(f.status);
    object["to"] = render.addressees(recipients_of(definition, state, f));
    findings.add(render.sort_key(f.rule, f.step, f.fact), std::move(object));
  }
  std::vector<std::string> phases;
  for (const auto& p : state.phases) phases.push_back(definition.package().phases[p.phase].id);
  return {{"finished", finished(definition, state)},
          {"executed", std::move(executed)},
          {"included", render.steps(state.included)},
          {"owed", owed.take()},
          {"blocked", waiting.take()},
          {"cues", render.cues(state.cues)},
          {"findings", findings.take()},
          {"phases_closed", texts(std::move(phases))}};
}

}  // namespace flora::process
