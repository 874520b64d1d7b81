// SPDX-License-Identifier: EUPL-1.2
// A small federation in memory, for tests and benchmarks of this module and of those above it: members with their own CAs and
// keys, a genesis, one channel, and shorthand for envelopes and blocks. Reproducible but for ECDSA nonces.
#pragma once
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/cbor.hpp"
#include "base/random.hpp"
#include "base/tables.hpp"
#include "crypto/cms.hpp"
#include "crypto/hash.hpp"
#include "crypto/keys.hpp"
#include "ledger/state.hpp"
#include "pki/member_ca.hpp"

namespace flora::ledger::testing {

// The smallest TableReader there is, and what applies batches to it.
class MapTables final : public base::TableReader {
 public:
  std::optional<base::Bytes> get(base::Table table, base::ByteView key) const override {
    const auto& rows = rows_of(table);
    const auto at = rows.find(base::to_bytes(key));
    return at == rows.end() ? std::nullopt : std::optional(at->second);
  }
  void scan(base::Table table, base::ByteView prefix, base::ByteView from,
            const std::function<bool(base::ByteView, base::ByteView)>& visit) const override {
    const auto& rows = rows_of(table);
    const base::Bytes start = base::to_bytes(from.empty() ? prefix : from);
    for (auto at = rows.lower_bound(start); at != rows.end(); ++at) {
      if (at->first.size() < prefix.size() || !base::equal(base::ByteView(at->first).first(prefix.size()), prefix)) return;
      if (!visit(at->first, at->second)) return;
    }
  }
  void scan_back(base::Table table, base::ByteView prefix, base::ByteView from,
                 const std::function<bool(base::ByteView, base::ByteView)>& visit) const override {
    std::vector<std::pair<base::Bytes, base::Bytes>> found;
    scan(table, prefix, {}, [&](base::ByteView key, base::ByteView value) {
      if (!from.empty() && base::compare(key, from) > 0) return false;
      found.emplace_back(base::to_bytes(key), base::to_bytes(value));
      return true;
    });
    for (auto at = found.rbegin(); at != found.rend() && visit(at->first, at->second); ++at) {
    }
  }
  void apply(const base::Batch& batch) {
    for (const auto& change : batch.changes) {
      auto& rows = rows_[static_cast<std::size_t>(change.table)];
      if (change.value) {
        rows[change.key] = *change.value;
      } else {
        rows.erase(change.key);
      }
    }
  }

 private:
  using Rows = std::map<base::Bytes, base::Bytes>;
  const Rows& rows_of(base::Table table) const { return rows_[static_cast<std::size_t>(table)]; }
  std::array<Rows, base::kTableCount> rows_;
};

template <class T>
T must(base::Result<T> result) {
  if (!result)
    throw std::runtime_error(result.error().detail + " (" + std::to_string(static_cast<unsigned>(result.error().code)) + ")");
  return std::move(*result);
}
inline void must(base::Status status) {
  if (!status)
    throw std::runtime_error(status.error().detail + " (" + std::to_string(static_cast<unsigned>(status.error().code)) + ")");
}

struct KeyPair {
  crypto::PrivateKey key;
  pki::Certificate certificate;
  base::Hash x5t() const { return certificate.thumbprint(); }
};

struct TestMember {
  base::MemberId id;
  pki::MemberCa ca;
  KeyPair envelope, seal, govern;
  std::uint64_t next_sequence = 1;
};

struct FederationOptions {
  std::size_t members = 2;
  bool with_channel = true;
  crypto::KeyKind envelope_kind = crypto::KeyKind::kP256;
  std::uint64_t seed = 1;
  Threshold policy{2, 3};
};

class TestFederation {
 public:
  explicit TestFederation(const FederationOptions& options = {}) : random_(options.seed) {
    for (std::size_t i = 0; i < options.members; ++i)
      members_.push_back(make_member("Member " + std::to_string(i + 1), options.envelope_kind));
    std::sort(members_.begin(), members_.end(), [](const TestMember& a, const TestMember& b) { return a.id < b.id; });
    channel_ = random_.id<base::ChannelId>();
    genesis_.chain_id = "test-1";
    genesis_.time = now_;
    validator_ = crypto::PrivateKey::from_ed25519_seed(random_.bytes(32));
    Validator validator;
    std::copy_n(validator_->public_key().raw().begin(), 32, validator.key.begin());
    genesis_.validators = {validator};
    AppState app_state;
    app_state.policy = options.policy;
    for (const TestMember& member : members_) app_state.founders.push_back(founder(member));
    if (options.with_channel) app_state.channels.push_back(create_channel(channel_, all_members()));
    app_state.validator_members = {{validator.key, members_.front().id}};
    genesis_.app_state_bytes = encode_app_state(app_state);
    State::Founded founded = must(State::found(encode_genesis(genesis_)));
    tables_.apply(founded.batch);
    state_ = std::make_unique<State>(std::move(founded.state));
  }

