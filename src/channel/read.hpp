// SPDX-License-Identifier: EUPL-1.2
// Reading a channel: counts and pages of views, one case, the inbox, the next steps. A Reader stands on one snapshot; every
// answer names the height it holds at. A role reads what its agency's views give: a view that does not list the role does
// not exist for it; a case can be opened if it stands in one of the agency's lists or the agency recorded a fact in it, and
// then shows only the fields that the agency recorded itself or has in a column of a view. No personal data anywhere: http
// joins it from the member's vault by case. Const calls may run on many threads.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "channel/catalog.hpp"
#include "channel/effects.hpp"

namespace flora::channel {

struct Standing {  // what an answer holds for
  std::int64_t height = 0;
  base::Instant time;
};

// ---- cells -------------------------------------------------------------------------------------------------------------
struct Day {  // days since 1970-01-01, local
  std::int32_t days = 0;
  friend auto operator<=>(const Day&, const Day&) = default;
};
struct TimeOfDay {
  std::int32_t seconds = 0;
  friend auto operator<=>(const TimeOfDay&, const TimeOfDay&) = default;
};
struct StepName {  // a step id; title in the package
  std::string id;
  friend bool operator==(const StepName&, const StepName&) = default;
};
struct CodeValue {  // a code of the column's list
  std::string id;
  friend bool operator==(const CodeValue&, const CodeValue&) = default;
};
struct Token {
  std::string text;
  friend bool operator==(const Token&, const Token&) = default;
};
struct Missing {  // what stands in the way of a step, and who owes it
  std::string step;
  std::vector<std::string> by;  // agencies; empty: nobody owes it
  friend bool operator==(const Missing&, const Missing&) = default;
};
struct WorkdaysSince {  // computed for the asking day
  std::int64_t workdays = 0;
  Day since;
  friend bool operator==(const WorkdaysSince&, const WorkdaysSince&) = default;
};
// monostate: nothing there, or a column of the vault.
using Cell = std::variant<std::monostate, bool, std::int64_t, Day, TimeOfDay, base::Instant, CodeValue, Token, StepName,
                          package::Level, std::vector<StepName>, std::vector<Missing>, WorkdaysSince>;

struct Row {
  base::CaseId case_id;
  base::Hash package;                            // version the case is pinned to
  package::Level level = package::Level::kNone;  // highest open finding
  std::vector<Cell> cells;                       // in order of the view's columns (of the version in force; by column id)
  std::string cursor;                            // opaque: the page after this row
};

// ---- views --------------------------------------------------------------------------------------------------------------
struct ViewCount {
  std::string view;  // id
  bool write = false;
  std::uint64_t rows = 0;
};

struct Filter {
  std::string column;  // id; not a column of the vault
  // Exact text as a client sends it: a code, a step id, a level, true, 7, 2021-04-07, 09:30. A range of numbers, days or
  // instants "FROM..TO", each end may be missing. Empty: the cell is empty.
  std::string value;
};

struct PageQuery {
  std::string view;
  std::string after;            // cursor; empty: from the beginning
  std::size_t limit = 50;       // at most limits::kPageRowsMax
  bool reverse = false;         // against the view's own direction
  std::vector<Filter> filters;  // all must hold
};

struct Page {
  Standing standing;
  std::vector<Row> rows;
  std::string next;         // cursor; empty: the end. May be set with fewer rows than asked for: a filtered page
                            // looks at no more than kRowsExaminedMax rows, go on from here
  std::uint64_t total = 0;  // rows of the view without filters
};
inline constexpr std::size_t kRowsExaminedMax = 20'000;

// ---- findings, steps --------------------------------------------------------------------------------------------------
enum class FindingState : std::uint8_t { kOpen = 1, kAcknowledged, kHealed, kJustified, kWithdrawn, kClosed };
std::string_view to_text(FindingState state);

struct Finding {
  base::CaseId case_id;
  base::Hash package;
  std::string rule, step;
  FactId fact;
  Stage stage = Stage::kNone;
  package::Level level = package::Level::kNone;
  FindingState state = FindingState::kOpen;
  base::Instant opened;         // ledger time
  std::vector<std::string> to;  // roles and agencies
  std::string cursor;
};

struct InboxQuery {
  std::vector<package::Level> levels;  // empty: all
  std::vector<FindingState> states;    // kOpen, kAcknowledged; empty: both
  std::string after;
  std::size_t limit = 50;
};
struct Inbox {
  Standing standing;
  std::vector<Finding> findings;  // critical first, then the oldest
  std::string next;
  std::uint64_t critical = 0, attention = 0, hint = 0;  // of this role, open and not acknowledged
};

struct NextStep {
  base::CaseId case_id;
  base::Hash package;
  std::string step;
  std::optional<base::Instant> due;  // nullopt: no limit
  bool overdue = false;              // at the snapshot's ledger time
  std::string write_view;            // of this role, that records the step; empty if none
  std::string cursor;
};
struct NextSteps {
  Standing standing;
  std::vector<NextStep> steps;  // by due, those without a limit last
  std::string next;
  std::uint64_t total = 0;
};

// ---- one case -----------------------------------------------------------------------------------------------------------
struct FactShown {
  FactId id;
  std::string step;
  base::Instant at;       // when it happened
  base::Instant entered;  // ledger time of its block
  std::string role;       // author; empty: the clock
  std::string agency;
  base::MemberId member;
  base::ActorId actor;
  base::Hash envelope;  // zero: the clock
  std::int64_t height = 0;
  std::uint32_t index = 0;                         // command in the envelope
  std::vector<std::pair<std::string, Cell>> data;  // readable fields
  std::size_t fields_withheld = 0;
  bool struck = false;    // a fact of the clock overtaken by a late fact
  bool repeated = false;  // a once-step again: counts for nothing
};
struct Duty {
  std::string rule, step;
  std::vector<std::string> by;
  std::string to;
  std::optional<base::Instant> due;
  bool overdue = false;
  bool cue = false;  // nothing obstructs it
};
struct BlockedStep {
  std::string step;
  std::vector<Missing> missing;
};
struct Why {
  std::string sentence;       // of the rule, in the language asked for
  std::string basis;          // legal basis, may be empty
  std::string number;         // as practitioners cite the rule
  std::vector<FactId> facts;  // what it was graded on
};
struct FindingShown {
  Finding finding;
  struct Life {
    base::Instant at;  // ledger time
    FindingVerb change = FindingVerb::kOpened;
    package::Level level = package::Level::kNone;
    std::string reason;  // of an act
    std::string role;    // of an act
  };
  std::vector<Life> life;
  Why why;
};
struct PhaseShown {
  std::string phase;
  bool closed = false;
};
struct CaseShown {
  Standing standing;
  base::CaseId case_id;
  base::Hash package;
  std::string package_id;
  base::Instant opened;
  bool finished = false;
  bool cancelled = false;
  package::Level level = package::Level::kNone;
  std::vector<FactShown> facts;  // ledger order
  std::vector<Duty> duties;
  std::vector<AgencyCues> cues;
  std::vector<BlockedStep> blocked;
  std::vector<FindingShown> findings;  // those that are not over first, critical first
  std::vector<PhaseShown> phases;
  // Steps the asking role may record now (owner, via a form), with the write view to do it from, if any.
  struct Offer {
    std::string step;
    std::string view;
    bool cue = false;
  };
  std::vector<Offer> offers;
};

// Why something is as it is: of a finding (rule, step, fact), of a duty (rule and step), or of a cue or block (step alone: why
// it is owed, then what obstructs it).
struct WhyQuery {
  std::string rule, step;
  std::optional<FactId> fact;
};
struct Reason {
  std::string rule, number;
  package::Text sentence;                        // in every language of the package
  package::Text basis;                           // legal basis
  package::Level level = package::Level::kNone;  // of the finding asked for, else the rule's
  std::vector<FactShown> facts;                  // what it rests on
  std::vector<Missing> missing;                  // steps that are expected and not there
};

// One line about a case, for search results.
struct Summary {
  base::CaseId case_id;
  base::Hash package;
  std::string status;   // step recorded last
  base::Instant since;  // when it happened
  package::Level level = package::Level::kNone;
  std::vector<std::string> cues;  // of the role's agency
  bool finished = false;
  bool cancelled = false;
};

// Facts in ledger order, for the agencies' own systems.
struct Event {
  base::CaseId case_id;
  base::Hash package;
  base::Hash message_id;
  FactShown fact;
  std::vector<FindingChange> findings;  // that it caused, with a recipient of the agency
  std::string cursor;
};
struct Events {
  Standing standing;
  std::vector<Event> events;
  std::string next;  // cursor to go on from; also at the end, to ask again later
};

// ---- reader -------------------------------------------------------------------------------------------------------------
// Who asks. The member must hold the role's agency.
struct Asking {
  base::MemberId member;
  std::string package_id;
  std::string role;
  std::string language = "de";
};

class Reader {
 public:
  // Tables and catalog must belong together (both after the same commit).
  Reader(std::shared_ptr<const base::TableReader> tables, const base::ChannelId& channel, std::shared_ptr<const Catalog> catalog);

