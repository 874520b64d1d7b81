// SPDX-License-Identifier: EUPL-1.2
// For tests: a process in a few lines, a script of facts in the words of scenarios, and everything the engine says to it as text.
//
//   step NAME: YAML members        owner defaults to [clerk], via to form
//   rule ID: YAML members
//   phase NAME
//
// Roles clerk and boss (agency ag), other (agency bg), robot (ag, system).
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "calendar/calendar.hpp"
#include "package/load.hpp"
#include "process/engine.hpp"
#include "process/scenario.hpp"

namespace flora::process::test {

inline package::Sources sources_of(std::string_view process) {
  package::Sources sources;
  sources["package.yaml"] =
      "id: test\nversion: 1\ntitle: {de: Test, en: test}\ncalendar: de-sn\n"
      "agencies:\n  ag: {title: {de: A, en: A}}\n  bg: {title: {de: B, en: B}}\n"
      "roles:\n  clerk: {agency: ag, title: {de: c, en: c}}\n  boss: {agency: ag, title: {de: b, en: b}}\n"
      "  other: {agency: bg, title: {de: o, en: o}}\n  robot: {agency: ag, system: true, title: {de: r, en: r}}\n";
  sources["codes/codes.yaml"] = "colours: {red: {de: rot, en: red}, green: {de: grün, en: green}, blue: {de: blau, en: blue}}\n";
  std::string steps, rules, phases;
  int count = 0;
  std::istringstream in{std::string(process)};
  for (std::string line; std::getline(in, line);) {
    line.erase(0, line.find_first_not_of(' ') == std::string::npos ? line.size() : line.find_first_not_of(' '));
    const std::size_t space = line.find(' '), colon = line.find(':');
    if (line.starts_with("phase ")) phases += "  " + line.substr(6) + ": {title: {de: p, en: p}}\n";
    if (colon == std::string::npos || space > colon) continue;
    const std::string name = line.substr(space + 1, colon - space - 1), rest = line.substr(colon + 1);
    if (line.starts_with("step ")) {
      steps += "  " + name + fmt::format(": {{code: E{:02}", ++count) + ", title: {de: " + name + ", en: " + name + "}";
      if (rest.find("via:") == std::string::npos) steps += ", via: form";
      if (rest.find("owner:") == std::string::npos && rest.find("via: clock") == std::string::npos) steps += ", owner: [clerk]";
      steps += (rest.find_first_not_of(' ') == std::string::npos ? "" : "," + rest) + "}\n";
    } else if (line.starts_with("rule ")) {
      rules += "  - {id: " + name + "," + rest + "}\n";
    }
  }
  sources["process.yaml"] = "process: test\n" + (phases.empty() ? "" : "phases:\n" + phases) + "steps:\n" + steps +
                            (rules.empty() ? "rules: []\n" : "rules:\n" + rules);
  return sources;
}

inline std::shared_ptr<const Definition> define(std::string_view process) {
  auto loaded = package::load(sources_of(process), true);
  for (const auto& p : loaded.problems) {
    if (p.severity == package::Severity::kError) ADD_FAILURE() << p.place.file << ":" << p.place.line << ": " << p.sentence;
  }
  if (!loaded.ok()) throw std::invalid_argument("the process of the test does not load");
  auto definition =
      Definition::compile(std::make_shared<const package::Package>(std::move(loaded.package)), calendar::builtin_calendars());
  if (!definition) throw std::invalid_argument(definition.error().detail);
  return *definition;
}

// One case, told as text.
class Trace {
 public:
  explicit Trace(std::string_view process) : Trace(define(process)) {}
  explicit Trace(std::shared_ptr<const Definition> definition)
      : definition_(std::move(definition)), state_(make_state(*definition_)) {}

  // `script`: what stands after given or when, several items separated by " ; " or lines. Returns what happened, one thing a
  // line.
  std::string run(std::string_view script) {
    package::Scenario scenario{"test", prefix_ + "given " + std::string(script), {"script", 1, 1}};
    const auto parsed = parse_scenario(*definition_, scenario);
    if (!parsed) return "bad script: " + parsed.error().detail;
    out_.clear();
    for (const auto& block : parsed->blocks) {
      for (std::size_t i = done_; i < block.actions.size(); ++i) act(block.actions[i]);
      done_ = block.actions.size();
    }
    prefix_ += "given " + std::string(script) + "\n";
    return out_;
  }

