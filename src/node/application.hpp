// SPDX-License-Identifier: EUPL-1.2
// The application side of the orderer: the ledger's state machine, and one channel executor for every channel of a member
// that lives here.
//
//   check_tx ........ parse, signature, standing on the last state; keeps "this signature is valid", nothing else
//   finalize_block .. signatures (two threads, those not kept), ledger, epoch keys, executors; stages
//   commit .......... everything staged, the orderer's changes and the outbox rows that are done: ONE Tables::commit; then the
//                     new snapshot, then the observer
//
// Several blocks may be staged on top of each other before one commit. Finalizing a height again drops what was staged from
// that height on and starts from the tables.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/tables.hpp"
#include "calendar/calendar.hpp"
#include "channel/executor.hpp"
#include "ledger/state.hpp"
#include "node/home.hpp"
#include "node/keyring.hpp"
#include "node/log.hpp"
#include "orderer/application.hpp"
#include "storage/faults.hpp"

namespace flora::node {

// The state after a durable block, for readers. Immutable.
struct View {
  std::shared_ptr<const base::TableReader> tables;
  std::int64_t height = 0;
  base::Instant time;                               // of that block
  base::ChannelId channel;                          // the first hosted channel; zero: none yet
  std::shared_ptr<const channel::Catalog> catalog;  // of it; null without one
};

// True for the ledger's refusals after which the author's node seals the same commands anew: the envelope was late, under an
// old epoch, or its number was used.
bool to_be_sealed_anew(base::Code code);

// What became of one transaction.
struct Settled {
  base::Hash envelope;
  std::int64_t height = 0;
  std::uint32_t position = 0;
  base::Instant time;
  base::Code code = base::Code::kOk;            // the ledger's verdict
  std::string detail;                           // for people
  base::Code opened = base::Code::kOk;          // not ok: members could not open it
  std::vector<channel::CommandResult> results;  // empty if refused, unopened, or of a channel not executed here
};

struct ChannelBlock {
  base::ChannelId channel;
  std::int64_t height = 0;
  base::Instant time;
  channel::BlockOutcome outcome;  // its batch already moved away
};

// One durable write: what it settled, in order.
struct Committed {
  std::shared_ptr<const View> view;
  std::vector<Settled> settled;
  std::vector<ChannelBlock> channels;
};

// Checkpoints whose attestation is still to be sent: kMeta, this prefix | channel -> height be64 | digest. Written with the
// block, taken away when the attestation is settled.
inline constexpr std::string_view kAttestPrefix = "node/attest/";
base::Bytes attest_key(const base::ChannelId& channel);

class NodeApplication final : public orderer::Application {
 public:
  struct Options {
    storage::FaultHook* faults = nullptr;  // points: application.staged, application.before_write, application.written
    unsigned verify_threads = 2;
    base::Clock* clock = nullptr;  // check_tx judges at the later of ledger time and this; null: ledger time
  };

  // Loads what the tables hold (nothing, in a fresh home). All references must outlive it.
  // Errors: kCorrupt, kNotInVersion.
  static base::Result<std::unique_ptr<NodeApplication>> open(base::Tables& tables, const Home& home,
                                                             std::shared_ptr<const calendar::Calendars> calendars,
                                                             Keyring& keyring, Log& log, Options options);
  ~NodeApplication() override;

  // Called by `commit` after the durable write, on the orderer's thread. Set before the orderer starts.
  void on_committed(std::function<void(const Committed&)> observer);
  // Called for transactions that prepare_proposal left out: envelope hash and why.
  void on_dropped(std::function<void(const base::Hash&, const base::Error&)> observer);
  // The outbox row that disappears with the write that settles this envelope, unless it is to be sealed anew; and that it no
  // longer does. Any thread.
  void erase_with(const base::Hash& envelope, base::Bytes outbox_key);
  void release(const base::Hash& envelope);

  // orderer::Application
  orderer::Info info() const override;
  base::Result<base::Hash> init_chain(base::ByteView genesis) override;
  base::Status check_tx(base::ByteView transaction) override;
  std::vector<base::Bytes> prepare_proposal(std::vector<base::Bytes> candidates, std::size_t bytes_max,
                                            base::Instant time) override;
  bool process_proposal(const orderer::Proposal& proposal) override;
  orderer::Finalized finalize_block(const orderer::Proposal& proposal) override;
  base::Status commit(const base::Batch& own) override;
  std::optional<base::Instant> next_due() const override;

  // The state after the last durable block. Any thread; never null after init_chain was committed.
  std::shared_ptr<const View> view() const;
  // Runs `read` on the ledger's state, which may already contain staged blocks. Any thread; must be short.
  void with_state(const std::function<void(const ledger::State&)>& read) const;
  // Epochs under which channels stand still here for want of a key.
  std::vector<std::pair<base::ChannelId, std::uint64_t>> stalled() const;

 private:
  class Impl;
  explicit NodeApplication(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace flora::node
