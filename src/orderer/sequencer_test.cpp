// SPDX-License-Identifier: EUPL-1.2
// The sequencer over an application that only remembers transactions, with power lost at every write.
#include "orderer/sequencer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.hpp"
#include "crypto/hash.hpp"
#include "orderer/chain.hpp"
#include "storage/memory_tables.hpp"

namespace flora::orderer {
namespace {

using base::Batch;
using base::Bytes;
using base::ByteView;
using base::Code;
using base::Hash;
using base::Instant;
using base::MemberId;
using base::Status;
using base::Table;
using namespace std::chrono_literals;

constexpr Instant kGenesis = Instant::from_seconds(1'600'000'000);

// A clock that runs only when told, or in real time from kGenesis.
class PaceDouble final : public Pace {
 public:
  explicit PaceDouble(Instant start) : now_(start.ns) {}
  Instant now() override { return {now_}; }
  std::optional<Instant> since_boot() override { return boot_check_ ? std::optional(Instant{boot_.load()}) : std::nullopt; }
  void reach(Instant t) override {
    auto seen = now_.load();
    while (seen < t.ns && !now_.compare_exchange_weak(seen, t.ns)) {
    }
    reached_ = std::max<std::int64_t>(reached_, t.ns);
  }
  std::optional<std::chrono::nanoseconds> until(Instant t) override {
    if (t.ns <= now_) return 0ns;
    return 1ms;  // looks often, because the test moves the clock
  }
  void set(Instant t) { now_ = t.ns; }
  std::atomic<std::int64_t> now_, boot_ = 0, reached_ = 0;
  std::atomic<bool> boot_check_ = false;
};

Bytes text(std::string_view s) { return base::to_bytes(base::as_bytes(s)); }

// State: a hash chain over the transactions and a counter for each; both in kLedger.
class Recorder final : public Application {
 public:
  explicit Recorder(base::Tables& tables) : tables_(tables) { load(); }

  Info info() const override { return {height_, hash_, 1}; }
  base::Result<Hash> init_chain(ByteView genesis) override {
    staged_ = {};
    hash_ = crypto::sha256(genesis);
    return hash_;
  }
  Status check_tx(ByteView transaction) override { return transaction.empty() ? base::fail(Code::kMalformed) : Status{}; }
  std::vector<Bytes> prepare_proposal(std::vector<Bytes> candidates, std::size_t, Instant) override {
    std::erase(candidates, text("drop me"));
    return candidates;
  }
  bool process_proposal(const Proposal&) override { return true; }
  Finalized finalize_block(const Proposal& p) override {
    if (p.height == height_ + 1) staged_ = {}, working_ = hash_;
    proposals_.push_back({p.height, p.time, p.transactions.size()});
    Finalized out;
    for (const auto& transaction : p.transactions) {
      working_ = crypto::sha256({working_, transaction});
      const auto before = staged_count(transaction);
      staged_.put(Table::kLedger, transaction, base::be64(before + 1));
      out.codes.push_back(Code::kOk);
    }
    out.app_hash = working_;
    staged_.put(Table::kMeta, text("app"), working_);
    staged_.put(Table::kMeta, text("app_height"), base::be64(static_cast<std::uint64_t>(p.height)));
    staged_height_ = p.height;
    return out;
  }
  Status commit(const Batch& own) override {
    Batch all = staged_;
    all.changes.insert(all.changes.end(), own.changes.begin(), own.changes.end());
    FLORA_TRY(tables_.commit(all));
    for (const auto& change : staged_.changes) {
      if (change.table == Table::kLedger) {
        std::lock_guard lock(mutex_);
        acknowledged_.insert(change.key);
      }
    }
    hash_ = working_;
    height_ = staged_height_;
    staged_ = {};
    return {};
  }
  std::optional<Instant> next_due() const override {
    const auto due = due_.load();
    return due == 0 ? std::nullopt : std::optional(Instant{due});
  }

  std::uint64_t count_of(const Bytes& transaction) const {
    const auto found = tables_.get(Table::kLedger, transaction);
    return found ? base::read_be64(*found) : 0;
  }
  bool acknowledged(const Bytes& transaction) const {
    std::lock_guard lock(mutex_);
    return acknowledged_.contains(transaction);
  }
  std::set<Bytes> all_acknowledged() const {
    std::lock_guard lock(mutex_);
    return acknowledged_;
  }

  struct Seen {
    std::int64_t height;
    Instant time;
    std::size_t transactions;
  };
  std::vector<Seen> proposals_;  // read after stop
  std::atomic<std::int64_t> due_ = 0;

 private:
  void load() {
    if (const auto stored = tables_.get(Table::kMeta, text("app"))) {
      hash_ = *Hash::from(*stored);
      height_ = static_cast<std::int64_t>(base::read_be64(*tables_.get(Table::kMeta, text("app_height"))));
    }
    working_ = hash_;
  }
  std::uint64_t staged_count(const Bytes& transaction) const {
    std::uint64_t count = count_of(transaction);
    for (const auto& change : staged_.changes) {
      if (change.table == Table::kLedger && change.key == transaction) count = base::read_be64(*change.value);
    }
    return count;
  }

  base::Tables& tables_;
  Batch staged_;
  Hash hash_, working_;
  std::int64_t height_ = 0, staged_height_ = 0;
  mutable std::mutex mutex_;
  std::set<Bytes> acknowledged_;
};

struct Bench {
  crypto::PrivateKey key = crypto::PrivateKey::from_ed25519_seed(Bytes(32, 9));
  ledger::Genesis genesis;
  std::unique_ptr<storage::MemoryTables> tables = std::make_unique<storage::MemoryTables>();
  PaceDouble pace{kGenesis.plus_seconds(3)};
  std::unique_ptr<Recorder> application;
  std::unique_ptr<Sequencer> sequencer;
  SequencerOptions options;
  MemberId member;

  Bench() {
    genesis.chain_id = "test-1";
    genesis.time = kGenesis;
    ledger::Validator validator;
    std::copy(key.public_key().raw().begin(), key.public_key().raw().end(), validator.key.begin());
    genesis.validators = {validator};
    genesis.app_state_bytes = text("\"\"");
    member.bytes[0] = 1;
    options.retry_ms = 5;
  }
  ~Bench() { sequencer.reset(); }
  Status open() {
    sequencer.reset();
    application = std::make_unique<Recorder>(*tables);
    FLORA_TRY(sequencer, Sequencer::open(*tables, *application, pace, genesis, key, options));
    return sequencer->start();
  }
  base::Result<std::vector<Status>> submit(std::string_view what) { return sequencer->submit(member, {text(what)}); }
  bool wait_for(const std::function<bool()>& condition, std::chrono::milliseconds limit = 5000ms) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(200us);
    }
    return true;
  }
  bool settled(std::string_view what) {
    return wait_for([&] { return application->acknowledged(text(what)); });
  }
};

// Every stored block follows from the one before, as any client of CometBFT would check it.
void check_chain(const base::TableReader& tables, const ledger::Genesis& genesis) {
  const auto chain = load_chain(tables);
  ASSERT_TRUE(chain && *chain);
  ledger::BlockId last_id;
  std::optional<ledger::Block> before;
  for (std::int64_t height = 1; height <= (*chain)->height; ++height) {
    const auto key = base::be64(static_cast<std::uint64_t>(height));
    const auto bytes = tables.get(Table::kBlocks, key);
    ASSERT_TRUE(bytes) << height;
    const auto block = ledger::decode_block(*bytes);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->header.height, height);
    EXPECT_EQ(block->header.last_block_id, last_id);
    EXPECT_EQ(block->header.data_hash, ledger::data_hash(block->transactions));
    EXPECT_EQ(block->header.last_commit_hash, height == 1 ? ledger::empty_hash() : ledger::commit_hash(block->last_commit));
    EXPECT_EQ(block->header.validators_hash, ledger::validators_hash(genesis.validators));
    if (height == 1) EXPECT_EQ(block->header.time, genesis.time);
    if (before) {
      ASSERT_TRUE(ledger::check_commit(genesis.chain_id, block->last_commit, genesis.validators));
      EXPECT_EQ(block->header.time, ledger::median_time(block->last_commit, genesis.validators));
      EXPECT_GE(block->header.time.ns, before->header.time.ns + base::kNanosPerMilli);
      if (before->transactions.empty() && height > 2) EXPECT_EQ(block->header.app_hash, before->header.app_hash);
    }
    const auto commit = ledger::decode_commit(*tables.get(Table::kCommits, key));
    ASSERT_TRUE(commit);
    last_id = ledger::block_id(*block, *bytes);
    EXPECT_EQ(commit->block_id, last_id);
    ASSERT_TRUE(ledger::check_commit(genesis.chain_id, *commit, genesis.validators));
    before = *block;
  }
  EXPECT_EQ((*chain)->height % 2, 0) << "blocks come in pairs";
}

