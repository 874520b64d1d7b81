// SPDX-License-Identifier: EUPL-1.2
// The whole way of a command: submitted, sealed, ordered, executed, answered, proven; over restarts, lost power, a full disk
// and the steps of the demo clock.
#include "node/node.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "base/cbor.hpp"
#include "channel/journal.hpp"
#include "channel/read.hpp"
#include "ledger/receipt.hpp"
#include "node/package_files.hpp"
#include "storage/memory_tables.hpp"

namespace flora::node {
namespace {

using base::Code;
using base::Instant;
using base::Result;
using base::Status;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "flora-node-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
};

// The files of a demo home, made once: keys cost time.
const fs::path& template_home() {
  static Folder folder;
  static const fs::path path = [] {
    const auto package = load_package(fs::path(FLORA_SOURCE_DIR) / "tests/fault/package");
    EXPECT_TRUE(package) << package.error().detail;
    base::SystemRandom random;
    DemoOrder order;
    order.packages = {&*package};
    order.start = Instant::from_seconds(1'780'000'000);  // a Thursday in May 2026
    order.config.demo = true;
    EXPECT_TRUE(write_demo_home(folder.path / "home", order, random));
    return folder.path / "home";
  }();
  return path;
}

struct Fixture {
  Folder folder;
  std::unique_ptr<Node> node;
  storage::MemoryTables* tables = nullptr;  // owned by the node
  base::SystemRandom random;

  Fixture() { fs::copy(template_home(), folder.path / "home", fs::copy_options::recursive); }
  ~Fixture() { node.reset(); }

  Status start(std::unique_ptr<storage::MemoryTables> with) {
    node.reset();
    tables = with.get();
    NodeOptions options;
    options.tables = std::move(with);
    FLORA_TRY(auto home, load_home(folder.path / "home"));
    FLORA_TRY(node, Node::start(std::move(home), std::move(options)));
    return {};
  }
  Status start_fresh() {
    FLORA_TRY(start(std::make_unique<storage::MemoryTables>()));
    FLORA_TRY(const auto package, load_package(fs::path(FLORA_SOURCE_DIR) / "tests/fault/package"));
    return put_first_blocks(*node, {package}, random);
  }
  std::unique_ptr<storage::MemoryTables> stop_and_take(base::SeededRandom* chance = nullptr) {
    node->stop();
    auto next = tables->reboot(chance);
    node.reset();
    return next;
  }

  http::Author author(std::size_t member) const { return {node->home().members[member].id, "somebody", "client"}; }
  http::Submission send(const std::string& key, std::optional<std::int64_t> weight = std::nullopt) const {
    http::Submission s{author(0), key, {}};
    channel::RecordFact fact;
    fact.case_id = node->backend().new_case(s.author, key, 0);
    fact.step = "sent";
    fact.role = "north_clerk";
    fact.actor = node->backend().actor(s.author, fact.case_id);
    fact.data = weight ? base::CborWriter().map(1).text("weight").integer(*weight).take() : base::CborWriter().map(0).take();
    s.commands = {fact};
    return s;
  }
  Result<http::Submitted> submit(http::Submission submission) {
    auto promise = std::make_shared<std::promise<Result<http::Submitted>>>();
    auto future = promise->get_future();
    node->backend().submit(std::move(submission), [promise](Result<http::Submitted> r) { promise->set_value(std::move(r)); });
    if (future.wait_for(20s) != std::future_status::ready) return base::fail(Code::kTimeout, "no answer");
    return future.get();
  }
  std::size_t rows(const char* view, std::size_t member, const char* role) const {
    const auto s = node->backend().snapshot();
    const channel::Reader reader(s.tables, s.channel, s.catalog);
    const auto page = reader.page({node->home().members[member].id, "parcel", role, "de"}, {.view = view, .limit = 500});
    EXPECT_TRUE(page) << page.error().detail;
    return page ? page->total : 0;
  }
};

TEST(Node, TakesACommandTheWholeWay) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  std::vector<std::shared_ptr<const http::Delta>> deltas;
  std::mutex mutex;
  const auto subscription = f.node->backend().subscribe([&](std::shared_ptr<const http::Delta> delta) {
    std::lock_guard lock(mutex);
    deltas.push_back(std::move(delta));
  });
  const auto previewed = f.node->backend().preview(f.send("k1", 250));
  ASSERT_TRUE(previewed) << previewed.error().detail;
  ASSERT_EQ(previewed->outcomes.size(), 1u);
  EXPECT_FALSE(previewed->outcomes[0].error);
  EXPECT_EQ(f.rows("south_expected", 1, "south_clerk"), 0u) << "a preview changes nothing";

  const auto done = f.submit(f.send("k1", 250));
  ASSERT_TRUE(done) << done.error().detail;
  ASSERT_EQ(done->outcomes.size(), 1u);
  EXPECT_FALSE(done->outcomes[0].error) << done->outcomes[0].error->detail;
  EXPECT_EQ(done->outcomes[0].effects.duties, previewed->outcomes[0].effects.duties);
  ASSERT_EQ(done->outcomes[0].effects.duties.size(), 1u);
  EXPECT_EQ(done->outcomes[0].effects.duties[0].by, std::vector<std::string>{"south"});
  EXPECT_EQ(f.rows("south_expected", 1, "south_clerk"), 1u);
  EXPECT_EQ(f.rows("north_under_way", 0, "north_clerk"), 1u);
  {
    std::lock_guard lock(mutex);
    ASSERT_EQ(deltas.size(), 1u);
    EXPECT_EQ(deltas[0]->height, done->acknowledgement.height);
    EXPECT_EQ(deltas[0]->agencies.size(), 2u);
  }

  const auto receipt = f.node->backend().receipt(f.node->home().members[1].id, done->acknowledgement.envelope);
  ASSERT_TRUE(receipt) << receipt.error().detail;
  const auto parsed = ledger::parse_receipt(receipt->cbor);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(ledger::check_receipt(*parsed)) << ledger::check_receipt(*parsed).error().detail;
  EXPECT_EQ(parsed->envelope_hash(), done->acknowledgement.envelope);
  base::MemberId stranger;
  EXPECT_EQ(f.node->backend().receipt(stranger, done->acknowledgement.envelope).error().code, Code::kNotMember);
  EXPECT_EQ(f.node->backend().receipt(f.node->home().members[1].id, base::Hash{}).error().code, Code::kUnknownFact);
}

TEST(Node, AnswersARepetitionAsTheFirstTimeEvenAfterARestart) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  const auto first = f.submit(f.send("k1", 250));
  ASSERT_TRUE(first);
  for (int life = 0; life < 2; ++life) {
    const auto again = f.submit(f.send("k1", 250));
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(again->acknowledgement.envelope, first->acknowledgement.envelope);
    EXPECT_EQ(again->acknowledgement.height, first->acknowledgement.height);
    EXPECT_EQ(again->acknowledgement.ledger_time, first->acknowledgement.ledger_time);
    EXPECT_EQ(again->outcomes[0].fact, first->outcomes[0].fact);
    EXPECT_EQ(again->outcomes[0].effects.duties, first->outcomes[0].effects.duties);
    EXPECT_TRUE(again->outcomes[0].effects.repeats);
    EXPECT_EQ(f.submit(f.send("k1", 251)).error().code, Code::kIdempotencyConflict);
    EXPECT_EQ(f.rows("south_expected", 1, "south_clerk"), 1u);
    ASSERT_TRUE(f.start(f.stop_and_take()));
  }
}

