// SPDX-License-Identifier: EUPL-1.2
// What a command, or the clock, caused in one case: the terms of `flora process run`, by ids of the package. The canonical
// CBOR of this stands in the journal and is hashed into the result root (docs/reference/formats-channel.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "channel/commands.hpp"
#include "package/model.hpp"

namespace flora::channel {

enum class FindingVerb : std::uint8_t { kOpened = 1, kAcknowledged, kHealed, kJustified, kWithdrawn, kEscalated, kClosed };
enum class DutyVerb : std::uint8_t { kOwed = 1, kRenewed, kWarned, kDone, kCancelled, kReleased, kOverdue, kEscalated };
enum class Stage : std::uint8_t { kNone = 0, kDue = 1, kGrace = 2 };
std::string_view to_text(FindingVerb verb);
std::string_view to_text(DutyVerb verb);
std::string_view to_text(Stage stage);  // "" "due" "grace"

struct FindingChange {
  std::string rule, step;
  FactId fact;  // the graded fact, or the first cause of the obligation
  Stage stage = Stage::kNone;
  package::Level level = package::Level::kNone;
  FindingVerb change = FindingVerb::kOpened;
  std::vector<std::string> to;  // ids of roles and agencies, sorted
  friend bool operator==(const FindingChange&, const FindingChange&) = default;
};
struct NoteSent {
  std::string rule;
  std::vector<std::string> to;
  friend bool operator==(const NoteSent&, const NoteSent&) = default;
};
struct DutyChange {
  std::string rule, step;
  DutyVerb change = DutyVerb::kOwed;
  std::vector<std::string> by;  // agencies that owe it
  std::string to;               // the creditor's agency, may be empty
  std::optional<base::Instant> due;
  friend bool operator==(const DutyChange&, const DutyChange&) = default;
};
struct AgencyCues {
  std::string agency;
  std::vector<std::string> steps;
  friend bool operator==(const AgencyCues&, const AgencyCues&) = default;
};

// A fact of the clock that arose, or was struck by a late fact.
struct ClockFact {
  FactId fact;
  std::string step;
  base::Instant at;
  bool struck = false;
  friend bool operator==(const ClockFact&, const ClockFact&) = default;
};

struct Effects {
  std::vector<FindingChange> findings;
  std::vector<NoteSent> notes;
  std::vector<DutyChange> duties;
  std::vector<AgencyCues> cues;  // all cues of the case after it, agencies without any included
  std::vector<ClockFact> clock;
  // A repetition of an earlier command: where its first answer stands. Then all lists are empty.
  struct First {
    std::int64_t height = 0;
    base::Hash envelope;
    std::uint32_t index = 0;
    friend bool operator==(const First&, const First&) = default;
  };
  std::optional<First> repeats;
  friend bool operator==(const Effects&, const Effects&) = default;
};

base::Bytes encode_effects(const Effects& effects);
// Errors: those of CborReader, kOutOfRange.
base::Result<Effects> decode_effects(base::ByteView bytes);

// "2021-04-09T24:00" in Europe/Berlin where an instant ends a day, else RFC 3339 with the zone's offset.
std::string local_text(base::Instant instant);
// The members of interfaces.md section 2: findings, notes, duties, cues; instants as local_text.
base::Json to_json(const Effects& effects);

}  // namespace flora::channel
