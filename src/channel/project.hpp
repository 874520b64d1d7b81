// SPDX-License-Identifier: EUPL-1.2
// From the state of a case to its rows in views, inboxes and lists of next steps; and from the difference to what stood
// before to changes of the tables and counters. Pure. Internal to the module.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/tables.hpp"
#include "channel/case_entry.hpp"
#include "channel/plan.hpp"

namespace flora::channel {

// ---- rows of one case, worked out from nothing but its state
struct ProjectedRow {
  std::uint16_t view = 0;
  std::string sort;
  base::Bytes value;  // [version ordinal, level, [* cell]]
};
struct ProjectedFinding {
  PlacedFinding placed;  // print included
  base::Bytes value;     // encode_inbox_row
};
struct Projected {
  std::vector<ProjectedRow> rows;          // ascending by view
  std::vector<ProjectedFinding> findings;  // ascending by finding
  std::vector<PlacedCue> cues;             // ascending
};
Projected project(const CaseEntry& entry);

// ---- keys and values of the rows
base::Bytes view_row_key(const base::ChannelId& channel, const ListKey& list, std::string_view sort, const base::CaseId& id);
base::Bytes inbox_row_key(const base::ChannelId& channel, const ListKey& list, const PlacedFinding& finding,
                          const base::CaseId& id);
base::Bytes cue_row_key(const base::ChannelId& channel, const ListKey& list, const PlacedCue& cue, const base::CaseId& id);

// What an inbox row says; ids are those of the version.
struct InboxRow {
  std::uint16_t version = 0;  // ordinal
  process::RuleRef rule;
  package::StepIndex step = 0;
  FactId fact;
  Stage stage = Stage::kNone;
  package::Level level = package::Level::kNone;
  bool acknowledged = false;
  std::int64_t opened = 0;
  std::vector<process::Addressee> to;
};
base::Bytes encode_inbox_row(const InboxRow& row);
base::Result<InboxRow> decode_inbox_row(base::ByteView bytes);

// ---- the difference
using CounterChanges = std::map<ListKey, std::int64_t>;

struct Changed {
  std::vector<std::uint16_t> views;            // entered, left or changed
  std::vector<package::AgencyIndex> agencies;  // whose inbox or next steps changed
};
// Brings the tables from `old` to the rows of `next`; `placed` receives what stands then.
Changed write_difference(const base::ChannelId& channel, const CaseEntry& entry, const Placed& old, Projected next,
                         Placed& placed, CounterChanges& counters, base::Batch& batch);

}  // namespace flora::channel
