// SPDX-License-Identifier: EUPL-1.2
#include "node/submission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "crypto/hash.hpp"
#include "crypto/mac.hpp"
#include "ledger/envelope.hpp"
#include "node/sequences.hpp"

namespace flora::node {

using base::Bytes;
using base::ByteView;
using base::ChannelId;
using base::Code;
using base::Hash;
using base::MemberId;
using base::Result;
using base::Status;
using base::Table;
using namespace std::chrono_literals;

namespace {

constexpr int kAttemptsMax = 8;         // sealings of one order
constexpr std::size_t kGroupMax = 256;  // orders a worker takes at once

// An order on its way. Owned by whoever works on it: the waiting list, a worker, or `pending`.
struct Item {
  Order order;
  Hash content;  // of the commands: tells a repetition from a conflict
  int attempts = 0;
  Bytes transaction;  // sealed
  Hash envelope;
  bool in_outbox = false;
};
using ItemPtr = std::shared_ptr<Item>;

using Key = std::pair<MemberId, Hash>;  // member, first message id
Key key_of(const Order& order) { return {order.member, order.message_ids.front()}; }

Bytes outbox_key(const Order& order) {
  Bytes key = base::to_bytes(order.member);
  base::append(key, order.message_ids.front());
  return key;
}

Hash content_of(const ChannelId& channel, const std::vector<Bytes>& commands) {
  crypto::Sha256 hash;
  hash.update(channel);
  for (const auto& command : commands) hash.update(base::be64(command.size())).update(command);
  return hash.finish();
}

}  // namespace

Hash message_id(ByteView member_key, std::string_view client, std::string_view idempotency_key, std::size_t index) {
  base::CborWriter w;
  w.array(index == 0 ? 2 : 3).text(client).text(idempotency_key);
  if (index > 0) w.uint(index);
  return crypto::hmac_sha256(member_key, w.view());
}

class Submission::Impl {
 public:
  Impl(base::Tables& tables, const Home& home, NodeApplication& application, orderer::Sequencer& sequencer, base::Clock& clock,
       Keyring& keyring, base::Random& random, Log& log, Options options)
      : tables_(tables),
        home_(home),
        application_(application),
        sequencer_(sequencer),
        clock_(clock),
        keyring_(keyring),
        random_(random),
        log_(log),
        options_(options),
        sequences_(tables) {
    application_.with_state([&](const ledger::State& state) { federation_ = state.federation(); });
  }

  Status start() {
    FLORA_TRY(restore());
    answerer_ = std::jthread([this] { answer_loop(); });
    for (unsigned i = 0; i < std::max(1u, options_.workers); ++i) workers_.emplace_back([this] { work_loop(); });
    return {};
  }

  void submit(Order order) {
    FLORA_CHECK(!order.message_ids.empty() && order.message_ids.size() == order.commands.size(), "one message id per command");
    Status refused;
    {
      std::lock_guard lock(mutex_);
      refused = admit(order);
      if (refused) {
        auto item = std::make_shared<Item>();
        item->content = content_of(order.channel, order.commands);
        in_flight_.emplace(key_of(order), item->content);
        item->order = std::move(order);
        waiting_.push_back(std::move(item));
        wake_.notify_one();
        return;
      }
    }
    if (order.done) order.done(tl::unexpected(refused.error()));
  }

  void settled(const Committed& committed) {
    std::unique_lock lock(mutex_);
    for (const auto& settled : committed.settled) {
      const auto it = pending_.find(settled.envelope);
      if (it == pending_.end()) continue;
      ItemPtr item = std::move(it->second);
      pending_.erase(it);
      if (settled.code == Code::kOk)
        finish(std::move(item), settled);
      else
        refuse(std::move(item), {settled.code, settled.detail});
    }
    wake_.notify_all();
  }

  void dropped(const Hash& envelope, const base::Error& why) {
    std::lock_guard lock(mutex_);
    const auto it = pending_.find(envelope);
    if (it == pending_.end()) return;
    ItemPtr item = std::move(it->second);
    pending_.erase(it);
    if (why.code == Code::kBusy)
      unsent_.push_back(std::move(item));
    else
      refuse(std::move(item), why);
    wake_.notify_all();
  }

  void interrupted(const base::Error& why) {
    std::lock_guard lock(mutex_);
    const base::Error answer{Code::kTimeout, "the entry is kept and goes on when writing resumes: " + why.detail};
    const auto tell = [&](const ItemPtr& item) { push_answer(item, tl::unexpected(answer)); };
    for (const auto& [hash, item] : pending_) tell(item);
    for (const auto& item : unsent_) tell(item);
  }