TEST(Node, RefusesWhatTheProcessRefusesAndGoesOn) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  auto wrong = f.send("k1");
  std::get<channel::RecordFact>(wrong.commands[0]).step = "received";
  auto refused = f.submit(wrong);
  ASSERT_TRUE(refused);
  ASSERT_TRUE(refused->outcomes[0].error);
  auto future = f.send("k2");
  std::get<channel::RecordFact>(future.commands[0]).at = f.node->backend().status().ledger_time.plus_seconds(86400);
  EXPECT_EQ(f.submit(future).error().code, Code::kInFuture);
  auto foreign = f.send("k3");
  foreign.author.member = {};
  EXPECT_EQ(f.submit(foreign).error().code, Code::kUnknownMember);
  EXPECT_TRUE(f.submit(f.send("k4")));
}

TEST(Node, ManySubmittedAtOnceShareBlocks) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  const auto writes = f.tables->commits();
  std::atomic<int> good = 0, answered = 0;
  for (int i = 0; i < 500; ++i) {
    f.node->backend().submit(f.send("k" + std::to_string(i)), [&](Result<http::Submitted> r) {
      good += r && !r->outcomes[0].error ? 1 : 0;
      ++answered;
    });
  }
  for (int i = 0; i < 2000 && answered < 500; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(good, 500);
  EXPECT_LT(f.tables->commits() - writes, 250u);
  EXPECT_EQ(f.rows("north_under_way", 0, "north_clerk"), 500u);
}

