// SPDX-License-Identifier: EUPL-1.2
// The chain: links, hashes, commits, and every envelope with its author's standing at its position.
#include <fmt/format.h>

#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "verify/audit_parts.hpp"
#include "verify/comet.hpp"
#include "verify/fields.hpp"
#include "verify/registry.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::Hash;
using base::Table;

std::string block_place(std::int64_t height) { return fmt::format("block {}", height); }
std::string transaction_place(std::int64_t height, std::size_t position) {
  return fmt::format("block {}, transaction {}", height, position);
}

bool is_hash(const Bytes& bytes, const Hash& hash) { return base::equal(bytes, hash); }

// The code a node stored for an envelope: height be64 | position be32 | code be32.
std::optional<std::uint32_t> stored_code(const base::TableReader& tables, const Hash& envelope, const Place& place) {
  const auto value = tables.get(Table::kTransactions, envelope);
  if (!value || value->size() != 16) return std::nullopt;
  const std::uint64_t low = base::read_be64(ByteView(*value).subspan(8));
  const bool here =
      base::read_be64(ByteView(*value).first(8)) == static_cast<std::uint64_t>(place.height) && (low >> 32) == place.position;
  return here ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(low)) : std::nullopt;
}

class ChainAudit {
 public:
  ChainAudit(const base::TableReader& tables, GenesisView genesis, Registry registry, AuditReport& report)
      : tables_(tables), genesis_(std::move(genesis)), registry_(std::move(registry)), report_(report), findings_(report) {}

  // One height; false when there is no such block.
  bool step(std::int64_t height) {
    const auto bytes = tables_.get(Table::kBlocks, base::be64(static_cast<std::uint64_t>(height)));
    if (!bytes) return false;
    const auto block = read_block(*bytes);
    if (!block) {
      findings_.add(block_place(height), "cannot be read: " + block.error().detail);
      linked_ = false;
      return true;
    }
    check_links(height, *block);
    const BlockRef reference = reference_of(block->header, *bytes);
    check_commit(height, reference);
    read_results(height, block->transactions.size());
    for (std::size_t i = 0; i < block->transactions.size(); ++i) check_transaction(*block, i);
    last_ = reference;
    last_header_ = block->header;
    linked_ = true;
    ++report_.blocks;
    outcome_.height = height;
    return true;
  }

  ChainOutcome finish() {
    report_.members = registry_.members();
    report_.certificates = registry_.certificates();
    report_.channels = registry_.channels().size();
    report_.membership_abstained = registry_.abstains();
    // A channel exists in the audit from its creation, even if nothing was written in it.
    for (const auto& channel : registry_.channels()) outcome_.accepted[channel];
    return std::move(outcome_);
  }

 private:
  void check_links(std::int64_t height, const ChainBlock& block) {
    const auto& header = block.header;
    const auto wrong = [&](std::string why) { findings_.add(block_place(height), std::move(why)); };
    if (header.chain_id != genesis_.chain_id) wrong("is of another chain");
    if (header.height != height) wrong(fmt::format("says it has height {}", header.height));
    if (!is_hash(header.validators_hash, hash_of(genesis_.validators))) wrong("names other validators than the genesis");
    std::vector<Hash> hashes;
    for (const auto& transaction : block.transactions) hashes.push_back(crypto::sha256(transaction));
    if (!is_hash(header.data_hash, crypto::merkle_root(hashes))) wrong("its transactions do not match its data hash");
    if (!is_hash(header.last_commit_hash, hash_of(block.last_commit))) wrong("its last commit does not match its hash");
    if (!linked_) return;
    if (header.last_block != last_) wrong("does not follow from the block before");
    if (height > genesis_.initial_height) {
      outcome_.app_hash_after[height - 1] = header.app_hash;
      if (block.last_commit.block != last_) wrong("its last commit is for another block");
      if (header.time < last_header_.time) wrong("its time lies before that of the block before");
      std::vector<Bytes> contents;
      for (const auto code : results_) contents.push_back(result_content(code));
      if (!is_hash(header.last_results_hash, crypto::merkle_root(contents))) {
        findings_.add(block_place(height - 1), "the stored verdicts do not match the results hash of the next header");
      }
    }
  }

  void check_commit(std::int64_t height, const BlockRef& reference) {
    const auto bytes = tables_.get(Table::kCommits, base::be64(static_cast<std::uint64_t>(height)));
    if (!bytes) return findings_.add(block_place(height), "has no commit");
    const auto commit = read_commit(*bytes);
    if (!commit) return findings_.add(block_place(height), "its commit cannot be read: " + commit.error().detail);
    if (commit->height != height || commit->block != reference)
      return findings_.add(block_place(height), "its commit is for another block");
    const auto votes = check_votes(genesis_.chain_id, *commit, genesis_.validators);
    if (!votes) findings_.add(block_place(height), "its commit does not hold: " + votes.error().detail);
  }

