// SPDX-License-Identifier: EUPL-1.2
// flora verify: the independent audit of a whole home. flora receipt verify (see receipt.cpp) checks a single proof.
#include "verify/audit.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "node/journal_file.hpp"
#include "storage/rocks_tables.hpp"

namespace flora::cli {
namespace {

struct VerifyOptions {
  std::string path, trust;
};

base::JsonObject report_json(const verify::AuditReport& report) {
  base::JsonArray findings;
  for (const auto& finding : report.findings)
    findings.push_back(base::JsonObject{{"place", finding.place}, {"sentence", finding.sentence}});
  return {{"in_order", report.in_order()},
          {"chain", report.chain_id},
          {"blocks", report.blocks},
          {"envelopes", report.envelopes},
          {"accepted", report.accepted},
          {"commands", report.commands},
          {"entries", report.entries},
          {"members", report.members},
          {"certificates", report.certificates},
          {"channels", report.channels},
          {"membership_abstained", report.membership_abstained},
          {"findings", std::move(findings)}};
}

void print(const verify::AuditReport& report) {
  fmt::print("chain {}: {} blocks, {} envelopes ({} accepted), {} commands, {} entries of state\n", report.chain_id,
             report.blocks, report.envelopes, report.accepted, report.commands, report.entries);
  fmt::print("{} members, {} certificates, {} channels\n", report.members, report.certificates, report.channels);
  if (report.membership_abstained)
    fmt::print("membership changed by ballots, which this version does not follow: no word on it\n");
  for (const auto& finding : report.findings) fmt::print("NOT IN ORDER  {}: {}\n", finding.place, finding.sentence);
  fmt::print("{}\n", report.in_order() ? "in order" : fmt::format("not in order: {} findings", report.findings.size()));
}

// A home, or the journal file that was exported from one.
base::Result<node::Journal> open_evidence(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return node::read_journal(path);
  FLORA_TRY(const auto genesis, read_input((path / "genesis.cbor").string()));
  storage::RocksOptions rocks;
  rocks.must_exist = true;
  FLORA_TRY(auto tables, storage::open_rocks((path / "tables").string(), rocks));
  return node::Journal{base::to_bytes(base::as_bytes(genesis)), std::move(tables), std::nullopt};
}

base::Status run(Context& context, const VerifyOptions& options) {
  FLORA_TRY(const auto trust_file, read_input(options.trust));
  FLORA_TRY(const auto trust, verify::read_trust(base::as_bytes(trust_file)));
  FLORA_TRY(const auto evidence, open_evidence(options.path));
  std::function<void(std::int64_t)> progress;
  if (!context.quiet && ::isatty(STDERR_FILENO) == 1) {
    progress = [](std::int64_t height) { fmt::print(stderr, "\rblock {}", height); };
  }
  FLORA_TRY(auto report, verify::audit(*evidence.tables, evidence.genesis, trust, progress));
  if (progress) fmt::print(stderr, "\r");
  if (evidence.damage) report.findings.push_back({"journal file", evidence.damage->detail});
  if (context.json) {
    fmt::print("{}\n", base::to_json(report_json(report)));
  } else {
    print(report);
  }
  if (!report.in_order()) context.exit_status = kNotInOrder;
  return {};
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "verify", "audit a whole home, or a journal exported from one, independently: chain, authors, state, journal");
  auto options = std::make_shared<VerifyOptions>();
  command->add_option("PATH", options->path, "home of a node that is not running, or a journal file")->required();
  command->add_option("--trust", options->trust, "trust file, obtained from somebody you trust")->required();
  command->callback([&context, options] {
    if (auto done = run(context, *options); !done) report(context, done.error());
  });
}

}  // namespace flora::cli
