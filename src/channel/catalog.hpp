// SPDX-License-Identifier: EUPL-1.2
// The packages of a channel and who holds their agencies, as of one height. Immutable: the executor makes a new one when a
// command changes it; readers keep the one that belongs to their snapshot.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "package/model.hpp"

namespace flora::process {
class Definition;
}
namespace flora::calendar {
class Calendars;
}

namespace flora::channel {

struct Plan;  // plan.hpp: what projections need to know of the package

// One version of one package, compiled.
struct Version {
  base::Hash hash;  // SHA-256 of its canonical form
  std::shared_ptr<const package::Package> package;
  std::shared_ptr<const process::Definition> definition;
  std::shared_ptr<const Plan> plan;
  std::int64_t active_from = 0;  // height; 0: proposed, not in force yet
  base::Instant active_since;
  std::vector<base::MemberId> approved_by;  // ascending
  std::uint16_t ordinal = 0;                // in order of arrival in this channel
};

// Reads, compiles and plans one canonical package. Errors: kPackageWrong.
base::Result<Version> make_version(base::ByteView canonical, const calendar::Calendars& calendars);

class Catalog {
 public:
  // What stands in the tables. Errors: kCorrupt (a stored package does not load any more).
  static base::Result<std::shared_ptr<const Catalog>> load(const base::TableReader& tables, const base::ChannelId& channel,
                                                           const calendar::Calendars& calendars);

  const Version* find(const base::Hash& hash) const;  // in force or not
  const Version* by_ordinal(std::uint16_t ordinal) const;
  const Version* in_force(std::string_view package_id) const;                                // the latest activated
  const Version* only_one() const;                                                           // if exactly one package is in force
  std::vector<const Version*> all_in_force() const;                                          // by package id
  const std::vector<std::shared_ptr<const Version>>& versions() const { return versions_; }  // by ordinal

  std::optional<base::MemberId> member_of(std::string_view package_id, std::string_view agency) const;
  // Agencies of a package that a member holds, ascending.
  std::vector<std::string> agencies_of(std::string_view package_id, const base::MemberId& member) const;

  // Members that hold an agency of a package, ascending, each once.
  std::vector<base::MemberId> members_of(std::string_view package_id) const;
  // The same object as find() gives, for keeping.
  std::shared_ptr<const Version> share(const base::Hash& hash) const;

  // ---- for the executor: every change makes a new catalog -------------------------------------------------------
  std::shared_ptr<const Catalog> with_version(Version version) const;  // replaces the one with the same hash
  std::shared_ptr<const Catalog> with_binding(const std::string& package_id, const std::string& agency,
                                              const base::MemberId& member) const;

 private:
  void index();
  std::vector<std::shared_ptr<const Version>> versions_;
  std::map<std::string, std::uint16_t, std::less<>> in_force_;  // package id -> ordinal
  std::map<std::string, std::map<std::string, base::MemberId, std::less<>>, std::less<>> bindings_;
};

}  // namespace flora::channel