  CaseState& state() { return state_; }
  const Definition& definition() const { return *definition_; }
  std::shared_ptr<const Definition> shared() const { return definition_; }
  Effects& effects() { return effects_; }
  bool tell_cues = true;

  std::string name(FactRef ref) const {
    std::vector<std::string> entered;
    for (std::size_t i = 0; i < state_.facts.size(); ++i) entered.push_back(fmt::format("#{}", i));
    return ref.is_none() ? "-" : ListedFactNames(*definition_, state_, entered).name_of(ref);
  }
  std::string steps(const StepSet& set) const {
    std::string out;
    set.each([&](StepIndex s) { out += " " + definition_->step_id(s); });
    return out;
  }

 private:
  void act(const ScenarioAction& action) {
    while (step_clock(*definition_, state_, action.entered, effects_)) {
      apply(*definition_, state_, effects_);
      out_ += fmt::format("clock {}{}\n", due_text(*definition_, effects_.clock_at),
                          effects_.clock_fact.is_none() ? "" : " " + definition_->step_id(state_.fact(effects_.clock_fact).step));
      tell();
    }
    if (action.kind == ScenarioAction::Kind::kClock) return;
    Command command = command_of(action);
    const auto verdict = decide(*definition_, state_, {}, command, action.entered, effects_);
    if (!verdict) {
      out_ += fmt::format("refused {}{}\n", base::name_of(verdict.error().code),
                          verdict.error().code == base::Code::kRuleRefuses ? " " + verdict.error().detail : "");
      return;
    }
    apply(*definition_, state_, effects_);
    if (!effects_.fact.is_none()) {
      out_ += fmt::format("{} {}\n", name(effects_.fact), action.step);
    } else {
      out_ += action.text + "\n";
    }
    tell();
  }

  Command command_of(const ScenarioAction& action) {
    const auto& p = definition_->package();
    const auto role = *p.find_role(action.role);
    using Kind = ScenarioAction::Kind;
    if (action.kind == Kind::kCancel) return CancelCase{role, action.reason};
    if (action.kind == Kind::kFact) {
      RecordFact fact;
      fact.step = *p.find_step(action.step);
      fact.by = role;
      fact.at = action.at;
      if (auto data = parse_data(*definition_, fact.step, base::Json(action.data))) fact.data = std::move(*data);
      return fact;
    }
    ActOnFinding a;
    a.by = role;
    a.reason = action.reason;
    a.act = action.kind == Kind::kAcknowledge ? FindingAct::kAcknowledge
            : action.kind == Kind::kJustify   ? FindingAct::kJustify
                                              : FindingAct::kClose;
    a.rule = *definition_->find_rule(action.rule);
    for (const auto& f : state_.findings) {
      if (f.rule == a.rule) {
        a.step = f.step;
        a.fact = f.fact;
      }
    }
    return a;
  }

  void tell() {
    const Report& report = effects_.report;
    for (const auto& c : report.clock) {
      out_ += fmt::format("  {} {} {} at {}\n", c.struck ? "struck" : "fact", name(c.fact), definition_->step_id(c.step),
                          due_text(*definition_, c.at));
    }
    for (const auto& d : report.duties) {
      out_ += fmt::format("  duty {} {} {}", definition_->rule_id(d.rule), definition_->step_id(d.step), to_text(d.change));
      if (d.why != Release::kNone) out_ += fmt::format(" ({})", to_text(d.why));
      if (d.due != kNever) out_ += " due " + due_text(*definition_, d.due);
      out_ += "\n";
    }
    for (const auto& f : report.findings) {
      out_ += fmt::format("  {} {} {} on {}{} {} ->", to_text(f.change), package::to_text(f.level), definition_->rule_id(f.rule),
                          definition_->step_id(f.step),
                          f.stage == FindingStage::kNone ? "" : " (" + std::string(to_text(f.stage)) + ")", name(f.fact));
      for (const auto& a : effects_.to(f.to)) out_ += " " + std::string(definition_->addressee_id(a));
      out_ += "\n";
    }
    for (const auto& n : report.notes) {
      out_ += fmt::format("  note {} ->", definition_->rule_id(n.rule));
      for (const auto& a : effects_.to(n.to)) out_ += " " + std::string(definition_->addressee_id(a));
      out_ += "\n";
    }
    if (tell_cues && !report.new_cues.empty()) out_ += "  cue" + steps(report.new_cues) + "\n";
  }

  std::shared_ptr<const Definition> definition_;
  CaseState state_;
  Effects effects_;
  std::string prefix_, out_;
  std::size_t done_ = 0;
};

}  // namespace flora::process::test