  static base::Instant start() { return base::Instant::from_seconds(1767225600); }  // 2026-01-01T00:00:00Z
  base::Instant now() const { return now_; }
  void advance_seconds(std::int64_t seconds) { now_ = now_.plus_seconds(seconds); }
  State& state() { return *state_; }
  const Genesis& genesis() const { return genesis_; }
  MapTables& tables() { return tables_; }
  base::SeededRandom& random() { return random_; }
  TestMember& member(std::size_t i) { return members_[i]; }
  const base::ChannelId& channel() const { return channel_; }
  const crypto::PrivateKey& validator() const { return *validator_; }
  base::Hash epoch_key() const { return epoch_key_; }

  std::vector<base::MemberId> all_members() const {
    std::vector<base::MemberId> ids;
    for (const TestMember& member : members_) ids.push_back(member.id);
    return ids;
  }

  TestMember make_member(const std::string& name, crypto::KeyKind envelope_kind = crypto::KeyKind::kP256) {
    pki::MemberCa ca = must(
        pki::MemberCa::make_root(name, name, {start().plus_seconds(-86400), start().plus_seconds(20LL * 365 * 86400)}, random_));
    KeyPair envelope = issue(ca, pki::Purpose::kEnvelope, envelope_kind);
    KeyPair seal = issue(ca, pki::Purpose::kSeal);
    KeyPair govern = issue(ca, pki::Purpose::kGovern);
    return TestMember{random_.id<base::MemberId>(), std::move(ca), std::move(envelope), std::move(seal), std::move(govern)};
  }
  KeyPair issue(const pki::MemberCa& ca, pki::Purpose purpose, crypto::KeyKind kind = crypto::KeyKind::kP256,
                std::int64_t valid_seconds = 10LL * 365 * 86400) {
    crypto::PrivateKey key = crypto::PrivateKey::generate(kind, random_);
    pki::LeafRequest request{.key = key.public_key(),
                             .purpose = purpose,
                             .common_name = "node",
                             .validity = {now_.plus_seconds(-3600), now_.plus_seconds(valid_seconds)},
                             .dns_names = {},
                             .ip_addresses = {}};
    pki::Certificate certificate = must(ca.issue(request, random_));
    return {std::move(key), std::move(certificate)};
  }
  pki::Crl crl(const pki::MemberCa& ca, std::uint64_t number, const std::vector<pki::RevokedEntry>& revoked = {},
               std::int64_t valid_seconds = 365LL * 86400) {
    return must(ca.publish_crl(number, now_.plus_seconds(-60), now_.plus_seconds(valid_seconds), revoked));
  }
  Founder founder(const TestMember& member) {
    return {member.id,
            "Member",
            {der(member.ca.certificate())},
            {base::to_bytes(crl(member.ca, 1).der())},
            {{der(member.envelope.certificate)}, {der(member.seal.certificate)}, {der(member.govern.certificate)}},
            std::nullopt};
  }
  static base::Bytes der(const pki::Certificate& certificate) { return base::to_bytes(certificate.der()); }