  Standing standing() const;
  const Catalog& catalog() const { return *catalog_; }

  // Errors of all: kUnknownPackage, kForbidden (no such role, or not held by the member).
  base::Result<std::vector<ViewCount>> counts(const Asking& asking) const;  // in order of the package
  // Errors: kUnknownView, kQueryUnknown (column), kOutOfRange (limit, cursor, value).
  base::Result<Page> page(const Asking& asking, const PageQuery& query) const;
  // Rows of the view for these cases only (search results), in the order given; cases that are not in it are left out.
  base::Result<Page> rows_of(const Asking& asking, std::string_view view, std::span<const base::CaseId> cases) const;
  // Views of the role's agency in which a case stands.
  base::Result<std::vector<std::string>> views_of(const Asking& asking, const base::CaseId& case_id) const;
  base::Result<CaseShown> show(const Asking& asking, const base::CaseId& case_id) const;  // kUnknownCase, kForbidden
  base::Result<Inbox> inbox(const Asking& asking, const InboxQuery& query) const;
  base::Result<NextSteps> next_steps(const Asking& asking, const std::string& after, std::size_t limit) const;
  // Errors: kUnknownCase, kForbidden, kUnknownFinding, kUnknownStep, kUnknownReference (rule). Nothing owed: an empty list.
  base::Result<std::vector<Reason>> why(const Asking& asking, const base::CaseId& case_id, const WhyQuery& query) const;
  // In the order given; cases the role may not read are left out.
  base::Result<std::vector<Summary>> summaries(const Asking& asking, std::span<const base::CaseId> cases) const;
  // Facts of cases the role may read that were recorded after `after` (a cursor) or, if that is empty, above `since_height`.
  base::Result<Events> events(const Asking& asking, std::int64_t since_height, const std::string& after, std::size_t limit) const;

 private:
  std::shared_ptr<const base::TableReader> tables_;
  base::ChannelId channel_;
  std::shared_ptr<const Catalog> catalog_;
};

base::Json to_json(const Cell& cell);  // days and instants as text; lists as arrays; WorkdaysSince as {workdays, since}

}  // namespace flora::channel
