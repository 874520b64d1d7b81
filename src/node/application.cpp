// SPDX-License-Identifier: EUPL-1.2
#include "node/application.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/check.hpp"
#include "crypto/hash.hpp"
#include "ledger/block.hpp"
#include "node/overlay.hpp"

namespace flora::node {

using base::Batch;
using base::Bytes;
using base::ByteView;
using base::ChannelId;
using base::Code;
using base::Hash;
using base::Instant;
using base::Result;
using base::Status;
using base::Table;
using ledger::ParsedTransaction;

namespace {

// One finalized block that is not durable yet.
struct StagedBlock {
  std::int64_t height = 0;
  Instant time;
  Hash app_hash;
  std::vector<std::unique_ptr<Batch>> batches;  // in order; also staged in the overlay
  std::vector<Settled> settled;
  std::vector<ChannelBlock> channels;
};

// Transactions taken apart by check_tx, until their block. Bounded: beyond it they are simply taken apart again.
class Checked {
 public:
  void put(ParsedTransaction parsed) {
    std::lock_guard lock(mutex_);
    if (by_hash_.size() >= kMax) by_hash_.clear();
    const Hash key = parsed.transaction_hash;
    by_hash_.insert_or_assign(key, std::move(parsed));
  }
  ParsedTransaction get(ByteView transaction, bool take) {
    const Hash key = crypto::sha256(transaction);
    {
      std::lock_guard lock(mutex_);
      if (const auto it = by_hash_.find(key); it != by_hash_.end()) {
        ParsedTransaction found = take ? std::move(it->second) : it->second;
        if (take) by_hash_.erase(it);
        return found;
      }
    }
    return ledger::parse_transaction(transaction);
  }

 private:
  static constexpr std::size_t kMax = 65536;
  std::mutex mutex_;
  std::unordered_map<Hash, ParsedTransaction> by_hash_;
};

}  // namespace

bool to_be_sealed_anew(Code code) {
  return code == Code::kExpired || code == Code::kExpiryTooFar || code == Code::kEpochWrong || code == Code::kReplayed;
}

Bytes attest_key(const ChannelId& channel) {
  Bytes key = base::to_bytes(base::as_bytes(kAttestPrefix));
  base::append(key, channel);
  return key;
}

class NodeApplication::Impl {
 public:
  Impl(base::Tables& tables, const Home& home, std::shared_ptr<const calendar::Calendars> calendars, Keyring& keyring, Log& log,
       Options options)
      : tables_(tables),
        home_(home),
        calendars_(std::move(calendars)),
        keyring_(keyring),
        log_(log),
        options_(options),
        overlay_(tables) {}

  // ---- loading ---------------------------------------------------------------------------------------------------------
  Status load() {
    FLORA_TRY(load_state());
    if (state_) {
      FLORA_TRY(load_executors());
      info_ = {state_->height(), state_->app_hash(), state_->rules().at(state_->height())};
      publish();
    }
    return {};
  }

  Status load_state() {
    auto loaded = ledger::State::load(tables_);
    std::unique_lock lock(state_mutex_);
    state_.reset();
    if (loaded)
      state_.emplace(*std::move(loaded));
    else if (loaded.error().code != Code::kHomeMissing)
      return tl::unexpected(loaded.error());
    return {};
  }

  Status load_executors() {
    executors_.clear();
    for (const auto* channel : state_->channels()) {
      if (hosted(*channel).empty()) continue;
      FLORA_TRY(open_executor(channel->id));
    }
    return {};
  }

  Status open_executor(const ChannelId& id) {
    FLORA_TRY(auto executor, channel::Executor::load(overlay_, id, state_->federation(), *calendars_, {}));
    executors_[id] = std::move(executor);
    return {};
  }

  std::vector<const MemberHome*> hosted(const ledger::ChannelRecord& channel) const {
    std::vector<const MemberHome*> out;
    for (const auto& member : home_.members) {
      if (std::binary_search(channel.members.begin(), channel.members.end(), member.id)) out.push_back(&member);
    }
    return out;
  }

  // Drops what was staged: back to what the tables hold.
  void restart() {
    staged_.clear();
    merged_.reset();
    overlay_.clear();
    Status status = load_state();
    if (status && state_) status = load_executors();
    if (status && !state_ && !genesis_.empty()) {
      auto founded = found();
      status = founded ? Status{} : tl::unexpected(founded.error());
    }
    FLORA_CHECK(status.has_value(), status.error().detail);
  }

