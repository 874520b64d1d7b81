// SPDX-License-Identifier: EUPL-1.2
// flora submit: facts from a file or standard input, over the API.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"

namespace flora::cli {
namespace {

using base::Code;
using base::Json;
using base::JsonArray;
using base::JsonObject;

constexpr std::size_t kFactsPerRequest = 1000;

struct SubmitOptions {
  std::string file = "-";
  std::string key;
  bool preview = false;
};

// Facts as {"facts":[...]}, as an array, or one object a line.
base::Result<JsonArray> read_facts(const std::string& file) {
  FLORA_TRY(const auto text, read_input(file, 64UL * 1024 * 1024));
  if (auto whole = base::parse_json(text, text.size())) {
    if (const auto* list = whole->if_array()) return *list;
    const auto* object = whole->if_object();
    if (object == nullptr) return base::fail(Code::kWrongType, fmt::format("{}: expected facts", file));
    if (!object->contains("facts")) return JsonArray{*whole};
    FLORA_TRY(const auto* facts, base::json_array(*object, "facts"));
    return *facts;
  }
  JsonArray out;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto fact = base::parse_json(line);
    if (!fact) return base::fail(fact.error().code, fmt::format("{}, line {}: {}", file, number, fact.error().detail));
    out.push_back(*std::move(fact));
  }
  return out;
}

void print_results(const JsonObject& answer) {
  for (const auto& result : answer.at("results").as_array()) {
    const auto& r = result.as_object();
    const std::string case_id = r.contains("case") ? text_of(r.at("case")) : "-";
    if (const auto* error = r.if_contains("error")) {
      fmt::print("{:>4}  {}  refused   {} {}: {}\n", text_of(r.at("n")), case_id, text_of(error->at("code")),
                 text_of(error->at("name")), text_of(error->at("detail")));
      continue;
    }
    fmt::print("{:>4}  {}  accepted  {}\n", text_of(r.at("n")), case_id, r.contains("fact") ? text_of(r.at("fact")) : "");
    for (const auto& finding : r.at("findings").as_array()) {
      fmt::print("      {} {} {} to {}\n", text_of(finding.at("change")), text_of(finding.at("level")),
                 text_of(finding.at("rule")), text_of(finding.at("to")));
    }
    for (const auto& duty : r.at("duties").as_array()) {
      fmt::print("      {} {} by {}{}\n", text_of(duty.at("change")), text_of(duty.at("step")), text_of(duty.at("by")),
                 duty.at("due").is_null() ? "" : " until " + text_of(duty.at("due")));
    }
    for (const auto& cues : r.at("cues").as_object()) {
      if (!cues.value().as_array().empty())
        fmt::print("      go on: {} with {}\n", std::string_view(cues.key()), text_of(cues.value()));
    }
  }
  if (const auto* given = answer.at("acknowledgement").if_object()) {
    fmt::print(stderr, "height {}, receipt {}\n", text_of(given->at("height")), text_of(given->at("receipt")));
  } else if (answer.at("preview").as_bool()) {
    fmt::print(stderr, "preview: nothing was recorded\n");
  }
}

base::Status submit(Context& context, const ApiOptions& options, const SubmitOptions& o) {
  FLORA_TRY(const auto facts, read_facts(o.file));
  if (facts.empty()) return base::fail(Code::kMissingField, fmt::format("{}: no facts", o.file));
  FLORA_TRY(auto api, ApiClient::open(options));
  const std::string key = o.key.empty() ? fresh_key() : o.key;
  for (std::size_t at = 0; at < facts.size(); at += kFactsPerRequest) {
    JsonArray part;
    for (std::size_t i = at; i < facts.size() && i < at + kFactsPerRequest; ++i) {
      part.push_back(facts[i]);
      auto* fact = part.back().if_object();
      if (fact != nullptr && !options.role.empty() && !fact->contains("by")) (*fact)["by"] = options.role;
    }
    // Several requests of one submission: each has a key of its own that a repetition meets again.
    const std::string part_key = facts.size() <= kFactsPerRequest ? key : fmt::format("{}-{}", key, at / kFactsPerRequest);
    FLORA_TRY(const auto answer, api.post(o.preview ? "/api/v1/facts?preview=true" : "/api/v1/facts",
                                          Json(JsonObject{{"facts", std::move(part)}}), part_key));
    show(context, answer, print_results);
    if (answer.as_object().at("refused").to_number<std::size_t>() > 0) context.exit_status = kNotInOrder;
  }
  return {};
}

}  // namespace

void add_submit(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("submit", "record facts, over the API of a running node; exit status 1 if any was refused");
  auto o = std::make_shared<SubmitOptions>();
  noun->add_option("FILE", o->file, "facts as JSON Lines, an array, or {\"facts\":[...]}; - for standard input")
      ->capture_default_str();
  noun->add_flag("--preview", o->preview, "show what it would cause; record nothing");
  noun->add_option("--key", o->key,
                   "idempotency key: a repetition with the same key and facts records nothing twice; default: a fresh one");
  auto options = add_api_options(*noun);
  noun->callback([&context, options, o] {
    if (auto done = submit(context, *options, *o); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
