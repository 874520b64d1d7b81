// SPDX-License-Identifier: EUPL-1.2
// Runs a parsed scenario in a world, and the world that is the engine alone.
#include <fmt/format.h>

#include <algorithm>

#include "process/core.hpp"
#include "process/scenario.hpp"

namespace flora::process {

using base::Code;
using base::fail;
using base::Result;
using package::Place;
using package::RuleKind;
using Action = ScenarioAction;
using Expectation = ScenarioExpectation;

namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

bool counts(const ScenarioFinding& f) {
  return (f.change == "opened" || f.change == "escalated") && f.level >= package::Level::kAttention;
}

std::string told(const ScenarioFinding& f) {
  return fmt::format("{} {} on {} to {}{}", package::to_text(f.level), f.rule, f.step, joined(f.to),
                     f.change == "escalated" ? " (escalated)" : "");
}

class Runner {
 public:
  Runner(const ScenarioText& scenario, ScenarioWorld& world) : scenario_(scenario), world_(world) { out_.title = scenario.title; }

  ScenarioOutcome run() {
    for (const auto& block : scenario_.blocks) {
      refusals_.clear();
      for (const auto& action : block.actions) act(action);
      if (block.has_then) compare(block);
    }
    for (const auto& [place, code] : refusals_) {
      if (!scenario_.blocks.back().has_then) failure(place, fmt::format("refused: {}", code));
    }
    return std::move(out_);
  }

 private:
  void failure(const Place& place, std::string sentence) { out_.failures.push_back({place, std::move(sentence)}); }

  void act(const Action& action) {
    auto findings = world_.act(action);
    if (!findings) {
      const auto& error = findings.error();
      refusals_.emplace_back(action.place, std::string(base::name_of(error.code)));
      details_ = error.detail;
      return;
    }
    for (auto& f : *findings) happened_.push_back(std::move(f));
  }

  void compare(const ScenarioBlock& block) {
    std::vector<bool> explained(happened_.size(), false);
    for (const auto& e : block.expected) check(e, explained);
    for (std::size_t i = 0; i < happened_.size(); ++i) {
      if (!explained[i] && counts(happened_[i])) failure(block.place, fmt::format("not expected: {}", told(happened_[i])));
    }
    for (const auto& [place, code] : refusals_) {
      failure(place, fmt::format("refused: {}{}", code, details_.empty() ? "" : " (" + details_ + ")"));
    }
    refusals_.clear();
    happened_.clear();
  }

  void check(const Expectation& e, std::vector<bool>& explained) {
    using Kind = Expectation::Kind;
    bool holds = true;
    switch (e.kind) {
      case Kind::kFinding:
      case Kind::kEscalated: return check_finding(e, explained);
      case Kind::kHealed: holds = changed(e.rule, "healed"); break;
      case Kind::kWithdrawn: holds = changed(e.rule, "withdrawn"); break;
      case Kind::kOwed: holds = world_.owed(e.step, e.agency); break;
      case Kind::kNotOwed: holds = !world_.owed(e.step, e.agency); break;
      case Kind::kCue: holds = world_.cue(e.step, e.agency); break;
      case Kind::kNoCue: holds = !world_.cue(e.step, e.agency); break;
      case Kind::kFinished: holds = world_.finished(); break;
      case Kind::kNotFinished: holds = !world_.finished(); break;
      case Kind::kRefused: holds = take_refusal(e.code); break;
      case Kind::kNone: return;  // what happened all the same is told below
    }
    if (!holds) failure(e.place, fmt::format("expected: {}", e.text));
  }

  bool changed(const std::string& rule, std::string_view change) const {
    return std::any_of(happened_.begin(), happened_.end(), [&](const auto& f) { return f.rule == rule && f.change == change; });
  }

  bool take_refusal(const std::string& code) {
    const auto found = std::find_if(refusals_.begin(), refusals_.end(), [&](const auto& r) { return r.second == code; });
    if (found == refusals_.end()) return false;
    refusals_.erase(found);
    return true;
  }