  std::size_t waiting() const {
    std::lock_guard lock(mutex_);
    return waiting_.size() + later_.size() + unsent_.size() + pending_.size() + working_;
  }

  void stop() {
    {
      std::unique_lock lock(mutex_);
      accepting_ = false;
      wake_.notify_all();
      // What was taken is settled first; what cannot be (a full disk) stays in the outbox.
      const auto settled = [&] {
        return waiting_.empty() && later_.empty() && unsent_.empty() && pending_.empty() && working_ == 0;
      };
      for (int i = 0; i < 100 && !settled() && sequencer_.status().condition == orderer::Condition::kRunning; ++i) {
        idle_.wait_for(lock, 100ms, settled);
      }
      stopping_ = true;
      wake_.notify_all();
      answers_wake_.notify_all();
    }
    workers_.clear();
    if (answerer_.joinable()) answerer_.join();
  }

 private:
  // ---- with the lock ---------------------------------------------------------------------------------------------------
  Status admit(const Order& order) const {
    if (!accepting_) return base::fail(Code::kNotLeader, "the node is stopping");
    const auto it = in_flight_.find(key_of(order));
    if (it != in_flight_.end()) {
      return it->second == content_of(order.channel, order.commands) ? base::fail(Code::kInFlight)
                                                                     : base::fail(Code::kIdempotencyConflict);
    }
    if (waiting_.size() + unsent_.size() >= options_.waiting_max) {
      return base::fail(Code::kBusy, fmt::format("{} entries wait", waiting_.size()));
    }
    return {};
  }

  void finish(ItemPtr item, Result<Settled> outcome) {
    in_flight_.erase(key_of(item->order));
    push_answer(item, std::move(outcome));
    idle_.notify_all();
  }

  // The ledger, or the check before it, refused the envelope.
  void refuse(ItemPtr item, const base::Error& why) {
    application_.release(item->envelope);
    if (to_be_sealed_anew(why.code) && item->attempts < kAttemptsMax) {
      // Under a stale epoch there is nothing to do until the next one has begun.
      auto& list = why.code == Code::kEpochWrong ? later_ : waiting_;
      list.push_back(std::move(item));
      return;
    }
    if (item->in_outbox) erase_rows_.push_back(outbox_key(item->order));
    finish(std::move(item), tl::unexpected(why));
  }

  void push_answer(const ItemPtr& item, Result<Settled> outcome) {
    if (!item->order.done) return;
    answers_.emplace_back(std::move(item->order.done), std::move(outcome));
    item->order.done = nullptr;
    answers_wake_.notify_one();
  }

