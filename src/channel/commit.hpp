// SPDX-License-Identifier: EUPL-1.2
// From what a run decided to the batch of its block: records, rows, registers, journal, digest. Internal to the module.
#pragma once
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel/executor.hpp"
#include "channel/journal.hpp"
#include "channel/keys.hpp"
#include "channel/project.hpp"
#include "channel/registers.hpp"
#include "channel/run.hpp"
#include "crypto/smt.hpp"

namespace flora::channel {

// Changes of the due index, to be made in memory when the block is committed.
struct DueChange {
  base::CaseId id;
  std::int64_t old_due = process::kNever, new_due = process::kNever;
};

// What the executor carries from block to block beside the cases.
struct Carried {
  Meta meta;
  Progress progress;
  std::map<ListKey, std::int64_t> counters;
};

class BlockWriter {
 public:
  BlockWriter(const base::TableReader& tables, const base::ChannelId& channel, const BlockContext& block, const Carried& carried,
              crypto::SmtCache& cache)
      : tables_(tables), channel_(channel), block_(block), carried_(carried), cache_(cache) {}

  // Fills batch, deltas, digest and checkpoint of the outcome. The journal entries are those of the block's envelopes.
  void write(Run& run, std::span<const JournalEntry> journal, std::span<const std::uint32_t> positions, BlockOutcome& outcome);

  std::vector<DueChange> take_due_changes() { return std::move(due_changes_); }
  Carried take_carried() { return std::move(next_); }

 private:
  void write_case(StagedCase& staged);
  void write_history(const StagedCase& staged, std::uint32_t number);
  void add_delta(const StagedCase& staged, const Changed& changed);
  void write_tallies(const Run& run);
  void write_registers(const Run& run);
  void forget_answers(std::size_t commands);
  void write_answers(const Run& run);
  void write_journal(std::span<const JournalEntry> journal, std::span<const std::uint32_t> positions,
                     std::span<const ClockOutcome> clock);
  void write_progress(const Run& run);
  void write_counters();
  void write_digest();
  void write_attestations(const Run& run);
  // Under the digest; the entry key is what follows the channel in the row's key.
  void put_entry(base::Bytes row_key, base::Bytes value);
  void erase_entry(const base::Bytes& row_key);

  const base::TableReader& tables_;
  const base::ChannelId& channel_;
  const BlockContext& block_;
  const Carried& carried_;
  crypto::SmtCache& cache_;
  Carried next_;
  base::Batch batch_;
  std::vector<crypto::SmtUpdate> updates_;
  CounterChanges counters_;
  std::vector<DueChange> due_changes_;
  std::map<std::pair<std::string, std::string>, std::vector<CaseDelta>> deltas_;
  bool is_checkpoint_ = false;
};

}  // namespace flora::channel