  void check_finding(const Expectation& e, std::vector<bool>& explained) {
    const auto fits = [&](const ScenarioFinding& f) {
      const bool change = f.change == "escalated" || (f.change == "opened" && e.kind == Expectation::Kind::kFinding);
      return change && f.rule == e.rule && f.level == e.level && (e.step.empty() || f.step == e.step);
    };
    const ScenarioFinding* near = nullptr;
    for (std::size_t i = 0; i < happened_.size(); ++i) {
      if (explained[i] || !fits(happened_[i])) continue;
      if (!e.to.empty() && happened_[i].to != e.to) {
        near = &happened_[i];
        continue;
      }
      explained[i] = true;
      return;
    }
    failure(e.place, near == nullptr ? fmt::format("expected: {}", e.text)
                                     : fmt::format("expected: {}; it went to {}", e.text, joined(near->to)));
  }

  const ScenarioText& scenario_;
  ScenarioWorld& world_;
  ScenarioOutcome out_;
  std::vector<ScenarioFinding> happened_;                // since the last `then`
  std::vector<std::pair<Place, std::string>> refusals_;  // of this block
  std::string details_;
};

}  // namespace

ScenarioOutcome run_scenario(const ScenarioText& scenario, ScenarioWorld& world) { return Runner(scenario, world).run(); }

// ---- the engine alone
// -----------------------------------------------------------------------------------------------------------

struct EngineWorld::Run {
  std::shared_ptr<const Definition> definition;
  CaseState state;
  Effects effects;
  std::vector<RuleCoverage> coverage;
  std::vector<bool> acted;  // in this scenario
  bool any = false;         // this scenario did something

  const Compiled& c() const { return definition->compiled(); }

  void reset() {
    if (any) {
      for (std::size_t r = 0; r < acted.size(); ++r) {
        coverage[r].acted = coverage[r].acted || acted[r];
        coverage[r].rested = coverage[r].rested || !acted[r];
      }
    }
    any = false;
    acted.assign(coverage.size(), false);
    state = make_state(*definition);
  }

  void take_findings(std::vector<ScenarioFinding>& out) {
    for (const auto& f : effects.report.findings) {
      ScenarioFinding told{std::string(definition->rule_id(f.rule)),
                           definition->step_id(f.step),
                           std::string(to_text(f.change)),
                           std::string(to_text(f.stage)),
                           f.level,
                           {}};
      for (const auto& a : effects.to(f.to)) told.to.emplace_back(definition->addressee_id(a));
      std::sort(told.to.begin(), told.to.end());
      out.push_back(std::move(told));
      if (f.change == FindingVerb::kOpened && !c().is_own(f.rule)) coverage[f.rule.value].violated = true;
    }
  }

  // What the step just taken says about rules: who acted, who could have been violated and was not.
  void cover_fact(FactRef ref) {
    const Fact fact = state.fact(ref);
    if (!fact.counts()) return;
    const auto opened = [&](RuleRef rule) {
      const auto& findings = effects.report.findings;
      return std::any_of(findings.begin(), findings.end(),
                         [&](const auto& f) { return f.rule == rule && f.fact == ref && f.change == FindingVerb::kOpened; });
    };
    const CompiledStep& step = c().steps[fact.step];
    for (auto r : step.graded) {
      if (in_force(c(), state, c().rules[r.value], fact.at) && !opened(r)) coverage[r.value].satisfied = true;
    }
    for (auto* list : {&step.cancels, &step.opens, &step.closes, &step.phase_closes}) {
      for (auto r : *list) {
        if (in_force(c(), state, c().rules[r.value], fact.at)) acted[r.value] = true;
      }
    }
    // A step that a closing could exclude, and that was open when it came.
    for (std::size_t r = 0; r < c().rules.size(); ++r) {
      const CompiledRule& rule = c().rules[r];
      const bool closes = rule.kind == RuleKind::kCloses &&
                          std::find(rule.rule->targets.begin(), rule.rule->targets.end(), fact.step) != rule.rule->targets.end();
      const bool ends = rule.kind == RuleKind::kPhaseCloses && rule.rule->phase == step.phase;
      if ((closes || ends) && !opened(rule.self)) coverage[r].satisfied = true;
    }
  }

