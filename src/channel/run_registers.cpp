// SPDX-License-Identifier: EUPL-1.2
// Commands about the channel itself: packages, who holds their agencies, attestations of the digest.
#include <fmt/format.h>

#include <algorithm>

#include "channel/keys.hpp"
#include "channel/run.hpp"
#include "crypto/hash.hpp"

namespace flora::channel {

using base::Code;
using base::fail;

namespace {

// A version comes into force when everybody who holds an agency of the package has sent it; the first one at once.
bool is_approved(const Catalog& catalog, const Version& version) {
  const auto holders = catalog.members_of(version.package->id);
  return std::includes(version.approved_by.begin(), version.approved_by.end(), holders.begin(), holders.end());
}

}  // namespace

void Run::store_version(Version version, base::ByteView canonical) {
  registers_[entry_key(entry::kPackage, {version.hash})] = encode_version(version, canonical);
  catalog_ = catalog_->with_version(std::move(version));
}

base::Status Run::activate(const Origin& origin, const ActivatePackage& command) {
  const base::Hash hash = crypto::sha256(command.package);
  Version version;
  if (const Version* known = catalog_->find(hash)) {
    version = *known;
  } else {
    FLORA_TRY(version, make_version(command.package, calendars_));
    version.ordinal = static_cast<std::uint16_t>(catalog_->versions().size());
  }
  const auto holders = catalog_->members_of(version.package->id);
  if (!holders.empty() && !std::binary_search(holders.begin(), holders.end(), origin.author)) {
    return fail(Code::kForbidden, "only a member that holds an agency of the package may approve a version");
  }
  if (version.active_from != 0) return fail(Code::kAlreadyExists, "this version is in force already");
  const auto at = std::lower_bound(version.approved_by.begin(), version.approved_by.end(), origin.author);
  if (at != version.approved_by.end() && *at == origin.author) return fail(Code::kAlreadyExists, "approved already");
  version.approved_by.insert(at, origin.author);
  if (is_approved(*catalog_, version)) {
    version.active_from = block_.height;
    version.active_since = block_.time;
  }
  store_version(std::move(version), command.package);
  return {};
}

base::Status Run::bind(const Origin& origin, const BindAgency& command) {
  const Version* version = catalog_->in_force(command.package_id);
  if (version == nullptr) return fail(Code::kUnknownPackage, fmt::format("package {} is not in force", command.package_id));
  if (!version->package->find_agency(command.agency)) {
    return fail(Code::kUnknownReference, fmt::format("package {} has no agency {}", command.package_id, command.agency));
  }
  const auto holder = catalog_->member_of(command.package_id, command.agency);
  if (holder == command.member) return fail(Code::kAlreadyExists, "the agency is bound to this member already");
  if (holder.value_or(command.member) != origin.author) {
    return fail(Code::kForbidden, "a free agency is taken by the member itself, a bound one handed on by its holder");
  }
  static constexpr std::array<std::uint8_t, 1> kZero{};
  registers_[entry_key(entry::kBinding, {base::as_bytes(command.package_id), kZero, base::as_bytes(command.agency)})] =
      base::to_bytes(command.member);
  catalog_ = catalog_->with_binding(command.package_id, command.agency, command.member);
  return {};
}

base::Status Run::attest(const Origin& origin, const AttestDigest& command) {
  const auto height = height_key(command.height);
  const auto ours = tables_.get(base::Table::kViewIndex, index_key(channel_, place::kCheckpoint, {height}));
  if (!ours) return fail(Code::kOutOfRange, fmt::format("height {} is no checkpoint", command.height));
  const auto same = [&](const Attestation& a) { return a.height == command.height && a.member == origin.author; };
  const bool twice = std::any_of(attestations_.begin(), attestations_.end(), same) ||
                     tables_.get(base::Table::kViewIndex, index_key(channel_, place::kAttestation, {height, origin.author}));
  if (twice) return fail(Code::kAlreadyExists, "the member has attested this checkpoint");
  attestations_.push_back({command.height, origin.author, command.digest});
  if (!base::equal(*ours, command.digest)) {
    disputes_.push_back({command.height, origin.author, command.digest, *base::Hash::from(*ours)});
  }
  return {};
}

}  // namespace flora::channel
