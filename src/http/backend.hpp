// SPDX-License-Identifier: EUPL-1.2
// The port through which `http` reaches the node: submit, preview, read, subscribe. Implemented by node (and by a fake in
// the tests). No HTTP in it. Unless said otherwise every call may come from any thread and must not block on the network.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "channel/catalog.hpp"
#include "channel/commands.hpp"
#include "channel/effects.hpp"
#include "channel/executor.hpp"
#include "vault/vault.hpp"

namespace flora::http {

// A member whose people and systems this node serves.
struct Hosted {
  base::MemberId member;
  std::string agency;  // id of its agency in the package
};

// Who asks for a change. `person` and `client` never leave the node: the actor id on the ledger is made from them.
struct Author {
  base::MemberId member;
  std::string person;  // officer, or the client program's id
  std::string client;  // scope of the idempotency key inside the member: the signed-in user or the program
};

struct Submission {
  Author author;
  std::string idempotency_key;             // as sent; becomes the message ids on the ledger, one per command
  std::vector<channel::Command> commands;  // 1 to limits::kCommandsPerEnvelopeMax, each with its role
};

// One per command, in order.
struct Outcome {
  base::CaseId case_id;
  channel::FactId fact;              // names the fact from now on; zero for commands that record none
  std::optional<base::Error> error;  // set: refused, and nothing in `effects`
  channel::Effects effects;          // of a repeated command: those of its first answer, `repeats` set
};

// After the durable commit; never before.
struct Acknowledgement {
  base::Hash envelope;  // names the receipt
  std::int64_t height = 0;
  std::uint32_t position = 0;
  base::Instant ledger_time;
};
struct Submitted {
  Acknowledgement acknowledgement;
  std::vector<Outcome> outcomes;
};
struct Previewed {
  std::int64_t height = 0;  // the state it was decided on
  base::Instant ledger_time;
  std::vector<Outcome> outcomes;
};

// ---- reading ---------------------------------------------------------------------------------------------------------
// The state after one committed block; immutable, cheap to take.
struct Snapshot {
  std::shared_ptr<const base::TableReader> tables;
  std::int64_t height = 0;
  base::Instant ledger_time;  // time of that block
  base::ChannelId channel;
  std::shared_ptr<const channel::Catalog> catalog;  // packages in force and who holds their agencies
};

// What a block changed, for open pages. Contains nothing that the reader could not fetch: it is filtered per reader.
struct Delta {
  std::int64_t height = 0;
  base::Instant ledger_time;
  std::vector<channel::AgencyDelta> agencies;  // as the executor gave them
};

struct Receipt {
  base::Bytes cbor;  // application/cose
  std::string json;  // the same for people
};

struct Status {
  std::int64_t height = 0;
  base::Instant ledger_time;
  std::int64_t age_ms = 0;  // since the last block, by the steady clock
  bool writable = true;
  std::string why_not_writable;  // "disk_full", "stalled", ... empty if writable
  bool ready = true;             // executor caught up
  bool demo = false;
  std::string build;      // version of the program
  std::string chain;      // chain id
  std::size_t queue = 0;  // envelopes that wait for a block
};

// Ends with its destruction; no call is running or follows after it.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::vector<Hosted> hosted() const = 0;  // constant while the node runs
  virtual Status status() const = 0;
  virtual Snapshot snapshot() const = 0;

  // Signs, seals, orders, executes. `done` is called exactly once, on any thread, after the commit or the refusal of the
  // whole; single commands may be refused inside Submitted. A repeated (member, client, key) with the same commands gives
  // the first answer. Errors of the whole: kIdempotencyConflict, kInFlight, kBusy, kTooLarge (the envelope), kDiskFull,
  // kStalled, kTimeout (outcome unknown: repeat with the same key).
  virtual void submit(Submission submission, std::function<void(base::Result<Submitted>)> done) = 0;

  // The same decisions on a throw-away state; orders nothing, keeps nothing. Blocks for the time of the computation.
  virtual base::Result<Previewed> preview(const Submission& submission) = 0;

  // The pseudonym of the `index`-th new case of a request: random to others, the same for a repetition of the request.
  virtual base::CaseId new_case(const Author& author, std::string_view idempotency_key, std::size_t index) const = 0;
  // What the ledger calls this person in this case (HMAC under the member's key).
  virtual base::ActorId actor(const Author& author, const base::CaseId& case_id) const = 0;

  // A hosted member's private records. Owned by the node; lives as long as the backend.
  virtual vault::Vault& vault(const base::MemberId& member) = 0;
  // Hands records of `from` over to the member of another agency of this channel (here: to its vault on this node).
  // Errors: kUnknownMember.
  virtual base::Status hand_over(const base::MemberId& from, const std::string& to_agency,
                                 const std::vector<vault::Record>& records) = 0;

  // Errors: kUnknownFact (no such envelope), kNotMember, kNotLeader (its commit is not collected yet: again in a moment).
  virtual base::Result<Receipt> receipt(const base::MemberId& reader, const base::Hash& envelope) = 0;

  // `on_delta` is called after every commit that changed a case, in order of heights, on the committing thread: it must
  // only hand the delta on.
  virtual std::unique_ptr<Subscription> subscribe(std::function<void(std::shared_ptr<const Delta>)> on_delta) = 0;

  // Demo home only: moves ledger time forward, and lets it run at the pace of real time from there if `run`. Errors: kForbidden
  // (no demo, or it runs already), kTimeRunsBackwards.
  virtual base::Status set_demo_clock(base::Instant to, bool run) = 0;
};

}  // namespace flora::http
