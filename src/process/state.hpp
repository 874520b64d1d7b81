// SPDX-License-Identifier: EUPL-1.2
// The state of one case (process-language, section 2): a value, a function of the definition, the case's inputs in ledger
// order and ledger time, nothing else. Written by the engine alone; anybody may read it. Instants are nanoseconds since 1970.
//
// A typical case (30 facts, a few findings) is under 2 KB, in memory and encoded.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "process/definition.hpp"
#include "process/step_set.hpp"

namespace flora::process {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();
inline constexpr RoleIndex kNoRole = 0xffff;      // the clock is the author
inline constexpr AgencyIndex kNoAgency = 0xffff;  // nobody is the creditor

// One recorded occurrence of a step.
struct Fact {
  std::int64_t at = 0;       // when it happened
  std::int64_t entered = 0;  // ledger time; of a fact of the clock: its due instant
  StepIndex step = 0;
  RoleIndex by = kNoRole;
  std::uint32_t data : 24 = 0;  // its first value in CaseState::values; as many follow as its step has fields
  std::uint32_t flags : 8 = 0;

  // Graded `once:B` or `cancelled:B` as a repetition: stands in the record and nowhere else.
  static constexpr std::uint8_t kRepeated = 1;
  bool counts() const { return (flags & kRepeated) == 0; }
};

// A fact the engine derived from an obligation on a step of channel `clock`.
struct ClockFact {
  enum class State : std::uint8_t {
    kActive,
    kStruck,  // a late fact showed that it never was; stays so
    kAbsent,  // a replay no longer derives it
  };
  std::int64_t at = 0;
  std::int64_t entered = 0;  // the due instant
  RuleRef rule;
  StepIndex step = 0;
  FactRef cause;  // of those with the least due, the one entered first
  AgencyIndex creditor = kNoAgency;
  std::uint16_t after = 0;  // entered facts before it
  State state = State::kActive;
};

struct StepState {
  std::int64_t first_at = kNever;        // least event time of its facts
  std::int64_t last_at = kBeforeAll;     // greatest
  std::int64_t touched_at = kBeforeAll;  // event time of the last opening or closing that acted on it
  FactRef last;                          // latest by event time, of equals the one entered later
  RuleRef closed_by;                     // at whose level a fact of it is graded now; kNoRule while included
  std::uint16_t count = 0;
};

// An opening or closing that acted and changed what a fact of the step is graded as.
struct Opening {
  std::int64_t at = 0;  // event time
  StepIndex step = 0;
  RuleRef rule;
  bool included = false;
};

struct ClosedPhase {
  std::int64_t at = 0;  // least event time of its closings
  PhaseIndex phase = 0;
  RuleRef rule;  // of the first entered closing
};

// One fact that makes a step owed by a rule.
struct Cause {
  std::int64_t at = 0;
  std::int64_t due = kNever;
  FactRef fact;
  RuleRef rule;
  StepIndex step = 0;
  AgencyIndex creditor = kNoAgency;
};

enum class DutyStage : std::uint8_t { kOwed, kWarned, kOverdue, kEscalated };

inline constexpr std::uint16_t kNoFinding = 0xffff;

struct Obligation {
  std::int64_t due = kNever;   // least due of its causes
  std::int64_t next = kNever;  // when the clock has to look at it again: warning, due or grace
  RuleRef rule;
  StepIndex step = 0;
  FactRef first;  // first cause
  AgencyIndex creditor = kNoAgency;
  std::uint16_t finding = kNoFinding;  // place of its open overdue finding
  DutyStage stage = DutyStage::kOwed;
  bool rests = false;  // its fact of the clock was struck
};

enum class FindingStatus : std::uint8_t { kOpen, kAcknowledged, kHealed, kJustified, kWithdrawn, kClosed };
enum class FindingStage : std::uint8_t { kNone, kDue, kGrace };

struct Finding {
  std::int64_t opened = 0;            // when it was graded: entry time, or the due instant
  std::int64_t changed = 0;           // when it last changed
  std::int64_t reference = 0;         // event time of the graded fact; of an overdue duty: the due that passed
  std::int64_t escalate_at = kNever;  // if nobody acknowledges it until then
  std::uint64_t named = 0;            // condition, milestone: the unmet sources, as places in Rule::sources
  std::uint64_t unmet = 0;            // milestone: those of them not yet made good
  RuleRef rule;
  StepIndex step = 0;
  FactRef fact;  // the graded fact, or the first cause of the obligation
  Level level = Level::kNone;
  FindingStage stage = FindingStage::kNone;
  FindingStatus status = FindingStatus::kOpen;
  std::uint8_t flags = 0;