TEST(Chain, SurvivesItsEncoding) {
  Bench b;
  Chain chain = chain_at_genesis(b.genesis, crypto::sha256(text("state")));
  auto decoded = decode_chain(encode_chain(chain));
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(*decoded, chain);
  const auto block = next_block(chain, {text("a")}, ledger::address_of(b.genesis.validators[0]));
  const auto id = ledger::block_id(block, ledger::encode_block(block));
  const auto commit = sign_block(chain, block, id, kGenesis.plus_seconds(1), b.key);
  const auto after = advance(chain, block, id, commit, {{Code::kOk}, crypto::sha256(text("next")), {}});
  ASSERT_TRUE(after);
  decoded = decode_chain(encode_chain(*after));
  ASSERT_TRUE(decoded) << decoded.error().detail;
  EXPECT_EQ(*decoded, *after);
  EXPECT_EQ(next_time(*after), kGenesis.plus_seconds(1));
  Bytes broken = encode_chain(chain);
  broken.pop_back();
  EXPECT_EQ(decode_chain(broken).error().code, Code::kCorrupt);
}

TEST(Sequencer, MakesProvenPairsAndOneWriteEach) {
  Bench b;
  ASSERT_TRUE(b.open());
  EXPECT_EQ(b.sequencer->status().height, 2);
  const auto writes = b.tables->commits();
  ASSERT_TRUE(b.submit("one"));
  ASSERT_TRUE(b.settled("one"));
  b.sequencer->stop();
  EXPECT_EQ(b.sequencer->status().height, 4);
  EXPECT_EQ(b.tables->commits(), writes + 1);
  check_chain(*b.tables, b.genesis);
}

