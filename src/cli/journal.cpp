// SPDX-License-Identifier: EUPL-1.2
// flora journal export: a home's evidence in one file, for an auditor.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "ledger/genesis.hpp"
#include "node/home.hpp"
#include "node/journal_file.hpp"
#include "orderer/chain.hpp"
#include "storage/rocks_tables.hpp"

namespace flora::cli {

namespace {

struct ExportOptions {
  std::string home, output;
};

base::Result<base::JsonObject> export_journal(const ExportOptions& options) {
  FLORA_TRY(const auto home, node::load_home(options.home));
  FLORA_TRY(const auto tables, storage::open_rocks(home.tables(), {.must_exist = true}));
  FLORA_TRY(const auto chain, orderer::load_chain(*tables));
  if (!chain) return base::fail(base::Code::kHomeMissing, "the home has no blocks yet");
  FLORA_TRY(const auto rows, node::write_journal(*tables->snapshot(), ledger::encode_genesis(home.genesis), options.output));
  return base::JsonObject{{"file", options.output},
                          {"chain", chain->chain_id},
                          {"height", chain->height},
                          {"rows", rows},
                          {"genesis_hash", base::to_hex(ledger::genesis_hash(home.genesis))}};
}

void run_export(Context& context, const ExportOptions& options) {
  const auto done = export_journal(options);
  if (!done) return report(context, done.error());
  if (context.json)
    fmt::print("{}\n", base::to_json(*done));
  else if (!context.quiet) {
    fmt::print(stderr, "{}: chain {} up to height {}, {} rows\n", options.output, std::string_view(done->at("chain").as_string()),
               done->at("height").as_int64(), done->at("rows").as_uint64());
  }
}

}  // namespace

void add_journal(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("journal", "a home's evidence for an auditor");
  noun->require_subcommand(1);
  auto* verb = noun->add_subcommand("export", "write it to a file; stop the node first");
  const auto options = std::make_shared<ExportOptions>();
  verb->add_option("--home", options->home, "folder of the node")->required();
  verb->add_option("-o,--output", options->output, "file to write; confidential to the members of its channels")->required();
  verb->callback([&context, options] { run_export(context, *options); });
}

}  // namespace flora::cli
