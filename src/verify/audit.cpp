// SPDX-License-Identifier: EUPL-1.2
#include "verify/audit.hpp"

#include "verify/audit_parts.hpp"
#include "verify/registry.hpp"

namespace flora::verify {

base::Result<AuditReport> audit(const base::TableReader& tables, base::ByteView genesis, const TrustAnchor& trust,
                                const std::function<void(std::int64_t)>& progress) {
  FLORA_TRY(const auto view, read_genesis(genesis));
  if (view.hash != trust.genesis_hash) {
    return base::fail(base::Code::kCorrupt, "the genesis is not the one that the trust file names");
  }
  AuditReport report;
  report.chain_id = view.chain_id;
  const ChainOutcome chain = audit_chain(tables, genesis, trust, report, progress);
  audit_ledger_state(tables, genesis, chain, report);
  for (const auto& [channel, accepted] : chain.accepted) {
    if (channel != base::kFederationChannel) audit_channel(tables, channel, accepted, report);
  }
  return report;
}

}  // namespace flora::verify
