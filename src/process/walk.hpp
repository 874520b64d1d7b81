// SPDX-License-Identifier: EUPL-1.2
// The facts of a case in ledger order: entered ones by number, each fact of the clock after those that were there before it.
// Repetitions and struck facts are left out. Internal to the module.
#pragma once
#include "process/state.hpp"

namespace flora::process {

// Calls visit(FactRef) until it returns false.
template <class Visit>
void walk_facts(const CaseState& state, Visit&& visit) {
  const std::size_t entered = state.facts.size();
  for (std::size_t k = 0; k <= entered; ++k) {
    if (!state.clock.empty()) {
      // Those of equal `after` by due instant, of equal ones by number.
      std::int64_t done_at = kBeforeAll;
      std::size_t done = 0;
      bool any = false;
      for (;;) {
        std::size_t best = state.clock.size();
        for (std::size_t i = 0; i < state.clock.size(); ++i) {
          const auto& c = state.clock[i];
          if (c.after != k || c.state != ClockFact::State::kActive) continue;
          if (any && (c.entered < done_at || (c.entered == done_at && i <= done))) continue;
          if (best == state.clock.size() || c.entered < state.clock[best].entered) best = i;
        }
        if (best == state.clock.size()) break;
        if (!visit(FactRef::clock(best))) return;
        done_at = state.clock[best].entered;
        done = best;
        any = true;
      }
    }
    if (k < entered && state.facts[k].counts() && !visit(FactRef::entered(k))) return;
  }
}

}  // namespace flora::process