  void cover() {
    any = true;
    if (!effects.fact.is_none()) cover_fact(effects.fact);
    for (const auto& clock : effects.report.clock) {
      if (!clock.struck) cover_fact(clock.fact);
    }
    for (const auto& n : effects.report.notes) acted[n.rule.value] = true;
    for (const auto& d : effects.report.duties) {
      if (c().is_own(d.rule)) continue;
      if (d.change == DutyVerb::kOwed || d.change == DutyVerb::kRenewed) acted[d.rule.value] = true;
      const bool met = d.change == DutyVerb::kDone || d.change == DutyVerb::kCancelled || d.change == DutyVerb::kReleased;
      const auto& findings = effects.report.findings;
      const bool late =
          std::any_of(findings.begin(), findings.end(), [&](const auto& f) { return f.rule == d.rule && f.step == d.step; });
      if (met && !late) coverage[d.rule.value].satisfied = true;
    }
  }

  void run_clock(base::Instant now, std::vector<ScenarioFinding>& out) {
    while (step_clock(*definition, state, now, effects)) {
      apply(*definition, state, effects);
      take_findings(out);
      cover();
    }
  }

  Result<Command> command_of(const Action& action) const {
    const auto& p = definition->package();
    const RoleIndex role = p.find_role(action.role).value_or(kNoRole);
    if (action.kind == Action::Kind::kCancel) return Command(CancelCase{role, action.reason});
    if (action.kind == Action::Kind::kFact) {
      RecordFact fact;
      fact.step = p.find_step(action.step).value_or(0xffff);
      fact.by = role;
      fact.at = action.at;
      auto data = parse_data(*definition, fact.step, base::Json(action.data));
      if (!data && definition->owns(role, fact.step) && (state.open || c().steps[fact.step].starts))
        return tl::unexpected(data.error());
      if (data) fact.data = std::move(*data);
      return Command(std::move(fact));
    }
    ActOnFinding act;
    act.by = role;
    act.reason = action.reason;
    act.act = action.kind == Action::Kind::kAcknowledge ? FindingAct::kAcknowledge
              : action.kind == Action::Kind::kJustify   ? FindingAct::kJustify
                                                        : FindingAct::kClose;
    const RuleRef rule = definition->find_rule(action.rule).value_or(kNoRule);
    const Finding* best = nullptr;  // the latest that can still take the act
    for (const auto& f : state.findings) {
      if (f.rule == rule && (best == nullptr || may_follow(f.status, act.act) || !may_follow(best->status, act.act))) best = &f;
    }
    if (best == nullptr) return fail(Code::kUnknownFinding, action.rule);
    act.rule = rule;
    act.step = best->step;
    act.fact = best->fact;
    return Command(std::move(act));
  }
};

EngineWorld::EngineWorld(std::shared_ptr<const Definition> definition) : run_(std::make_unique<Run>()) {
  run_->coverage.resize(definition->package().rules.size());
  run_->definition = std::move(definition);
  run_->reset();
}
EngineWorld::~EngineWorld() = default;

void EngineWorld::reset() { run_->reset(); }

Result<std::vector<ScenarioFinding>> EngineWorld::act(const Action& action) {
  std::vector<ScenarioFinding> out;
  run_->run_clock(action.entered, out);
  if (action.kind == Action::Kind::kClock) return out;
  FLORA_TRY(const auto command, run_->command_of(action));
  if (auto verdict = decide(*run_->definition, run_->state, {}, command, action.entered, run_->effects); !verdict) {
    const RuleRef rule = run_->effects.refused_by;
    if (verdict.error().code == Code::kRuleRefuses && !run_->c().is_own(rule)) run_->coverage[rule.value].violated = true;
    return tl::unexpected(verdict.error());
  }
  apply(*run_->definition, run_->state, run_->effects);
  run_->take_findings(out);
  run_->cover();
  return out;
}

bool EngineWorld::owed(std::string_view step, std::string_view agency) {
  const auto s = run_->definition->package().find_step(step);
  if (!s || !run_->state.owed.has(*s)) return false;
  if (agency.empty()) return true;
  const auto a = run_->definition->package().find_agency(agency);
  const auto debtors = run_->definition->debtors(*s);
  return a && std::find(debtors.begin(), debtors.end(), *a) != debtors.end();
}

bool EngineWorld::cue(std::string_view step, std::string_view agency) {
  const auto s = run_->definition->package().find_step(step);
  return s && run_->state.cues.has(*s) && owed(step, agency);
}

bool EngineWorld::finished() { return process::finished(*run_->definition, run_->state); }

const std::vector<RuleCoverage>& EngineWorld::coverage() const { return run_->coverage; }

const CaseState& EngineWorld::state() const { return run_->state; }

}  // namespace flora::process
