// SPDX-License-Identifier: EUPL-1.2
// `flora docs DIR`: writes the reference pages that are made from the program itself. tests/docs holds them fresh.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iterator>
#include <memory>

#include "base/error.hpp"
#include "cli/commands.hpp"
#include "feel/evaluate.hpp"
#include "http/router.hpp"

namespace flora::cli {
namespace {

std::string errors_page() {
  std::string page =
      "<!-- SPDX-License-Identifier: EUPL-1.2 -->\n# Error codes\n\nMade from `src/base/error.hpp` by `flora docs`; not edited "
      "by hand. "
      "Families: 1xxx malformed, 2xxx not authorised, 3xxx refused by\nstate, 9xxx local (never in a block). Where several "
      "checks "
      "fail, the first in this order is reported. Codes are append-only.\n\n| Code | Name | What happened | What to do "
      "|\n|---|---|---|---|\n";
  for (const auto& entry : base::all_errors()) {
    fmt::format_to(std::back_inserter(page), "| {} | `{}` | {} | {} |\n", static_cast<unsigned>(entry.code), entry.name,
                   entry.what, entry.todo);
  }
  return page;
}

// One section per command, from the same declarations that parse it.
void describe(const CLI::App& command, const std::string& path, std::string& page) {
  for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string name = path + " " + sub->get_name();
    if (sub->get_subcommands([](const CLI::App*) { return true; }).empty()) {
      fmt::format_to(std::back_inserter(page), "\n## `{}`\n\n{}\n\n", name, sub->get_description());
      for (const auto* option : sub->get_options([](const CLI::Option*) { return true; })) {
        if (option->get_name() == "--help") continue;
        fmt::format_to(std::back_inserter(page), "- `{}` {}\n", option->get_name(option->get_positional(), true),
                       option->get_description());
      }
    }
    describe(*sub, name, page);
  }
}

std::string commands_page(const CLI::App& app) {
  std::string page =
      "<!-- SPDX-License-Identifier: EUPL-1.2 -->\n# The command line\n\nMade from the declarations of `flora` by `flora docs`; "
      "not "
      "edited by hand. Every command knows `--json` and `--quiet`.\nExit status: 0 in order, 1 the thing examined is not in "
      "order, 2 "
      "usage or unreadable input, 3 the environment failed.\n";
  describe(app, "flora", page);
  return page;
}

}  // namespace

void add_docs(CLI::App& app, Context& context) {
  auto* docs = app.add_subcommand("docs", "write the reference pages that are made from the program itself");
  auto folder = std::make_shared<std::string>("docs/reference");
  docs->add_option("DIR", *folder, "folder to write into")->capture_default_str();
  docs->callback([&app, &context, folder] {
    const std::filesystem::path target(*folder);
    const std::pair<const char*, std::string> pages[] = {
        {"errors.md", errors_page()},
        {"commands.md", commands_page(app)},
        {"feel-profile.md", feel::render_profile()},
        {"openapi.json", http::openapi_text(true)},
    };
    for (const auto& [name, text] : pages) {
      if (auto written = write_output((target / name).string(), text); !written) return report(context, written.error());
    }
  });
}

}  // namespace flora::cli
