// SPDX-License-Identifier: EUPL-1.2
// A package as the loader understood it: one use case, as data. Values only; no behaviour, no text parsing, no clock.
// Meaning of every element: docs/reference/process-language.md. Immutable after loading; shared between threads.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace flora::package {

using StepIndex = std::uint16_t;    // position in Package::steps
using RuleIndex = std::uint16_t;    // position in Package::rules, which are sorted bytewise by id
using RoleIndex = std::uint16_t;    // position in Package::roles
using AgencyIndex = std::uint16_t;  // position in Package::agencies
using PhaseIndex = std::uint16_t;

// Where an element stands in its source, for messages and editors. Lines and columns from 1.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// The same text in several languages; keys "de", "en", "plain" (plain German). A missing language falls back to "de".
using Text = std::map<std::string, std::string>;
const std::string& in_language(const Text& text, std::string_view language);

enum class Level : std::uint8_t { kNone = 0, kHint = 1, kAttention = 2, kCritical = 3, kRefuse = 4 };
std::string_view to_text(Level level);

struct Agency {
  std::string id;
  Text title;
  Text short_title;
};

struct Role {
  std::string id;
  AgencyIndex agency = 0;
  Text title;
  bool system = false;  // held by a program, not by a person
};

struct Phase {
  std::string id;
  Text title;
  Place place;
};

// ---- data of a fact -----------------------------------------------------------------------------------------------
enum class FieldType : std::uint8_t { kCode, kDate, kTime, kInteger, kBoolean, kToken };

struct Field {
  std::string id;
  FieldType type = FieldType::kCode;
  std::string list;               // code: id of the code list
  std::int64_t min = 0, max = 0;  // integer
  bool required = true;
  Text title;
  Place place;
};

struct Code {
  std::string id;
  Text title;
};
struct CodeList {
  std::string id;
  std::vector<Code> codes;
  Place place;
};

enum class Via : std::uint8_t { kForm, kSystem, kClock };
enum class Initially : std::uint8_t { kOpen, kClosed, kOwed };

// An amount of time as rules write it: "2 workdays", "no limit".
enum class Unit : std::uint8_t { kHours, kDays, kWeeks, kMonths, kWorkdays, kWerktage, kOfficeDays };
struct Term {
  std::uint32_t amount = 0;
  Unit unit = Unit::kDays;
  bool roll_to_workday = true;  // BGB section 193; switchable per rule
  friend bool operator==(const Term&, const Term&) = default;
};

// Whom a finding or a note reaches.
struct Recipient {
  enum class Kind : std::uint8_t { kRole, kAgency, kAuthor, kDebtor, kCreditor, kOwner } kind = Kind::kRole;
  std::uint16_t index = 0;  // role or agency
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct FourEyes {
  bool same_agency = false;       // must both signatures be of one agency
  bool different_agency = false;  // or of two
  std::optional<Term> expires;
};

struct Step {
  std::string id;    // snake_case
  std::string code;  // E04
  Text title;
  std::vector<RoleIndex> owners;
  Via via = Via::kForm;
  std::vector<Field> data;
  bool once = false;
  std::optional<PhaseIndex> phase;
  std::optional<FourEyes> four_eyes;
  Initially initially = Initially::kOpen;
  Level initially_level = Level::kAttention;  // of `closed:B`, or of the duty `owed:B`
  std::optional<Term> initially_within;       // initially owed: its due
  bool starts = true;                         // may open a case
  bool only_deviation = false;
  std::vector<Recipient> to;          // recipients of once:B, closed:B; empty = author and owners
  std::optional<Level> repeat_level;  // of once:B; nullopt = attention
  std::vector<RoleIndex> may_correct;
  Place place;
};

// ---- rules -----------------------------------------------------------------------------------------------------------
enum class RuleKind : std::uint8_t {
  kCondition,
  kMilestone,
  kResponse,
  kOpens,
  kCloses,
  kCancels,
  kPhaseCloses,
  kAtMost,
  kSpacing,
  kInOrder,
  kReport,
  kNote
};
std::string_view to_text(RuleKind kind);

struct Guard {
  std::string source;  // FEEL; what it may name: package/guards.hpp
  Place place;
};

enum class Heals : std::uint8_t { kByKind, kPerson, kMoot, kWhen };

struct Rule {
  std::string id;
  RuleKind kind = RuleKind::kCondition;
  std::vector<StepIndex> sources;  // A: condition, milestone, response, opens, closes, cancels, phase_closes, note; in_order: A
  std::vector<StepIndex> targets;  // B: condition ..., at_most, spacing, report (`at:`; empty = any); in_order: B
  bool any_of = false;             // condition: one source suffices
  PhaseIndex phase = 0;            // phase_closes
  std::uint32_t count = 0;         // at_most
  bool each = false;               // in_order
  bool about_world = false;        // report: no deviation of an authority

  Level level = Level::kAttention;  // graded kinds; response: level when overdue
  std::vector<Recipient> to;        // empty: owners of the step (graded), debtor (response)
  std::optional<Guard> when;

