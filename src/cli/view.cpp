// SPDX-License-Identifier: EUPL-1.2
// flora view list / show: worklists from the shell, over the API.
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

struct ViewOptions {
  std::string view, sort, text;
  std::vector<std::string> filters;
  std::size_t limit = 50;
  bool all = false;
};

void print_counts(const JsonObject& answer) {
  for (const auto& view : answer.at("views").as_array()) {
    const auto& title = view.at("title").as_object();
    fmt::print("{:>7}  {:<32}  {:<5}  {}\n", text_of(view.at("count")), text_of(view.at("id")), text_of(view.at("kind")),
               title.contains("de") ? text_of(title.at("de")) : "");
  }
}

void print_rows(const JsonObject& page) {
  for (const auto& row : page.at("rows").as_array()) {
    std::string line = text_of(row.at("case"));
    for (const auto& cell : row.at("cells").as_object())
      line += fmt::format("  {}={}", std::string_view(cell.key()), text_of(cell.value()));
    fmt::print("{}\n", line);
  }
  fmt::print(stderr, "{} of {} rows, height {}\n", page.at("rows").as_array().size(), text_of(page.at("total")),
             text_of(page.at("height")));
}

base::Result<std::string> target_of(const ViewOptions& o, const ApiOptions& api, const std::string& cursor) {
  std::vector<std::pair<std::string, std::string>> query = {
      {"limit", std::to_string(o.limit)}, {"sort", o.sort}, {"q", o.text}, {"role", api.role}, {"cursor", cursor}};
  std::string filters;
  for (const auto& filter : o.filters) {
    const auto equals = filter.find('=');
    if (equals == std::string::npos)
      return base::fail(Code::kMalformed, fmt::format("--filter {}: expected COLUMN=VALUE", filter));
    filters += fmt::format("&{}={}", encode_query("filter." + filter.substr(0, equals)), encode_query(filter.substr(equals + 1)));
  }
  return fmt::format("/api/v1/views/{}{}{}", encode_query(o.view), query_of(query), filters);
}

base::Status show_view(const Context& context, const ApiOptions& options, const ViewOptions& o) {
  FLORA_TRY(auto api, ApiClient::open(options));
  FLORA_TRY(const auto first, target_of(o, options, ""));
  FLORA_TRY(auto page, api.get(first));
  while (o.all && !page.as_object().at("next").is_null()) {
    FLORA_TRY(const auto target, target_of(o, options, text_of(page.as_object().at("next"))));
    FLORA_TRY(auto more, api.get(target));
    auto& rows = page.as_object().at("rows").as_array();
    for (auto& row : more.as_object().at("rows").as_array()) rows.push_back(std::move(row));
    page.as_object()["next"] = more.as_object().at("next");
  }
  show(context, page, print_rows);
  return {};
}

base::Status list_views(const Context& context, const ApiOptions& options) {
  FLORA_TRY(auto api, ApiClient::open(options));
  FLORA_TRY(const auto answer, api.get("/api/v1/views" + query_of({{"role", options.role}})));
  show(context, answer, print_counts);
  return {};
}

}  // namespace

void add_view(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("view", "worklists, over the API of a running node");
  noun->require_subcommand(1);

  auto* list = noun->add_subcommand("list", "the views of the role with their counts");
  auto list_options = add_api_options(*list);
  list->callback([&context, list_options] {
    if (auto done = list_views(context, *list_options); !done) report(context, done.error());
  });

  auto* shown = noun->add_subcommand("show", "rows of a view");
  auto o = std::make_shared<ViewOptions>();
  shown->add_option("VIEW", o->view, "id of the view")->required();
  shown->add_option("--filter", o->filters, "COLUMN=VALUE, or COLUMN=FROM..TO; repeatable");
  shown->add_option("--sort", o->sort, "the view's sort column, with a leading - for descending");
  shown->add_option("--search", o->text, "part of a name, or a file number");
  shown->add_option("--limit", o->limit, "rows of a page")->capture_default_str()->check(CLI::Range(1, 500));
  shown->add_flag("--all", o->all, "every page");
  auto options = add_api_options(*shown);
  shown->callback([&context, options, o] {
    if (auto done = show_view(context, *options, *o); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
