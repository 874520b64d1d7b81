// SPDX-License-Identifier: EUPL-1.2
// `flora process`: the engine alone, on JSON lines or on the scenarios of a package.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "calendar/calendar.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "cli/package_files.hpp"
#include "process/line_run.hpp"
#include "process/scenario.hpp"

namespace flora::cli {

using base::Code;
using base::JsonArray;
using base::JsonObject;
using base::Result;
using process::Definition;

namespace {

struct Options {
  std::string directory, facts = "-", level = "engine";
  bool state = false, coverage = false;
};

Result<std::shared_ptr<const Definition>> definition_of(const Context& context, const std::string& directory, bool minimal) {
  FLORA_TRY(auto package, load_directory(directory, minimal, !context.quiet));
  return Definition::compile(std::make_shared<const package::Package>(std::move(package)), calendar::builtin_calendars());
}

void print_line(JsonObject line) {
  const std::string text = base::to_json(base::Json(std::move(line))) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void run(Context& context, const Options& options) {
  const auto definition = definition_of(context, options.directory, true);
  if (!definition) return report(context, definition.error());
  std::ifstream file;
  if (options.facts != "-") {
    file.open(options.facts, std::ios::binary);
    if (!file) return report(context, {Code::kFileUnreadable, options.facts});
  }
  std::istream& in = options.facts == "-" ? std::cin : file;
  process::LineRun engine(*definition);
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    for (auto& answer : engine.line(line)) print_line(std::move(answer));
  }
  if (options.state) {
    for (auto& state : engine.states()) print_line(std::move(state));
  }
  std::fflush(stdout);
  context.exit_status = engine.any_unreadable() ? kUsage : engine.any_refused() ? kNotInOrder : kInOrder;
}

// ---- scenarios ----------------------------------------------------------------------------------------------------------------

// What a rule still lacks: "" if the scenarios show it in full.
std::string gap_of(const package::Rule& rule, const process::RuleCoverage& c) {
  using package::RuleKind;
  const bool acts = rule.kind == RuleKind::kOpens || rule.kind == RuleKind::kCancels || rule.kind == RuleKind::kNote ||
                    (rule.kind == RuleKind::kResponse && !rule.within && !rule.due_guard);
  std::string out;
  const auto lacks = [&](bool shown, std::string_view what) {
    if (!shown) out += fmt::format("{}{}", out.empty() ? "" : ", ", what);
  };
  if (acts) {
    lacks(c.acted, "never acts");
    lacks(c.rested, "acts in every scenario");
  } else {
    lacks(c.violated, "never violated");
    lacks(c.satisfied, "never satisfied");
  }
  return out;
}

struct ScenarioSummary {
  std::vector<std::pair<process::ScenarioOutcome, package::Place>> outcomes;
  std::vector<std::pair<std::string, std::string>> gaps;  // rule, what is missing
  std::size_t rules = 0;
  std::size_t failed() const {
    return static_cast<std::size_t>(
        std::count_if(outcomes.begin(), outcomes.end(), [](const auto& o) { return !o.first.passed(); }));
  }
};

ScenarioSummary run_all(const std::shared_ptr<const Definition>& definition) {
  ScenarioSummary out;
  process::EngineWorld world(definition);
  const auto& p = definition->package();
  for (const auto& scenario : p.scenarios) {
    world.reset();
    const auto parsed = process::parse_scenario(*definition, scenario);
    if (parsed) {
      out.outcomes.emplace_back(process::run_scenario(*parsed, world), scenario.place);
    } else {
      out.outcomes.emplace_back(process::ScenarioOutcome{scenario.title, {{scenario.place, parsed.error().detail}}},
                                scenario.place);
    }
  }
  world.reset();
  out.rules = p.rules.size();
  for (std::size_t r = 0; r < p.rules.size(); ++r) {
    if (auto gap = gap_of(p.rules[r], world.coverage()[r]); !gap.empty()) out.gaps.emplace_back(p.rules[r].id, std::move(gap));
  }
  return out;
}

void print_json(const ScenarioSummary& summary) {
  JsonArray scenarios, gaps;
  for (const auto& [outcome, place] : summary.outcomes) {
    JsonArray failures;
    for (const auto& f : outcome.failures) {
      failures.push_back(
          JsonObject{{"file", f.place.file}, {"line", f.place.line}, {"column", f.place.column}, {"sentence", f.sentence}});
    }
    scenarios.push_back(JsonObject{{"title", outcome.title},
                                   {"file", place.file},
                                   {"line", place.line},
                                   {"passed", outcome.passed()},
                                   {"failures", std::move(failures)}});
  }
  for (const auto& [rule, gap] : summary.gaps) gaps.push_back(JsonObject{{"rule", rule}, {"lacks", gap}});
  print_line({{"passed", summary.outcomes.size() - summary.failed()},
              {"failed", summary.failed()},
              {"scenarios", std::move(scenarios)},
              {"rules", summary.rules},
              {"not_shown", std::move(gaps)}});
}

void print_text(const ScenarioSummary& summary, const std::string& directory) {
  for (const auto& [outcome, place] : summary.outcomes) {
    fmt::print("{} {}\n", outcome.passed() ? "ok    " : "FAILED", outcome.title);
    for (const auto& f : outcome.failures)
      fmt::print("         {}/{}:{}:{}: {}\n", directory, f.place.file, f.place.line, f.place.column, f.sentence);
  }
  for (const auto& [rule, gap] : summary.gaps) fmt::print("rule {}: {}\n", rule, gap);
  fmt::print("{} passed, {} failed; {} of {} rules shown in full\n", summary.outcomes.size() - summary.failed(), summary.failed(),
             summary.rules - summary.gaps.size(), summary.rules);
}

void scenarios(Context& context, const Options& options) {
  if (options.level != "engine") {
    return report(context, {Code::kNotInVersion, fmt::format("scenarios at level {}", options.level)});
  }
  const auto definition = definition_of(context, options.directory, false);
  if (!definition) return report(context, definition.error());
  const auto summary = run_all(*definition);
  if (context.json) {
    print_json(summary);
  } else {
    print_text(summary, options.directory);
  }
  const bool good = summary.failed() == 0 && (!options.coverage || summary.gaps.empty());
  context.exit_status = good ? kInOrder : kNotInOrder;
}

}  // namespace

void add_process(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("process", "the engine alone, without a ledger");
  noun->require_subcommand(1);
  const auto options = std::make_shared<Options>();

  auto* run_verb = noun->add_subcommand("run", "facts in, what they cause out: JSON Lines");
  run_verb->add_option("directory", options->directory, "directory of the package")->required();
  run_verb->add_option("--facts", options->facts, "file of JSON Lines, - for standard input")->required();
  run_verb->add_flag("--state", options->state, "print the state of every case at the end");
  run_verb->callback([&context, options] { run(context, *options); });

  add_process_script(*noun, context);
  auto* scenarios_verb = noun->add_subcommand("scenarios", "run the package's scenarios; exit status 1 if one fails");
  scenarios_verb->add_option("directory", options->directory, "directory of the package")->required();
  scenarios_verb->add_option("--level", options->level, "where they run")->check(CLI::IsMember({"engine", "ledger", "http"}));
  scenarios_verb->add_flag("--coverage", options->coverage, "exit status 1 also if a rule is not shown in full");
  scenarios_verb->callback([&context, options] { scenarios(context, *options); });
}

}  // namespace flora::cli
