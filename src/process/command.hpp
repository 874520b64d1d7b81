// SPDX-License-Identifier: EUPL-1.2
// What can be asked of one case. References are resolved already: text forms are the business of the outer layers, which
// also know message ids, signatures and which member holds which role.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/time.hpp"
#include "process/data.hpp"
#include "process/definition.hpp"

namespace flora::process {

// Says that `step` happened. The first one opens the case.
struct RecordFact {
  StepIndex step = 0;
  RoleIndex by = 0;
  std::optional<base::Instant> at;  // event time; nullopt: ledger time
  Data data;
};

enum class FindingAct : std::uint8_t { kAcknowledge, kJustify, kClose };

// A reason is a code of at most 64 letters [a-z0-9_].
struct ActOnFinding {
  RuleRef rule;
  StepIndex step = 0;
  FactRef fact;  // the graded fact, or the first cause of the obligation
  FindingAct act = FindingAct::kAcknowledge;
  RoleIndex by = 0;
  std::string reason;  // required to justify; else may be empty
};

struct CancelCase {
  RoleIndex by = 0;
  std::string reason;
};

// Not in this version (kNotInVersion); the form stands.
struct CorrectFact {
  FactRef fact;
  std::optional<RecordFact> with;  // nullopt removes it
  RoleIndex by = 0;
  std::string reason;
};

using Command = std::variant<RecordFact, ActOnFinding, CancelCase, CorrectFact>;

}  // namespace flora::process
