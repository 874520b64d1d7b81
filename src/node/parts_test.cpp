// SPDX-License-Identifier: EUPL-1.2
// The small parts of a node: log lines, configuration, demo clock, sequence numbers, home files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "crypto/hash.hpp"
#include "node/config.hpp"
#include "node/demo_clock.hpp"
#include "node/files.hpp"
#include "node/home.hpp"
#include "node/log.hpp"
#include "node/sequences.hpp"
#include "node/submission.hpp"
#include "package/model.hpp"
#include "storage/memory_tables.hpp"

namespace flora::node {
namespace {

using base::Code;
using base::Instant;
namespace fs = std::filesystem;

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "flora-node-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
};

TEST(Log, EscapesValuesSoThatNoLineCanBeForged) {
  const std::string line = log_line("2026-01-01T00:00:00Z", LogLevel::kWarn, "refused",
                                    {{"detail", "a\"b\\c\n{\"event\":\"forged\"}"}, {"count", 3}, {"good", true}});
  EXPECT_EQ(line, R"({"time":"2026-01-01T00:00:00Z","level":"warn","event":"refused",)"
                  R"("detail":"a\"b\\c\n{\"event\":\"forged\"}","count":3,"good":true})");
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, WritesLinesToItsFile) {
  Folder folder;
  const auto file = (folder.path / "node.log").string();
  {
    const auto log = Log::open("info", file);
    log->write(LogLevel::kDebug, "quiet");
    log->info("started %v {}", {{"height", 7}});
    log->failure("failed", {Code::kDiskFull, "no space"});
    log->flush();
  }
  const auto content = read_file(file);
  ASSERT_TRUE(content);
  EXPECT_EQ(std::count(content->begin(), content->end(), '\n'), 2);
  EXPECT_NE(content->find(R"("event":"started %v {}","height":7})"), std::string::npos) << *content;
  EXPECT_NE(content->find(R"("level":"error","event":"failed","code":9001,"name":"disk_full")"), std::string::npos) << *content;
}

TEST(Config, SurvivesItsTextAndRefusesWhatIsWrong) {
  Config config;
  config.demo = true;
  config.port_base = 9000;
  config.web_root = "/srv/\"web\"";
  const auto read = parse_config(encode_config(config));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, config);
  config.host = "0.0.0.0";
  EXPECT_EQ(parse_config(encode_config(config)).error().code, Code::kForbidden);
  config.demo = false;
  EXPECT_TRUE(parse_config(encode_config(config)));
  EXPECT_EQ(parse_config("{}").error().code, Code::kMissingField);
  EXPECT_EQ(parse_config(R"({"format":9,"demo":true})").error().code, Code::kSchemaNewer);
  EXPECT_EQ(parse_config(R"({"format":1,"dmo":true})").error().code, Code::kUnknownField);
}

TEST(DemoClock, StandsStepsAndGoesLive) {
  orderer::SystemPace system;
  const Instant start = system.now().plus_seconds(-86400);
  DemoClock clock(start);
  EXPECT_EQ(clock.now(), start);
  EXPECT_FALSE(clock.until(start.plus_seconds(1)));
  clock.reach(start.plus_nanos(5));
  EXPECT_EQ(clock.now(), start.plus_nanos(5)) << "gives way to votes";
  EXPECT_EQ(clock.step_to(start).error().code, Code::kTimeRunsBackwards);
  const auto stepped = clock.step_to(start.plus_seconds(60));
  ASSERT_TRUE(stepped);
  EXPECT_FALSE(*stepped);
  EXPECT_EQ(clock.now(), start.plus_seconds(60));
  const auto live = clock.step_to(system.now());
  ASSERT_TRUE(live);
  EXPECT_TRUE(*live);
  EXPECT_TRUE(clock.live());
  EXPECT_GE(clock.now(), start.plus_seconds(86400));
  EXPECT_EQ(clock.step_to(system.now().plus_seconds(60)).error().code, Code::kForbidden);
}

TEST(DemoClock, RunsInRealTimeFromWhereItStands) {
  orderer::SystemPace system;
  const Instant start = system.now().plus_seconds(-5LL * 365 * 86400);
  DemoClock clock(start);
  clock.run();
  EXPECT_TRUE(clock.live());
  const Instant first = clock.now();
  EXPECT_GE(first, start);
  EXPECT_LT(first, start.plus_seconds(60));
  clock.reach(first.plus_nanos(3'000'000));
  EXPECT_GE(clock.now(), first.plus_nanos(3'000'000));
  const auto wait = clock.until(first.plus_seconds(3600));
  ASSERT_TRUE(wait);
  EXPECT_LE(*wait, std::chrono::hours(1));
  EXPECT_EQ(clock.step_to(start.plus_seconds(86400)).error().code, Code::kForbidden);
}