  // ---- answering: callbacks run on a thread of their own, so that the orderer never waits for them ------------------------
  void answer_loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
      answers_wake_.wait(lock, [&] { return stopping_ || !answers_.empty(); });
      if (answers_.empty()) return;
      auto answers = std::exchange(answers_, {});
      lock.unlock();
      for (auto& [done, outcome] : answers) done(std::move(outcome));
      answers.clear();
      lock.lock();
    }
  }

  // ---- working -----------------------------------------------------------------------------------------------------------
  void work_loop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (waiting_.empty() && unsent_.empty() && later_.empty() && erase_rows_.empty())
        wake_.wait(lock);
      else if (waiting_.empty())
        wake_.wait_for(lock, 50ms);
      if (waiting_.empty()) std::swap(waiting_, later_);
      std::vector<ItemPtr> group;
      const std::size_t share = std::max<std::size_t>(1, waiting_.size() / std::max(1u, options_.workers));
      while (!waiting_.empty() && group.size() < std::min(kGroupMax, share)) {
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      auto resend = std::exchange(unsent_, {});
      auto erase = std::exchange(erase_rows_, {});
      working_ += group.size() + resend.size();
      const std::size_t in_work = group.size() + resend.size();
      lock.unlock();
      erase_outbox(erase);
      send(std::move(resend));
      send(seal_all(std::move(group)));
      lock.lock();
      working_ -= in_work;
      idle_.notify_all();
    }
  }

  void erase_outbox(const std::vector<Bytes>& rows) {
    if (rows.empty()) return;
    base::Batch batch;
    for (const auto& row : rows) batch.erase(Table::kOutbox, row);
    (void)tables_.commit(batch, false);  // else it is found settled, or refused again, after a restart
  }

  // Seals a group and puts it into the outbox with one write. Those that cannot be are answered.
  std::vector<ItemPtr> seal_all(std::vector<ItemPtr> group) {
    std::vector<ItemPtr> sealed;
    base::Batch batch;
    for (auto& item : group) {
      const Status status = seal(*item);
      if (!status) {
        fail(std::move(item), status.error());
        continue;
      }
      batch.put(Table::kOutbox, outbox_key(item->order), item->transaction);
      sealed.push_back(std::move(item));
    }
    if (sealed.empty()) return sealed;
    (void)storage::reach(options_.faults, "submission.sealed");
    const Status stored = tables_.commit(batch, true);
    if (!stored) {
      for (auto& item : sealed) fail(std::move(item), stored.error());
      return {};
    }
    for (auto& item : sealed) item->in_outbox = true;
    (void)storage::reach(options_.faults, "submission.outbox");
    return sealed;
  }

  void fail(ItemPtr item, const base::Error& why) {
    std::lock_guard lock(mutex_);
    finish(std::move(item), tl::unexpected(why));
  }

  Status seal(Item& item) {
    const Order& order = item.order;
    const MemberHome* member = home_.find(order.member);
    if (member == nullptr) return base::fail(Code::kUnknownMember, "not a member of this node");
    std::vector<ledger::CommandItem> commands;
    for (std::size_t i = 0; i < order.commands.size(); ++i) {
      commands.push_back({*Hash::from(random_.bytes(32)), order.message_ids[i], order.commands[i]});
    }
    const Credential& signer = order.govern ? member->govern : member->envelope;
    const ledger::Author author{signer.key, signer.certificate.thumbprint()};
    ledger::EnvelopeOrder envelope{order.channel, 0, clock_.now().plus_seconds(options_.expires_seconds), 0, commands};
    std::optional<Hash> epoch_key;
    if (order.channel != base::kFederationChannel) {
      FLORA_TRY(envelope.epoch, current_epoch(order.channel));
      epoch_key = keyring_.find(order.channel, envelope.epoch);
      if (!epoch_key) return base::fail(Code::kStalled, "the key of the channel's epoch is missing");
    }
    FLORA_TRY(envelope.sequence, sequences_.next(author.certificate));
    const Bytes fresh = random_.bytes(32);
    std::optional<ledger::Sealing> sealing;
    if (epoch_key) sealing = ledger::Sealing{*epoch_key, home_.node_secret, fresh};
    FLORA_TRY(auto made, ledger::make_envelope(federation_, author, envelope, sealing));
    item.transaction = std::move(made.transaction);
    item.envelope = made.envelope_hash;
    ++item.attempts;
    return {};
  }

  Result<std::uint64_t> current_epoch(const ChannelId& channel) const {
    Result<std::uint64_t> epoch = base::fail(Code::kUnknownChannel, channel.text());
    application_.with_state([&](const ledger::State& state) {
      if (const auto* record = state.channel(channel)) epoch = record->epoch;
    });
    return epoch;
  }

  void send(std::vector<ItemPtr> items) {
    std::map<MemberId, std::vector<ItemPtr>> by_member;
    for (auto& item : items) by_member[item->order.member].push_back(std::move(item));
    for (auto& [member, group] : by_member) send_group(member, std::move(group));
  }

  void send_group(const MemberId& member, std::vector<ItemPtr> group) {
    std::vector<Bytes> transactions;
    {
      std::lock_guard lock(mutex_);
      for (const auto& item : group) {
        application_.erase_with(item->envelope, outbox_key(item->order));
        pending_.emplace(item->envelope, item);
        transactions.push_back(item->transaction);
      }
    }
    const auto statuses = sequencer_.submit(member, std::move(transactions));
    (void)storage::reach(options_.faults, "submission.submitted");
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const Status status = statuses ? (*statuses)[i] : tl::unexpected(statuses.error());
      if (status) continue;
      pending_.erase(group[i]->envelope);
      if (statuses) {
        refuse(std::move(group[i]), status.error());
        continue;
      }
      // The orderer takes nothing now; the row is safe and goes out again.
      if (status.error().code != Code::kBusy)
        push_answer(group[i], tl::unexpected(base::Error{Code::kTimeout, status.error().detail}));
      unsent_.push_back(std::move(group[i]));
    }
  }

  // ---- after a restart ---------------------------------------------------------------------------------------------------
  Status restore() {
    std::vector<std::pair<Bytes, Bytes>> rows;
    tables_.scan(Table::kOutbox, {}, {}, [&](ByteView key, ByteView value) {
      rows.emplace_back(base::to_bytes(key), base::to_bytes(value));
      return true;
    });
    base::Batch settled;
    for (auto& [key, transaction] : rows) {
      const auto parsed = ledger::parse_transaction(transaction);
      const bool known = parsed.signed_part_readable;
      const auto place = known ? ledger::read_place(tables_, parsed.envelope_hash) : std::nullopt;
      if (!known || (place && !to_be_sealed_anew(place->code))) {
        settled.erase(Table::kOutbox, key);
        continue;
      }
      FLORA_TRY(auto item, reopen(key, parsed));
      const bool fresh = !place && parsed.header.expires > clock_.now().plus_seconds(5);
      in_flight_.emplace(key_of(item->order), item->content);
      if (fresh)
        unsent_.push_back(std::move(item));
      else
        waiting_.push_back(std::move(item));
    }
    if (!rows.empty()) log_.info("outbox_restored", {{"rows", rows.size()}, {"settled", settled.changes.size()}});
    return settled.empty() ? Status{} : tables_.commit(settled, false);
  }

  Result<ItemPtr> reopen(ByteView key, const ledger::ParsedTransaction& parsed) {
    const auto member = key.size() == 48 ? MemberId::from(key.first(16)) : std::nullopt;
    if (!member) return base::fail(Code::kCorrupt, "an outbox row has no member");
    Bytes epoch_key;
    if (parsed.header.channel != base::kFederationChannel) {
      if (const auto found = keyring_.find(parsed.header.channel, parsed.header.epoch)) epoch_key = base::to_bytes(*found);
    }
    FLORA_TRY(auto items, ledger::open_body(federation_, parsed.header, parsed.protected_header, parsed.body, epoch_key));
    auto item = std::make_shared<Item>();
    item->order.member = *member;
    item->order.channel = parsed.header.channel;
    const MemberHome* home = home_.find(*member);
    item->order.govern = home != nullptr && home->govern.certificate.thumbprint() == parsed.header.certificate;
    for (auto& command : items) {
      item->order.message_ids.push_back(command.message_id);
      item->order.commands.push_back(std::move(command.command));
    }
    item->content = content_of(item->order.channel, item->order.commands);
    item->transaction = *parsed.bytes;
    item->envelope = parsed.envelope_hash;
    item->in_outbox = true;
    return item;
  }

  base::Tables& tables_;
  const Home& home_;
  NodeApplication& application_;
  orderer::Sequencer& sequencer_;
  base::Clock& clock_;
  Keyring& keyring_;
  base::Random& random_;
  Log& log_;
  const Options options_;
  ledger::FederationId federation_;
  Sequences sequences_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable wake_, idle_, answers_wake_;
  bool accepting_ = true, stopping_ = false;
  std::deque<ItemPtr> waiting_;                // to be sealed
  std::deque<ItemPtr> later_;                  // to be sealed after a pause
  std::vector<ItemPtr> unsent_;                // sealed and in the outbox; to be handed to the orderer
  std::unordered_map<Hash, ItemPtr> pending_;  // with the orderer, by envelope
  std::size_t working_ = 0;                    // in the hands of workers
  std::map<Key, Hash> in_flight_;
  std::vector<Bytes> erase_rows_;
  std::vector<std::pair<std::function<void(Result<Settled>)>, Result<Settled>>> answers_;
  std::jthread answerer_;
  std::vector<std::jthread> workers_;
};

Submission::Submission(base::Tables& tables, const Home& home, NodeApplication& application, orderer::Sequencer& sequencer,
                       base::Clock& clock, Keyring& keyring, base::Random& random, Log& log, Options options)
    : impl_(std::make_unique<Impl>(tables, home, application, sequencer, clock, keyring, random, log, options)) {}
Submission::~Submission() { impl_->stop(); }
Status Submission::start() { return impl_->start(); }
void Submission::submit(Order order) { impl_->submit(std::move(order)); }
void Submission::settled(const Committed& committed) { impl_->settled(committed); }
void Submission::dropped(const Hash& envelope, const base::Error& why) { impl_->dropped(envelope, why); }
void Submission::interrupted(const base::Error& why) { impl_->interrupted(why); }
std::size_t Submission::waiting() const { return impl_->waiting(); }
void Submission::stop() { impl_->stop(); }

}  // namespace flora::node