TEST(Node, FollowsTheDemoClockThroughDuesAndEpochs) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  const auto begin = f.node->backend().status().ledger_time;
  ASSERT_TRUE(f.submit(f.send("k1")));
  for (int day = 1; day <= 30; day += 3) {
    ASSERT_TRUE(f.node->backend().set_demo_clock(begin.plus_seconds(day * 86400), false));
    const auto done = f.submit(f.send("day" + std::to_string(day)));
    ASSERT_TRUE(done) << day << ": " << done.error().detail;
    EXPECT_GE(done->acknowledgement.ledger_time, begin.plus_seconds(day * 86400));
    EXPECT_LE(done->acknowledgement.ledger_time, begin.plus_seconds(day * 86400 + 60));
  }
  EXPECT_EQ(f.node->backend().set_demo_clock(begin, false).error().code, Code::kTimeRunsBackwards);
  const auto s = f.node->backend().snapshot();
  const channel::Reader reader(s.tables, s.channel, s.catalog);
  const auto inbox = reader.inbox({f.node->home().members[1].id, "parcel", "south_clerk", "de"}, {});
  ASSERT_TRUE(inbox);
  EXPECT_GT(inbox->critical, 0u) << "the first parcel is long overdue";
  std::uint64_t epoch = 0;
  f.node->application().with_state([&](const ledger::State& state) { epoch = state.channels().front()->epoch; });
  EXPECT_GT(epoch, 3u);
  ASSERT_TRUE(f.start(f.stop_and_take()));
  EXPECT_GE(f.node->backend().status().ledger_time, begin.plus_seconds(28 * 86400));
  EXPECT_TRUE(f.submit(f.send("after")));
}

TEST(Node, AWeekLongStepNeedsNoPatience) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  const auto begin = f.node->backend().status().ledger_time;
  ASSERT_TRUE(f.node->backend().set_demo_clock(begin.plus_seconds(40 * 86400), false));
  const auto done = f.submit(f.send("k1"));
  ASSERT_TRUE(done) << done.error().detail;
}