  // The ledger's verdicts as stored; the next header's results hash says whether they are the ones that were agreed.
  void read_results(std::int64_t height, std::size_t transactions) {
    results_.clear();
    if (transactions == 0) return;
    Bytes key{'k'};
    base::append(key, base::be64(static_cast<std::uint64_t>(height)));
    const auto stored = tables_.get(Table::kLedger, key);
    auto reader = stored ? base::CborReader::open(*stored) : base::Result<base::CborReader>(base::fail(base::Code::kCorrupt));
    const auto codes = reader ? list_field<std::uint64_t>(*reader, [](base::CborReader& r) { return r.uint(); })
                              : base::Result<std::vector<std::uint64_t>>(base::fail(base::Code::kCorrupt));
    if (!codes || codes->size() != transactions) findings_.add(block_place(height), "its verdicts are missing or cannot be read");
    for (std::size_t i = 0; i < transactions; ++i) {
      results_.push_back(codes && i < codes->size() ? static_cast<std::uint32_t>((*codes)[i]) : 0);
    }
  }

  void check_transaction(const ChainBlock& block, std::size_t position) {
    const std::int64_t height = block.header.height;
    const Place place{height, static_cast<std::uint32_t>(position)};
    const std::uint32_t verdict = results_[position];
    ++report_.envelopes;
    const auto envelope = read_transaction(block.transactions[position]);
    if (!envelope) {
      if (verdict == 0)
        findings_.add(transaction_place(height, position), "was accepted although it cannot be read: " + envelope.error().detail);
      return;
    }
    const std::string refused = registry_.judge(*envelope, genesis_.chain_id, genesis_.hash, block.header.time);
    outcome_.places.emplace(envelope->hash, place);
    const auto code = stored_code(tables_, envelope->hash, place);
    if (code && *code != verdict)
      findings_.add(transaction_place(height, position), "has another verdict in the table of transactions");
    // A refusal may have reasons that only governance knows; an acceptance must have none against it.
    if (verdict != 0) return;
    if (!code) findings_.add(transaction_place(height, position), "is not in the table of transactions");
    if (!refused.empty()) return findings_.add(transaction_place(height, position), "was accepted although " + refused);
    accept(*envelope, place, block.header.time);
  }

  void accept(const Envelope& envelope, const Place& place, base::Instant time) {
    ++report_.accepted;
    if (envelope.channel == base::kFederationChannel) {
      const auto applied = registry_.apply(envelope, time);
      if (!applied)
        findings_.add(transaction_place(place.height, place.position), "its commands do not hold: " + applied.error().detail);
    }
    auto [head, fresh] = outcome_.heads.try_emplace(envelope.channel);
    if (fresh) {
      head->second.first =
          crypto::sha256({base::as_bytes("flora/head/1"), base::as_bytes(genesis_.chain_id), ByteView(envelope.channel)});
    }
    const auto number = base::be64(static_cast<std::uint64_t>(place.height));
    head->second.first = crypto::sha256({ByteView(head->second.first), ByteView(envelope.hash), ByteView(number)});
    ++head->second.second;
    outcome_.accepted[envelope.channel].push_back({envelope.hash, envelope.command_root,
                                                   registry_.author_of(envelope.certificate).value_or(base::MemberId{}),
                                                   place.height, place.position, time});
  }

  const base::TableReader& tables_;
  GenesisView genesis_;
  Registry registry_;
  AuditReport& report_;
  Findings findings_;
  ChainOutcome outcome_;
  bool linked_ = true;
  BlockRef last_;
  ChainHeader last_header_;
  std::vector<std::uint32_t> results_;
};

}  // namespace

ChainOutcome audit_chain(const base::TableReader& tables, ByteView genesis_bytes, const TrustAnchor& trust, AuditReport& report,
                         const std::function<void(std::int64_t)>& progress) {
  Findings findings(report);
  auto genesis = read_genesis(genesis_bytes);
  if (!genesis) return {};
  if (hash_of(genesis->validators) != trust.validators_hash)
    findings.add("genesis", "its validators are not those of the trust file");
  auto registry = Registry::from_genesis(*genesis);
  if (!registry) {
    findings.add("genesis", "its founders do not hold: " + registry.error().detail);
    return {};
  }
  const std::int64_t first = genesis->initial_height;
  ChainAudit chain(tables, *std::move(genesis), *std::move(registry), report);
  std::int64_t height = first;
  for (; chain.step(height); ++height) {
    if (progress && height % 1024 == 0) progress(height);
  }
  // A block missing in the middle would end the walk: nothing may stand behind it.
  tables.scan(base::Table::kBlocks, {}, base::be64(static_cast<std::uint64_t>(height)), [&](ByteView key, ByteView) {
    findings.add(fmt::format("block {}", height), fmt::format("is missing, but block {} exists", base::read_be64(key)));
    return false;
  });
  return chain.finish();
}

}  // namespace flora::verify
