// SPDX-License-Identifier: EUPL-1.2
// What the parts of an audit share. Internal to the module.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/tables.hpp"
#include "verify/audit.hpp"
#include "verify/envelope.hpp"

namespace flora::verify {

// An accepted envelope, as the channels' audit needs it again.
struct Accepted {
  base::Hash envelope, command_root;
  base::MemberId author;
  std::int64_t height = 0;
  std::uint32_t position = 0;
  base::Instant time;
};

class Findings {
 public:
  explicit Findings(AuditReport& report) : report_(report) {}
  void add(std::string place, std::string sentence) {
    if (report_.findings.size() < 1000) report_.findings.push_back({std::move(place), std::move(sentence)});
  }

 private:
  AuditReport& report_;
};

// Where a transaction stands in the chain.
struct Place {
  std::int64_t height = 0;
  std::uint32_t position = 0;
};

// What the chain says must stand in the ledger's state.
struct ChainOutcome {
  std::int64_t height = 0;                             // of the last block
  std::map<std::int64_t, base::Bytes> app_hash_after;  // height -> app hash after that block, from the header of the next
  std::map<base::Hash, Place> places;                  // by envelope hash
  std::map<base::ChannelId, std::pair<base::Hash, std::uint64_t>> heads;  // head and count
  std::map<base::ChannelId, std::vector<Accepted>> accepted;
};

ChainOutcome audit_chain(const base::TableReader& tables, base::ByteView genesis, const TrustAnchor& trust, AuditReport& report,
                         const std::function<void(std::int64_t)>& progress);
void audit_ledger_state(const base::TableReader& tables, base::ByteView genesis, const ChainOutcome& chain, AuditReport& report);
void audit_channel(const base::TableReader& tables, const base::ChannelId& channel, const std::vector<Accepted>& accepted,
                   AuditReport& report);

}  // namespace flora::verify
