// SPDX-License-Identifier: EUPL-1.2
// `receipt`: offline checks of proofs. `replay`: a journal executed anew into an empty home, and the start of a full one.
#include <fmt/format.h>

#include <fstream>
#include <optional>

#include "base/check.hpp"
#include "cli/bench_node.hpp"
#include "crypto/bare_verify.hpp"
#include "ledger/receipt.hpp"
#include "node/journal_file.hpp"
#include "node/log.hpp"
#include "node/replay.hpp"
#include "storage/rocks_tables.hpp"
#include "verify/receipt.hpp"

namespace flora::cli::bench {

using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr double kMillis = 1000;

struct Proof {
  base::Bytes cbor;
  std::size_t votes = 0;
};

Result<std::vector<Proof>> collect(Bed& bed, std::size_t count) {
  Flow flow(bed, count);
  std::vector<base::Hash> envelopes;
  const auto played = bed.play(flow.take(count, 1), count, &envelopes);
  if (played.refused > 0 || envelopes.empty()) return base::fail(base::Code::kInternal, "the node refused");
  FLORA_TRY(bed.node().sequencer().beat());
  std::vector<Proof> out;
  for (const auto& envelope : envelopes) {
    FLORA_TRY(auto receipt, bed.node().backend().receipt(bed.node().home().members.front().id, envelope));
    FLORA_TRY(const auto parsed, ledger::parse_receipt(receipt.cbor));
    out.push_back({std::move(receipt.cbor), parsed.commit.signatures.size()});
  }
  return out;
}

std::optional<pki::Certificate> author_of(const node::Home& home, const base::Hash& thumbprint) {
  for (const auto& member : home.members) {
    if (member.envelope.certificate.thumbprint() == thumbprint) return member.envelope.certificate;
  }
  return std::nullopt;
}

}  // namespace

Status run_receipt(Run& run) {
  FLORA_TRY(const auto bed, Bed::make(run));
  FLORA_TRY(bed->start());
  FLORA_TRY(const auto proofs, collect(*bed, run.scaled(200, 4)));
  FLORA_TRY(const auto trust_file, read_input((bed->home() / "trust.json").string()));
  FLORA_TRY(const auto trust, verify::read_trust(base::as_bytes(trust_file)));
  std::vector<std::optional<pki::Certificate>> authors;
  std::size_t votes = 0, bytes = 0;
  for (const auto& proof : proofs) {
    FLORA_TRY(const auto report, verify::verify_receipt(proof.cbor, trust, std::nullopt));
    authors.push_back(author_of(bed->node().home(), report.certificate));
    if (!authors.back()) return base::fail(base::Code::kUnknownCertificate, "of no member here");
    votes += proof.votes;
    bytes += proof.cbor.size();
  }
  bed->stop();
  const crypto::BareVerifier author(crypto::KeyKind::kP256), vote(crypto::KeyKind::kEd25519);
  const std::size_t votes_each = votes / proofs.size();
  run.progress(
      fmt::format("receipts of {} bytes, one ES256 signature and {} EdDSA vote(s) each", bytes / proofs.size(), votes_each));
  Metric metric{
      "receipts_per_s", fmt::format("bare checks of the signatures in it (1 ES256, {} EdDSA), 1 thread", votes_each), {}, {}};
  std::size_t at = 0;
  bool good = true;
  const auto ours = [&] {
    good = verify::verify_receipt(proofs[at].cbor, trust, authors[at]).has_value() && good;
    at = (at + 1) % proofs.size();
    return std::size_t{1};
  };
  const auto bare = [&] {
    good = author.run(1) && vote.run(votes_each) && good;
    return std::size_t{1};
  };
  for (int round = 0; round < run.rounds(); ++round) {
    metric.samples.push_back(rate(run.slice(2), 1, ours));
    metric.limit_samples.push_back(rate(run.slice(2), 1, bare));
  }
  FLORA_CHECK(good, "a good receipt holds");
  run.tell(metric);
  return {};
}