  Result<Hash> found() {
    FLORA_TRY(auto founded, ledger::State::found(genesis_));
    staged_.clear();
    merged_.reset();
    overlay_.clear();
    executors_.clear();
    founding_ = std::make_unique<Batch>(std::move(founded.batch));
    overlay_.stage(*founding_);
    std::unique_lock lock(state_mutex_);
    state_.emplace(std::move(founded.state));
    return founded.app_hash;
  }

  // ---- blocks ----------------------------------------------------------------------------------------------------------
  orderer::Finalized finalize(const orderer::Proposal& p) {
    const auto expected = [&] { return (staged_.empty() ? state_->height() : staged_.back().height) + 1; };
    if (!state_ || p.height < expected()) restart();
    FLORA_CHECK(state_ && p.height == state_->height() + 1, "blocks come in order");
    FLORA_CHECK(state_->can_execute(p.height).has_value(), "this program knows the rules in force; use a later version");

    auto transactions = take_apart(p.transactions);
    auto result = state_->execute({p.height, p.time}, transactions);
    {
      std::unique_lock lock(state_mutex_);
      state_->commit(result);
    }
    StagedBlock block{p.height, p.time, result.app_hash, {}, settle(p, transactions, result), {}};
    stage(block, std::move(result.batch));
    follow_epochs(block);
    execute_channels(block, result.accepted);

    orderer::Finalized out{result.codes, result.app_hash, {}};
    for (const auto& update : result.validator_updates) {
      out.validator_updates.push_back({Bytes(update.key.begin(), update.key.end()), update.power});
    }
    staged_.push_back(std::move(block));
    (void)storage::reach(options_.faults, "application.staged");
    return out;
  }

  std::vector<ParsedTransaction> take_apart(const std::vector<Bytes>& transactions) {
    std::vector<ParsedTransaction> out;
    out.reserve(transactions.size());
    std::size_t unchecked = 0;
    for (const auto& transaction : transactions) {
      out.push_back(checked_.get(transaction, true));
      unchecked += out.back().verdict == ledger::SignatureVerdict::kUnchecked ? 1 : 0;
    }
    if (unchecked == 0) return out;
    const std::size_t parts = unchecked < 8 ? 1 : std::max(1u, options_.verify_threads);
    const std::size_t share = (out.size() + parts - 1) / parts;
    std::vector<std::jthread> helpers;
    for (std::size_t part = 1; part < parts; ++part) {
      const std::size_t begin = std::min(part * share, out.size()), end = std::min(begin + share, out.size());
      helpers.emplace_back(
          [this, span = std::span(out).subspan(begin, end - begin)] { ledger::verify_signatures(span, *state_); });
    }
    ledger::verify_signatures(std::span(out).first(std::min(share, out.size())), *state_);
    return out;
  }

  static std::vector<Settled> settle(const orderer::Proposal& p, const std::vector<ParsedTransaction>& transactions,
                                     const ledger::BlockResult& result) {
    std::vector<Settled> out;
    out.reserve(transactions.size());
    for (std::size_t i = 0; i < transactions.size(); ++i) {
      Settled s;
      s.envelope = transactions[i].envelope_hash;
      s.height = p.height;
      s.position = static_cast<std::uint32_t>(i);
      s.time = p.time;
      s.code = result.codes[i];
      if (i < result.details.size()) s.detail = result.details[i];
      out.push_back(std::move(s));
    }
    return out;
  }

  void stage(StagedBlock& block, Batch&& batch) {
    block.batches.push_back(std::make_unique<Batch>(std::move(batch)));
    overlay_.stage(*block.batches.back());
  }

  // Keys of epochs that began, executors of channels that began or ended.
  void follow_epochs(StagedBlock& block) {
    Batch keys;
    for (const auto* channel : state_->channels()) {
      const auto members = hosted(*channel);
      if (members.empty()) {
        executors_.erase(channel->id);
        continue;
      }
      if (!keyring_.find(channel->id, channel->epoch)) {
        const auto* epoch = state_->epoch(channel->id, channel->epoch);
        if (epoch != nullptr) take_key(*epoch, members, keys);
      }
      if (!executors_.contains(channel->id)) {
        const auto opened = open_executor(channel->id);
        FLORA_CHECK(opened.has_value(), "a fresh channel loads");
      }
    }
    if (!keys.empty()) stage(block, std::move(keys));
  }

