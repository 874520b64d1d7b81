// SPDX-License-Identifier: EUPL-1.2
#include "orderer/sequencer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "orderer/chain.hpp"

namespace flora::orderer {

using base::Bytes;
using base::Code;
using base::Instant;
using base::Result;
using base::Status;

namespace {

constexpr std::int64_t kVoteStepNs = base::kNanosPerMilli;  // CometBFT: a vote is at least 1 ms after its block
constexpr std::int64_t kTrailSlackSeconds = 5;
constexpr std::int64_t kJumpNs = 60 * base::kNanosPerSecond;

// Two blocks that were made and signed but are not durable yet.
struct Pair {
  base::Batch batch;
  Chain chain;          // after it
  Instant votes_until;  // time of the last vote
};

class SequencerThread final : public Sequencer {
 public:
  SequencerThread(Chain chain, Application& application, Pace& pace, crypto::PrivateKey key, SequencerOptions options)
      : chain_(std::move(chain)),
        application_(application),
        pace_(pace),
        key_(std::move(key)),
        options_(std::move(options)),
        address_(ledger::address_of(chain_.validators.front())),
        queue_(options_.queue) {
    status_.height = chain_.height;
    status_.time = chain_.last_time;
    clock_offset_ = clock_offset();
  }
  ~SequencerThread() override { stop(); }

  Status start() override {
    if (chain_.height < chain_.initial_height) {
      auto pair = make_pair({});
      FLORA_TRY(write(pair));
    }
    {
      std::lock_guard lock(mutex_);
      accepting_ = true;
    }
    thread_ = std::jthread([this] { run(); });
    return {};
  }

  Result<std::vector<Status>> submit(const base::MemberId& member, std::vector<Bytes> transactions) override {
    {
      std::lock_guard lock(mutex_);
      FLORA_TRY(may_write());
    }
    std::vector<Status> checked;
    std::vector<Bytes> good;
    for (auto& transaction : transactions) {
      checked.push_back(application_.check_tx(transaction));
      if (checked.back()) good.push_back(std::move(transaction));
    }
    std::lock_guard lock(mutex_);
    FLORA_TRY(may_write());
    const auto count = good.size();
    FLORA_TRY(queue_.put(member, std::move(good)));
    queued_ += count;
    wake_.notify_all();
    return checked;
  }

  Status beat() override {
    std::unique_lock lock(mutex_);
    FLORA_TRY(may_write());
    const std::uint64_t ticket = ++beats_wanted_;
    beat_after_ = queued_;
    wake_.notify_all();
    done_.wait(lock, [&] { return beats_done_ >= ticket || condition_ != Condition::kRunning; });
    return beats_done_ >= ticket ? Status{} : may_write();
  }

  SequencerStatus status() const override {
    std::lock_guard lock(mutex_);
    SequencerStatus out = status_;
    out.condition = condition_;
    out.waiting = queue_.size();
    return out;
  }

  void stop() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      accepting_ = false;
      wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    set_condition(Condition::kStopped);
  }

 private:
  struct Work {
    std::vector<Bytes> transactions;
    std::uint64_t beats = 0;  // wanted when it was taken
    bool make = false;        // a pair, even if empty
    bool end = false;
  };

  // Errors that say why nothing is taken now. Called with the lock.
  Status may_write() const {
    switch (condition_) {
      case Condition::kRunning: break;
      case Condition::kDiskFull: return base::fail(Code::kDiskFull, "waiting for space");
      case Condition::kFailed: return base::fail(Code::kStorageFailed, "the last block could not be written");
      case Condition::kClockJumped: return base::fail(Code::kClockJumped, "the clock moved against the time since boot");
      case Condition::kStopped: return base::fail(Code::kNotLeader, "stopped");
    }
    return accepting_ ? Status{} : base::fail(Code::kNotLeader, "starting or stopping");
  }

  void set_condition(Condition next) {
    {
      std::lock_guard lock(mutex_);
      if (condition_ == next) return;
      condition_ = next;
      done_.notify_all();
    }
    if (options_.on_condition) options_.on_condition(next);
  }

