// SPDX-License-Identifier: EUPL-1.2
// Scenarios: sentences that tell facts and what must follow. The parser knows the words only; whoever runs one (engine,
// ledger, HTTP) implements ScenarioWorld. Pure.
//
//   # The file is opened on an unchecked identity
//   given  requested by desk ; offered by program ; approved by desk
//   then   attention A4 to desk, office
//   when   handed_over by office at 2021-04-12T09:00 with until=2021-04-20 ; clock 2021-04-30T00:00
//   then   critical K1 to head ; owed checked by lender
//
// given, when:  STEP by ROLE [at TIME] [entered TIME] [with FIELD=VALUE, ...] | clock TIME | acknowledge RULE by ROLE [at TIME]
//               | justify RULE by ROLE reason CODE [at TIME] | close RULE by ROLE [at TIME] | cancel by ROLE [reason CODE] [at
//               TIME]
// then:         LEVEL RULE [on STEP] [to ROLE, ROLE] | escalated LEVEL RULE [on STEP] [to ...] | owed STEP by AGENCY
//               | not owed STEP [by AGENCY] | cue STEP at AGENCY | no cue STEP [at AGENCY] | healed RULE | withdrawn RULE
//               | none | refused CODE_NAME | finished | not finished
// A line that begins with white space goes on with the line before. The first line, `# ...`, is the title; other lines that begin
// with `#` are comments.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "package/model.hpp"
#include "process/definition.hpp"
#include "process/state.hpp"

namespace flora::process {

// ---- what a text says -------------------------------------------------------------------------------------------------------

struct ScenarioAction {
  enum class Kind : std::uint8_t { kFact, kClock, kAcknowledge, kJustify, kClose, kCancel } kind = Kind::kFact;
  std::string step, role, rule, reason;
  base::JsonObject data;  // typed by the step's schema
  base::Instant at;       // event time (default: see scenario_begin); of the rest: the same as entered
  base::Instant entered;  // ledger time
  package::Place place;
  std::string text;  // as written
};

struct ScenarioExpectation {
  enum class Kind : std::uint8_t {
    kFinding,
    kEscalated,
    kOwed,
    kNotOwed,
    kCue,
    kNoCue,
    kHealed,
    kWithdrawn,
    kNone,
    kRefused,
    kFinished,
    kNotFinished
  } kind = Kind::kNone;
  package::Level level = package::Level::kNone;
  std::string rule, step, agency, code;
  std::vector<std::string> to;  // sorted; empty: not asked
  package::Place place;
  std::string text;
};

struct ScenarioBlock {
  std::vector<ScenarioAction> actions;
  std::vector<ScenarioExpectation> expected;  // one `then`
  bool has_then = false;
  package::Place place;  // of the `then`
};

struct ScenarioText {
  std::string title;
  std::vector<ScenarioBlock> blocks;
  package::Place place;
};

// Without times the first fact happens here: 1 March 2021, 09:00, or, where rules with a limited validity begin later, on the
// first workday on which the last of them is valid; every later one an hour after what came before. A fact is entered at its
// event time, or at the ledger time reached if that is later. Times without offset are on the clock of the definition's zone.
base::Instant scenario_begin(const Definition& definition);

// Reads one text; names are resolved against the definition, so a wrong one is an error with file, line and column. Errors:
// kMalformed, kUnknownReference, kDataRefused, kTimeRunsBackwards.
base::Result<ScenarioText> parse_scenario(const Definition& definition, const package::Scenario& scenario);

// ---- who runs it -----------------------------------------------------------------------------------------------------------

struct ScenarioFinding {
  std::string rule, step, change, stage;  // change: "opened", "healed" ...; stage: "", "due", "grace"
  package::Level level = package::Level::kNone;
  std::vector<std::string> to;  // sorted
  friend bool operator==(const ScenarioFinding&, const ScenarioFinding&) = default;
};

// One case in some world: the engine alone, a ledger, a node behind HTTP.
class ScenarioWorld {
 public:
  virtual ~ScenarioWorld() = default;
  // Does it; what it changed in findings, those of the clock before it included. Errors: the refusal.
  virtual base::Result<std::vector<ScenarioFinding>> act(const ScenarioAction& action) = 0;
  virtual bool owed(std::string_view step, std::string_view agency) = 0;  // included or not
  virtual bool cue(std::string_view step, std::string_view agency) = 0;   // agency empty: of any
  virtual bool finished() = 0;
};

struct ScenarioFailure {
  package::Place place;
  std::string sentence;  // "expected attention A4 to desk, office; it did not open"
};

struct ScenarioOutcome {
  std::string title;
  std::vector<ScenarioFailure> failures;
  bool passed() const { return failures.empty(); }
};

// `then` is exact for findings of attention and above that were opened or escalated since the last `then`, also for those a
// `given` opened. A refusal that no `then refused` of the same block awaits is a failure.
ScenarioOutcome run_scenario(const ScenarioText& scenario, ScenarioWorld& world);

// The engine alone. Counts which rules were violated, satisfied or acted, over all scenarios it runs.
struct RuleCoverage {
  bool violated = false;   // graded rules: a finding
  bool satisfied = false;  // graded where it could have been violated, and was not
  bool acted = false;      // the others: had an effect
  bool rested = false;     // ... and had none in another scenario
};
class EngineWorld final : public ScenarioWorld {
 public:
  explicit EngineWorld(std::shared_ptr<const Definition> definition);
  ~EngineWorld() override;
  void reset();  // a new case; coverage is kept
  base::Result<std::vector<ScenarioFinding>> act(const ScenarioAction& action) override;
  bool owed(std::string_view step, std::string_view agency) override;
  bool cue(std::string_view step, std::string_view agency) override;
  bool finished() override;
  const std::vector<RuleCoverage>& coverage() const;  // by RuleIndex; complete after reset()
  const CaseState& state() const;                     // of the case as it stands

 private:
  struct Run;
  std::unique_ptr<Run> run_;
};

}  // namespace flora::process