  void take_key(const ledger::NewEpoch& epoch, const std::vector<const MemberHome*>& members, Batch& keys) {
    const auto key = Keyring::unwrap(epoch, members);
    if (key) {
      keyring_.keep(epoch.channel, epoch.epoch, *key, keys);
      log_.info("epoch_begun", {{"channel", epoch.channel.text()}, {"epoch", static_cast<std::int64_t>(epoch.epoch)}});
    } else {
      log_.failure("epoch_key_missing", key.error());
    }
  }

  void execute_channels(StagedBlock& block, const std::vector<ledger::ChannelBatch>& accepted) {
    std::map<std::uint32_t, std::size_t> settled_at;
    for (std::size_t i = 0; i < block.settled.size(); ++i) settled_at[block.settled[i].position] = i;
    for (auto& [id, executor] : executors_) {
      std::span<const ledger::AcceptedEnvelope> envelopes;
      for (const auto& batch : accepted) {
        if (batch.channel == id) envelopes = batch.envelopes;
      }
      const bool behind = executor->height() + 1 < block.height && (executor->height() > 0 || is_stalled(id));
      if (behind && !catch_up(id, *executor, block)) continue;
      auto outcome = execute(id, *executor, {block.height, block.time}, envelopes);
      if (!outcome) continue;
      for (auto& envelope : outcome->envelopes) {
        auto& settled = block.settled[settled_at.at(envelope.position)];
        settled.opened = envelope.code;
        settled.results = std::move(envelope.results);
      }
      stage(block, std::move(outcome->batch));
      block.channels.push_back({id, block.height, block.time, *std::move(outcome)});
    }
  }

  bool is_stalled(const ChannelId& id) const {
    std::lock_guard lock(stalled_mutex_);
    return stalled_.contains(id);
  }

  // nullopt: the channel stands still for want of a key.
  std::optional<channel::BlockOutcome> execute(const ChannelId& id, channel::Executor& executor,
                                               const channel::BlockContext& context,
                                               std::span<const ledger::AcceptedEnvelope> envelopes) {
    auto outcome = executor.execute(context, envelopes, [&](std::uint64_t epoch) { return keyring_.find(id, epoch); });
    std::lock_guard lock(stalled_mutex_);
    if (outcome.stalled_at_epoch) {
      if (stalled_.insert_or_assign(id, *outcome.stalled_at_epoch).second) {
        log_.warn("channel_stalled", {{"channel", id.text()}, {"epoch", static_cast<std::int64_t>(*outcome.stalled_at_epoch)}});
      }
      return std::nullopt;
    }
    stalled_.erase(id);
    executor.commit();
    return outcome;
  }

  // Executes from the stored blocks what a channel missed while its key was missing. False: it still is.
  bool catch_up(const ChannelId& id, channel::Executor& executor, StagedBlock& block) {
    while (executor.height() + 1 < block.height) {
      const auto height = executor.height() + 1;
      const auto bytes = overlay_.get(Table::kBlocks, base::be64(static_cast<std::uint64_t>(height)));
      if (!bytes) return false;
      const auto stored = ledger::decode_block(*bytes);
      FLORA_CHECK(stored.has_value(), "a stored block can be read");
      std::vector<ParsedTransaction> parsed;
      for (const auto& transaction : stored->transactions) parsed.push_back(ledger::parse_transaction(transaction));
      std::vector<ledger::AcceptedEnvelope> envelopes;
      for (std::size_t i = 0; i < parsed.size(); ++i) {
        const auto& t = parsed[i];
        if (!t.signed_part_readable || t.header.channel != id) continue;
        const auto place = ledger::read_place(overlay_, t.envelope_hash);
        const auto* author = state_->certificate(t.header.certificate);
        if (!place || place->code != Code::kOk || place->height != height || author == nullptr) continue;
        envelopes.push_back({t.envelope_hash, t.header, author->member, t.protected_header, t.body, height,
                             static_cast<std::uint32_t>(i), stored->header.time});
      }
      auto outcome = execute(id, executor, {height, stored->header.time}, envelopes);
      if (!outcome) return false;
      stage(block, std::move(outcome->batch));
      block.channels.push_back({id, height, stored->header.time, *std::move(outcome)});
    }
    return true;
  }

