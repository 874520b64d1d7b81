// SPDX-License-Identifier: EUPL-1.2
// The executor of one channel: opens what the ledger accepted, decides every command against the case it names, applies
// the effects and projects every view, findings inbox and list of next steps, all into one batch per block.
//
//   execute(block) -> outcome     stages; changes nothing; may be repeated with the same or another block
//   commit()                      after the batch was written: what was staged becomes the state
//   discard()                     drops what was staged
//
// Pure apart from the TableReader it reads through, which must show the state after the last committed block. One thread
// at a time. Determinism: results and batch are a function of tables, block and keys alone.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
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

namespace flora::ledger {
struct AcceptedEnvelope;
struct FederationId;
}  // namespace flora::ledger

namespace flora::channel {

// The only version of this program; a vote will activate others at a height (ledger-rules, 3).
inline constexpr std::uint64_t kExecutorVersion = 1;
// Commands other than attestations after which members attest the digest.
inline constexpr std::uint64_t kCheckpointCommands = 1000;
inline constexpr std::int64_t kCheckpointSeconds = 24 * 3600;

struct BlockContext {
  std::int64_t height = 0;
  base::Instant time;  // ledger time of everything in the block
};

// Looks up the 32-byte key of an epoch of this channel; nullopt stalls the channel.
using EpochKeys = std::function<std::optional<base::Hash>(std::uint64_t epoch)>;

// What one command came to.
struct CommandResult {
  base::Code code = base::Code::kOk;
  std::string detail;  // for people, English, no personal data; not part of any hash
  base::Hash message_id;
  base::CaseId case_id;   // zero if the command is about the channel
  FactId fact;            // record_fact: the name of the fact; else zero
  bool repeated = false;  // same id and content as before: code and effects are the first ones
  base::Bytes effects;    // encode_effects; what the case's process says about it
  base::Result<Effects> caused() const { return decode_effects(effects); }
};

struct EnvelopeOutcome {
  base::Hash envelope;
  std::uint32_t position = 0;  // in the block
  base::MemberId author;
  base::Code code = base::Code::kOk;  // not ok: it could not be opened (1xxx) and has no results
  std::vector<CommandResult> results;
};

// What the clock did in one case before the block's commands.
struct ClockOutcome {
  base::CaseId case_id;
  base::Instant at;  // due instant
  base::Bytes effects;
};

// What a block changed for the people of one agency: ids and numbers only. Nothing that a role of it could not fetch.
struct CaseDelta {
  base::CaseId case_id;
  std::vector<std::string> views;       // ids of the agency's views that the case entered, left or changed in
  std::vector<FindingChange> findings;  // that have a recipient of the agency
  std::vector<NoteSent> notes;          // to roles of the agency, or to it
  std::vector<std::string> new_cues;    // steps: Weiter
};
struct AgencyDelta {
  std::string package_id, agency;
  std::vector<CaseDelta> cases;  // in order of first change
};

struct Checkpoint {
  std::int64_t height = 0;
  base::Hash digest;
};

// The node reports it; the channel is shown as disputed.
struct Dispute {  // two members attested different digests
  std::int64_t height = 0;
  base::MemberId member;
  base::Hash theirs, ours;
};

struct BlockOutcome {
  base::Batch batch;  // everything, including the height the channel stands at
  std::vector<EnvelopeOutcome> envelopes;
  std::vector<ClockOutcome> clock;
  std::vector<AgencyDelta> deltas;       // by package id and agency
  base::Hash digest;                     // state digest after the block
  std::optional<Checkpoint> checkpoint;  // the node submits AttestDigest for it
  std::vector<Dispute> disputes;
  bool catalog_changed = false;  // take Executor::catalog() anew after commit
  // Set: the key of that epoch is missing here. Nothing is staged, batch and envelopes are empty; the channel stands still
  // until the same block is executed with the key (kStalled, local).
  std::optional<std::uint64_t> stalled_at_epoch;
};

class Executor {
 public:
  struct Options {
    std::size_t finished_cases_max = 4096;   // finished cases kept decoded
    std::size_t digest_nodes_max = 1 << 20;  // nodes of the state tree kept in memory
  };

  // Loads packages, bindings and the times at which something falls due; cases are read when first needed. `tables` and
  // `calendars` must outlive it. Errors: kCorrupt.
  static base::Result<std::unique_ptr<Executor>> load(const base::TableReader& tables, const base::ChannelId& channel,
                                                      const ledger::FederationId& federation,
                                                      const calendar::Calendars& calendars, const Options& options);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // `envelopes`: those of this channel that the ledger accepted, in order of position. Called for every block, also for
  // those without envelopes: time passes. Height must be above height().
  BlockOutcome execute(const BlockContext& block, std::span<const ledger::AcceptedEnvelope> envelopes, const EpochKeys& keys);
  void commit();
  void discard();

  std::int64_t height() const;  // last committed
  base::Instant time() const;
  base::Hash digest() const;                       // after it
  std::optional<base::Instant> next_due() const;   // earliest instant at which the clock has something to do
  std::shared_ptr<const Catalog> catalog() const;  // after the last commit; the value is immutable and may be shared
  std::size_t cases_in_memory() const;

 private:
  class Impl;
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The same decisions on a throw-away state over a snapshot: what the commands of one author would cause, in order, if they
// stood alone in the next block at ledger time `now`. Nothing is written; any thread. Message ids are those the caller will
// use; an id already known answers as the ledger would. `now` earlier than the snapshot's time counts as that time.
struct Proposed {
  base::Hash message_id;
  Command command;
};
std::vector<CommandResult> preview(const base::TableReader& snapshot, const base::ChannelId& channel,
                                   const std::shared_ptr<const Catalog>& catalog, const base::MemberId& author,
                                   std::span<const Proposed> commands, base::Instant now);

}  // namespace flora::channel
