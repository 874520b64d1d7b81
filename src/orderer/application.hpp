// SPDX-License-Identifier: EUPL-1.2
// What an orderer drives: the application side of ABCI 2.0, in our own types. The embedded sequencer calls it directly, the
// ABCI server on behalf of CometBFT. Implemented once, by node/application.
//
//   check_tx ............ any thread, on the last committed state
//   prepare_proposal, process_proposal ... pure functions of the proposal and the last committed state
//   finalize_block ...... stages the block; repeatable until commit; changes nothing durable
//   commit .............. one atomic durable write of everything staged and of the orderer's own changes
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"

namespace flora::orderer {

struct Info {
  std::int64_t last_height = 0;   // 0: nothing committed yet
  base::Hash last_app_hash;       // after last_height
  std::uint64_t app_version = 1;  // rules_version of the ledger
};

struct Proposal {
  std::int64_t height = 0;
  base::Instant time;                     // block time = ledger time of every envelope in it
  std::vector<base::Bytes> transactions;  // [Sign1, body] each
  base::Bytes proposer_address;           // 20 bytes
};

struct ValidatorUpdate {
  base::Bytes ed25519_key;  // 32 bytes
  std::int64_t power = 0;   // 0 removes
};

struct Finalized {
  std::vector<base::Code> codes;  // one per transaction, the ledger's verdict
  base::Hash app_hash;
  std::vector<ValidatorUpdate> validator_updates;
};

class Application {
 public:
  virtual ~Application() = default;
  virtual Info info() const = 0;
  // Executes the genesis the chain was founded with; returns the first app hash. `genesis` are the bytes of ledger/genesis.hpp.
  virtual base::Result<base::Hash> init_chain(base::ByteView genesis) = 0;
  virtual base::Status check_tx(base::ByteView transaction) = 0;
  virtual std::vector<base::Bytes> prepare_proposal(std::vector<base::Bytes> candidates, std::size_t bytes_max,
                                                    base::Instant time) = 0;
  virtual bool process_proposal(const Proposal& proposal) = 0;
  virtual Finalized finalize_block(const Proposal& proposal) = 0;
  // Writes what finalize_block staged together with `own` (blocks, votes, signing state). On an error nothing was written and
  // the same block may be committed again. Waiters are told only after it returned.
  virtual base::Status commit(const base::Batch& own) = 0;
  // The earliest instant at which a block must be made even without envelopes, because something falls due.
  virtual std::optional<base::Instant> next_due() const = 0;
};

}  // namespace flora::orderer