  Status commit(const Batch& own) {
    FLORA_CHECK(!staged_.empty(), "something was finalized");
    if (!merged_) merge(own);
    FLORA_TRY(storage::reach(options_.faults, "application.before_write"));
    FLORA_TRY(tables_.commit(*merged_, true));
    (void)storage::reach(options_.faults, "application.written");
    merged_.reset();
    founding_.reset();
    Committed committed;
    for (auto& block : staged_) {
      std::move(block.settled.begin(), block.settled.end(), std::back_inserter(committed.settled));
      std::move(block.channels.begin(), block.channels.end(), std::back_inserter(committed.channels));
    }
    forget_outbox(committed.settled);
    {
      std::lock_guard lock(view_mutex_);
      info_ = {staged_.back().height, staged_.back().app_hash, info_.app_version};
    }
    staged_.clear();
    committed.view = publish();
    if (observer_) observer_(committed);
    return {};
  }

  // Built once: if the write fails, the very same batch is written again. Nothing reads what is staged from here on.
  void merge(const Batch& own) {
    overlay_.clear();
    merged_.emplace();
    if (founding_) merged_ = std::move(*founding_);
    std::lock_guard lock(outbox_mutex_);
    for (auto& block : staged_) {
      for (auto& batch : block.batches) {
        std::move(batch->changes.begin(), batch->changes.end(), std::back_inserter(merged_->changes));
        batch->changes.clear();
      }
      for (const auto& channel : block.channels) {
        if (!channel.outcome.checkpoint) continue;
        const auto height = base::be64(static_cast<std::uint64_t>(channel.outcome.checkpoint->height));
        Bytes value(height.begin(), height.end());
        base::append(value, channel.outcome.checkpoint->digest);
        merged_->put(Table::kMeta, attest_key(channel.channel), std::move(value));
      }
      for (const auto& settled : block.settled) {
        if (to_be_sealed_anew(settled.code)) continue;
        if (const auto it = outbox_.find(settled.envelope); it != outbox_.end()) merged_->erase(Table::kOutbox, it->second);
      }
    }
    merged_->changes.insert(merged_->changes.end(), own.changes.begin(), own.changes.end());
  }

  void forget_outbox(const std::vector<Settled>& settled) {
    std::lock_guard lock(outbox_mutex_);
    for (const auto& s : settled) outbox_.erase(s.envelope);
  }

  std::shared_ptr<const View> publish() {
    auto view = std::make_shared<View>();
    view->tables = tables_.snapshot();
    view->height = state_->height();
    view->time = state_->time();
    for (const auto& [id, executor] : executors_) {
      view->channel = id;
      view->catalog = executor->catalog();
      break;
    }
    std::lock_guard lock(view_mutex_);
    view_ = view;
    return view;
  }

  // ---- mempool ---------------------------------------------------------------------------------------------------------
  Status check(ByteView transaction) {
    auto parsed = ledger::parse_transaction(transaction);
    FLORA_TRY(parsed.status);
    std::optional<crypto::PublicKey> key;
    ledger::FederationId federation;
    {
      std::shared_lock lock(state_mutex_);
      key = state_->signing_key(parsed);
      federation = state_->federation();
    }
    if (key) {
      parsed.verdict = ledger::verify_envelope(parsed, *key, federation) ? ledger::SignatureVerdict::kValid
                                                                         : ledger::SignatureVerdict::kInvalid;
    }
    {
      const Instant now = options_.clock == nullptr ? Instant{} : options_.clock->now();
      std::shared_lock lock(state_mutex_);
      FLORA_TRY(state_->check(parsed, std::max(now, state_->time())));
    }
    checked_.put(std::move(parsed));
    return {};
  }

  std::vector<Bytes> prepare(std::vector<Bytes> candidates, std::size_t bytes_max, Instant time) {
    std::vector<Bytes> out;
    std::unordered_set<Hash> seen;
    std::size_t bytes = 0;
    for (auto& candidate : candidates) {
      const auto parsed = checked_.get(candidate, false);
      Status good = parsed.status;
      if (good) {
        std::shared_lock lock(state_mutex_);
        good = state_->check(parsed, time);
      }
      if (good && (bytes + candidate.size() > bytes_max || !seen.insert(parsed.envelope_hash).second)) {
        good = base::fail(Code::kBusy, "twice, or no room");
      }
      if (!good) {
        if (dropped_ && parsed.signed_part_readable) dropped_(parsed.envelope_hash, good.error());
        continue;
      }
      bytes += candidate.size();
      out.push_back(std::move(candidate));
      if (parsed.verdict != ledger::SignatureVerdict::kUnchecked) checked_.put(parsed);
    }
    return out;
  }

