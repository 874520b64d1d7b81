// SPDX-License-Identifier: EUPL-1.2
// Verdicts that a node must reach before it takes part: the libraries beneath us enter consensus, and one that judges a signature
// or a certificate differently would split the ledger. Belongs to rules_version 1; later versions add, never change.
#pragma once
#include "base/result.hpp"

namespace flora::ledger {

// Judges the corpus (a few milliseconds; pure; any thread). Error: kNotInVersion, the detail names the first verdict that
// differs.
base::Status judge_golden();

}  // namespace flora::ledger