TEST(Sequences, NeverGiveANumberTwiceOverRestarts) {
  storage::MemoryTables tables;
  const auto certificate = crypto::sha256(base::as_bytes("a")), other = crypto::sha256(base::as_bytes("b"));
  std::set<std::uint64_t> used;
  for (int life = 0; life < 5; ++life) {
    Sequences sequences(tables);
    for (int i = 0; i < 700; ++i) {
      const auto number = sequences.next(certificate);
      ASSERT_TRUE(number);
      EXPECT_TRUE(used.insert(*number).second);
    }
    EXPECT_EQ(*sequences.next(other), 1u + static_cast<unsigned>(life) * base::limits::kSequenceBlock);
  }
  EXPECT_EQ(*used.begin(), 1u);
  tables.fail_all(Code::kDiskFull);
  Sequences sequences(tables);
  EXPECT_EQ(sequences.next(certificate).error().code, Code::kDiskFull);
}

TEST(MessageId, DependsOnMemberClientKeyAndIndex) {
  const base::Bytes key(32, 1), other(32, 2);
  const std::set<base::Hash> ids{message_id(key, "a", "k", 0), message_id(key, "a", "k", 1),   message_id(key, "b", "k", 0),
                                 message_id(key, "a", "l", 0), message_id(other, "a", "k", 0), message_id(key, "ak", "", 0)};
  EXPECT_EQ(ids.size(), 6u);
  EXPECT_EQ(message_id(key, "a", "k", 1), message_id(key, "a", "k", 1));
}

package::Package two_agencies() {
  package::Package package;
  package.id = "lending";
  package.agencies = {{"lab", {{"de", "Labor"}}, {{"de", "LAB"}}}, {"store", {{"de", "Lager"}}, {{"de", "LAG"}}}};
  package.roles = {{"lab_clerk", 0, {{"de", "Ausleihe"}}, false},
                   {"lab_system", 0, {{"de", "Laborsystem"}}, true},
                   {"store_clerk", 1, {{"de", "Ausgabe"}}, false}};
  return package;
}

TEST(Home, IsWrittenOnceAndReadBack) {
  Folder folder;
  base::SeededRandom random(1);
  const auto package = two_agencies();
  DemoOrder order{{&package}, "test", Instant::from_seconds(1'700'000'000), {}};
  order.config.demo = true;
  const auto path = folder.path / "home";
  const auto made = write_demo_home(path, order, random);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->genesis.chain_id, "test-1");
  ASSERT_EQ(made->members.size(), 2u);
  EXPECT_EQ(made->members[0].agency, "lab");
  EXPECT_EQ(made->members[0].officers.size(), 1u);
  ASSERT_EQ(made->members[0].clients.size(), 1u);
  const auto token = read_file(path / "members" / made->members[0].id.text() / "clients" / "lab_system.token");
  ASSERT_TRUE(token);
  EXPECT_EQ(crypto::sha256(base::as_bytes(token->substr(0, token->size() - 1))), made->members[0].clients[0].secret_hash);
  EXPECT_EQ(made->members[0].envelope.certificate.purpose().value(), pki::Purpose::kEnvelope);

  struct stat info{};
  ASSERT_EQ(::stat((path / "node" / "validator.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(write_demo_home(path, order, random).error().code, Code::kAlreadyExists);

  const auto state = ledger::parse_app_state(made->genesis.app_state_bytes);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->founders.size(), 2u);
  EXPECT_EQ(state->founders[0].certificates.size(), 4u);
}

TEST(Home, SaysWhatIsWrongWithIt) {
  Folder folder;
  EXPECT_EQ(load_home(folder.path / "none").error().code, Code::kHomeMissing);
  base::SeededRandom random(1);
  const auto package = two_agencies();
  DemoOrder order{{&package}, "test", Instant::from_seconds(1'700'000'000), {}};
  const auto path = folder.path / "home";
  ASSERT_TRUE(write_demo_home(path, order, random));
  const auto home = load_home(path);
  ASSERT_TRUE(home);
  const auto member = path / "members" / home->members[0].id.text();
  fs::copy_file(member / "seal.key", member / "envelope.key", fs::copy_options::overwrite_existing);
  EXPECT_EQ(load_home(path).error().code, Code::kCorrupt);
  fs::remove(member / "envelope.key");
  EXPECT_EQ(load_home(path).error().code, Code::kFileUnreadable);
}

}  // namespace
}  // namespace flora::node
