// SPDX-License-Identifier: EUPL-1.2
// flora case show / list: cases from the shell, over the API.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"

namespace flora::cli {
namespace {

using base::JsonObject;

std::string person_of(const JsonObject& row) {
  const auto* person = row.at("person").if_object();
  if (person == nullptr) return "-";
  return fmt::format("{}, {}", text_of(person->at("family_name")), text_of(person->at("given_names")));
}

void print_case(const JsonObject& shown) {
  fmt::print("case      {}\nperson    {}\nopened    {}\nlevel     {}{}{}\n", text_of(shown.at("case")), person_of(shown),
             text_of(shown.at("opened")), text_of(shown.at("level")), shown.at("finished").as_bool() ? ", finished" : "",
             shown.at("cancelled").as_bool() ? ", cancelled" : "");
  for (const auto& fact : shown.at("facts").as_array()) {
    fmt::print("fact      {}  {}  by {}  {}\n", text_of(fact.at("at")), text_of(fact.at("step")),
               fact.at("clock").as_bool() ? "the clock" : text_of(fact.at("by")), text_of(fact.at("fact")));
  }
  for (const auto& duty : shown.at("duties").as_array()) {
    fmt::print("owed      {}  by {}  until {}{}\n", text_of(duty.at("step")), text_of(duty.at("by")),
               duty.at("due").is_null() ? "no limit" : text_of(duty.at("due")), duty.at("cue").as_bool() ? "  (go on)" : "");
  }
  for (const auto& blocked : shown.at("blocked").as_array())
    fmt::print("blocked   {}  missing {}\n", text_of(blocked.at("step")), text_of(blocked.at("missing")));
  for (const auto& finding : shown.at("findings").as_array()) {
    fmt::print("finding   {} {}  {} at {}  fact {}  to {}\n", text_of(finding.at("level")), text_of(finding.at("rule")),
               text_of(finding.at("state")), text_of(finding.at("step")), text_of(finding.at("fact")), text_of(finding.at("to")));
  }
}

void print_results(const JsonObject& found) {
  for (const auto& row : found.at("results").as_array()) {
    fmt::print("{}  {:<30}  {:<24}  {}\n", text_of(row.at("case")), person_of(row.as_object()), text_of(row.at("status")),
               text_of(row.at("level")));
  }
}

void print_next(const JsonObject& found) {
  for (const auto& row : found.at("steps").as_array()) {
    fmt::print("{}  {:<30}  {:<24}  {}{}\n", text_of(row.at("case")), person_of(row.as_object()), text_of(row.at("step")),
               text_of(row.at("due")), row.at("overdue").as_bool() ? "  overdue" : "");
  }
}

base::Status show_case(const Context& context, const ApiOptions& options, const std::string& id) {
  FLORA_TRY(auto api, ApiClient::open(options));
  FLORA_TRY(const auto answer, api.get(fmt::format("/api/v1/cases/{}{}", encode_query(id), query_of({{"role", options.role}}))));
  show(context, answer, print_case);
  return {};
}

base::Status list_cases(const Context& context, const ApiOptions& options, const std::string& text) {
  FLORA_TRY(auto api, ApiClient::open(options));
  if (text.empty()) {
    FLORA_TRY(const auto answer, api.get("/api/v1/next" + query_of({{"role", options.role}, {"limit", "500"}})));
    show(context, answer, print_next);
    return {};
  }
  FLORA_TRY(const auto answer, api.get("/api/v1/search" + query_of({{"q", text}, {"role", options.role}, {"limit", "500"}})));
  show(context, answer, print_results);
  return {};
}

}  // namespace

void add_case(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("case", "cases, over the API of a running node");
  noun->require_subcommand(1);

  auto* shown = noun->add_subcommand("show", "one case: facts, duties, findings");
  auto id = std::make_shared<std::string>();
  shown->add_option("CASE", *id, "pseudonym")->required();
  auto show_options = add_api_options(*shown);
  shown->callback([&context, show_options, id] {
    if (auto done = show_case(context, *show_options, *id); !done) report(context, done.error());
  });

  auto* list = noun->add_subcommand("list", "cases found by name or file number; without a text the next steps of the role");
  auto text = std::make_shared<std::string>();
  list->add_option("TEXT", *text, "part of a name, or a file number");
  auto list_options = add_api_options(*list);
  list->callback([&context, list_options, text] {
    if (auto done = list_cases(context, *list_options, *text); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