TEST(Node, AFullDiskStopsWritingKeepsReadingAndGoesOn) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  ASSERT_TRUE(f.submit(f.send("before")));
  f.tables->fail_all(Code::kDiskFull);
  const auto refused = f.submit(f.send("full"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDiskFull);
  EXPECT_EQ(f.rows("north_under_way", 0, "north_clerk"), 1u);
  (void)f.node->sequencer().beat();
  for (int i = 0; i < 200 && f.node->backend().status().writable; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_FALSE(f.node->backend().status().writable);
  EXPECT_EQ(f.node->backend().status().why_not_writable, "disk_full");
  f.tables->fail_all(std::nullopt);
  for (int i = 0; i < 600 && !f.node->backend().status().writable; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(f.node->backend().status().writable);
  ASSERT_TRUE(f.submit(f.send("full")));
  EXPECT_EQ(f.rows("north_under_way", 0, "north_clerk"), 2u);
}

TEST(Node, AttestsItsDigestAtCheckpoints) {
  Fixture f;
  ASSERT_TRUE(f.start_fresh());
  for (int batch = 0; batch < 11; ++batch) {
    http::Submission all{f.author(0), "bulk" + std::to_string(batch), {}};
    for (int i = 0; i < 100; ++i) {
      auto one = f.send("bulk" + std::to_string(batch) + "/" + std::to_string(i));
      all.commands.push_back(one.commands[0]);
    }
    const auto done = f.submit(all);
    ASSERT_TRUE(done) << done.error().detail;
    for (const auto& outcome : done->outcomes) ASSERT_FALSE(outcome.error) << outcome.error->detail;
  }
  for (int i = 0; i < 400 && f.node->submission().waiting() > 0; ++i) std::this_thread::sleep_for(5ms);
  std::set<base::MemberId> attested;
  const auto s = f.node->backend().snapshot();
  channel::scan_journal(*s.tables, s.channel, 0, [&](std::int64_t, std::uint32_t, const channel::JournalEntry& entry) {
    for (const auto& item : entry.items) {
      const auto command = channel::parse_command(item.command);
      if (command && std::holds_alternative<channel::AttestDigest>(*command)) attested.insert(entry.author);
    }
    return true;
  });
  EXPECT_EQ(attested.size(), 2u);
  bool left = false;
  s.tables->scan(base::Table::kMeta, base::as_bytes(kAttestPrefix), {},
                 [&](base::ByteView, base::ByteView) { return left = true; });
  for (int i = 0; i < 400 && left; ++i) {
    std::this_thread::sleep_for(5ms);
    left = false;
    f.tables->scan(base::Table::kMeta, base::as_bytes(kAttestPrefix), {},
                   [&](base::ByteView, base::ByteView) { return left = true; });
  }
  EXPECT_FALSE(left);
}

// Counts how often each message id was executed (not merely repeated) in the journal.
std::map<base::Hash, int> executed(const http::Snapshot& s) {
  std::map<base::Hash, int> out;
  channel::scan_journal(*s.tables, s.channel, 0, [&](std::int64_t, std::uint32_t, const channel::JournalEntry& entry) {
    for (const auto& item : entry.items) {
      const auto effects = channel::decode_effects(item.effects);
      if (item.code == Code::kOk && effects && !effects->repeats) ++out[item.message_id];
    }
    return true;
  });
  return out;
}

// Power is lost in the n-th write, again and again, while submissions are under way.
TEST(Node, LosesNothingAcknowledgedAndExecutesNothingTwice) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    base::SeededRandom chance(seed);
    Fixture f;
    ASSERT_TRUE(f.start_fresh());
    std::mutex mutex;
    std::map<std::string, http::Acknowledgement> acknowledged;
    for (int life = 0; life < 3; ++life) {
      f.tables->crash_at(f.tables->commits() + 1 + chance.below(12), chance.below(2) == 0);
      for (int i = 0; i < 20; ++i) {
        const auto key = std::to_string(life) + "/" + std::to_string(i);
        f.node->backend().submit(f.send(key), [&, key](Result<http::Submitted> r) {
          std::lock_guard lock(mutex);
          if (r && !r->outcomes[0].error) acknowledged[key] = r->acknowledgement;
        });
        if (chance.below(4) == 0) std::this_thread::sleep_for(std::chrono::microseconds(chance.below(2000)));
      }
      for (int i = 0; i < 100 && !f.tables->crashed() && f.node->submission().waiting() > 0; ++i)
        std::this_thread::sleep_for(1ms);
      auto next = f.stop_and_take(&chance);
      const auto started = f.start(std::move(next));
      ASSERT_TRUE(started) << started.error().detail << " seed " << seed;
    }
    for (int i = 0; i < 1000 && f.node->submission().waiting() > 0; ++i) std::this_thread::sleep_for(2ms);
    const auto counts = executed(f.node->backend().snapshot());
    for (const auto& [id, count] : counts) ASSERT_EQ(count, 1) << "seed " << seed;
    for (const auto& [key, acknowledgement] : acknowledged) {
      const auto again = f.submit(f.send(key));
      ASSERT_TRUE(again) << again.error().detail;
      ASSERT_EQ(again->acknowledgement.envelope, acknowledgement.envelope) << key << " seed " << seed;
      ASSERT_EQ(again->acknowledgement.height, acknowledgement.height);
    }
  }
}

TEST(Node, StartsFromAHomeOnDiskAndGoesOnThere) {
  Folder folder;
  base::SystemRandom random;
  Config config;
  orderer::SystemPace clock;
  const auto path = folder.path / "home";
  const auto made =
      make_demo(path, {{std::string(FLORA_SOURCE_DIR) + "/tests/fault/package"}}, config, clock.now(), random, no_log());
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(make_demo(path, {{std::string(FLORA_SOURCE_DIR) + "/tests/fault/package"}}, config, clock.now(), random, no_log())
                .error()
                .code,
            Code::kAlreadyExists);
  for (int life = 0; life < 2; ++life) {
    Fixture f;
    auto home = load_home(path);
    ASSERT_TRUE(home) << home.error().detail;
    auto node = Node::start(*std::move(home));
    ASSERT_TRUE(node) << node.error().detail;
    f.node = *std::move(node);
    EXPECT_EQ(Node::start(*load_home(path)).error().code, Code::kHomeLocked);
    const auto done = f.submit(f.send("life" + std::to_string(life)));
    ASSERT_TRUE(done) << done.error().detail;
    EXPECT_EQ(f.rows("north_under_way", 0, "north_clerk"), static_cast<std::size_t>(life) + 1);
    const auto ahead = f.node->backend().status().ledger_time.ns - clock.now().ns;
    EXPECT_LE(ahead, 0);
  }
}

}  // namespace
}  // namespace flora::node