  void run() {
    for (;;) {
      Work work = wait_for_work();
      if (work.end) return;
      if (clock_jumped()) {
        set_condition(Condition::kClockJumped);
        return;
      }
      if (!do_work(std::move(work))) return;
    }
  }

  Work wait_for_work() {
    // Outside the lock: the application may take its own.
    const Instant heartbeat = chain_.last_time.plus_seconds(options_.heartbeat_seconds);
    const auto due = application_.next_due();
    const Instant wake_at = due && *due < heartbeat ? *due : heartbeat;
    std::unique_lock lock(mutex_);
    for (;;) {
      Work work;
      const bool time_has_come = pace_.now() >= wake_at;
      if (!queue_.empty() || time_has_come || beats_wanted_ > beats_done_) {
        work.transactions = queue_.take(static_cast<std::size_t>(chain_.block_bytes_max));
        taken_ += work.transactions.size();
        work.beats = taken_ >= beat_after_ ? beats_wanted_ : beats_done_;
        work.make = time_has_come || work.beats > beats_done_;
        return work;
      }
      if (stopping_) {
        work.end = true;
        return work;
      }
      const auto left = pace_.until(wake_at);
      if (!left)
        wake_.wait(lock);
      else
        wake_.wait_for(lock,
                       std::clamp<std::chrono::nanoseconds>(*left, std::chrono::microseconds(100), std::chrono::seconds(5)));
    }
  }

  // False: the thread must end.
  bool do_work(Work work) {
    (void)storage::reach(options_.faults, "sequencer.taken");
    if (!work.transactions.empty()) {
      const Instant now = pace_.now();
      if (next_time(chain_).plus_seconds(options_.heartbeat_seconds + kTrailSlackSeconds) < now && !finish(make_pair({})))
        return false;
      auto chosen = application_.prepare_proposal(std::move(work.transactions), static_cast<std::size_t>(chain_.block_bytes_max),
                                                  next_time(chain_));
      // The pair's proof block is the empty pair that a beat asks for only if the pair itself is empty: time must have moved.
      if (!chosen.empty() && !finish(make_pair(std::move(chosen)))) return false;
    }
    if (work.make && !finish(make_pair({}))) return false;
    std::lock_guard lock(mutex_);
    beats_done_ = std::max(beats_done_, work.beats);
    done_.notify_all();
    return true;
  }

