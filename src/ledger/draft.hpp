// SPDX-License-Identifier: EUPL-1.2
// The committed records and changes laid over them. A block is a draft over the records, an envelope of channel 0 a draft over
// the block's: it is merged if every command in it succeeds and dropped otherwise. For the bodies of this module only.
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "ledger/records.hpp"
#include "ledger/state.hpp"

namespace flora::ledger {

template <class K, class V>
class Overlay {
 public:
  using Map = std::map<K, V>;

  explicit Overlay(const Map* committed) : committed_(committed) {}
  explicit Overlay(const Overlay* below, std::nullptr_t) : below_(below) {}
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  const V* find(const K& key) const {
    const auto at = changes_.find(key);
    if (at != changes_.end()) return at->second ? &*at->second : nullptr;
    if (below_ != nullptr) return below_->find(key);
    const auto committed = committed_->find(key);
    return committed == committed_->end() ? nullptr : &committed->second;
  }
  bool contains(const K& key) const { return find(key) != nullptr; }
  // The record to be changed; it must exist.
  V& edit(const K& key) {
    const auto at = changes_.find(key);
    if (at != changes_.end() && at->second) return *at->second;
    const V* value = find(key);
    FLORA_CHECK(value != nullptr, "only what exists can be edited");
    return *(changes_[key] = *value);
  }
  V& edit_or(const K& key, const V& initial) {
    if (!contains(key)) changes_[key] = initial;
    return edit(key);
  }
  void put(const K& key, V value) { changes_[key] = std::move(value); }
  void erase(const K& key) {
    if (contains(key)) changes_[key] = std::nullopt;
  }
  // Ascending keys with `key >= from` while `visit(key, value)` answers true. Not for the hot path.
  template <class Visit>
  void scan(const K& from, Visit visit) const {
    std::map<K, const V*> all;
    collect(from, all);
    for (const auto& [key, value] : all) {
      if (value != nullptr && !visit(key, *value)) return;
    }
  }
  template <class Visit>
  void for_each(Visit visit) const {
    scan(K{}, [&](const K& key, const V& value) {
      visit(key, value);
      return true;
    });
  }
  std::size_t size() const {
    std::size_t n = below_ != nullptr ? below_->size() : committed_->size();
    for (const auto& [key, value] : changes_) {
      const bool before = below_ != nullptr ? below_->contains(key) : committed_->contains(key);
      n = n + (value ? 1 : 0) - (before ? 1 : 0);
    }
    return n;
  }
  const std::map<K, std::optional<V>>& changes() const { return changes_; }
  void merge_into(Overlay& target) {
    for (auto& [key, value] : changes_) target.changes_[key] = std::move(value);
    changes_.clear();
  }
  void merge_into(Map& target) const {
    for (const auto& [key, value] : changes_) {
      if (value) {
        target.insert_or_assign(key, *value);
      } else {
        target.erase(key);
      }
    }
  }

