// SPDX-License-Identifier: EUPL-1.2
// From commands to a settled envelope.
//
//   submit -> worker: sequence number, salt, seal, sign -> outbox (durable) -> orderer -> block -> commit -> answer
//
// The outbox row disappears in the very write that settles the envelope. After a restart its rows go out again: the same
// bytes, or, once expired, the same commands sealed anew under the same message ids, which the channel answers as it did the
// first time. Sequence numbers are reserved in blocks of 1,000 in the same write as the rows that use them. Workers take
// whatever waits, so many submissions share one sync.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "channel/commands.hpp"
#include "ledger/commands.hpp"
#include "node/application.hpp"
#include "node/home.hpp"
#include "node/keyring.hpp"
#include "node/log.hpp"
#include "orderer/sequencer.hpp"

namespace flora::node {

// HMAC(member key, [client, Idempotency-Key]); commands after the first add their index to the array.
base::Hash message_id(base::ByteView member_key, std::string_view client, std::string_view idempotency_key, std::size_t index);

// An order to the ledger: commands of one member in one channel.
struct Order {
  base::MemberId member;
  base::ChannelId channel;              // zero: the federation
  bool govern = false;                  // signed with the member's govern key (channel 0 only)
  std::vector<base::Hash> message_ids;  // one per command
  std::vector<base::Bytes> commands;    // encoded
  // Called once, on any thread. Errors of the whole: kInFlight, kIdempotencyConflict (in flight with other content), kBusy,
  // kTooLarge, kDiskFull, kStorageFailed, kStalled, kTimeout (outcome unknown), the ledger's own refusals.
  std::function<void(base::Result<Settled>)> done;
};

class Submission {
 public:
  struct Options {
    unsigned workers = 2;
    std::size_t waiting_max = 16384;       // orders not yet sealed; above it kBusy
    std::int64_t expires_seconds = 300;    // of an envelope, from the clock
    storage::FaultHook* faults = nullptr;  // points: submission.sealed, submission.outbox, submission.submitted
  };

  // All references must outlive it.
  Submission(base::Tables& tables, const Home& home, NodeApplication& application, orderer::Sequencer& sequencer,
             base::Clock& clock, Keyring& keyring, base::Random& random, Log& log, Options options);
  ~Submission();
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;

  // Sends what the outbox still holds and starts the workers. Errors: kCorrupt.
  base::Status start();
  void submit(Order order);
  // Tells orders what became of them; the application's observers.
  void settled(const Committed& committed);
  void dropped(const base::Hash& envelope, const base::Error& why);
  // The orderer cannot write: answers all who wait with kTimeout; their rows stay and go out later.
  void interrupted(const base::Error& why);
  // Orders that wait for their block or their sealing.
  std::size_t waiting() const;
  // Takes no more orders, waits until all that were taken are settled or cannot be, ends the workers.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flora::node