  // Writes the pair, again and again if need be. False: it was given up because the process ends.
  bool finish(Pair pair) {
    for (;;) {
      const Status written = write(pair);
      if (written) {
        set_condition(Condition::kRunning);
        return true;
      }
      set_condition(written.error().code == Code::kDiskFull ? Condition::kDiskFull : Condition::kFailed);
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, std::chrono::milliseconds(options_.retry_ms), [this] { return stopping_; })) return false;
    }
  }

  Status write(const Pair& pair) {
    pace_.reach(pair.votes_until);
    FLORA_TRY(storage::reach(options_.faults, "sequencer.before_commit"));
    FLORA_TRY(application_.commit(pair.batch));
    (void)storage::reach(options_.faults, "sequencer.committed");
    chain_ = pair.chain;
    std::lock_guard lock(mutex_);
    status_.height = chain_.height;
    status_.time = chain_.last_time;
    return {};
  }

  Pair make_pair(std::vector<Bytes> transactions) {
    Pair pair;
    pair.chain = add_block(chain_, std::move(transactions), pair);
    (void)storage::reach(options_.faults, "sequencer.signed");
    pair.chain = add_block(pair.chain, {}, pair);
    (void)storage::reach(options_.faults, "sequencer.proof");
    store_chain(pair.batch, pair.chain);
    pair.votes_until = next_time(pair.chain);
    return pair;
  }

  Chain add_block(const Chain& before, std::vector<Bytes> transactions, Pair& pair) {
    const auto block = next_block(before, std::move(transactions), address_);
    const auto proposal = proposal_of(block);
    FLORA_CHECK(application_.process_proposal(proposal), "what we propose we accept");
    const auto finalized = application_.finalize_block(proposal);
    (void)storage::reach(options_.faults, "sequencer.finalized");
    const auto encoded = ledger::encode_block(block);
    const auto id = ledger::block_id(block, encoded);
    const Instant vote = std::max(pace_.now(), block.header.time.plus_nanos(kVoteStepNs));
    const auto commit = sign_block(before, block, id, vote, key_);
    auto after = advance(before, block, id, commit, finalized);
    FLORA_CHECK(after.has_value(), "the application's validator updates are possible");
    store_block(pair.batch, block.header.height, encoded, commit);
    return *std::move(after);
  }

  std::optional<std::int64_t> clock_offset() const {
    const auto boot = pace_.since_boot();
    if (!boot) return std::nullopt;
    return pace_.now().ns - boot->ns;
  }

  // Slow drift is the time service at work; a step of over a minute is somebody's hand or a broken clock.
  bool clock_jumped() {
    const auto offset = clock_offset();
    const bool jumped = offset && clock_offset_ && std::abs(*offset - *clock_offset_) > kJumpNs;
    if (!jumped) clock_offset_ = offset;
    return jumped;
  }

  Chain chain_;  // after the last durable pair; only the sequencer's thread (before start: its maker's)
  Application& application_;
  Pace& pace_;
  const crypto::PrivateKey key_;
  const SequencerOptions options_;
  const ledger::Address address_;
  std::optional<std::int64_t> clock_offset_;

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable wake_, done_;
  Queue queue_;
  SequencerStatus status_;
  Condition condition_ = Condition::kRunning;
  bool accepting_ = false, stopping_ = false;
  std::uint64_t queued_ = 0, taken_ = 0;  // transactions, since the start
  std::uint64_t beats_wanted_ = 0, beats_done_ = 0, beat_after_ = 0;
  std::jthread thread_;
};

bool is_only_validator(const Chain& chain, const crypto::PrivateKey& key) {
  return key.kind() == crypto::KeyKind::kEd25519 && chain.validators.size() == 1 && chain.next_validators.size() == 1 &&
         base::equal(chain.validators.front().key, key.public_key().raw()) &&
         base::equal(chain.next_validators.front().key, key.public_key().raw());
}

}  // namespace

Result<std::unique_ptr<Sequencer>> Sequencer::open(const base::TableReader& tables, Application& application, Pace& pace,
                                                   const ledger::Genesis& genesis, crypto::PrivateKey key,
                                                   SequencerOptions options) {
  FLORA_TRY(auto stored, load_chain(tables));
  Chain chain;
  if (stored) {
    chain = *std::move(stored);
    const Info info = application.info();
    if (chain.chain_id != genesis.chain_id) return base::fail(Code::kCorrupt, "the tables belong to chain " + chain.chain_id);
    if (info.last_height != chain.height || info.last_app_hash != chain.app_hash) {
      return base::fail(Code::kCorrupt,
                        fmt::format("the chain stands at height {}, the application at {}", chain.height, info.last_height));
    }
  } else {
    if (application.info().last_height != 0) return base::fail(Code::kCorrupt, "the application has a state but no chain");
    FLORA_TRY(const auto app_hash, application.init_chain(ledger::encode_genesis(genesis)));
    chain = chain_at_genesis(genesis, app_hash);
  }
  if (!is_only_validator(chain, key)) {
    return base::fail(Code::kOutOfRange, "the embedded orderer must hold the key of the only validator");
  }
  // Ledger time must not run ahead of the clock: a little is waited for, more is a broken clock.
  const Instant must_be = next_time(chain);
  if (pace.now().plus_seconds(60) < must_be) {
    return base::fail(Code::kClockJumped, fmt::format("the clock is behind the last block of {}", base::to_rfc3339(must_be)));
  }
  pace.reach(must_be);
  return std::unique_ptr<Sequencer>(
      std::make_unique<SequencerThread>(std::move(chain), application, pace, std::move(key), std::move(options)));
}

}  // namespace flora::orderer