  std::optional<Instant> next_due() const {
    std::optional<Instant> least;
    for (const auto& [id, executor] : executors_) {
      const auto due = executor->next_due();
      if (due && (!least || *due < *least)) least = due;
    }
    return least;
  }

  base::Tables& tables_;
  const Home& home_;
  std::shared_ptr<const calendar::Calendars> calendars_;
  Keyring& keyring_;
  Log& log_;
  Options options_;
  Overlay overlay_;
  std::function<void(const Committed&)> observer_;
  std::function<void(const Hash&, const base::Error&)> dropped_;
  Bytes genesis_;
  Checked checked_;

  mutable std::shared_mutex state_mutex_;  // guards state_ against check_tx and readers; the orderer's thread alone changes it
  std::optional<ledger::State> state_;

  // Only the orderer's thread.
  std::map<ChannelId, std::unique_ptr<channel::Executor>> executors_;
  std::vector<StagedBlock> staged_;
  std::unique_ptr<Batch> founding_;
  std::optional<Batch> merged_;

  mutable std::mutex stalled_mutex_;
  std::map<ChannelId, std::uint64_t> stalled_;
  std::mutex outbox_mutex_;
  std::unordered_map<Hash, Bytes> outbox_;
  mutable std::mutex view_mutex_;  // guards view_ and info_
  std::shared_ptr<const View> view_;
  orderer::Info info_;
};

NodeApplication::NodeApplication(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeApplication::~NodeApplication() = default;

Result<std::unique_ptr<NodeApplication>> NodeApplication::open(base::Tables& tables, const Home& home,
                                                               std::shared_ptr<const calendar::Calendars> calendars,
                                                               Keyring& keyring, Log& log, Options options) {
  auto impl = std::make_unique<Impl>(tables, home, std::move(calendars), keyring, log, options);
  FLORA_TRY(impl->load());
  return std::unique_ptr<NodeApplication>(new NodeApplication(std::move(impl)));
}

void NodeApplication::on_committed(std::function<void(const Committed&)> observer) { impl_->observer_ = std::move(observer); }
void NodeApplication::on_dropped(std::function<void(const Hash&, const base::Error&)> observer) {
  impl_->dropped_ = std::move(observer);
}
void NodeApplication::erase_with(const Hash& envelope, Bytes outbox_key) {
  std::lock_guard lock(impl_->outbox_mutex_);
  impl_->outbox_.insert_or_assign(envelope, std::move(outbox_key));
}

void NodeApplication::release(const Hash& envelope) {
  std::lock_guard lock(impl_->outbox_mutex_);
  impl_->outbox_.erase(envelope);
}

orderer::Info NodeApplication::info() const {
  std::lock_guard lock(impl_->view_mutex_);
  return impl_->info_;
}
Result<Hash> NodeApplication::init_chain(ByteView genesis) {
  impl_->genesis_ = base::to_bytes(genesis);
  return impl_->found();
}
Status NodeApplication::check_tx(ByteView transaction) { return impl_->check(transaction); }
std::vector<Bytes> NodeApplication::prepare_proposal(std::vector<Bytes> candidates, std::size_t bytes_max, Instant time) {
  return impl_->prepare(std::move(candidates), bytes_max, time);
}
bool NodeApplication::process_proposal(const orderer::Proposal& proposal) {
  // Only what is structurally impossible is rejected; all else gets its code in the block.
  std::size_t bytes = 0;
  for (const auto& transaction : proposal.transactions) bytes += transaction.size();
  return bytes <= base::limits::kBlockBytesMax;
}
orderer::Finalized NodeApplication::finalize_block(const orderer::Proposal& proposal) { return impl_->finalize(proposal); }
Status NodeApplication::commit(const Batch& own) { return impl_->commit(own); }
std::optional<Instant> NodeApplication::next_due() const { return impl_->next_due(); }

std::shared_ptr<const View> NodeApplication::view() const {
  std::lock_guard lock(impl_->view_mutex_);
  return impl_->view_;
}
void NodeApplication::with_state(const std::function<void(const ledger::State&)>& read) const {
  std::shared_lock lock(impl_->state_mutex_);
  if (impl_->state_) read(*impl_->state_);
}
std::vector<std::pair<ChannelId, std::uint64_t>> NodeApplication::stalled() const {
  std::lock_guard lock(impl_->stalled_mutex_);
  return {impl_->stalled_.begin(), impl_->stalled_.end()};
}

}  // namespace flora::node