TEST(Sequencer, ManyWaitingShareOneWrite) {
  Bench b;
  ASSERT_TRUE(b.open());
  const auto writes = b.tables->commits();
  std::vector<Bytes> many;
  for (int i = 0; i < 1000; ++i) many.push_back(text("tx" + std::to_string(i)));
  ASSERT_TRUE(b.sequencer->submit(b.member, many));
  ASSERT_TRUE(b.settled("tx999"));
  EXPECT_LE(b.tables->commits() - writes, 2u);
  b.sequencer->stop();
  check_chain(*b.tables, b.genesis);
}

TEST(Sequencer, LeavesOutWhatDoesNotPassItsCheckOrItsProposal) {
  Bench b;
  ASSERT_TRUE(b.open());
  const auto statuses = b.sequencer->submit(b.member, {text("good"), Bytes{}, text("drop me")});
  ASSERT_TRUE(statuses);
  EXPECT_TRUE((*statuses)[0]);
  EXPECT_EQ((*statuses)[1].error().code, Code::kMalformed);
  ASSERT_TRUE(b.settled("good"));
  b.sequencer->stop();
  EXPECT_EQ(b.application->count_of(text("drop me")), 0u);
}

TEST(Sequencer, BeatsWhenIdleAndWhenSomethingFallsDue) {
  Bench b;
  ASSERT_TRUE(b.open());
  const auto start = b.sequencer->status().height;
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(b.sequencer->status().height, start) << "the clock stands";
  b.pace.set(b.pace.now().plus_seconds(31));
  ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().height == start + 2; }));
  EXPECT_GE(b.sequencer->status().time, kGenesis.plus_seconds(34)) << "the second of the pair stands at the new time";
  b.application->due_ = b.pace.now().plus_seconds(10).ns;
  ASSERT_TRUE(b.sequencer->beat());
  b.pace.set({b.application->due_});
  ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().time >= Instant{b.application->due_}; }));
  b.application->due_ = 0;
  b.sequencer->stop();
  check_chain(*b.tables, b.genesis);
}

TEST(Sequencer, TenIdleMinutesGiveOnlyHeartbeats) {
  Bench b;
  ASSERT_TRUE(b.open());
  const auto start = b.sequencer->status().height;
  const auto hash = b.application->info().last_app_hash;
  for (int i = 0; i < 20; ++i) {
    b.pace.set(b.pace.now().plus_seconds(30));
    ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().height >= start + 2 * (i + 1); }));
  }
  b.sequencer->stop();
  EXPECT_EQ(b.sequencer->status().height, start + 40);
  EXPECT_EQ(b.application->info().last_app_hash, hash);
}

TEST(Sequencer, BringsLedgerTimeUpBeforeEnvelopesAfterAHalt) {
  Bench b;
  b.options.heartbeat_seconds = 30;
  ASSERT_TRUE(b.open());
  b.sequencer->stop();
  const auto halted_at = b.pace.now();
  b.pace.set(halted_at.plus_seconds(3600));
  ASSERT_TRUE(b.open());
  ASSERT_TRUE(b.submit("late"));
  ASSERT_TRUE(b.settled("late"));
  b.sequencer->stop();
  for (const auto& seen : b.application->proposals_) {
    if (seen.transactions > 0) EXPECT_GE(seen.time, halted_at.plus_seconds(3600 - 35));
  }
}

TEST(Sequencer, NeverLetsLedgerTimeRunAhead) {
  Bench b;
  ASSERT_TRUE(b.open());
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(b.sequencer->beat());
  b.sequencer->stop();
  const auto chain = load_chain(*b.tables);
  EXPECT_LE(next_time(**chain), b.pace.now());
  check_chain(*b.tables, b.genesis);
}

