// SPDX-License-Identifier: EUPL-1.2
#include "ledger/state.hpp"

#include "base/check.hpp"
#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/command_cbor.hpp"
#include "ledger/draft.hpp"
#include "ledger/tables.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::ChannelId;
using base::Code;
using base::fail;
using base::Hash;
using base::Instant;
using base::MemberId;
using base::Result;
using base::Status;

namespace {

// A sparse tree whose pages live in memory; they are rebuilt from the records at start and never stored.
struct SparseTree {
  Hash root = crypto::smt_empty_root();
  std::map<Bytes, Bytes> pages;
  mutable crypto::SmtCache cache{4096};

  crypto::SmtRead reader() const {
    return [this](ByteView key) -> std::optional<Bytes> {
      const auto at = pages.find(base::to_bytes(key));
      return at == pages.end() ? std::nullopt : std::optional(at->second);
    };
  }
  crypto::SmtOutcome update(const std::vector<crypto::SmtUpdate>& updates) const {
    if (updates.empty()) return {root, {}};
    auto outcome = crypto::smt_update(root, reader(), updates, &cache);
    FLORA_CHECK(outcome.has_value(), "the pages of a tree in memory are in order");
    return *std::move(outcome);
  }
  void commit(const crypto::SmtOutcome& outcome) {
    root = outcome.root;
    for (const auto& change : outcome.changes) {
      if (change.page) {
        pages[change.page_key] = *change.page;
      } else {
        pages.erase(change.page_key);
      }
    }
  }
  crypto::SmtProof prove(const Hash& key) const {
    auto proof = crypto::smt_prove(root, reader(), key);
    FLORA_CHECK(proof.has_value(), "the pages of a tree in memory are in order");
    return *std::move(proof);
  }
};

Bytes federation_entry(const FederationId& federation, const Threshold& policy) {
  CborWriter writer;
  writer.array(2).text(federation.chain_id);
  write_threshold(writer, policy);
  return writer.take();
}

}  // namespace

struct StagedBlock {
  explicit StagedBlock(const Records& records) : draft(records) {}
  Draft draft;
  AppHashTree tree;
  crypto::SmtOutcome heads, windows, serials;
  LastBlock last;
  const State::Impl* owner = nullptr;
};

struct State::Impl {
  Genesis genesis;
  Records records;
  LastBlock last;
  AppHashTree tree;
  SparseTree heads, windows, serials;
  std::map<Hash, crypto::PublicKey> keys;  // of certificates, parsed once

  // Trees and app hash after the draft.
  void finish(StagedBlock& staged) const {
    staged.heads = heads.update(head_updates(staged.draft));
    staged.windows = windows.update(window_updates(staged.draft));
    staged.serials = serials.update(serial_updates(staged.draft));
    auto changes = entry_changes(staged.draft);
    const auto add_root = [&](const char* entry, const SparseTree& before, const crypto::SmtOutcome& after) {
      if (before.root != after.root || !tree.contains(entry)) changes.push_back({entry, entry_leaf(entry, after.root)});
    };
    add_root("heads", heads, staged.heads);
    add_root("windows", windows, staged.windows);
    add_root("serials", serials, staged.serials);
    if (!tree.contains("genesis")) {
      changes.push_back({"genesis", entry_leaf("genesis", records.federation.genesis_hash)});
      changes.push_back({"federation", entry_leaf("federation", federation_entry(records.federation, records.policy))});
    }
    staged.tree = tree;
    staged.tree.apply(changes);
    staged.last.app_hash = staged.tree.app_hash();
    staged.owner = this;
  }

  void adopt(StagedBlock& staged) {
    staged.draft.merge_into(records);
    for (const auto& [x5t, record] : staged.draft.certificates.changes()) {
      if (!record || keys.contains(x5t)) continue;
      auto key = crypto::PublicKey::from_spki(record->spki);
      FLORA_CHECK(key.has_value(), "a registered key can be read");
      keys.emplace(x5t, *std::move(key));
    }
    heads.commit(staged.heads);
    windows.commit(staged.windows);
    serials.commit(staged.serials);
    tree = std::move(staged.tree);
    last = staged.last;
  }

  Result<Bytes> value(std::string_view entry) const {
    if (entry == "genesis") return base::to_bytes(records.federation.genesis_hash);
    if (entry == "federation") return federation_entry(records.federation, records.policy);
    if (entry == "heads") return base::to_bytes(heads.root);
    if (entry == "windows") return base::to_bytes(windows.root);
    if (entry == "serials") return base::to_bytes(serials.root);
    auto value = entry_value(records, entry);
    if (!value) return fail(Code::kUnknownReference, "there is no such entry");
    return *std::move(value);
  }
};

