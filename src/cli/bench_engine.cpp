// SPDX-License-Identifier: EUPL-1.2
// Benchmarks without a node: `verify` (signatures) and `decide` (the engine on one core).
#include <fmt/format.h>

#include "base/check.hpp"
#include "cli/bench.hpp"
#include "cli/bench_story.hpp"
#include "crypto/bare_verify.hpp"
#include "process/scenario.hpp"

namespace flora::cli::bench {

using base::Result;
using base::Status;

Status run_verify(Run& run) {
  struct Kind {
    crypto::KeyKind kind;
    const char* name;
    const char* library;
  };
  const Kind kinds[] = {{crypto::KeyKind::kP256, "es256", "bare OpenSSL check, contexts reused"},
                        {crypto::KeyKind::kEd25519, "eddsa", "bare libsodium check"}};
  const std::size_t group = run.scaled(50, 2);
  for (const auto& kind : kinds) {
    const crypto::BareVerifier subject(kind.kind);
    for (const unsigned threads : {1u, 2u}) {
      Metric metric{fmt::format("{}_per_s_{}_thread{}", kind.name, threads, threads == 1 ? "" : "s"),
                    fmt::format("{}, {} thread{}", kind.library, threads, threads == 1 ? "" : "s"),
                    {},
                    {}};
      bool good = true;
      for (int round = 0; round < run.rounds(); ++round) {
        const auto ours = [&] { return subject.run_ours(group) ? group : (good = false, 0); };
        const auto bare = [&] { return subject.run(group) ? group : (good = false, 0); };
        metric.samples.push_back(rate(run.slice(8), threads, ours));
        metric.limit_samples.push_back(rate(run.slice(8), threads, bare));
      }
      FLORA_CHECK(good, "a good signature holds");
      run.tell(metric);
    }
  }
  return {};
}

namespace {

using process::CaseState;
using process::Effects;

struct Input {
  process::Command command;
  base::Instant now;
};
using Case = std::vector<Input>;

// What deciding a case left to fold: the same steps, decided before.
struct Folds {
  CaseState fresh;
  std::vector<Effects> effects;
  std::size_t facts = 0;
};

bool clock_up_to(const process::Definition& d, CaseState& state, base::Instant now, Effects& effects) {
  bool acted = false;
  for (auto due = process::next_due(d, state); due && *due <= now; due = process::next_due(d, state)) {
    if (!process::step_clock(d, state, now, effects)) break;
    process::apply(d, state, effects);
    acted = true;
  }
  return acted;
}

std::vector<Case> walks(Stories& stories, std::size_t count) {
  const auto begin = process::scenario_begin(stories.definition());
  std::vector<Case> out;
  for (std::size_t i = 0; i < count; ++i) {
    Case inputs;
    std::int64_t seconds = 0;
    for (auto& fact : stories.next(begin)) {
      inputs.push_back({process::RecordFact{.step = fact.step, .by = fact.role, .at = {}, .data = std::move(fact.data)},
                        begin.plus_seconds(seconds)});
      seconds += 60;
    }
    out.push_back(std::move(inputs));
  }
  return out;
}

// The facts of the package's scenarios: every rule broken and kept, facts entered late, time passing between them.
Result<std::vector<Case>> scenarios(const process::Definition& d) {
  std::vector<Case> out;
  for (const auto& scenario : d.package().scenarios) {
    FLORA_TRY(const auto text, process::parse_scenario(d, scenario));
    Case inputs;
    for (const auto& block : text.blocks) {
      for (const auto& action : block.actions) {
        const auto step = d.package().find_step(action.step);
        const auto role = d.package().find_role(action.role);
        if (action.kind != process::ScenarioAction::Kind::kFact || !step || !role) continue;
        auto data = process::parse_data(d, *step, base::Json(action.data));
        if (!data) continue;  // told to be refused
        inputs.push_back(
            {process::RecordFact{.step = *step, .by = *role, .at = action.at, .data = *std::move(data)}, action.entered});
      }
    }
    if (!inputs.empty()) out.push_back(std::move(inputs));
  }
  return out;
}

// Leaves out what the engine refuses, and keeps what it made of the rest.
std::vector<Folds> prepare(const process::Definition& d, std::vector<Case>& cases) {
  std::vector<Folds> out;
  for (auto& inputs : cases) {
    Folds folds{process::make_state(d), {}, 0};
    CaseState state = folds.fresh;
    Case accepted;
    for (auto& input : inputs) {
      Effects effects;
      while (process::step_clock(d, state, input.now, effects)) {
        process::apply(d, state, effects);
        folds.effects.push_back(effects);
      }
      if (!process::decide(d, state, {}, input.command, input.now, effects)) continue;
      process::apply(d, state, effects);
      if (!effects.replaced) effects.scratch = {};
      folds.effects.push_back(std::move(effects));
      accepted.push_back(std::move(input));
    }
    folds.facts = accepted.size();
    inputs = std::move(accepted);
    out.push_back(std::move(folds));
  }
  return out;
}

void measure(Run& run, const process::Definition& d, std::vector<Case> cases, std::string name, int parts) {
  const auto folds = prepare(d, cases);
  const CaseState fresh = process::make_state(d);
  CaseState state = fresh;
  Effects effects;
  std::size_t reported = 0;
  const auto decide = [&] {
    std::size_t facts = 0;
    for (const auto& inputs : cases) {
      state = fresh;
      for (const auto& input : inputs) {
        clock_up_to(d, state, input.now, effects);
        FLORA_CHECK(process::execute(d, state, {}, input.command, input.now, effects).has_value(), "it was accepted before");
        reported += effects.report.findings.size() + effects.report.duties.size() + effects.report.new_cues.size();
      }
      facts += inputs.size();
    }
    return facts;
  };
  const auto fold = [&] {
    std::size_t facts = 0;
    for (const auto& of_case : folds) {
      state = fresh;
      for (const auto& one : of_case.effects) process::apply(d, state, one);
      facts += of_case.facts;
    }
    return facts;
  };
  Metric metric{std::move(name), "folding the same effects alone, nothing decided", {}, {}};
  for (int round = 0; round < run.rounds(); ++round) {
    metric.samples.push_back(rate(run.slice(parts) * 0.6, 1, decide));
    metric.limit_samples.push_back(rate(run.slice(parts) * 0.4, 1, fold));
  }
  FLORA_CHECK(reported > 0, "cases have duties");
  run.tell(metric);
}

}  // namespace

Status run_decide(Run& run) {
  FLORA_TRY(const auto definition, load_definition(run.settings().package));
  FLORA_TRY(auto told, scenarios(*definition));
  Stories stories(definition);
  measure(run, *definition, walks(stories, run.scaled(64, 2)), "facts_per_s", told.empty() ? 1 : 2);
  if (!told.empty()) measure(run, *definition, std::move(told), "facts_per_s_scenarios", 2);
  return {};
}

}  // namespace flora::cli::bench
