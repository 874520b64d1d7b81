// SPDX-License-Identifier: EUPL-1.2
// flora finding list / ack: the inbox from the shell, over the API.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"

namespace flora::cli {
namespace {

using base::Json;
using base::JsonArray;
using base::JsonObject;

struct ActOptions {
  std::string case_id, rule, step, fact, verb = "acknowledge", reason, key;
  bool preview = false;
};
struct ListOptions {
  std::string level, state;
};

void print_inbox(const JsonObject& inbox) {
  for (const auto& row : inbox.at("findings").as_array()) {
    const auto& f = row.at("finding").as_object();
    fmt::print("{}  {:<9}  {:<8}  {:<20}  {}  {}\n", text_of(row.at("case")), text_of(f.at("level")), text_of(f.at("rule")),
               text_of(f.at("step")), text_of(f.at("fact")), text_of(f.at("state")));
  }
}

void print_act(const JsonObject& answer) {
  for (const auto& result : answer.at("results").as_array()) {
    const auto* error = result.as_object().if_contains("error");
    fmt::print("{}{}\n", text_of(result.at("outcome")),
               error == nullptr ? "" : fmt::format(": {} {}", text_of(error->at("name")), text_of(error->at("detail"))));
  }
}

base::Status list(const Context& context, const ApiOptions& options, const ListOptions& o) {
  FLORA_TRY(auto api, ApiClient::open(options));
  FLORA_TRY(
      const auto inbox,
      api.get("/api/v1/findings" + query_of({{"level", o.level}, {"state", o.state}, {"role", options.role}, {"limit", "500"}})));
  show(context, inbox, print_inbox);
  return {};
}

base::Status act(Context& context, const ApiOptions& options, const ActOptions& o) {
  FLORA_TRY(auto api, ApiClient::open(options));
  JsonObject one{
      {"case", o.case_id}, {"finding", JsonObject{{"rule", o.rule}, {"step", o.step}, {"fact", o.fact}}}, {"do", o.verb}};
  if (!o.reason.empty()) one["reason"] = o.reason;
  if (!options.role.empty()) one["by"] = options.role;
  const Json body = JsonObject{{"acts", JsonArray{Json(std::move(one))}}};
  FLORA_TRY(const auto answer, api.post(o.preview ? "/api/v1/findings/acts?preview=true" : "/api/v1/findings/acts", body,
                                        o.key.empty() ? fresh_key() : o.key));
  show(context, answer, print_act);
  if (answer.as_object().at("refused").to_number<std::size_t>() > 0) context.exit_status = kNotInOrder;
  return {};
}

}  // namespace

void add_finding(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("finding", "findings, over the API of a running node");
  noun->require_subcommand(1);

  auto* listed = noun->add_subcommand("list", "the inbox of the role");
  auto lo = std::make_shared<ListOptions>();
  listed->add_option("--level", lo->level, "hint, attention or critical");
  listed->add_option("--state", lo->state, "open or acknowledged");
  auto list_options = add_api_options(*listed);
  listed->callback([&context, list_options, lo] {
    if (auto done = list(context, *list_options, *lo); !done) report(context, done.error());
  });

  auto* ack = noun->add_subcommand("ack", "acknowledge a finding, or justify or close it with a reason");
  auto o = std::make_shared<ActOptions>();
  ack->add_option("CASE", o->case_id, "pseudonym")->required();
  ack->add_option("RULE", o->rule, "id of the rule")->required();
  ack->add_option("STEP", o->step, "id of the step")->required();
  ack->add_option("FACT", o->fact, "id of the fact")->required();
  ack->add_option("--do", o->verb, "acknowledge, justify or close")
      ->capture_default_str()
      ->check(CLI::IsMember({"acknowledge", "justify", "close"}));
  ack->add_option("--reason", o->reason, "code of letters a-z, digits and _");
  ack->add_option("--key", o->key, "idempotency key; default: a fresh one");
  ack->add_flag("--preview", o->preview, "show what it would cause; record nothing");
  auto options = add_api_options(*ack);
  ack->callback([&context, options, o] {
    if (auto done = act(context, *options, *o); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
