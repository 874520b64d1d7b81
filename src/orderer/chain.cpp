// SPDX-License-Identifier: EUPL-1.2
#include "orderer/chain.hpp"

#include <algorithm>
#include <utility>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "crypto/signature.hpp"

namespace flora::orderer {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::Result;
using base::Table;

namespace {

constexpr std::string_view kChainKey = "orderer/chain";
constexpr std::uint64_t kChainVersion = 1;

void write_validators(CborWriter& w, const std::vector<ledger::Validator>& set) {
  w.array(set.size());
  for (const auto& validator : set) w.array(2).bytes(validator.key).integer(validator.power);
}

Result<std::vector<ledger::Validator>> read_validators(CborReader& r) {
  FLORA_TRY(const auto count, r.array());
  std::vector<ledger::Validator> set;
  for (std::size_t i = 0; i < count; ++i) {
    ledger::Validator validator;
    FLORA_TRY(r.array(2));
    FLORA_TRY(const auto key, r.bytes(32));
    std::copy(key.begin(), key.end(), validator.key.begin());
    FLORA_TRY(validator.power, r.integer());
    set.push_back(validator);
  }
  return set;
}

Result<base::Hash> read_hash(CborReader& r) {
  FLORA_TRY(const auto view, r.bytes(32));
  return *base::Hash::from(view);
}

Result<Chain> read_chain(ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  Chain c;
  FLORA_TRY(r.array(16));
  FLORA_TRY(const auto version, r.uint());
  if (version != kChainVersion) return base::fail(Code::kCorrupt, "unknown version of the chain's state");
  FLORA_TRY(const auto chain_id, r.text());
  c.chain_id = std::string(chain_id);
  FLORA_TRY(c.app_version, r.uint());
  FLORA_TRY(c.block_bytes_max, r.integer());
  FLORA_TRY(c.gas_max, r.integer());
  FLORA_TRY(c.initial_height, r.integer());
  FLORA_TRY(c.height, r.integer());
  FLORA_TRY(c.last_time.ns, r.integer());
  FLORA_TRY(c.last_block_id.hash, read_hash(r));
  FLORA_TRY(const auto total, r.uint());
  c.last_block_id.parts.total = static_cast<std::uint32_t>(total);
  FLORA_TRY(c.last_block_id.parts.hash, read_hash(r));
  FLORA_TRY(const auto commit, r.bytes());
  if (!commit.empty()) {
    FLORA_TRY(c.last_commit, ledger::decode_commit(commit));
  }
  FLORA_TRY(c.app_hash, read_hash(r));
  FLORA_TRY(c.last_results_hash, read_hash(r));
  FLORA_TRY(c.validators, read_validators(r));
  FLORA_TRY(c.next_validators, read_validators(r));
  FLORA_TRY(r.end());
  return c;
}

}  // namespace

Chain chain_at_genesis(const ledger::Genesis& genesis, const base::Hash& app_hash) {
  Chain c;
  c.chain_id = genesis.chain_id;
  c.app_version = genesis.params.app_version;
  c.block_bytes_max = genesis.params.block_bytes_max;
  c.gas_max = genesis.params.gas_max;
  c.initial_height = genesis.initial_height;
  c.height = genesis.initial_height - 1;
  c.last_time = genesis.time;
  c.app_hash = app_hash;
  c.last_results_hash = ledger::empty_hash();
  c.validators = genesis.validators;
  ledger::sort_validators(c.validators);
  c.next_validators = c.validators;
  return c;
}

base::Instant next_time(const Chain& chain) {
  if (chain.last_commit.signatures.empty()) return chain.last_time;
  return ledger::median_time(chain.last_commit, chain.validators);
}

ledger::Block next_block(const Chain& chain, std::vector<Bytes> transactions, const ledger::Address& proposer) {
  ledger::Block block;
  auto& h = block.header;
  h.app_version = chain.app_version;
  h.chain_id = chain.chain_id;
  h.height = chain.height + 1;
  h.time = next_time(chain);
  h.last_block_id = chain.last_block_id;
  h.validators_hash = ledger::validators_hash(chain.validators);
  h.next_validators_hash = ledger::validators_hash(chain.next_validators);
  h.consensus_hash = ledger::consensus_hash(chain.block_bytes_max, chain.gas_max);
  h.app_hash = chain.app_hash;
  h.last_results_hash = chain.last_results_hash;
  h.proposer_address = proposer;
  block.transactions = std::move(transactions);
  block.last_commit = chain.last_commit;
  ledger::seal_block(block);
  return block;
}

Proposal proposal_of(const ledger::Block& block) {
  const auto& address = block.header.proposer_address;
  return {block.header.height, block.header.time, block.transactions, Bytes(address.begin(), address.end())};
}

ledger::Commit sign_block(const Chain& chain, const ledger::Block& block, const ledger::BlockId& id, base::Instant time,
                          const crypto::PrivateKey& key) {
  const auto message = ledger::vote_sign_bytes(chain.chain_id, block.header.height, 0, id, time);
  ledger::Commit commit{block.header.height, 0, id, {}};
  for (const auto& validator : chain.validators) {
    FLORA_CHECK(base::equal(validator.key, key.public_key().raw()), "the embedded orderer is the only validator");
    commit.signatures.push_back({ledger::BlockIdFlag::kCommit, ledger::address_of(validator), time, crypto::sign(key, message)});
  }
  return commit;
}

Result<Chain> advance(const Chain& chain, const ledger::Block& block, const ledger::BlockId& id, const ledger::Commit& commit,
                      const Finalized& finalized) {
  FLORA_CHECK(finalized.codes.size() == block.transactions.size(), "one code per transaction");
  std::vector<ledger::ValidatorUpdate> updates;
  for (const auto& update : finalized.validator_updates) {
    if (update.ed25519_key.size() != 32) return base::fail(Code::kOutOfRange, "a validator's key has 32 bytes");
    ledger::ValidatorUpdate u;
    std::copy(update.ed25519_key.begin(), update.ed25519_key.end(), u.key.begin());
    u.power = update.power;
    updates.push_back(u);
  }
  Chain next = chain;
  next.height = block.header.height;
  next.last_time = block.header.time;
  next.last_block_id = id;
  next.last_commit = commit;
  next.app_hash = finalized.app_hash;
  next.last_results_hash = ledger::results_hash(finalized.codes);
  next.validators = chain.next_validators;
  if (!updates.empty()) {
    FLORA_TRY(next.next_validators, ledger::updated_validators(chain.next_validators, updates));
  }
  return next;
}

Bytes encode_chain(const Chain& c) {
  CborWriter w;
  w.array(16).uint(kChainVersion).text(c.chain_id).uint(c.app_version).integer(c.block_bytes_max).integer(c.gas_max);
  w.integer(c.initial_height).integer(c.height).integer(c.last_time.ns);
  w.bytes(c.last_block_id.hash).uint(c.last_block_id.parts.total).bytes(c.last_block_id.parts.hash);
  w.bytes(c.last_commit.signatures.empty() ? Bytes{} : ledger::encode_commit(c.last_commit));
  w.bytes(c.app_hash).bytes(c.last_results_hash);
  write_validators(w, c.validators);
  write_validators(w, c.next_validators);
  return w.take();
}

Result<Chain> decode_chain(ByteView bytes) {
  auto chain = read_chain(bytes);
  if (!chain) return base::fail(Code::kCorrupt, "the chain's state: " + chain.error().detail);
  return chain;
}

Result<std::optional<Chain>> load_chain(const base::TableReader& tables) {
  const auto stored = tables.get(Table::kMeta, base::as_bytes(kChainKey));
  if (!stored) return std::nullopt;
  FLORA_TRY(auto chain, decode_chain(*stored));
  return std::optional<Chain>(std::move(chain));
}

void store_chain(base::Batch& batch, const Chain& chain) {
  batch.put(Table::kMeta, base::to_bytes(base::as_bytes(kChainKey)), encode_chain(chain));
}

void store_block(base::Batch& batch, std::int64_t height, ByteView block, const ledger::Commit& commit) {
  const auto key = base::be64(static_cast<std::uint64_t>(height));
  batch.put(Table::kBlocks, key, block);
  batch.put(Table::kCommits, Bytes(key.begin(), key.end()), ledger::encode_commit(commit));
}

}  // namespace flora::orderer
