// SPDX-License-Identifier: EUPL-1.2
// The embedded orderer: one validator in this process. Blocks close when the pipeline is free, so a lone envelope is durable
// within a few milliseconds and a thousand waiting ones share one sync. Heights come in pairs:
//
//   block H      what waited: prepare, finalize, vote
//   block H+1    empty, the proof block: carries the app hash after H and the commit over H; finalize, vote
//   commit       ONE durable write: state after H+1, both blocks, both commits, the chain's state (with it: what was signed)
//
// Nothing of a pair leaves this process before that write, so a signature that was not written was never seen, and a height
// is signed once. A pair whose write failed is kept and written again, byte for byte, until it succeeds.
//
// Time: the vote on a block bears max(now, block time + 1 ms) and is the time of the next block. The sequencer waits until
// its clock has reached the last vote's time before the write, so ledger time never runs ahead of the clock. An empty pair is
// made every `heartbeat_seconds`, whenever Application::next_due() is reached, and before envelopes if ledger time trails the
// clock by more than heartbeat + 5 s.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "ledger/genesis.hpp"
#include "orderer/application.hpp"
#include "orderer/pace.hpp"
#include "orderer/queue.hpp"
#include "storage/faults.hpp"

namespace flora::orderer {

enum class Condition : std::uint8_t {
  kRunning,
  kDiskFull,     // the pair is written again twice a second
  kFailed,       // the storage failed: the same
  kClockJumped,  // wall clock and time since boot moved apart by over a minute; only a restart goes on
  kStopped,
};

struct SequencerOptions {
  QueueLimits queue;
  std::int64_t heartbeat_seconds = base::limits::kHeartbeatSeconds;
  std::int64_t retry_ms = 500;           // between two attempts to write a pair
  storage::FaultHook* faults = nullptr;  // points: sequencer.taken, .finalized, .signed, .proof, .before_commit, .committed
  // Called on the sequencer's thread whenever the condition changes. May be empty.
  std::function<void(Condition)> on_condition;
};

struct SequencerStatus {
  Condition condition = Condition::kRunning;
  std::int64_t height = 0;  // last durable block
  base::Instant time;       // of it
  std::size_t waiting = 0;  // envelopes in the queue
};

class Sequencer {
 public:
  // Brings a fresh home to life (Application::init_chain) or goes on after its last durable pair; replays nothing. The first
  // pair of a fresh home is made by start(). Tables, application and pace must outlive it.
  // Errors: kCorrupt (tables and application disagree), kOutOfRange (the genesis does not name `key` as its only validator),
  // kClockJumped (the clock is over a minute behind the last block), and those of init_chain.
  static base::Result<std::unique_ptr<Sequencer>> open(const base::TableReader& tables, Application& application, Pace& pace,
                                                       const ledger::Genesis& genesis, crypto::PrivateKey key,
                                                       SequencerOptions options = {});
  virtual ~Sequencer() = default;  // as stop(), but without waiting for a disk that is full

  // Starts the thread; returns when the first pair of a fresh home is durable. Errors: kDiskFull, kStorageFailed.
  virtual base::Status start() = 0;

  // Any thread. Checks every transaction (Application::check_tx) and queues them; all or, if the queue is full, none.
  // One status per transaction: those that fail their check are left out. Errors of the whole: kBusy, kDiskFull,
  // kStorageFailed, kClockJumped, kNotLeader (stopped).
  virtual base::Result<std::vector<base::Status>> submit(const base::MemberId& member, std::vector<base::Bytes> transactions) = 0;

  // Makes an empty pair and returns when it, and everything queued before, is durable. Any thread but the sequencer's own.
  // Errors as for submit.
  virtual base::Status beat() = 0;

  virtual SequencerStatus status() const = 0;

  // Makes blocks of what is queued, then ends the thread. Idempotent.
  virtual void stop() = 0;
};

}  // namespace flora::orderer
