// SPDX-License-Identifier: EUPL-1.2
// A view's question to one case.
#pragma once
#include <optional>

#include "package/model.hpp"
#include "process/definition.hpp"
#include "process/state.hpp"

namespace flora::process {

// Whether the case is in the list that `query` selects. Pure, linear in the query and the case's facts; does not allocate.
bool matches(const Definition& definition, const CaseState& state, const package::Query& query);

// For columns. The fact of `step` that was entered last, kNoFact if none counts.
FactRef last_entered(const CaseState& state, StepIndex step);
// The fact that was entered last of all; of facts of the clock the latest. kNoFact if none.
FactRef last_entered(const CaseState& state);
// The least due among the duties on `step`; kNever if it is not owed or without limit.
std::int64_t due_of(const CaseState& state, StepIndex step);

}  // namespace flora::process