  static constexpr std::uint8_t kAcknowledgedOnce = 1;  // somebody acknowledged it, whatever came after
  static constexpr std::uint8_t kPersonOnly = 2;        // the violating fact took the duty away itself
  static constexpr std::uint8_t kEscalated = 4;         // sent on because nobody acknowledged it
  static constexpr std::uint8_t kMadeGoodLater = 8;     // of a milestone: a source was made good, but only after the fact
  bool is_open() const { return status == FindingStatus::kOpen || status == FindingStatus::kAcknowledged; }
};

// An act on a finding, or the cancellation: an input like a fact, kept for replays and for the history.
struct ActRecord {
  enum class Kind : std::uint8_t { kAcknowledge, kJustify, kClose, kCancel } kind = Kind::kAcknowledge;
  std::int64_t entered = 0;
  std::uint16_t after = 0;  // entered facts before it
  RoleIndex by = kNoRole;
  RuleRef rule;
  StepIndex step = 0;
  FactRef fact;
  std::uint32_t reason = 0;  // offset * 128 + length in CaseState::tokens
};

// How a guard over a tally came out for a fact: replays keep it.
struct TallyOutcome {
  FactRef fact;
  RuleRef rule;
  std::uint8_t truth = 0;  // feel::Truth
};

struct CaseState {
  // Not open: no fact was entered yet; everything else is empty.
  bool open = false;
  std::int64_t opened = 0;       // entry time of the first fact
  std::int64_t trigger = 0;      // its event time: decides which rules are in force
  std::int64_t ledger_time = 0;  // of the last change
  std::int64_t cancelled = kNever;
  std::int64_t last_opening = kBeforeAll;  // greatest event time in `openings` and `phases`
  std::int64_t next_due = kNever;          // when the clock has something to do
  StepSet included;                        // In
  StepSet executed;
  StepSet owed;                      // Ow, as a set
  StepSet cues;                      // section 4, of all agencies
  std::vector<StepState> steps;      // by StepIndex
  std::vector<Obligation> duties;    // Ow
  std::vector<Cause> causes;         // of all obligations, in ledger order
  std::vector<Finding> findings;     // Fi, every one that ever was
  std::vector<Fact> facts;           // entered, in ledger order
  std::vector<std::int64_t> values;  // data of facts, see Data::values
  std::string tokens;                // texts of tokens and reasons
  std::vector<Opening> openings;
  std::vector<ClosedPhase> phases;  // Ph
  std::vector<ClockFact> clock;     // in the order they were first derived
  std::vector<ActRecord> acts;
  std::vector<TallyOutcome> outcomes;

  bool is_cancelled() const { return cancelled != kNever; }
  bool phase_closed(PhaseIndex phase) const;
  // In, Ow and so on by name, for readers.
  bool is_included(StepIndex s) const { return included.has(s); }
  std::uint16_t count(StepIndex s) const { return s < steps.size() ? steps[s].count : 0; }
  // Entered fact or fact of the clock as one thing. The reference must be valid.
  Fact fact(FactRef ref) const {
    if (!ref.is_clock()) return facts[ref.index()];
    Fact out;
    const auto& c = clock[ref.index()];
    out.at = c.at;
    out.entered = c.entered;
    out.step = c.step;
    return out;
  }
  // Values of an entered fact, as many as its step has fields; empty for a fact of the clock.
  std::span<const std::int64_t> values_of(const Definition& definition, FactRef ref) const;
  std::string_view token(std::int64_t value) const;  // of a token field, or of a reason
  const Obligation* duty(RuleRef rule, StepIndex step) const;
  const Finding* finding(RuleRef rule, StepIndex step, FactRef fact) const;  // the latest with this identity
  Level highest_open() const;                                                // of the open findings; kNone if there is none
};

// Deterministic CBOR (docs/reference/formats.md, "case state"). The same state gives the same bytes.
base::Bytes encode_state(const Definition& definition, const CaseState& state);
// Reads what encode_state wrote, under the same definition. Errors: those of CborReader, kWrongType, kOutOfRange (an index
// or a relation that cannot be). Never trusts its input.
base::Result<CaseState> decode_state(const Definition& definition, base::ByteView bytes);

// Relations that hold in every state; false and a sentence if one is broken. The engine calls it after every change and
// stops the process on false.
bool check_state(const Definition& definition, const CaseState& state, std::string_view* broken = nullptr);

}  // namespace flora::process
