// SPDX-License-Identifier: EUPL-1.2
#include "channel/commands.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/cbor.hpp"
#include "base/random.hpp"
#include "channel/effects.hpp"

namespace flora::channel {
namespace {

template <class IdType>
IdType id_of(std::uint8_t fill) {
  IdType id;
  id.bytes.fill(fill);
  return id;
}
base::Hash hash_of(std::uint8_t fill) {
  base::Hash hash;
  hash.bytes.fill(fill);
  return hash;
}

RecordFact some_fact() {
  RecordFact fact{id_of<base::CaseId>(1), hash_of(2), "lent", "keeper", id_of<base::ActorId>(3), base::Instant{5}, {}};
  fact.data = base::CborWriter().map(1).text("shelf").uint(7).take();
  return fact;
}

std::vector<Command> one_of_each() {
  RecordFact bare = some_fact();
  bare.package.reset();
  bare.at.reset();
  bare.data = {0xa0};
  return {some_fact(),
          bare,
          ActOnFinding{id_of<base::CaseId>(1), "once:lent", "lent", id_of<FactId>(4), FindingAct::kJustify, "agreed", "chief",
                       id_of<base::ActorId>(3)},
          CancelCase{id_of<base::CaseId>(1), "double_entry", "chief", id_of<base::ActorId>(3)},
          Correct{id_of<base::CaseId>(1), id_of<FactId>(4), some_fact(), "typo", "clerk", id_of<base::ActorId>(3)},
          Correct{id_of<base::CaseId>(1), id_of<FactId>(4), std::nullopt, "", "clerk", id_of<base::ActorId>(3)},
          ActivatePackage{{1, 2, 3}},
          BindAgency{"lending", "desk", id_of<base::MemberId>(9)},
          AttestDigest{77, hash_of(8)}};
}

TEST(Commands, ReadBackAsTheyWereWritten) {
  for (const Command& command : one_of_each()) {
    const auto bytes = encode_command(command);
    const auto parsed = parse_command(bytes);
    ASSERT_TRUE(parsed) << name_of(command) << ": " << parsed.error().detail;
    EXPECT_EQ(*parsed, command) << name_of(command);
    EXPECT_EQ(encode_command(*parsed), bytes);
  }
}

TEST(Commands, StandAsTheDocumentedBytes) {
  EXPECT_EQ(base::to_hex(encode_command(BindAgency{"lending", "desk", id_of<base::MemberId>(9)})),
            "830601a300676c656e64696e6701646465736b025009090909090909090909090909090909");
  EXPECT_EQ(
      base::cbor_diagnostic(encode_command(CancelCase{id_of<base::CaseId>(1), "double_entry", "chief", id_of<base::ActorId>(3)})),
      "[3, 1, {0: h'01010101010101010101010101010101', 1: \"double_entry\", 2: \"chief\", 3: "
      "h'03030303030303030303030303030303'}]");
}

TEST(Commands, RefuseWhatIsUnknownOrOutOfRange) {
  const auto code = [](const Command& command) {
    const auto parsed = parse_command(encode_command(command));
    return parsed ? base::Code::kOk : parsed.error().code;
  };
  const auto with = [](auto change) {
    RecordFact fact = some_fact();
    change(fact);
    return Command(fact);
  };
  EXPECT_EQ(code(with([](RecordFact& f) { f.step.clear(); })), base::Code::kOutOfRange);
  EXPECT_EQ(code(with([](RecordFact& f) { f.role.assign(129, 'x'); })), base::Code::kOutOfRange);
  EXPECT_EQ(code(with([](RecordFact& f) { f.data = {0x80}; })), base::Code::kWrongType);
  EXPECT_EQ(code(with([](RecordFact& f) { f.data = base::CborWriter().map(1).text("x").bytes(base::Bytes(5000)).take(); })),
            base::Code::kOutOfRange);
  EXPECT_EQ(code(CancelCase{{}, "Not a code", "chief", {}}), base::Code::kOutOfRange);
  EXPECT_EQ(code(CancelCase{{}, std::string(65, 'a'), "chief", {}}), base::Code::kOutOfRange);
  EXPECT_EQ(parse_command(base::CborWriter().array(3).uint(99).uint(1).null().take()).error().code, base::Code::kCommandUnknown);
  EXPECT_EQ(parse_command(base::CborWriter().array(3).uint(7).uint(1).null().take()).error().code, base::Code::kCommandUnknown);
  EXPECT_EQ(parse_command(base::CborWriter().array(3).uint(3).uint(2).null().take()).error().code, base::Code::kCommandUnknown);
  EXPECT_FALSE(parse_command(base::CborWriter().array(3).uint(5).uint(1).map(2).uint(0).bytes({}).uint(1).null().take()))
      << "an unknown field";
  EXPECT_FALSE(parse_command(base::CborWriter().array(3).uint(5).uint(1).map(0).take())) << "a missing field";
}

TEST(Commands, SurviveAnyDamage) {
  base::SeededRandom random(5);
  for (const Command& command : one_of_each()) {
    const auto good = encode_command(command);
    for (int i = 0; i < 2000; ++i) {
      auto bad = good;
      for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
        bad[random.below(bad.size())] = static_cast<std::uint8_t>(random.next());
      if (random.below(4) == 0) bad.resize(random.below(bad.size()));
      const auto parsed = parse_command(bad);
      if (parsed) EXPECT_EQ(encode_command(*parsed), bad) << "whatever is read is the only writing of it";
    }
  }
}

// What the fuzz target starts from, and what it once found.
TEST(Commands, CorpusIsReadOrRefusedAndWritesBackTheSame) {
  std::size_t read = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::filesystem::path(FLORA_SOURCE_DIR) / "tests/corpus/channel_commands_fuzz")) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto bytes = base::to_bytes(base::as_bytes(text));
    if (const auto command = parse_command(bytes)) {
      EXPECT_EQ(encode_command(*command), bytes) << file.path();
      ++read;
    }
    if (const auto effects = decode_effects(bytes)) EXPECT_EQ(encode_effects(*effects), bytes) << file.path();
  }
  EXPECT_GE(read, 8u);
}

