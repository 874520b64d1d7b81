// SPDX-License-Identifier: EUPL-1.2
// `flora NOUN VERB [options]`: finds the noun's file through the table below and runs it.
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

int main(int argc, char** argv) {
  using namespace flora::cli;
  Context context;
  CLI::App app{"FLORA: one common, tamper-evident record of where each case stands", "flora"};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", context.json, "machine-readable output on standard output");
  app.add_flag("--quiet", context.quiet, "no progress");
  app.set_version_flag("--version", "flora 0.1.0");

  const AddNoun nouns[] = {
      add_calendar, add_feel, add_cose, add_ca,   add_cert,   add_package, add_process, add_home,  add_serve, add_journal,
      add_verify,   add_docs, add_case, add_view, add_submit, add_finding, add_receipt, add_bench, nullptr,
  };
  for (auto add : nouns) {
    if (add != nullptr) add(app, context);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? kInOrder : kUsage;
  }
  return context.exit_status;
}
