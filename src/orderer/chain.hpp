// SPDX-License-Identifier: EUPL-1.2
// What the next block follows from, and the steps from one block to the next, as CometBFT v0.38 takes them. Values and pure
// functions, any thread; bytes and hashes come from ledger/header.hpp and ledger/block.hpp.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "ledger/block.hpp"
#include "ledger/genesis.hpp"
#include "ledger/header.hpp"
#include "orderer/application.hpp"

namespace flora::orderer {

// The chain after its last block. Stored under kMeta "orderer/chain" in the same write as that block.
struct Chain {
  std::string chain_id;
  std::uint64_t app_version = 1;
  std::int64_t block_bytes_max = 0, gas_max = -1;
  std::int64_t initial_height = 1;
  std::int64_t height = 0;  // of the last block; initial_height - 1 before the first
  base::Instant last_time;  // of the last block; genesis time before the first
  ledger::BlockId last_block_id;
  ledger::Commit last_commit;                      // over the last block; the votes' median is the next block's time
  base::Hash app_hash;                             // after the last block
  base::Hash last_results_hash;                    // of the last block
  std::vector<ledger::Validator> validators;       // at height + 1, in set order
  std::vector<ledger::Validator> next_validators;  // at height + 2
  friend bool operator==(const Chain&, const Chain&) = default;
};

Chain chain_at_genesis(const ledger::Genesis& genesis, const base::Hash& app_hash);

base::Instant next_time(const Chain& chain);
ledger::Block next_block(const Chain& chain, std::vector<base::Bytes> transactions, const ledger::Address& proposer);
Proposal proposal_of(const ledger::Block& block);

// The commit of the only validator, its vote bearing `time`.
ledger::Commit sign_block(const Chain& chain, const ledger::Block& block, const ledger::BlockId& id, base::Instant time,
                          const crypto::PrivateKey& key);

// Errors: kOutOfRange (validator updates that cannot be).
base::Result<Chain> advance(const Chain& chain, const ledger::Block& block, const ledger::BlockId& id,
                            const ledger::Commit& commit, const Finalized& finalized);

base::Bytes encode_chain(const Chain& chain);
base::Result<Chain> decode_chain(base::ByteView bytes);  // kCorrupt

// ---- in the tables: kMeta "orderer/chain", kBlocks and kCommits by height ------------------------------------------------
base::Result<std::optional<Chain>> load_chain(const base::TableReader& tables);  // kCorrupt
void store_chain(base::Batch& batch, const Chain& chain);
void store_block(base::Batch& batch, std::int64_t height, base::ByteView block, const ledger::Commit& commit);

}  // namespace flora::orderer