namespace {

// Every byte of every file below, once.
Result<std::size_t> read_all(const fs::path& folder) {
  std::size_t bytes = 0;
  std::vector<char> buffer(1 << 20);
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    std::ifstream in(it->path(), std::ios::binary);
    while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
      bytes += static_cast<std::size_t>(in.gcount());
  }
  if (error) return base::fail(base::Code::kFileUnreadable, folder.string());
  return bytes;
}

// Starts the node on the full home, against reading its bytes.
Status measure_start(Run& run, Bed& bed) {
  Metric metric{"start_of_full_home_ms", "one read of all bytes of its tables, ms (cached)", {}, {}};
  std::size_t bytes = 0;
  for (int round = -1; round < run.rounds(); ++round) {
    auto begin = Clock::now();
    FLORA_TRY(bed.start());
    const double started = seconds_since(begin) * kMillis;
    bed.stop();
    begin = Clock::now();
    FLORA_TRY(bytes, read_all(bed.home() / "tables"));
    const double read = seconds_since(begin) * kMillis;
    if (round < 0) continue;
    metric.samples.push_back(started);
    metric.limit_samples.push_back(read);
  }
  run.progress(fmt::format("tables of {} bytes", bytes));
  run.tell(metric);
  return {};
}

Status measure_replay(Run& run, Bed& bed, const fs::path& journal_file) {
  const crypto::BareVerifier bare(crypto::KeyKind::kP256);
  Metric envelopes{"envelopes_per_s", fmt::format("bare ES256 checks a second, {} threads", run.cores()), {}, {}};
  Metric reading{"journal_read_ms", "one read of the file's bytes, ms (cached)", {}, {}};
  FLORA_TRY(const auto home, node::load_home(bed.home()));
  FLORA_TRY(const auto from, storage::open_rocks(home.tables()));
  const fs::path folder = bed.folder() / "journal";
  for (int round = 0; round < run.rounds(); ++round) {
    auto begin = Clock::now();
    FLORA_TRY(const auto journal, node::read_journal(journal_file));
    reading.samples.push_back(seconds_since(begin) * kMillis);
    begin = Clock::now();
    FLORA_TRY(const auto bytes, read_all(folder));
    reading.limit_samples.push_back(seconds_since(begin) * kMillis);
    if (round == 0) run.progress(fmt::format("journal of {} bytes", bytes));
    const fs::path target = bed.folder() / fmt::format("replayed-{}", round);
    begin = Clock::now();
    {
      FLORA_TRY(const auto into, storage::open_rocks(target.string()));
      FLORA_TRY(const auto replayed, node::replay(*from, *into, home, node::no_log()));
      envelopes.samples.push_back(static_cast<double>(replayed.envelopes) / seconds_since(begin));
    }
    fs::remove_all(target);
    const std::size_t group = run.scaled(50, 2);
    envelopes.limit_samples.push_back(rate(run.slice(4), run.cores(), [&] { return bare.run(group) ? group : 0; }));
  }
  run.tell(envelopes);
  run.tell(reading);
  return {};
}

}  // namespace

Status run_replay(Run& run) {
  FLORA_TRY(const auto bed, Bed::make(run));
  FLORA_TRY(bed->start());
  const auto wanted = static_cast<std::size_t>(run.settings().seconds * 1500);  // envelopes of one command each
  const std::size_t envelopes = run.scaled(wanted, 40);
  run.progress(fmt::format("filling a home with {} envelopes", envelopes));
  Flow flow(*bed, std::min<std::size_t>(envelopes, 4096));
  const auto played = bed->play(flow.take(envelopes, 1), std::min<std::size_t>(envelopes / 2, 1024));
  if (played.refused * 100 > played.commands) return base::fail(base::Code::kInternal, "the node refused");
  fs::create_directory(bed->folder() / "journal");
  const auto file = bed->folder() / "journal" / "file";
  FLORA_TRY(node::write_journal(bed->node().tables(), ledger::encode_genesis(bed->node().home().genesis), file));
  bed->stop();
  FLORA_TRY(measure_replay(run, *bed, file));
  return measure_start(run, *bed);
}

}  // namespace flora::cli::bench
