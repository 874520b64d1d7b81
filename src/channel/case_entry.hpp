// SPDX-License-Identifier: EUPL-1.2
// A case as the executor holds it and as it is stored, and where its rows stand. Internal to the module.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/tables.hpp"
#include "channel/catalog.hpp"
#include "channel/effects.hpp"
#include "process/effects.hpp"
#include "process/state.hpp"

namespace flora::channel {

struct CaseEntry {
  base::CaseId id;
  std::shared_ptr<const Version> version;  // pinned when it was opened
  process::CaseState state;
  std::vector<FactId> facts;           // names of CaseState::facts, same order
  base::Bytes placed;                  // encode_placed of its rows as committed
  std::int64_t due = process::kNever;  // its place in the due index as committed
};

// The record under the digest: [1, version hash, names of the facts one after the other, case state].
base::Bytes encode_case(const CaseEntry& entry);
// Errors: kCorrupt.
base::Result<std::unique_ptr<CaseEntry>> decode_case(const base::CaseId& id, base::ByteView record, const Catalog& catalog);
// Record and placed from the tables; nullptr if there is no such case. Errors: kCorrupt.
base::Result<std::unique_ptr<CaseEntry>> load_case(const base::TableReader& tables, const base::ChannelId& channel,
                                                   const base::CaseId& id, const Catalog& catalog);

// The name of any fact of a case, also of the clock's.
FactId name_of(const process::Definition& definition, const process::CaseState& state, std::span<const FactId> entered,
               process::FactRef fact);
std::optional<process::FactRef> find_fact(const CaseEntry& entry, const FactId& id);

// ---- where its rows stand ---------------------------------------------------------------------------------------------
struct PlacedRow {
  std::uint16_t view = 0;  // index in Package::views
  std::string sort;
  std::uint64_t print = 0;  // of the row's value
};
struct PlacedFinding {
  std::uint16_t finding = 0;  // index in CaseState::findings
  package::Level level = package::Level::kNone;
  bool unacknowledged = false;
  std::int64_t opened = 0;
  std::vector<package::AgencyIndex> agencies;  // ascending: one inbox row each
  std::vector<package::RoleIndex> roles;       // ascending: whose counters it counts in
  std::uint64_t print = 0;
};
struct PlacedCue {
  package::AgencyIndex agency = 0;
  package::StepIndex step = 0;
  std::int64_t due = process::kNever;
  friend auto operator<=>(const PlacedCue&, const PlacedCue&) = default;
};
struct Placed {
  std::uint32_t history = 0;            // rows of its history
  std::vector<PlacedRow> rows;          // ascending by view
  std::vector<PlacedFinding> findings;  // ascending by finding
  std::vector<PlacedCue> cues;          // ascending
};
base::Bytes encode_placed(const Placed& placed);
base::Result<Placed> decode_placed(base::ByteView bytes);

// ---- its history ---------------------------------------------------------------------------------------------------------
// What happened in a case, one row for every accepted command and every act of the clock. Follows from the journal.
struct HistoryRow {
  enum class Kind : std::uint8_t { kFact = 1, kAct = 2, kCancel = 3, kClock = 4 } kind = Kind::kFact;
  base::Instant time;  // ledger time; of the clock: the due instant
  std::int64_t height = 0;
  base::Hash envelope;  // zero: the clock
  std::uint32_t index = 0;
  base::Hash message_id;
  base::MemberId member;
  base::ActorId actor;
  std::uint16_t role = process::kNoRole;
  process::FactRef fact;  // kFact
  std::string reason;     // kAct, kCancel
  struct Move {           // of a finding
    process::RuleRef rule;
    package::StepIndex step = 0;
    process::FactRef fact;
    Stage stage = Stage::kNone;
    package::Level level = package::Level::kNone;
    FindingVerb verb = FindingVerb::kOpened;
    std::int64_t at = 0;
  };
  std::vector<Move> moves;
};
base::Bytes encode_history(const HistoryRow& row);
base::Result<HistoryRow> decode_history(base::ByteView bytes);

}  // namespace flora::channel
