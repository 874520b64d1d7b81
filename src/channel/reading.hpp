// SPDX-License-Identifier: EUPL-1.2
// What the parts of the reader share: who asks, and the rows of one case. Internal to the module.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "channel/case_entry.hpp"
#include "channel/plan.hpp"
#include "channel/read.hpp"

namespace flora::channel {

// A role of the package in force, held by the asking member. References live as long as the catalog.
struct Asker {
  const Version& version;
  const Plan& plan;
  package::RoleIndex role = 0;
  package::AgencyIndex agency = 0;
  const package::Package& package() const { return *version.package; }
};
// Errors: kUnknownPackage, kForbidden.
base::Result<Asker> ask(const Catalog& catalog, const Asking& asking);

// The same agency and role in another version of the package; nullopt if it has none of that id.
struct AskerIn {
  package::AgencyIndex agency = 0;
  std::optional<package::RoleIndex> role;
};
std::optional<AskerIn> ask_in(const Asker& asker, const Version& version);

bool may_open(const package::View& view, package::RoleIndex role);

// Case, its rows and whether the agency may read it: it stands in a list of the agency, or the agency recorded a fact in it.
// Errors: kUnknownCase, kForbidden, kCorrupt.
struct ReadableCase {
  std::unique_ptr<CaseEntry> entry;
  Placed placed;
  AskerIn asker;
};
base::Result<ReadableCase> open_case(const base::TableReader& tables, const base::ChannelId& channel, const Catalog& catalog,
                                     const Asker& asker, const base::CaseId& id);

std::vector<HistoryRow> read_history(const base::TableReader& tables, const base::ChannelId& channel, const base::CaseId& id);
std::uint64_t read_counter(const base::TableReader& tables, const base::ChannelId& channel, const ListKey& list);

// A fact as the agency may see it. `row`: its history, nullptr for a fact of the clock.
FactShown show_fact(const CaseEntry& entry, process::FactRef fact, const HistoryRow* row, package::AgencyIndex reader);

// Cursors: the position in the key after the list's prefix, as base64url.
std::string cursor_of(base::ByteView position);
base::Result<base::Bytes> parse_cursor(const std::string& cursor);  // kOutOfRange
base::Status check_limit(std::size_t limit);                        // kOutOfRange

}  // namespace flora::channel
