// SPDX-License-Identifier: EUPL-1.2
// The engine's effects in the channel's terms: ids instead of numbers. Pure. Internal to the module.
#pragma once
#include <vector>

#include "channel/case_entry.hpp"
#include "channel/effects.hpp"
#include "process/effects.hpp"

namespace flora::channel {

// `entry` after the effects were applied.
Effects tell(const CaseEntry& entry, const process::Effects& effects);

// The same for the people of the agencies concerned.
struct News {
  struct OfFinding {
    FindingChange change;
    std::vector<package::AgencyIndex> agencies;  // ascending
  };
  struct OfNote {
    NoteSent note;
    std::vector<package::AgencyIndex> agencies;
  };
  std::vector<OfFinding> findings;
  std::vector<OfNote> notes;
  process::StepSet new_cues;
};
void add_news(const CaseEntry& entry, const process::Effects& effects, News& news);

// Changes of findings for the case's history.
std::vector<HistoryRow::Move> moves_of(const process::Effects& effects);

}  // namespace flora::channel
