// SPDX-License-Identifier: EUPL-1.2
// What a command, or the clock, causes in one case: a list of small changes that `apply` folds into the state, and the same
// told in the terms of the interfaces (findings, notes, duties, cues). Reuse one object for many decisions: its buffers stay.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "process/definition.hpp"
#include "process/state.hpp"

namespace flora::process {

// One change of state. What the numbers mean depends on the kind (fold.cpp); no pointers, no text.
struct Effect {
  enum class Kind : std::uint8_t {
    kOpenCase,       // a opened, b trigger
    kFact,           // index: place in Effects::facts; into the record
    kClockFact,      // fact; index: place in Effects::clock_facts; into the record
    kCount,          // fact; from the record into the counts
    kCause,          // rule, step, fact; a event time, b due; index creditor; mask place of the duty, all ones if there is none
    kDropCauses,     // rule, step; all with event time <= a; index place of the duty
    kDuty,           // rule, step: a next, flag stage, index finding; b place of the duty; mask whether it rests
    kInclude,        // step, rule; a event time
    kExclude,        // step, rule; a event time; flag: the rule grades from now on
    kPhase,          // index phase, rule; a event time
    kFindingOpened,  // index: place in Effects::opened
    kFinding,        // index finding: flag status, a when, mask unmet, b escalate_at; step level, fact stage, rule flags
    kAct,            // index: place in Effects::acts
    kCancelled,      // a when
    kTally,          // fact, rule, flag truth
    kCues,           // mask: word `index`
    kTime,           // a ledger time, b when the clock has something to do
  } kind = Kind::kTime;
  std::uint8_t flag = 0;
  StepIndex step = 0;
  RuleRef rule;
  FactRef fact;
  std::uint32_t index = 0;
  std::int64_t a = 0, b = 0;
  std::uint64_t mask = 0;
};

// ---- the report ----------------------------------------------------------------------------------------------------------

enum class FindingVerb : std::uint8_t { kOpened, kAcknowledged, kHealed, kJustified, kWithdrawn, kEscalated, kClosed };
enum class DutyVerb : std::uint8_t { kOwed, kRenewed, kWarned, kDone, kCancelled, kReleased, kOverdue, kEscalated };
std::string_view to_text(FindingVerb verb);  // "opened" ...
std::string_view to_text(DutyVerb verb);
std::string_view to_text(FindingStage stage);    // "", "due", "grace"
std::string_view to_text(FindingStatus status);  // "open", "acknowledged" ...
std::string_view to_text(DutyStage stage);       // "owed", "warned", "overdue", "escalated"

// Why a duty was released.
enum class Release : std::uint8_t {
  kNone,
  kUntil,      // a step named by `until`
  kPhase,      // its phase was closed
  kCancelled,  // the case was cancelled
  kExcluded,   // a step of the clock that was excluded when it was due
  kBlocked,    // ... that something obstructed
  kTooLong,    // ... of a case with too many facts
  kReplayed,   // a replay does not owe it
};
std::string_view to_text(Release release);

// Addressees stand in Effects::addressees, at [first, first + count), sorted, each once.
struct To {
  std::uint32_t first = 0, count = 0;
};

struct FindingChange {
  RuleRef rule;
  StepIndex step = 0;
  FactRef fact;
  FindingStage stage = FindingStage::kNone;
  Level level = Level::kNone;
  FindingVerb change = FindingVerb::kOpened;
  std::int64_t at = 0;                 // entry time, or the due instant
  std::uint16_t finding = kNoFinding;  // place in CaseState::findings after apply
  To to;
};

struct NoteSent {
  RuleRef rule;
  To to;
};

struct DutyChange {
  RuleRef rule;
  StepIndex step = 0;  // owed by Definition::debtors(step)
  DutyVerb change = DutyVerb::kOwed;
  std::int64_t due = kNever;
  AgencyIndex creditor = kNoAgency;
  Release why = Release::kNone;
};

// A fact of the clock that arose, or was struck by a late fact.
struct ClockChange {
  FactRef fact;
  StepIndex step = 0;
  std::int64_t at = 0;
  bool struck = false;
};

struct Report {
  std::vector<FindingChange> findings;  // in the order they happened; renderers sort
  std::vector<NoteSent> notes;
  std::vector<DutyChange> duties;
  std::vector<ClockChange> clock;
  StepSet cues;      // all cues of the case after it
  StepSet new_cues;  // those that were none before: Weiter
};

struct Effects {
  Report report;
  std::vector<Addressee> addressees;
  std::span<const Addressee> to(const To& t) const { return {addressees.data() + t.first, t.count}; }

  FactRef fact;           // the fact that was recorded, if one was
  RuleRef refused_by;     // after kRuleRefuses: the rule
  bool replaced = false;  // a replay took place: apply takes over the whole state from here
  std::int64_t now = 0;   // ledger time of the decision
  // The clock alone: the due instant of what it did, and the step if it was a fact of the clock.
  std::int64_t clock_at = 0;
  FactRef clock_fact;

  std::vector<Effect> list;
  std::vector<Fact> facts;  // with `data` counted from the beginning of `values`
  std::vector<ClockFact> clock_facts;
  std::vector<std::int64_t> values;
  std::string tokens;
  std::vector<Finding> opened;
  std::vector<ActRecord> acts;
  // Working memory of the engine, of no interest to callers: the copy that decide changes, and two sets.
  CaseState scratch;
  StepSet taken, cues_before;

  void clear();  // keeps the buffers
};

// ---- the report for others ----------------------------------------------------------------------------------------------------

// What facts are called outside; the engine knows ordinals only.
class FactNames {
 public:
  virtual ~FactNames() = default;
  virtual std::string name_of(FactRef fact) const = 0;
};
// Names of entered facts as handed in; a fact of the clock is `clock:RULE:CAUSE`. Both references must outlive it.
class ListedFactNames final : public FactNames {
 public:
  ListedFactNames(const Definition& definition, const CaseState& state, std::span<const std::string> entered)
      : definition_(definition), state_(state), entered_(entered) {}
  std::string name_of(FactRef fact) const override;

 private:
  const Definition& definition_;
  const CaseState& state_;
  std::span<const std::string> entered_;
};

// "2021-04-09T24:00" where the instant ends a day in the definition's zone, else RFC 3339 with the zone's offset.
std::string due_text(const Definition& definition, std::int64_t instant);

// Members `findings`, `notes`, `duties`, `cues` of interfaces section 2 (and `struck` if any), arrays sorted.
base::JsonObject report_json(const Definition& definition, const FactNames& names, const Effects& effects);
// The line that `flora process run --state` prints for a case, without its id.
base::JsonObject state_json(const Definition& definition, const FactNames& names, const CaseState& state);

}  // namespace flora::process
