// SPDX-License-Identifier: EUPL-1.2
// `flora process script`: what the scenarios of a package do, with all times, and what the engine says after every action.
// Clients that play the same scenarios elsewhere (a ledger, a node behind HTTP) compare with it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/json.hpp"
#include "calendar/calendar.hpp"
#include "cli/commands.hpp"
#include "cli/package_files.hpp"
#include "process/engine.hpp"
#include "process/query.hpp"
#include "process/scenario.hpp"

namespace flora::cli {
namespace {

using base::JsonArray;
using base::JsonObject;
using process::Definition;
using process::EngineWorld;
using process::ScenarioAction;

std::string_view kind_of(ScenarioAction::Kind kind) {
  switch (kind) {
    case ScenarioAction::Kind::kFact: return "fact";
    case ScenarioAction::Kind::kClock: return "clock";
    case ScenarioAction::Kind::kAcknowledge: return "acknowledge";
    case ScenarioAction::Kind::kJustify: return "justify";
    case ScenarioAction::Kind::kClose: return "close";
    case ScenarioAction::Kind::kCancel: return "cancel";
  }
  return "";
}

JsonArray findings_of(const Definition& definition, const process::CaseState& state) {
  JsonArray out;
  for (const auto& finding : state.findings) {
    JsonArray to;
    for (const auto& addressee : process::recipients_of(definition, state, finding))
      to.emplace_back(definition.addressee_id(addressee));
    out.push_back(JsonObject{{"rule", definition.rule_id(finding.rule)},
                             {"step", definition.step_id(finding.step)},
                             {"level", package::to_text(finding.level)},
                             {"state", process::to_text(finding.status)},
                             {"stage", process::to_text(finding.stage)},
                             {"to", std::move(to)}});
  }
  return out;
}

// After an action: findings, cues by agency, owed steps, views that hold the case, whether it is finished.
void describe_state(const Definition& definition, const EngineWorld& world, JsonObject& out) {
  const auto& package = definition.package();
  const auto& state = world.state();
  JsonObject cues;
  JsonArray owed, views;
  for (std::size_t a = 0; a < package.agencies.size(); ++a) {
    JsonArray steps;
    const auto mine = process::cues_of(definition, state, static_cast<package::AgencyIndex>(a));
    for (std::size_t s = 0; s < package.steps.size(); ++s) {
      if (mine.has(static_cast<package::StepIndex>(s))) steps.emplace_back(package.steps[s].id);
    }
    cues[package.agencies[a].id] = std::move(steps);
  }
  for (std::size_t s = 0; s < package.steps.size(); ++s) {
    if (state.owed.has(static_cast<package::StepIndex>(s))) owed.emplace_back(package.steps[s].id);
  }
  for (const auto& view : package.views) {
    if (state.open && process::matches(definition, state, view.select)) views.emplace_back(view.id);
  }
  out["findings"] = findings_of(definition, state);
  out["cues"] = std::move(cues);
  out["owed"] = std::move(owed);
  out["views"] = std::move(views);
  out["finished"] = process::finished(definition, state);
}

JsonObject perform(const Definition& definition, EngineWorld& world, const ScenarioAction& action) {
  JsonObject out{{"kind", kind_of(action.kind)},
                 {"text", action.text},
                 {"step", action.step},
                 {"role", action.role},
                 {"rule", action.rule},
                 {"reason", action.reason},
                 {"data", action.data},
                 {"at", base::to_rfc3339(action.at)},
                 {"entered", base::to_rfc3339(action.entered)}};
  const auto done = world.act(action);
  out["outcome"] = done ? "accepted" : base::name_of(done.error().code);
  describe_state(definition, world, out);
  return out;
}

base::Status run(Context& context, const std::string& directory) {
  FLORA_TRY(auto package, load_directory(directory, false, false));
  FLORA_TRY(const auto definition,
            Definition::compile(std::make_shared<const package::Package>(std::move(package)), calendar::builtin_calendars()));
  std::vector<process::ScenarioText> texts;
  ScenarioAction end;  // the last moment of all: what the clock still does until then
  end.kind = ScenarioAction::Kind::kClock;
  end.text = "end";
  for (const auto& scenario : definition->package().scenarios) {
    FLORA_TRY(auto parsed, process::parse_scenario(*definition, scenario));
    for (const auto& block : parsed.blocks) {
      for (const auto& action : block.actions) end.entered = std::max(end.entered, action.entered);
    }
    texts.push_back(std::move(parsed));
  }
  end.at = end.entered;
  EngineWorld world(definition);
  for (const auto& text : texts) {
    world.reset();
    JsonArray actions;
    for (const auto& block : text.blocks) {
      for (const auto& action : block.actions) actions.push_back(perform(*definition, world, action));
    }
    JsonObject last = perform(*definition, world, end);
    world.reset();
    const auto outcome = process::run_scenario(text, world);
    if (!outcome.passed()) context.exit_status = kNotInOrder;
    const JsonObject line{{"title", text.title},        {"file", text.place.file},       {"line", text.place.line},
                          {"passed", outcome.passed()}, {"actions", std::move(actions)}, {"end", std::move(last)}};
    fmt::print("{}\n", base::to_json(line));
  }
  return {};
}

}  // namespace

void add_process_script(CLI::App& process_noun, Context& context) {
  auto* command = process_noun.add_subcommand(
      "script", "the scenarios as JSON Lines: every action with its times and what the engine says after it");
  auto directory = std::make_shared<std::string>();
  command->add_option("directory", *directory, "directory of the package")->required();
  command->callback([&context, directory] {
    if (auto done = run(context, *directory); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