 private:
  void collect(const K& from, std::map<K, const V*>& out) const {
    if (below_ != nullptr) {
      below_->collect(from, out);
    } else {
      for (auto at = committed_->lower_bound(from); at != committed_->end(); ++at) out[at->first] = &at->second;
    }
    for (auto at = changes_.lower_bound(from); at != changes_.end(); ++at) out[at->first] = at->second ? &*at->second : nullptr;
  }
  const Map* committed_ = nullptr;
  const Overlay* below_ = nullptr;
  std::map<K, std::optional<V>> changes_;
};

using EpochKey = std::pair<base::ChannelId, std::uint64_t>;
using UploadPart = std::pair<base::MemberId, std::uint64_t>;  // member, offset
struct Single {                                               // the key of what exists once
  friend auto operator<=>(const Single&, const Single&) = default;
};

// One list for everything that is kept per record: committed maps, drafts, loading and writing all follow it.
// X(name, key type, value type)
#define FLORA_LEDGER_TABLES(X)                   \
  X(rules, Single, RulesRecord)                  \
  X(validators, Single, ValidatorsRecord)        \
  X(accepted, Single, AcceptedRecord)            \
  X(members, base::MemberId, MemberRecord)       \
  X(authorities, base::Hash, CaRecord)           \
  X(crls, base::Hash, base::Bytes)               \
  X(certificates, base::Hash, CertificateRecord) \
  X(channels, base::ChannelId, ChannelRecord)    \
  X(heads, base::ChannelId, HeadRecord)          \
  X(windows, base::Hash, WindowRecord)           \
  X(serials, base::Bytes, RevocationRecord)      \
  X(proposals, ProposalId, ProposalRecord)       \
  X(uploads, base::MemberId, UploadRecord)       \
  X(upload_parts, UploadPart, base::Bytes)       \
  X(epochs, EpochKey, NewEpoch)

struct Records {
  FederationId federation;
  Threshold policy;
#define FLORA_FIELD(name, K, V) std::map<K, V> name;
  FLORA_LEDGER_TABLES(FLORA_FIELD)
#undef FLORA_FIELD
};

struct Draft {
  explicit Draft(const Records& records)
      : federation(&records.federation),
        policy(&records.policy)
#define FLORA_INIT(name, K, V) , name(&records.name)
            FLORA_LEDGER_TABLES(FLORA_INIT)
#undef FLORA_INIT
  {
  }
  explicit Draft(const Draft* below)
      : federation(below->federation),
        policy(below->policy)
#define FLORA_INIT(name, K, V) , name(&below->name, nullptr)
            FLORA_LEDGER_TABLES(FLORA_INIT)
#undef FLORA_INIT
        ,
        validator_updates(below->validator_updates) {
  }
  void merge_into(Draft& target) {
#define FLORA_MERGE(name, K, V) name.merge_into(target.name);
    FLORA_LEDGER_TABLES(FLORA_MERGE)
#undef FLORA_MERGE
    target.validator_updates = std::move(validator_updates);
  }
  void merge_into(Records& target) const {
#define FLORA_MERGE(name, K, V) name.merge_into(target.name);
      FLORA_LEDGER_TABLES(FLORA_MERGE)
#undef FLORA_MERGE
  }  // Entries of the app hash there would be.
  std::size_t entries() const {
    constexpr std::size_t kFixed = 8;  // genesis, federation, rules, validators, accepted, three trees
    return kFixed + members.size() + authorities.size() + certificates.size() + channels.size() + proposals.size() +
           uploads.size();
  }

  const FederationId* federation;
  const Threshold* policy;
#define FLORA_FIELD(name, K, V) Overlay<K, V> name;
  FLORA_LEDGER_TABLES(FLORA_FIELD)
#undef FLORA_FIELD
  std::vector<ValidatorUpdate> validator_updates;  // of the block so far
};

// Where a federation command stands and who sent it.
struct CommandContext {
  BlockContext block;
  base::Hash envelope_hash;
  std::uint32_t index = 0;  // of the command
  base::MemberId author;
  KeyPurpose purpose = KeyPurpose::kEnvelope;
  base::Hash certificate;  // that signed
  bool is_genesis = false;
};

// --- authority.cpp: certificates, revocation lists, roots

base::Status decide_register(Draft& draft, const CommandContext& context, const Register& command);
base::Status decide_publish_crl(Draft& draft, const CommandContext& context, const PublishCrl& command);
base::Status decide_upload(Draft& draft, const CommandContext& context, const Upload& command);
base::Status decide_roll_over(Draft& draft, const CommandContext& context, const RollOver& command);
// A member with its roots, lists and certificates.
base::Status admit_member(Draft& draft, const CommandContext& context, const Founder& founder);
// kCertificateExpired, kCertificateRevoked, kCrlMissing; the member is not asked.
base::Status check_certificate(const CertificateRecord& record, const Overlay<base::Hash, CaRecord>& authorities,
                               base::Instant time);
// The public key in a certificate; nullopt if either cannot be read.
std::optional<crypto::PublicKey> key_in_certificate(base::ByteView der);
std::vector<SealRecipient> seal_recipients(const Draft& draft, const std::vector<base::MemberId>& members, base::Instant time);

// --- governance.cpp: channels, epochs, proposals

base::Status decide_command(Draft& draft, const CommandContext& context, const FederationCommand& command);
base::Status decide_create_channel(Draft& draft, const CommandContext& context, const CreateChannel& command);

// --- execute.cpp

struct Verdict {
  base::Status status;
  bool counts = false;  // signature and body are valid: the envelope's place is worth remembering
  base::MemberId author;
};
// The command by which the certificate that signed the envelope registers itself, if it is one.
const Register* self_registration(const ParsedTransaction& transaction);
// One transaction in its place. Changes `draft` by what the rules say, also when it is refused.
Verdict execute_transaction(Draft& draft, const BlockContext& block, const ParsedTransaction& transaction,
                            const std::map<base::Hash, crypto::PublicKey>& keys);

}  // namespace flora::ledger