State::State(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;
State::~State() = default;

// --- founding and loading

namespace {

Status found_records(Draft& draft, const Genesis& genesis, const AppState& state) {
  if (state.rules_version < 1 || state.rules_version > kRulesVersion) {
    return fail(Code::kNotInVersion, "the genesis demands rules this program does not know");
  }
  CommandContext context;
  context.block = {genesis.initial_height - 1, genesis.time};
  context.is_genesis = true;
  draft.rules.put({}, {state.rules_version, std::nullopt});
  draft.heads.put(base::kFederationChannel, {first_head(genesis.chain_id, base::kFederationChannel), 0});
  for (const Founder& founder : state.founders) {
    if (Status admitted = admit_member(draft, context, founder); !admitted) {
      return fail(admitted.error().code, "founder " + founder.title + ": " + admitted.error().detail);
    }
  }
  for (const ValidatorMember& validator : state.validator_members) {
    const bool known = std::any_of(genesis.validators.begin(), genesis.validators.end(),
                                   [&](const Validator& v) { return v.key == validator.key; });
    if (!known) return fail(Code::kUnknownReference, "genesis: a member answers for a validator that is none");
    if (!draft.members.contains(validator.member))
      return fail(Code::kUnknownMember, "genesis: a validator's member is no founder");
  }
  draft.validators.put({}, {genesis.validators, state.validator_members});
  for (const CreateChannel& channel : state.channels) {
    if (Status created = decide_create_channel(draft, context, channel); !created) {
      return fail(created.error().code, "channel " + channel.title + ": " + created.error().detail);
    }
  }
  return {};
}

}  // namespace

Result<State::Founded> State::found(ByteView genesis_bytes) {
  auto impl = std::make_unique<Impl>();
  FLORA_TRY(impl->genesis, parse_genesis(genesis_bytes));
  FLORA_TRY(const auto app_state, parse_app_state(impl->genesis.app_state_bytes));
  impl->records.federation = {impl->genesis.chain_id, crypto::sha256(genesis_bytes)};
  impl->records.policy = app_state.policy;
  StagedBlock staged(impl->records);
  FLORA_TRY(found_records(staged.draft, impl->genesis, app_state));
  if (staged.draft.entries() > base::limits::kAppHashEntriesMax) return fail(Code::kTooLarge, "genesis: too many entries");
  staged.last = {impl->genesis.initial_height - 1, impl->genesis.time, {}};
  impl->finish(staged);
  base::Batch batch;
  write_genesis(genesis_bytes, batch);
  write_changes(staged.draft, staged.last, batch);
  impl->adopt(staged);
  const Hash app_hash = impl->last.app_hash;
  return Founded{State(std::move(impl)), std::move(batch), app_hash};
}

Result<State> State::load(const base::TableReader& tables) {
  const auto genesis = read_genesis(tables);
  if (!genesis) return fail(Code::kHomeMissing, "the tables hold no ledger");
  auto impl = std::make_unique<Impl>();
  const auto parsed = parse_genesis(*genesis);
  if (!parsed) return fail(Code::kCorrupt, "the genesis cannot be read: " + parsed.error().detail);
  const auto app_state = parse_app_state(parsed->app_state_bytes);
  if (!app_state) return fail(Code::kCorrupt, "the genesis cannot be read: " + app_state.error().detail);
  impl->genesis = *parsed;
  impl->records.federation = {parsed->chain_id, crypto::sha256(*genesis)};
  impl->records.policy = app_state->policy;
  // Everything is laid over nothing, so that trees and app hash come about as they do in a block.
  Records stored;
  FLORA_TRY(const auto last, read_records(tables, stored));
  StagedBlock staged(impl->records);
#define FLORA_LAY(name, K, V) \
  for (auto& [key, value] : stored.name) staged.draft.name.put(key, std::move(value));
  FLORA_LEDGER_TABLES(FLORA_LAY)
#undef FLORA_LAY
  staged.last = last;
  impl->finish(staged);
  if (staged.last.app_hash != last.app_hash) return fail(Code::kCorrupt, "the ledger's records do not have the stored app hash");
  impl->adopt(staged);
  State state(std::move(impl));
  FLORA_TRY(state.can_execute(last.height + 1));
  return state;
}

// --- blocks

Status State::can_execute(std::int64_t height) const {
  const std::uint64_t version = rules().at(height);
  if (version < 1 || version > kRulesVersion) {
    return fail(Code::kNotInVersion,
                "rules " + std::to_string(version) + " are in force at this height; use a program that knows them");
  }
  return {};
}

namespace {

AcceptedEnvelope accepted_envelope(const ParsedTransaction& transaction, const MemberId& author, const BlockContext& block,
                                   std::uint32_t position) {
  AcceptedEnvelope out;
  out.hash = transaction.envelope_hash;
  out.header = transaction.header;
  out.author = author;
  out.protected_header = transaction.protected_header;
  out.body = transaction.body;
  out.height = block.height;
  out.position = position;
  out.time = block.time;
  return out;
}

}  // namespace

BlockResult State::execute(const BlockContext& block, std::span<const ParsedTransaction> transactions) const {
  FLORA_CHECK(block.height == impl_->last.height + 1, "blocks are executed one after the other");
  FLORA_CHECK(block.time >= impl_->last.time, "ledger time does not run backwards");
  FLORA_CHECK(can_execute(block.height).has_value(), "the owner stops before a height whose rules are unknown");
  BlockResult result;
  result.height = block.height;
  result.staged = std::make_shared<StagedBlock>(impl_->records);
  StagedBlock& staged = *result.staged;
  std::map<ChannelId, std::vector<AcceptedEnvelope>> accepted;
  BlockProof proof;
  for (std::uint32_t i = 0; i < transactions.size(); ++i) {
    const ParsedTransaction& transaction = transactions[i];
    const Verdict verdict = execute_transaction(staged.draft, block, transaction, impl_->keys);
    const Code code = verdict.status ? Code::kOk : verdict.status.error().code;
    result.codes.push_back(code);
    result.details.push_back(verdict.status ? std::string() : verdict.status.error().detail);
    // A replayed envelope keeps the place where it first stood.
    if (verdict.counts && code != Code::kReplayed) {
      result.batch.put(base::Table::kTransactions, base::to_bytes(transaction.envelope_hash),
                       encode_place({block.height, i, code}));
    }
    if (code != Code::kOk) continue;
    accepted[transaction.header.channel].push_back(accepted_envelope(transaction, verdict.author, block, i));
    proof.envelopes.push_back(transaction.envelope_hash);
    proof.positions.push_back(i);
  }
  if (!proof.envelopes.empty()) {
    staged.draft.accepted.put({}, {block.height, crypto::merkle_root(std::span<const Hash>(proof.envelopes))});
  }
  staged.last = {block.height, block.time, {}};
  impl_->finish(staged);
  result.app_hash = staged.last.app_hash;
  result.validator_updates = staged.draft.validator_updates;
  for (auto& [channel, envelopes] : accepted) result.accepted.push_back({channel, std::move(envelopes)});
  write_changes(staged.draft, staged.last, result.batch);
  if (!result.codes.empty()) {
    result.batch.put(base::Table::kLedger, block_codes_key(block.height), encode_codes(result.codes));
  }
  if (!proof.envelopes.empty()) {
    proof.accepted = {"accepted", encode(*staged.draft.accepted.find({})), *staged.tree.prove("accepted")};
    result.batch.put(base::Table::kLedger, block_proof_key(block.height), encode_block_proof(proof));
  }
  return result;
}

void State::commit(const BlockResult& result) {
  FLORA_CHECK(result.staged != nullptr && result.staged->owner == impl_.get(), "a block is committed where it was executed");
  FLORA_CHECK(result.staged->last.height == impl_->last.height + 1, "a block is committed once and in order");
  impl_->adopt(*result.staged);
}

Status State::check(const ParsedTransaction& transaction, Instant time) const {
  Draft draft(impl_->records);
  return execute_transaction(draft, {impl_->last.height + 1, time}, transaction, impl_->keys).status;
}

std::optional<crypto::PublicKey> State::signing_key(const ParsedTransaction& transaction) const {
  if (!transaction.signed_part_readable) return std::nullopt;
  const auto known = impl_->keys.find(transaction.header.certificate);
  if (known != impl_->keys.end()) return known->second;
  const Register* command = self_registration(transaction);
  return command != nullptr ? key_in_certificate(command->chain.front()) : std::nullopt;
}

void verify_signatures(std::span<ParsedTransaction> transactions, const State& state) {
  for (ParsedTransaction& transaction : transactions) {
    if (transaction.verdict != SignatureVerdict::kUnchecked) continue;
    // What cannot be read is refused before anybody looks at the signature.
    if (!transaction.status && transaction.status.error().code < Code::kBadSignature) continue;
    const auto key = state.signing_key(transaction);
    if (!key) continue;
    transaction.verdict =
        verify_envelope(transaction, *key, state.federation()) ? SignatureVerdict::kValid : SignatureVerdict::kInvalid;
  }
}

// --- reading

const FederationId& State::federation() const { return impl_->records.federation; }
const Genesis& State::genesis() const { return impl_->genesis; }
std::int64_t State::height() const { return impl_->last.height; }
Instant State::time() const { return impl_->last.time; }
const Hash& State::app_hash() const { return impl_->last.app_hash; }
const RulesRecord& State::rules() const { return impl_->records.rules.at({}); }
const ValidatorsRecord& State::validators() const { return impl_->records.validators.at({}); }

namespace {

template <class K, class V>
const V* look_up(const std::map<K, V>& map, const K& key) {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : &at->second;
}

template <class K, class V, class Wanted>
std::vector<const V*> pick(const std::map<K, V>& map, Wanted wanted) {
  std::vector<const V*> out;
  for (const auto& [key, value] : map) {
    if (wanted(value)) out.push_back(&value);
  }
  return out;
}

constexpr auto kEverything = [](const auto&) { return true; };

}  // namespace

std::vector<const MemberRecord*> State::members() const { return pick(impl_->records.members, kEverything); }
const MemberRecord* State::member(const MemberId& id) const { return look_up(impl_->records.members, id); }
std::vector<const CaRecord*> State::authorities(const MemberId& member) const {
  return pick(impl_->records.authorities, [&](const CaRecord& ca) { return ca.member == member; });
}
const CertificateRecord* State::certificate(const Hash& x5t) const { return look_up(impl_->records.certificates, x5t); }
std::vector<const CertificateRecord*> State::certificates(const MemberId& member) const {
  return pick(impl_->records.certificates, [&](const CertificateRecord& record) { return record.member == member; });
}
std::vector<const ChannelRecord*> State::channels() const { return pick(impl_->records.channels, kEverything); }
const ChannelRecord* State::channel(const ChannelId& id) const { return look_up(impl_->records.channels, id); }
HeadRecord State::head(const ChannelId& id) const {
  const HeadRecord* head = look_up(impl_->records.heads, id);
  return head != nullptr ? *head : HeadRecord{first_head(federation().chain_id, id), 0};
}
const WindowRecord* State::window(const Hash& x5t) const { return look_up(impl_->records.windows, x5t); }
std::vector<const ProposalRecord*> State::proposals() const { return pick(impl_->records.proposals, kEverything); }
const NewEpoch* State::epoch(const ChannelId& id, std::uint64_t number) const {
  return look_up(impl_->records.epochs, EpochKey{id, number});
}

std::vector<SealRecipient> State::seal_recipients(std::span<const MemberId> members) const {
  std::vector<MemberId> sorted(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end());
  return ledger::seal_recipients(Draft(impl_->records), sorted, impl_->last.time);
}

Status State::standing(const Hash& x5t, Instant time) const {
  const CertificateRecord* record = certificate(x5t);
  if (record == nullptr) return fail(Code::kUnknownCertificate, "the certificate is not registered");
  FLORA_TRY(check_certificate(*record, Draft(impl_->records).authorities, time));
  const MemberRecord* owner = member(record->member);
  if (owner == nullptr || !owner->standing) return fail(Code::kNotMember, "the member left the federation");
  return {};
}

std::vector<const CaRecord*> State::stale_authorities(Instant time) const {
  return pick(impl_->records.authorities, [&](const CaRecord& ca) { return time > ca.next_update; });
}

// --- proofs

std::optional<EntryProof> State::prove(std::string_view entry) const {
  auto path = impl_->tree.prove(entry);
  if (!path) return std::nullopt;
  auto value = impl_->value(entry);
  FLORA_CHECK(value.has_value(), "every entry of the app hash has a value");
  return EntryProof{std::string(entry), *std::move(value), *std::move(path)};
}

State::TreeProof State::prove_head(const ChannelId& id) const {
  const HeadRecord* record = look_up(impl_->records.heads, id);
  return {*prove("heads"), record != nullptr ? encode(*record) : Bytes{}, impl_->heads.prove(crypto::sha256(id))};
}
State::TreeProof State::prove_window(const Hash& x5t) const {
  const WindowRecord* record = window(x5t);
  return {*prove("windows"), record != nullptr ? encode(*record) : Bytes{}, impl_->windows.prove(crypto::sha256(x5t))};
}
State::TreeProof State::prove_serial(const MemberId& member, const PathElement& element) const {
  const Bytes key = revocation_key(member, element);
  const RevocationRecord* record = look_up(impl_->records.serials, key);
  return {*prove("serials"), record != nullptr ? encode(*record) : Bytes{}, impl_->serials.prove(crypto::sha256(key))};
}

}  // namespace flora::ledger
