// SPDX-License-Identifier: EUPL-1.2
#include "channel/catalog.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "channel/keys.hpp"
#include "channel/plan.hpp"
#include "channel/registers.hpp"
#include "crypto/hash.hpp"
#include "package/load.hpp"
#include "process/definition.hpp"

namespace flora::channel {
namespace {

base::Error wrong_package(const base::Error& cause) { return {base::Code::kPackageWrong, cause.detail}; }

}  // namespace

base::Result<Version> make_version(base::ByteView canonical, const calendar::Calendars& calendars) {
  auto decoded = package::decode_package(canonical);
  if (!decoded) return tl::unexpected(wrong_package(decoded.error()));
  Version version;
  version.hash = crypto::sha256(canonical);
  version.package = std::make_shared<const package::Package>(*std::move(decoded));
  auto definition = process::Definition::compile(version.package, calendars);
  if (!definition) return tl::unexpected(wrong_package(definition.error()));
  version.definition = *std::move(definition);
  version.plan = make_plan(version.package);
  return version;
}

base::Result<std::shared_ptr<const Catalog>> Catalog::load(const base::TableReader& tables, const base::ChannelId& channel,
                                                           const calendar::Calendars& calendars) {
  auto catalog = std::make_shared<Catalog>();
  base::Status status;
  const auto packages = index_key(channel, entry::kPackage, {});
  tables.scan(base::Table::kChannel, packages, {}, [&](base::ByteView, base::ByteView value) {
    auto stored = decode_version(value);
    auto version = stored ? make_version(stored->canonical, calendars) : base::Result<Version>(tl::unexpected(stored.error()));
    if (!version) {
      status = base::fail(base::Code::kCorrupt, "a stored package does not load: " + version.error().detail);
      return false;
    }
    version->ordinal = stored->version.ordinal;
    version->active_from = stored->version.active_from;
    version->active_since = stored->version.active_since;
    version->approved_by = stored->version.approved_by;
    catalog->versions_.push_back(std::make_shared<const Version>(*std::move(version)));
    return true;
  });
  FLORA_TRY(status);
  const auto bindings = index_key(channel, entry::kBinding, {});
  tables.scan(base::Table::kChannel, bindings, {}, [&](base::ByteView key, base::ByteView value) {
    const std::string_view names = base::as_text(key.subspan(bindings.size()));
    const std::size_t zero = names.find('\0');
    const auto member = base::MemberId::from(value);
    if (zero == std::string_view::npos || !member) {
      status = base::fail(base::Code::kCorrupt, "a stored binding cannot be read");
      return false;
    }
    catalog->bindings_[std::string(names.substr(0, zero))][std::string(names.substr(zero + 1))] = *member;
    return true;
  });
  FLORA_TRY(status);
  std::sort(catalog->versions_.begin(), catalog->versions_.end(),
            [](const auto& a, const auto& b) { return a->ordinal < b->ordinal; });
  for (std::size_t i = 0; i < catalog->versions_.size(); ++i) {
    if (catalog->versions_[i]->ordinal != i) return base::fail(base::Code::kCorrupt, "a stored package is missing");
  }
  catalog->index();
  return std::shared_ptr<const Catalog>(std::move(catalog));
}

void Catalog::index() {
  in_force_.clear();
  for (const auto& version : versions_) {
    if (version->active_from == 0) continue;
    const auto [it, first] = in_force_.try_emplace(version->package->id, version->ordinal);
    if (!first && versions_[it->second]->active_from <= version->active_from) it->second = version->ordinal;
  }
}

std::shared_ptr<const Version> Catalog::share(const base::Hash& hash) const {
  for (const auto& version : versions_) {
    if (version->hash == hash) return version;
  }
  return nullptr;
}

const Version* Catalog::find(const base::Hash& hash) const { return share(hash).get(); }

const Version* Catalog::by_ordinal(std::uint16_t ordinal) const {
  return ordinal < versions_.size() ? versions_[ordinal].get() : nullptr;
}

const Version* Catalog::in_force(std::string_view package_id) const {
  const auto it = in_force_.find(package_id);
  return it == in_force_.end() ? nullptr : versions_[it->second].get();
}

const Version* Catalog::only_one() const { return in_force_.size() == 1 ? versions_[in_force_.begin()->second].get() : nullptr; }

std::vector<const Version*> Catalog::all_in_force() const {
  std::vector<const Version*> out;
  for (const auto& [id, ordinal] : in_force_) out.push_back(versions_[ordinal].get());
  return out;
}

std::optional<base::MemberId> Catalog::member_of(std::string_view package_id, std::string_view agency) const {
  const auto package = bindings_.find(package_id);
  if (package == bindings_.end()) return std::nullopt;
  const auto it = package->second.find(agency);
  return it == package->second.end() ? std::nullopt : std::optional<base::MemberId>(it->second);
}

std::vector<std::string> Catalog::agencies_of(std::string_view package_id, const base::MemberId& member) const {
  std::vector<std::string> out;
  const auto package = bindings_.find(package_id);
  if (package == bindings_.end()) return out;
  for (const auto& [agency, holder] : package->second) {
    if (holder == member) out.push_back(agency);
  }
  return out;
}

std::vector<base::MemberId> Catalog::members_of(std::string_view package_id) const {
  std::vector<base::MemberId> out;
  const auto package = bindings_.find(package_id);
  if (package == bindings_.end()) return out;
  for (const auto& [agency, holder] : package->second) out.push_back(holder);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::shared_ptr<const Catalog> Catalog::with_version(Version version) const {
  auto next = std::make_shared<Catalog>(*this);
  const std::uint16_t ordinal = version.ordinal;
  FLORA_CHECK(ordinal <= next->versions_.size(), "versions are numbered in order of arrival");
  if (ordinal == next->versions_.size()) next->versions_.emplace_back();
  next->versions_[ordinal] = std::make_shared<const Version>(std::move(version));
  next->index();
  return next;
}

std::shared_ptr<const Catalog> Catalog::with_binding(const std::string& package_id, const std::string& agency,
                                                     const base::MemberId& member) const {
  auto next = std::make_shared<Catalog>(*this);
  next->bindings_[package_id][agency] = member;
  return next;
}

}  // namespace flora::channel
