// SPDX-License-Identifier: EUPL-1.2
// Warum? Every computed thing answers with the rule's sentence, the facts and the legal basis.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "process/definition.hpp"
#include "process/state.hpp"

namespace flora::process {

struct Reason {
  RuleRef rule;
  std::string number;    // W1, A4, K2
  std::string sentence;  // in the language asked for
  std::string basis;     // legal basis, may be empty
  struct Item {
    enum class Role : std::uint8_t {
      kGraded,   // the fact that was graded
      kCause,    // makes the step owed
      kMissing,  // a step that was expected and is not there (`fact` is none)
      kCloser,   // closed the step
    } role = Role::kGraded;
    StepIndex step = 0;
    FactRef fact;
    std::int64_t at = 0;        // event time; kNever if there is none
    std::int64_t due = kNever;  // of a cause
  };
  std::vector<Item> facts;
};

// Why a finding exists. `language`: "de", "en" or "plain".
Reason why_finding(const Definition& definition, const CaseState& state, const Finding& finding, std::string_view language);
// Why a step is owed (so also why it is a cue): one reason per obligation. Empty if it is not owed.
std::vector<Reason> why_owed(const Definition& definition, const CaseState& state, StepIndex step, std::string_view language);
// What obstructs a step: one reason per unmet condition or milestone.
std::vector<Reason> why_blocked(const Definition& definition, const CaseState& state, StepIndex step, std::string_view language);
// The sentence of any rule, also of the engine's own.
std::string sentence_of(const Definition& definition, RuleRef rule, std::string_view language);

}  // namespace flora::process
