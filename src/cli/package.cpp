// SPDX-License-Identifier: EUPL-1.2
// `flora package`: check, build and explain a package directory.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/package_files.hpp"
#include "crypto/hash.hpp"

namespace flora::cli {

using base::Code;
using base::JsonArray;
using base::JsonObject;
using base::Result;

namespace {

struct Options {
  std::string directory, output = "-", step, rule, language = "de";
  bool minimal = false;
};

void print_json(const base::Json& value) { fmt::print("{}\n", base::to_json(value)); }

JsonObject to_object(const package::Problem& p) {
  JsonObject out{{"check", p.check},      {"severity", p.severity == package::Severity::kError ? "error" : "warning"},
                 {"element", p.element},  {"file", p.place.file},
                 {"line", p.place.line},  {"column", p.place.column},
                 {"sentence", p.sentence}};
  if (!p.run.empty()) out["run"] = p.run;
  if (!p.hint.empty()) out["hint"] = p.hint;
  return out;
}

void check(Context& context, const Options& options) {
  const auto sources = read_sources(options.directory);
  if (!sources) return report(context, sources.error());
  const auto loaded = package::load(*sources, options.minimal);
  const auto errors = std::count_if(loaded.problems.begin(), loaded.problems.end(),
                                    [](const package::Problem& p) { return p.severity == package::Severity::kError; });
  context.exit_status = loaded.ok() ? kInOrder : kNotInOrder;
  if (context.json) {
    JsonArray problems;
    for (const auto& p : loaded.problems) problems.push_back(to_object(p));
    return print_json(JsonObject{{"ok", loaded.ok()}, {"problems", std::move(problems)}});
  }
  print_problems(options.directory, loaded.problems);
  const package::Package& p = loaded.package;
  fmt::print("{}: {} steps, {} rules, {} views, {} scenarios; {} errors, {} warnings\n", options.directory, p.steps.size(),
             p.rules.size(), p.views.size(), p.scenarios.size(), errors,
             loaded.problems.size() - static_cast<std::size_t>(errors));
}

void build(Context& context, const Options& options) {
  const auto loaded = load_directory(options.directory, options.minimal);
  if (!loaded) return report(context, loaded.error());
  const base::Bytes canonical = package::encode_package(*loaded);
  const std::string version = base::to_hex(crypto::sha256(canonical));
  if (const auto written = write_output(options.output, base::as_text(canonical)); !written)
    return report(context, written.error());
  if (options.output == "-") return;  // standard output holds the package itself
  if (context.json) {
    print_json(JsonObject{{"package", loaded->id}, {"version", version}, {"bytes", canonical.size()}, {"file", options.output}});
  } else {
    fmt::print("{} {}\n", version, options.output);
  }
}

// ---- explain ----------------------------------------------------------------------------------------------------------------

JsonObject explain_rule(const package::Package& p, const package::Rule& rule, const std::string& language) {
  JsonObject out{{"rule", rule.id},
                 {"number", rule.number},
                 {"kind", package::to_text(rule.kind)},
                 {"level", package::to_text(rule.level)},
                 {"sentence", package::sentence(p, rule, language)},
                 {"precisely", package::made_sentence(p, rule, language)}};
  if (!rule.basis.empty()) out["basis"] = package::in_language(rule.basis, language);
  return out;
}

bool names(const std::vector<package::StepIndex>& steps, package::StepIndex step) {
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

// The rules that have to do with a step, also through its phase.
bool concerns(const package::Package& p, const package::Rule& rule, package::StepIndex step) {
  if (names(rule.sources, step) || names(rule.targets, step) || names(rule.until, step)) return true;
  if (rule.kind == package::RuleKind::kReport) return rule.targets.empty();
  return rule.kind == package::RuleKind::kPhaseCloses && p.steps[step].phase == rule.phase;
}

JsonObject explain_step(const package::Package& p, package::StepIndex index, const std::string& language) {
  const package::Step& step = p.steps[index];
  JsonArray owners, rules;
  for (const auto role : step.owners) owners.push_back(base::Json(p.roles[role].id));
  for (const auto& rule : p.rules) {
    if (concerns(p, rule, index)) rules.push_back(explain_rule(p, rule, language));
  }
  return {{"step", step.id},
          {"code", step.code},
          {"title", package::in_language(step.title, language)},
          {"owners", std::move(owners)},
          {"rules", std::move(rules)}};
}

void print_rule(const JsonObject& rule) {
  const std::string id(rule.at("rule").as_string()), number(rule.at("number").as_string());
  fmt::print("{}{}\n  {}\n", id, number == id ? "" : " (" + number + ")", std::string_view(rule.at("sentence").as_string()));
  if (rule.at("precisely") != rule.at("sentence")) fmt::print("  {}\n", std::string_view(rule.at("precisely").as_string()));
  if (const auto* basis = rule.if_contains("basis")) fmt::print("  [{}]\n", std::string_view(basis->as_string()));
}

void print_step(const JsonObject& step) {
  fmt::print("{} {} ({})\n", std::string_view(step.at("code").as_string()), std::string_view(step.at("title").as_string()),
             std::string_view(step.at("step").as_string()));
  for (const auto& rule : step.at("rules").as_array()) print_rule(rule.as_object());
}

Result<JsonArray> explain_what(const package::Package& p, const Options& options, bool& steps) {
  JsonArray out;
  steps = options.rule.empty();
  if (!options.rule.empty()) {
    const auto index = p.find_rule(options.rule);
    if (!index) return base::fail(Code::kUnknownReference, fmt::format("there is no rule \"{}\"", options.rule));
    out.push_back(explain_rule(p, p.rules[*index], options.language));
    return out;
  }
  if (!options.step.empty()) {
    const auto index = p.find_step(options.step);
    if (!index) return base::fail(Code::kUnknownReference, fmt::format("there is no step \"{}\"", options.step));
    out.push_back(explain_step(p, *index, options.language));
    return out;
  }
  steps = false;
  for (const auto& rule : p.rules) out.push_back(explain_rule(p, rule, options.language));
  return out;
}

void explain(Context& context, const Options& options) {
  const auto loaded = load_directory(options.directory, true, false);
  if (!loaded) return report(context, loaded.error());
  bool steps = false;
  const auto what = explain_what(*loaded, options, steps);
  if (!what) return report(context, what.error());
  if (context.json) return print_json(base::Json(*what));
  for (const auto& item : *what) {
    if (steps) {
      print_step(item.as_object());
    } else {
      print_rule(item.as_object());
    }
  }
}

}  // namespace

void add_package(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("package", "check, build and explain packages");
  noun->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto verb = [&](const char* name, const char* what, void (*run)(Context&, const Options&)) {
    auto* command = noun->add_subcommand(name, what);
    command->add_option("directory", options->directory, "directory of the package")->required();
    command->callback([&context, options, run] { run(context, *options); });
    return command;
  };
  verb("check", "every static check; exit status 1 if a problem is an error", check)
      ->add_flag("--minimal", options->minimal, "package.yaml and process.yaml suffice");
  auto* build_verb = verb("build", "canonical CBOR of the package; prints its version (SHA-256)", build);
  build_verb->add_option("-o,--output", options->output, "file to write, - for standard output");
  build_verb->add_flag("--minimal", options->minimal, "package.yaml and process.yaml suffice");
  auto* explain_verb = verb("explain", "the sentences of its rules", explain);
  explain_verb->add_option("--step", options->step, "only what has to do with this step");
  explain_verb->add_option("--rule", options->rule, "only this rule")->excludes("--step");
  explain_verb->add_option("--lang", options->language, "language of the sentences")->check(CLI::IsMember({"de", "en", "plain"}));
}

}  // namespace flora::cli