  NewEpoch new_epoch(const base::ChannelId& channel, std::uint64_t number, const std::vector<base::MemberId>& members,
                     const base::Hash& key) {
    NewEpoch epoch{channel, number, epoch_commitment(key), {}};
    for (const TestMember& member : members_) {
      if (std::find(members.begin(), members.end(), member.id) == members.end()) continue;
      epoch.wraps.push_back({member.id, member.seal.x5t(), must(crypto::wrap_key(member.seal.certificate.der(), key))});
    }
    std::sort(epoch.wraps.begin(), epoch.wraps.end(), [](const Wrap& a, const Wrap& b) { return a.certificate < b.certificate; });
    return epoch;
  }
  CreateChannel create_channel(const base::ChannelId& channel, const std::vector<base::MemberId>& members) {
    return {channel, "Channel", members, ChannelPolicy{{2, 3}, false}, new_epoch(channel, 1, members, epoch_key_)};
  }
  void add_member(TestMember member) { members_.push_back(std::move(member)); }

  CommandItem item(base::Bytes command) {
    return {*base::Hash::from(random_.bytes(32)), *base::Hash::from(random_.bytes(32)), std::move(command)};
  }
  // A text of the given size as a channel's command.
  CommandItem any_item(std::size_t size = 40) { return item(base::CborWriter().text(std::string(size, 'x')).take()); }

  struct Wish {  // what differs from an ordinary envelope
    std::optional<std::uint64_t> sequence;
    std::optional<base::Instant> expires;
    std::uint64_t epoch = 1;
    std::optional<base::ChannelId> channel;
    std::optional<base::Hash> epoch_key;
    std::optional<FederationId> federation;
  };
  MadeEnvelope make(TestMember& author, const std::vector<CommandItem>& items, const Wish& wish) {
    return make_as(author.envelope, author, items, wish);
  }
  MadeEnvelope make_as(const KeyPair& pair, TestMember& author, const std::vector<CommandItem>& items, const Wish& wish) {
    EnvelopeOrder order{wish.channel.value_or(channel_), wish.sequence ? *wish.sequence : author.next_sequence++,
                        wish.expires.value_or(now_.plus_seconds(300)), wish.epoch, items};
    const base::Hash key = wish.epoch_key.value_or(epoch_key_);
    const base::Bytes fresh = random_.bytes(32);
    std::optional<Sealing> sealing;
    if (order.channel != base::kFederationChannel) sealing = Sealing{key, node_secret_, fresh};
    return must(make_envelope(wish.federation.value_or(state_ ? state_->federation() : FederationId{}), {pair.key, pair.x5t()},
                              order, sealing));
  }
  ParsedTransaction envelope(TestMember& author, const Wish& wish) {
    return parse_transaction(make(author, {any_item()}, wish).transaction);
  }
  ParsedTransaction envelope(TestMember& author) { return envelope(author, Wish{}); }
  // Commands of channel 0.
  ParsedTransaction govern(const KeyPair& pair, TestMember& author, const std::vector<FederationCommand>& commands) {
    std::vector<CommandItem> items;
    for (const FederationCommand& command : commands) items.push_back(item(encode_command(command)));
    Wish wish;
    wish.channel = base::kFederationChannel;
    wish.epoch = 0;
    return parse_transaction(make_as(pair, author, items, wish).transaction);
  }
  ParsedTransaction govern(TestMember& author, const FederationCommand& command) {
    return govern(author.govern, author, {command});
  }

  BlockContext next_block() const { return {state_->height() + 1, now_}; }
  // Executes, writes and commits a block; ledger time goes on by a second.
  BlockResult run(const std::vector<ParsedTransaction>& transactions) {
    BlockResult result = state_->execute(next_block(), transactions);
    tables_.apply(result.batch);
    state_->commit(result);
    advance_seconds(1);
    return result;
  }
  base::Code run_one(const ParsedTransaction& transaction) { return run({transaction}).codes.front(); }

 private:
  base::SeededRandom random_;
  base::Instant now_ = start();
  std::vector<TestMember> members_;
  base::ChannelId channel_;
  base::Hash epoch_key_ = crypto::sha256(base::as_bytes("epoch key 1"));
  base::Bytes node_secret_ = base::Bytes(32, 7);
  Genesis genesis_;
  std::optional<crypto::PrivateKey> validator_;
  MapTables tables_;
  std::unique_ptr<State> state_;
};

}  // namespace flora::ledger::testing
