// SPDX-License-Identifier: EUPL-1.2
// The independent audit of a home: the chain from the genesis on, every commit, every envelope and its author's standing, the
// heads of all channels, the app hash over what is stored, and in each channel the journal, the results and the state digest.
// Every flipped byte of any of these is noticed and its place named. Shares no code with what it audits but the modules below
// both. Pure: reads through a TableReader; any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "verify/receipt.hpp"

namespace flora::verify {

// One thing that is not in order.
struct Finding {
  std::string place;  // "block 17", "block 17, transaction 3", "table ledger, entry member/..."
  std::string sentence;
};

struct AuditReport {
  std::string chain_id;
  std::int64_t blocks = 0;
  std::uint64_t envelopes = 0, accepted = 0, commands = 0, entries = 0;
  std::size_t members = 0, certificates = 0, channels = 0;
  bool membership_abstained = false;  // governance by ballots was met, which this version does not follow
  std::vector<Finding> findings;      // in the order in which they were met; at most 1,000
  bool in_order() const { return findings.empty(); }
};

// `progress` is told the height reached now and then; it may be empty. Errors: what makes an audit impossible (the genesis cannot
// be read, or is not the one the trust file names); everything else is a finding.
base::Result<AuditReport> audit(const base::TableReader& tables, base::ByteView genesis, const TrustAnchor& trust,
                                const std::function<void(std::int64_t height)>& progress);

}  // namespace flora::verify