TEST(Sequencer, StopsWhenTheClockJumps) {
  Bench b;
  b.pace.boot_check_ = true;
  ASSERT_TRUE(b.open());
  b.pace.set(b.pace.now().plus_seconds(61));
  ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().condition == Condition::kClockJumped; }));
  EXPECT_EQ(b.submit("x").error().code, Code::kClockJumped);
  EXPECT_EQ(b.sequencer->beat().error().code, Code::kClockJumped);
  b.sequencer->stop();
  b.pace.set(kGenesis.plus_seconds(-600));
  EXPECT_EQ(b.open().error().code, Code::kClockJumped) << "the clock is behind the last block";
}

TEST(Sequencer, KeepsAPairThatTheDiskRefusedAndWritesItLater) {
  Bench b;
  ASSERT_TRUE(b.open());
  b.tables->fail_all(Code::kDiskFull);
  ASSERT_TRUE(b.submit("kept"));
  ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().condition == Condition::kDiskFull; }));
  EXPECT_EQ(b.submit("refused").error().code, Code::kDiskFull);
  EXPECT_FALSE(b.application->acknowledged(text("kept")));
  b.tables->fail_all(std::nullopt);
  ASSERT_TRUE(b.settled("kept"));
  ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().condition == Condition::kRunning; }));
  ASSERT_TRUE(b.submit("after"));
  ASSERT_TRUE(b.settled("after"));
  b.sequencer->stop();
  EXPECT_EQ(b.application->count_of(text("kept")), 1u);
  check_chain(*b.tables, b.genesis);
}

TEST(Sequencer, EndsEvenIfTheDiskStaysFull) {
  Bench b;
  ASSERT_TRUE(b.open());
  b.tables->fail_all(Code::kDiskFull);
  ASSERT_TRUE(b.submit("lost"));
  ASSERT_TRUE(b.wait_for([&] { return b.sequencer->status().condition == Condition::kDiskFull; }));
  b.sequencer->stop();
  EXPECT_FALSE(b.application->acknowledged(text("lost")));
  b.tables->fail_all(std::nullopt);
  ASSERT_TRUE(b.open());
  b.sequencer->stop();
  check_chain(*b.tables, b.genesis);
}

TEST(Sequencer, RefusesAForeignKeyAndTablesOfAnotherChain) {
  Bench b;
  auto right = b.key;
  b.key = crypto::PrivateKey::from_ed25519_seed(Bytes(32, 8));
  EXPECT_EQ(b.open().error().code, Code::kOutOfRange);
  b.key = right;
  ASSERT_TRUE(b.open());
  b.sequencer->stop();
  b.genesis.chain_id = "other-1";
  EXPECT_EQ(b.open().error().code, Code::kCorrupt);
}

// Power is lost in the n-th write, before or after it reached the disk; then again, and again.
TEST(Sequencer, LosesNothingAcknowledgedAndExecutesNothingTwice) {
  std::size_t crashes = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    base::SeededRandom random(seed);
    Bench b;
    std::set<Bytes> acknowledged;
    std::map<std::int64_t, Bytes> signed_at;  // height -> commit, as any reader could have seen it
    for (int life = 0; life < 3; ++life) {
      b.tables->crash_at(b.tables->commits() + 1 + random.below(6), random.below(2) == 0);
      if (b.open()) {
        for (int i = 0; i < 12; ++i) {
          const auto name = "tx" + std::to_string(seed) + "-" + std::to_string(life) + "-" + std::to_string(i);
          if (!b.submit(name)) break;
          if (random.below(2) == 0) b.wait_for([&] { return b.application->acknowledged(text(name)) || b.tables->crashed(); });
        }
        b.wait_for([&] { return b.tables->crashed() || b.sequencer->status().waiting == 0; }, 50ms);
        b.sequencer->stop();
        for (const auto& done : b.application->all_acknowledged()) acknowledged.insert(done);
      }
      crashes += b.tables->crashed() ? 1 : 0;
      b.sequencer.reset();
      b.tables = b.tables->reboot(&random);
      b.tables->scan(Table::kCommits, {}, {}, [&](ByteView key, ByteView value) {
        const auto height = static_cast<std::int64_t>(base::read_be64(key));
        const auto [it, fresh] = signed_at.emplace(height, base::to_bytes(value));
        EXPECT_EQ(it->second, base::to_bytes(value)) << "signed twice at height " << height;
        return true;
      });
    }
    ASSERT_TRUE(b.open()) << seed;
    b.sequencer->stop();
    for (const auto& transaction : acknowledged) {
      ASSERT_EQ(b.application->count_of(transaction), 1u) << base::as_text(transaction) << " seed " << seed;
    }
    check_chain(*b.tables, b.genesis);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(crashes, 100u);
}

}  // namespace
}  // namespace flora::orderer
