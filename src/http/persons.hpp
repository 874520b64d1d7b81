// SPDX-License-Identifier: EUPL-1.2
// Joining cases with the persons of the reader's own vault. Personal data appears here, at the edge, and nowhere below.
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "http/api.hpp"

namespace flora::http {

// Records by case; asks the vault once, however many cases.
class Persons {
 public:
  // Errors: those of the vault.
  static base::Result<Persons> of(Api& api, const base::MemberId& member, std::span<const base::CaseId> cases);
  const vault::Record* find(const base::CaseId& case_id) const;
  base::Json json(const base::CaseId& case_id) const;  // Person, or null

 private:
  std::map<base::CaseId, vault::Record> records_;
};

// CaseSummary of every case that the caller may read, in order; cases that the ledger does not know yet have no status.
base::Result<base::JsonArray> summaries(Api& api, const Reading& reading, std::span<const base::CaseId> cases);

}  // namespace flora::http
