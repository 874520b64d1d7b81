// SPDX-License-Identifier: EUPL-1.2
#include "node/keyring.hpp"

#include "crypto/aead.hpp"
#include "crypto/cms.hpp"

namespace flora::node {

using base::Bytes;
using base::ByteView;
using base::ChannelId;
using base::Code;
using base::Hash;
using base::Result;
using base::Table;

namespace {

constexpr std::string_view kPrefix = "epoch/";

Bytes row_key(const ChannelId& channel, std::uint64_t epoch) {
  Bytes key = base::to_bytes(base::as_bytes(kPrefix));
  base::append(key, channel);
  base::append(key, base::be64(epoch));
  return key;
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::load(const base::TableReader& tables, const Hash& storage_key, base::Random& random) {
  std::unique_ptr<Keyring> ring(new Keyring(storage_key, random));
  bool readable = true;
  tables.scan(Table::kSecrets, base::as_bytes(kPrefix), {}, [&](ByteView row, ByteView value) {
    const auto rest = row.subspan(kPrefix.size());
    const auto channel = rest.size() == 24 ? ChannelId::from(rest.first(16)) : std::nullopt;
    readable = channel.has_value() && value.size() > crypto::kAeadIvBytes;
    if (!readable) return false;
    const auto key =
        crypto::aes256gcm_open(storage_key, value.first(crypto::kAeadIvBytes), row, value.subspan(crypto::kAeadIvBytes));
    const auto hash = key ? Hash::from(*key) : std::nullopt;
    if (!(readable = hash.has_value())) return false;
    ring->keys_[{*channel, base::read_be64(rest.subspan(16))}] = *hash;
    return true;
  });
  if (!readable) return base::fail(Code::kCorrupt, "an epoch key does not open under this home's storage key");
  return ring;
}

std::optional<Hash> Keyring::find(const ChannelId& channel, std::uint64_t epoch) const {
  std::lock_guard lock(mutex_);
  const auto it = keys_.find({channel, epoch});
  return it == keys_.end() ? std::nullopt : std::optional(it->second);
}

void Keyring::keep(const ChannelId& channel, std::uint64_t epoch, const Hash& key, base::Batch& batch) {
  Bytes row = row_key(channel, epoch);
  Bytes value = random_.bytes(crypto::kAeadIvBytes);
  base::append(value, crypto::aes256gcm_seal(storage_key_, ByteView(value), row, key));
  batch.put(Table::kSecrets, std::move(row), std::move(value));
  std::lock_guard lock(mutex_);
  keys_[{channel, epoch}] = key;
}

Result<Hash> Keyring::unwrap(const ledger::NewEpoch& epoch, const std::vector<const MemberHome*>& members) {
  bool tried = false;
  for (const auto* member : members) {
    for (const auto& wrap : epoch.wraps) {
      if (wrap.certificate != member->seal.certificate.thumbprint()) continue;
      tried = true;
      const auto key = crypto::unwrap_key(wrap.cms, member->seal.certificate.der(), member->seal.key);
      const auto hash = key ? Hash::from(key->view()) : std::nullopt;
      if (hash && ledger::epoch_commitment(*hash) == epoch.key_commitment) return *hash;
    }
  }
  return tried ? base::fail(Code::kSealBroken, "no wrap opens to the committed key")
               : base::fail(Code::kStalled, "the epoch has no wrap for a member of this node");
}

}  // namespace flora::node
