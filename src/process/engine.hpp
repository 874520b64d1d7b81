// SPDX-License-Identifier: EUPL-1.2
// The engine: docs/reference/process-language.md as functions. Pure and deterministic; any thread, one state per thread.
//
//   if (auto status = decide(definition, state, tallies, command, now, effects); status) apply(definition, state, effects);
//
// Before a command is decided at ledger time `now`, the clock must have been run up to `now` (advance_clock, or step_clock for
// one thing at a time). decide does it itself if something is left, so that no caller can get the order wrong.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "process/command.hpp"
#include "process/definition.hpp"
#include "process/effects.hpp"
#include "process/state.hpp"

namespace flora::process {

// Tallies of the package as they stand with the fact that is being decided, itself included (package/guards.hpp). Empty, or one
// for each of Package::tallies.
struct Tallies {
  struct Value {
    bool known = false;                // false: the fact has no key; the guard sees null
    std::int64_t count = 0;            // of a count
    std::vector<std::int64_t> values;  // of a set: distinct values, numbers as in Data::values, ascending
    std::vector<std::string> tokens;   // of a set of tokens, ascending
  };
  std::vector<Value> values;
};

// The state of a case that does not exist yet.
CaseState make_state(const Definition& definition);

// Decides one command. On a refusal `out` is meaningless and nothing has happened. Does not allocate once the buffers of `out`
// have grown. Errors, in this order: kForbidden (an act on a finding by a role that is no recipient of it), kNotOwner,
// kUnknownCase, kUnknownStep, kDataRefused, kInFuture, kRuleRefuses (the detail names the rule), kUnknownFinding, kFindingState,
// kAlreadyExists (cancelled already), kNotInVersion (corrections; steps that need two signatures), kTimeRunsBackwards
// (now before the state's ledger time), kCaseTooLong.
base::Status decide(const Definition& definition, const CaseState& state, const Tallies& tallies, const Command& command,
                    base::Instant now, Effects& out);

// Folds effects into the state they were decided on. Cannot fail; stops the process if the result breaks an invariant.
void apply(const Definition& definition, CaseState& state, const Effects& effects);

// decide and apply in one, without the working copy; the clock must have been run up to `now`. Refused: the state is unchanged.
base::Status execute(const Definition& definition, CaseState& state, const Tallies& tallies, const Command& command,
                     base::Instant now, Effects& out);

// The earliest instant at which the clock has something to do; nullopt: never.
std::optional<base::Instant> next_due(const Definition& definition, const CaseState& state);

// Does the first thing that is due at or before `now`, at its due instant. false: nothing is due, `out` is empty.
bool step_clock(const Definition& definition, const CaseState& state, base::Instant now, Effects& out);
// Does everything that is due at or before `now`, in due order, also what arises on the way; one report for all of it.
bool advance_clock(const Definition& definition, const CaseState& state, const Tallies& tallies, base::Instant now, Effects& out);

// ---- reading a state
// ------------------------------------------------------------------------------------------------------------

// What the clock, or an effect of a fact, made a cue: owed, included and unobstructed.
inline const StepSet& cues(const Definition&, const CaseState& state) { return state.cues; }
// The cues of one agency: those whose debtors it is among.
StepSet cues_of(const Definition& definition, const CaseState& state, AgencyIndex agency);

struct Blocked {
  StepIndex step = 0;
  std::vector<StepIndex> missing;  // ascending; owed by Definition::debtors of each
};
// Owed, included and no cue, with what is missing. Steps of the clock are left out: nobody waits for them.
std::vector<Blocked> blocked(const Definition& definition, const CaseState& state);
// What stands in the way of a step now, owed or not: unmet conditions and milestones of any level.
std::vector<StepIndex> missing_for(const Definition& definition, const CaseState& state, StepIndex step);

// No included step other than one of the clock is owed, and no critical finding is open. False for a case that is not open.
bool finished(const Definition& definition, const CaseState& state);

// Whom a finding reaches as things stand: at its stage, and those it was sent on to because nobody acknowledged it.
std::vector<Addressee> recipients_of(const Definition& definition, const CaseState& state, const Finding& finding);

}  // namespace flora::process