TEST(Effects, ReadBackAsTheyWereWritten) {
  Effects effects;
  EXPECT_EQ(base::to_hex(encode_effects(effects)), "a0");
  effects.findings.push_back(
      {"C1", "lent", id_of<FactId>(1), Stage::kGrace, package::Level::kCritical, FindingVerb::kEscalated, {"chief"}});
  effects.notes.push_back({"N1", {"clerk"}});
  effects.duties.push_back({"R2", "returned", DutyVerb::kOwed, {"desk"}, "store", base::Instant{99}});
  effects.duties.push_back({"R3", "returned", DutyVerb::kDone, {}, "", std::nullopt});
  effects.cues.push_back({"desk", {"returned"}});
  effects.clock.push_back({id_of<FactId>(2), "lapsed", base::Instant{-5}, true});
  effects.repeats = Effects::First{12, hash_of(3), 4};
  const auto bytes = encode_effects(effects);
  EXPECT_EQ(*decode_effects(bytes), effects);
  base::SeededRandom random(6);
  for (int i = 0; i < 5000; ++i) {
    auto bad = bytes;
    bad[random.below(bad.size())] = static_cast<std::uint8_t>(random.next());
    if (const auto read = decode_effects(bad)) EXPECT_EQ(encode_effects(*read), bad);
  }
}

TEST(Effects, TellDuesAsLocalDays) {
  EXPECT_EQ(local_text(*base::parse_rfc3339("2021-04-09T22:00:00Z")), "2021-04-09T24:00");
  EXPECT_EQ(local_text(*base::parse_rfc3339("2021-04-09T10:30:00Z")), "2021-04-09T12:30:00+02:00");
}

}  // namespace
}  // namespace flora::channel