  // response
  std::optional<Term> within;  // nullopt with no_limit
  bool no_limit = false;
  std::vector<StepIndex> until;
  std::optional<std::string> after_field;
  std::optional<Guard> due_guard;  // within: a guard that yields the date
  bool unless_done = false;
  bool renews = false;
  std::optional<Term> warn;  // that long before the due
  std::optional<Term> grace;
  std::optional<Level> then;
  std::vector<Recipient> then_to;  // empty = to
  std::optional<AgencyIndex> creditor;

  Heals heals = Heals::kByKind;
  std::optional<Guard> heals_when;
  std::optional<Term> escalate;
  std::vector<Recipient> escalate_to;

  std::optional<std::int32_t> valid_from_day, valid_to_day;  // days since 1970-01-01, inclusive, local
  bool valid_by_event = false;

  Text text;           // the sentence people read; made from the rule where the package gives none
  Text basis;          // legal basis
  std::string number;  // W1, A4, K2 as practitioners cite it; default: id
  // standard / variant
  bool fixed = false, tightenable = false, removable = false;
  Place place;
};

struct Tally {
  std::string id;
  StepIndex step = 0;
  bool is_set = false;
  std::string by_field;  // the field whose value makes the key
  std::string of_field;  // set: the field whose values are collected
};

struct Link {
  enum class Kind : std::uint8_t { kStarts, kWaitsFor, kGroup, kFollows } kind = Kind::kGroup;
  std::string target;
  StepIndex step = 0;
};

// ---- views ---------------------------------------------------------------------------------------------------------------
// A predicate over the state of one case; a tree of few nodes.
struct Query {
  enum class Op : std::uint8_t {
    kAll,
    kAny,
    kNot,
    kHas,        // step was recorded at least once
    kCount,      // count(step) >= n
    kPending,    // the last fact of step was not answered by a later-entered fact of one of `steps`
    kOwed,       // step is owed and included
    kCue,        // step is a cue (of any agency)
    kBlocked,    // step is owed and blocked
    kOpenCase,   // case neither finished nor cancelled
    kPhaseOpen,  // phase is not closed
    kFinding,    // has an open finding of at least `level`
  } op = Op::kAll;
  std::vector<Query> children;  // all, any, not
  StepIndex step = 0;
  std::vector<StepIndex> steps;  // pending: answered by
  std::uint32_t count = 0;
  PhaseIndex phase = 0;
  Level level = Level::kAttention;
};

struct Column {
  // What the cell shows. From the vault (joined at the edge, never stored with the row): name, birth_date, nationality,
  // file_number, group. From the case: the rest.
  enum class Kind : std::uint8_t {
    kName,
    kBirthDate,
    kNationality,
    kFileNumber,
    kGroup,
    kField,    // data field `field` of the last fact of `step`
    kAt,       // event time of the last fact of `step`
    kCount,    // how often `step` was recorded
    kDue,      // due of the duty on `step`
    kMissing,  // what is missing for `step` and who owes it
    kStatus,   // last recorded step
    kSince,    // working days since `step` (or the last fact)
    kLevel,    // highest open finding
    kNext,     // cues of the reader's agency
  } kind = Kind::kStatus;
  std::string id;
  StepIndex step = 0;
  std::string field;
  Text title;
};

struct View {
  std::string id;
  Text title;
  AgencyIndex agency = 0;
  bool write = false;
  std::vector<RoleIndex> roles;  // who may open it
  Query select;
  std::vector<Column> columns;
  std::size_t sort_column = 0;  // must be a column of the case, not of the vault
  bool sort_descending = false;
  StepIndex step = 0;      // write: what is recorded from here
  bool new_cases = false;  // write: also for a person not in the list
  Text help;
  Place place;
};

// ---- scenarios -------------------------------------------------------------------------------------------------------------
struct Scenario {
  std::string title;
  std::string text;  // as written; parsed by process/scenario.hpp
  Place place;
};

struct Package {
  std::string id;
  std::string version;
  std::string process;
  std::optional<std::string> parent;
  Text title;
  std::string site_calendar;  // calendar id, "de-sn"; default of workdays and office days
  std::vector<Agency> agencies;
  std::vector<Role> roles;
  std::vector<Phase> phases;
  std::vector<CodeList> codes;
  std::vector<Step> steps;
  std::vector<Rule> rules;  // sorted bytewise by id
  std::vector<Tally> tallies;
  std::vector<Link> links;
  std::vector<View> views;
  std::vector<Scenario> scenarios;
  std::map<std::string, Text> texts;  // further texts by key

  std::optional<StepIndex> find_step(std::string_view id) const;
  std::optional<RoleIndex> find_role(std::string_view id) const;
  std::optional<RuleIndex> find_rule(std::string_view id) const;
  std::optional<AgencyIndex> find_agency(std::string_view id) const;
  const CodeList* find_codes(std::string_view id) const;
};

}  // namespace flora::package
