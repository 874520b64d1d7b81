// SPDX-License-Identifier: EUPL-1.2
// The epoch keys this node holds, for the channels of its members. In memory in clear, in Table::kSecrets sealed under the
// home's storage key (AES-256-GCM; the row's key is authenticated with it). Written in the same batch as the block that
// announced the epoch. Any thread.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "ledger/commands.hpp"
#include "node/home.hpp"

namespace flora::node {

class Keyring {
 public:
  // Errors: kCorrupt (a row does not open: another home's tables or key).
  static base::Result<std::unique_ptr<Keyring>> load(const base::TableReader& tables, const base::Hash& storage_key,
                                                     base::Random& random);

  std::optional<base::Hash> find(const base::ChannelId& channel, std::uint64_t epoch) const;
  // Keeps a key and adds its row to `batch`.
  void keep(const base::ChannelId& channel, std::uint64_t epoch, const base::Hash& key, base::Batch& batch);
  // Takes the key of an announced epoch from the wrap of any of these members. Errors: kSealBroken (no wrap opens to what was
  // committed to: to be reported on the ledger), kStalled (no wrap for them).
  static base::Result<base::Hash> unwrap(const ledger::NewEpoch& epoch, const std::vector<const MemberHome*>& members);

 private:
  Keyring(const base::Hash& storage_key, base::Random& random) : storage_key_(storage_key), random_(random) {}
  base::Hash storage_key_;
  base::Random& random_;
  mutable std::mutex mutex_;
  std::map<std::pair<base::ChannelId, std::uint64_t>, base::Hash> keys_;
};

}  // namespace flora::node
