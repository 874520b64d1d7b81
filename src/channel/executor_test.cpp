// SPDX-License-Identifier: EUPL-1.2
#include "channel/executor.hpp"

#include <gtest/gtest.h>

#include "base/cbor.hpp"
#include "base/limits.hpp"
#include "channel/fixture.hpp"
#include "channel/journal.hpp"
#include "channel/keys.hpp"

namespace flora::channel {
namespace {

using base::Code;
using fixture::World;

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() { version_ = world_.activate(fixture::canonical(fixture::lending())); }
  base::CaseId new_case() { return world_.random().id<base::CaseId>(); }
  base::Bytes data(std::string field, std::uint64_t value) { return base::CborWriter().map(1).text(field).uint(value).take(); }
  RecordFact asked(const base::CaseId& id) {
    RecordFact fact = world_.fact(id, "asked", "clerk");
    fact.data = base::CborWriter().map(1).text("kind").text("book").take();
    return fact;
  }
  RecordFact lent(const base::CaseId& id, std::uint64_t shelf = 3) {
    RecordFact fact = world_.fact(id, "lent", "keeper");
    fact.data = data("shelf", shelf);
    return fact;
  }
  World world_;
  base::Hash version_;
  static constexpr std::size_t kDesk = 0, kStore = 1;
};

TEST_F(ExecutorTest, RecordsAFactAndTellsWhatItCaused) {
  const auto id = new_case();
  const auto result = world_.submit(kDesk, asked(id));
  ASSERT_EQ(result.code, Code::kOk) << result.detail;
  EXPECT_EQ(result.fact, fact_id(result.message_id));
  const Effects effects = *result.caused();
  ASSERT_EQ(effects.duties.size(), 1u);
  EXPECT_EQ(effects.duties[0].rule, "R1");
  EXPECT_EQ(effects.duties[0].by, std::vector<std::string>{"store"});
  EXPECT_EQ(local_text(*effects.duties[0].due), "2021-04-09T24:00");
  ASSERT_EQ(effects.cues.size(), 2u);
  EXPECT_EQ(effects.cues[1].agency, "store");
  EXPECT_EQ(effects.cues[1].steps, std::vector<std::string>{"checked"});
}

TEST_F(ExecutorTest, GradesAndNamesTheFactAndTheRecipients) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  const auto result = world_.submit(kStore, lent(id));
  ASSERT_EQ(result.code, Code::kOk) << result.detail;
  const Effects effects = *result.caused();
  ASSERT_EQ(effects.findings.size(), 1u);
  EXPECT_EQ(effects.findings[0].rule, "C1");
  EXPECT_EQ(effects.findings[0].level, package::Level::kCritical);
  EXPECT_EQ(effects.findings[0].fact, result.fact);
  EXPECT_EQ(effects.findings[0].to, std::vector<std::string>{"chief"});
  ASSERT_EQ(effects.notes.size(), 1u);
  EXPECT_EQ(effects.notes[0].to, std::vector<std::string>{"clerk"});
}

TEST_F(ExecutorTest, RefusesWithTheCodeOfTheFirstCheckThatFails) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  const auto code = [&](std::size_t member, const Command& command) { return world_.submit(member, command).code; };
  EXPECT_EQ(code(kStore, asked(new_case())), Code::kRoleNotBound);
  EXPECT_EQ(code(kDesk, world_.fact(id, "returned", "chief")), Code::kNotOwner);
  EXPECT_EQ(code(kDesk, world_.fact(id, "returned", "nobody")), Code::kUnknownReference);
  EXPECT_EQ(code(kStore, lent(new_case())), Code::kUnknownCase);
  EXPECT_EQ(code(kDesk, world_.fact(id, "burnt", "clerk")), Code::kUnknownStep);
  EXPECT_EQ(code(kStore, world_.fact(id, "lent", "keeper")), Code::kDataRefused) << "a required field is missing";
  RecordFact wrong = asked(id);
  wrong.package = base::Hash{};
  EXPECT_EQ(code(kDesk, wrong), Code::kUnknownPackage);
  wrong.case_id = new_case();
  EXPECT_EQ(code(kDesk, wrong), Code::kUnknownPackage);
  RecordFact early = world_.fact(id, "checked", "keeper", world_.now().plus_seconds(61));
  EXPECT_EQ(code(kStore, early), Code::kInFuture);
  EXPECT_EQ(code(kDesk, Correct{id, {}, std::nullopt, "typo", "clerk", {}}), Code::kNotInVersion);
  EXPECT_EQ(code(kDesk, ActOnFinding{id, "C1", "lent", {}, FindingAct::kAcknowledge, "", "chief", {}}), Code::kUnknownFinding);
  EXPECT_EQ(code(kDesk, CancelCase{new_case(), "x", "clerk", {}}), Code::kUnknownCase);
}

TEST_F(ExecutorTest, ARefusedCommandChangesNothingButIsRecorded) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  for (int i = 0; i < 3; ++i) ASSERT_EQ(world_.submit(kStore, lent(id)).code, Code::kOk);
  const auto row = world_.tables().get(base::Table::kChannel, index_key(world_.channel(), entry::kCase, {id}));
  const auto refused = world_.submit(kStore, lent(id));
  EXPECT_EQ(refused.code, Code::kRuleRefuses);
  EXPECT_EQ(refused.effects, base::Bytes{0xa0});
  EXPECT_EQ(world_.tables().get(base::Table::kChannel, index_key(world_.channel(), entry::kCase, {id})), row);
  const auto journal = read_journal(world_.tables(), world_.channel(), world_.executor().height(), 0);
  ASSERT_TRUE(journal);
  EXPECT_EQ(journal->items.at(0).code, Code::kRuleRefuses);
}

TEST_F(ExecutorTest, SameMessageSameContentIsAnsweredAsBefore) {
  const auto id = new_case();
  const auto item = world_.item(asked(id));
  const auto first = world_.send(kDesk, {item});
  auto again = item;
  world_.random().fill(again.salt.bytes);  // a repetition is sealed anew
  const auto second = world_.send(kDesk, {again});
  const CommandResult& result = second.envelopes[0].results[0];
  EXPECT_TRUE(result.repeated);
  EXPECT_EQ(result.code, Code::kOk);
  EXPECT_EQ(result.fact, fact_id(item.message_id));
  const Effects effects = *result.caused();
  ASSERT_TRUE(effects.repeats);
  EXPECT_EQ(effects.repeats->envelope, first.envelopes[0].envelope);
  const auto answer = read_answer(world_.tables(), world_.channel(), *effects.repeats);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->effects, first.envelopes[0].results[0].effects);
}

TEST_F(ExecutorTest, SameMessageOtherContentIsAConflict) {
  const auto item = world_.item(asked(new_case()));
  world_.send(kDesk, {item});
  auto other = item;
  other.command = encode_command(asked(new_case()));
  EXPECT_EQ(world_.send(kDesk, {other}).envelopes[0].results[0].code, Code::kIdempotencyConflict);
  EXPECT_TRUE(world_.send(kDesk, {item}).envelopes[0].results[0].repeated) << "the first content stays the one";
}

TEST_F(ExecutorTest, RepetitionsInsideOneBlockAreNoticed) {
  const auto item = world_.item(asked(new_case()));
  const auto outcome = world_.send(kDesk, {item, item});
  EXPECT_FALSE(outcome.envelopes[0].results[0].repeated);
  EXPECT_TRUE(outcome.envelopes[0].results[1].repeated);
}

TEST_F(ExecutorTest, AnswersAreForgottenAfterThirtyDays) {
  const auto item = world_.item(asked(new_case()));
  world_.send(kDesk, {item});
  const auto messages = [&] {
    std::size_t n = 0;
    world_.tables().scan(base::Table::kChannel, index_key(world_.channel(), entry::kMessage, {}), {},
                         [&](base::ByteView, base::ByteView) { return ++n, true; });
    return n;
  };
  const std::size_t before = messages();
  world_.pass(base::limits::kIdempotencySeconds);
  world_.submit(kDesk, asked(new_case()));
  EXPECT_LT(messages(), before);
  auto other = item;
  other.command = encode_command(asked(new_case()));
  EXPECT_EQ(world_.send(kDesk, {other}).envelopes[0].results[0].code, Code::kOk);
}

TEST_F(ExecutorTest, AFactOfTheFutureMayBeSentAgain) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  const auto item = world_.item(world_.fact(id, "checked", "keeper", world_.now().plus_seconds(120)));
  EXPECT_EQ(world_.send(kStore, {item}).envelopes[0].results[0].code, Code::kInFuture);
  world_.pass(120);
  EXPECT_EQ(world_.send(kStore, {item}).envelopes[0].results[0].code, Code::kOk);
}

TEST_F(ExecutorTest, TimeMakesDutiesOverdueWithoutAnyCommand) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  const base::Instant due = *world_.executor().next_due();
  EXPECT_EQ(local_text(due), "2021-04-09T24:00");
  world_.set_now(due);
  const auto outcome = world_.empty_block();
  ASSERT_EQ(outcome.clock.size(), 1u);
  const auto effects = *decode_effects(outcome.clock[0].effects);
  ASSERT_EQ(effects.findings.size(), 1u);
  EXPECT_EQ(effects.findings[0].stage, Stage::kDue);
  EXPECT_EQ(effects.findings[0].to, std::vector<std::string>{"keeper"});
  ASSERT_FALSE(outcome.deltas.empty());
  world_.set_now(*world_.executor().next_due());
  const auto grace = *decode_effects(world_.empty_block().clock.at(0).effects);
  EXPECT_EQ(grace.findings.at(0).change, FindingVerb::kEscalated);
  EXPECT_EQ(grace.findings.at(0).level, package::Level::kCritical);
}

TEST_F(ExecutorTest, AnIdleBlockWritesItsHeightAndNothingElse) {
  world_.submit(kDesk, asked(new_case()));
  const auto digest = world_.executor().digest();
  const auto outcome = world_.empty_block();
  EXPECT_EQ(outcome.batch.changes.size(), 1u);
  EXPECT_EQ(world_.executor().digest(), digest);
}

TEST_F(ExecutorTest, DiscardedBlocksLeaveNoTrace) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  std::vector<std::unique_ptr<World::Sent>> one, other;
  one.push_back(world_.seal(kStore, {world_.item(world_.fact(id, "checked", "keeper"))}));
  other.push_back(world_.seal(kStore, {world_.item(lent(id))}));
  const auto first = world_.execute(one);
  const auto second = world_.execute(other);  // without a word in between
  EXPECT_EQ(second.envelopes[0].results[0].caused()->findings.size(), 1u) << "C1: nothing of the first is left";
  world_.executor().discard();
  const auto third = world_.execute(one);
  EXPECT_EQ(third.digest, first.digest);
  EXPECT_EQ(third.envelopes[0].results[0].effects, first.envelopes[0].results[0].effects);
  ASSERT_EQ(third.batch.changes.size(), first.batch.changes.size());
}

TEST_F(ExecutorTest, StandsStillWithoutTheEpochKey) {
  auto sent = world_.seal(kDesk, {world_.item(asked(new_case()))});
  std::vector<ledger::AcceptedEnvelope> accepted{sent->accepted};
  const BlockContext block = world_.next_block();
  const auto outcome = world_.executor().execute(block, accepted, [](std::uint64_t) { return std::nullopt; });
  EXPECT_EQ(outcome.stalled_at_epoch, 1u);
  EXPECT_TRUE(outcome.batch.empty());
  const auto later = world_.executor().execute(block, accepted, world_.keys());
  EXPECT_EQ(later.envelopes.at(0).results.at(0).code, Code::kOk);
}

TEST_F(ExecutorTest, AnEnvelopeThatDoesNotOpenIsRefusedWhole) {
  auto sent = world_.seal(kDesk, {world_.item(asked(new_case()))});
  base::Bytes body = base::to_bytes(sent->accepted.body);
  body[body.size() - 1] ^= 1;
  sent->accepted.body = body;
  std::vector<ledger::AcceptedEnvelope> accepted{sent->accepted};
  const auto outcome = world_.executor().execute(world_.next_block(), accepted, world_.keys());
  EXPECT_EQ(outcome.envelopes.at(0).code, Code::kSealBroken);
  EXPECT_TRUE(outcome.envelopes.at(0).results.empty());
}

TEST_F(ExecutorTest, ANewVersionNeedsEveryHolderAndLeavesOldCasesAlone) {
  const auto old_case = new_case();
  world_.submit(kDesk, asked(old_case));
  auto sources = fixture::lending();
  sources["package.yaml"].replace(sources["package.yaml"].find("version: \"1\""), 12, "version: \"2\"");
  const auto second = fixture::canonical(sources);
  EXPECT_EQ(world_.submit(kDesk, ActivatePackage{second}).code, Code::kOk);
  EXPECT_EQ(world_.executor().catalog()->in_force("lending")->hash, version_) << "the store has not agreed";
  EXPECT_EQ(world_.submit(kDesk, ActivatePackage{second}).code, Code::kAlreadyExists);
  EXPECT_EQ(world_.submit(kStore, ActivatePackage{second}).code, Code::kOk);
  EXPECT_TRUE(world_.last().catalog_changed);
  EXPECT_EQ(world_.executor().catalog()->in_force("lending")->package->version, "2");
  EXPECT_EQ(world_.submit(kStore, lent(old_case)).code, Code::kOk);
  const auto shown = world_.reader().show({world_.member(kDesk), "lending", "clerk"}, old_case);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->package, version_);
  const auto young = new_case();
  world_.submit(kDesk, asked(young));
  EXPECT_NE(world_.reader().show({world_.member(kDesk), "lending", "clerk"}, young)->package, version_);
  EXPECT_EQ(world_.reader()
                .page({world_.member(kDesk), "lending", "clerk"}, {.view = "desk_open", .after = {}, .filters = {}})
                ->rows.size(),
            2u)
      << "both versions stand in one list";
}

TEST_F(ExecutorTest, AnAgencyIsTakenByItsMemberAndHandedOnByItsHolder) {
  EXPECT_EQ(world_.submit(kStore, BindAgency{"lending", "desk", world_.member(kStore)}).code, Code::kForbidden);
  EXPECT_EQ(world_.submit(kDesk, BindAgency{"lending", "desk", world_.member(kDesk)}).code, Code::kAlreadyExists);
  EXPECT_EQ(world_.submit(kDesk, BindAgency{"lending", "attic", world_.member(kDesk)}).code, Code::kUnknownReference);
  EXPECT_EQ(world_.submit(kDesk, BindAgency{"other", "desk", world_.member(kDesk)}).code, Code::kUnknownPackage);
  EXPECT_EQ(world_.submit(kDesk, BindAgency{"lending", "desk", world_.member(kStore)}).code, Code::kOk);
  EXPECT_EQ(world_.submit(kDesk, asked(new_case())).code, Code::kRoleNotBound);
  EXPECT_EQ(world_.submit(kStore, asked(new_case())).code, Code::kOk);
}

TEST_F(ExecutorTest, ABrokenPackageIsRefused) {
  EXPECT_EQ(world_.submit(kDesk, ActivatePackage{{0xa0}}).code, Code::kPackageWrong);
  EXPECT_EQ(world_.submit(kDesk, ActivatePackage{{}}).code, Code::kPackageWrong);
}

TEST_F(ExecutorTest, ChecksPointsEveryThousandCommandsAndNotesDisputes) {
  std::optional<Checkpoint> checkpoint;
  for (int i = 0; i < 10 && !checkpoint; ++i) {
    std::vector<ledger::CommandItem> items;
    for (int j = 0; j < 250; ++j) items.push_back(world_.item(asked(new_case())));
    checkpoint = world_.send(kDesk, std::move(items)).checkpoint;
  }
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->digest, world_.executor().digest());
  const auto digest = world_.executor().digest();
  EXPECT_EQ(world_.submit(kDesk, AttestDigest{checkpoint->height + 1, checkpoint->digest}).code, Code::kOutOfRange);
  EXPECT_EQ(world_.submit(kDesk, AttestDigest{checkpoint->height, checkpoint->digest}).code, Code::kOk);
  EXPECT_TRUE(world_.last().disputes.empty());
  EXPECT_EQ(world_.submit(kDesk, AttestDigest{checkpoint->height, checkpoint->digest}).code, Code::kAlreadyExists);
  EXPECT_EQ(world_.submit(kStore, AttestDigest{checkpoint->height, base::Hash{}}).code, Code::kOk);
  ASSERT_EQ(world_.last().disputes.size(), 1u);
  EXPECT_EQ(world_.last().disputes[0].member, world_.member(kStore));
  EXPECT_NE(world_.executor().digest(), digest) << "results of attestations are under the digest of later heights";
}

TEST_F(ExecutorTest, CountsTalliesOverTheWholeChannel) {
  Effects last;
  for (int i = 0; i < 3; ++i) {
    const auto id = new_case();
    world_.submit(kDesk, asked(id));
    world_.submit(kStore, world_.fact(id, "checked", "keeper"));
    last = *world_.submit(kStore, lent(id, 42)).caused();
  }
  ASSERT_EQ(last.findings.size(), 1u) << "the third on the same shelf";
  EXPECT_EQ(last.findings[0].rule, "X1");
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  world_.submit(kStore, world_.fact(id, "checked", "keeper"));
  EXPECT_TRUE(world_.submit(kStore, lent(id, 43)).caused()->findings.empty());
}

TEST_F(ExecutorTest, TellsEachAgencyWhatChangedForIt) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  const auto& deltas = world_.last().deltas;
  ASSERT_EQ(deltas.size(), 2u);
  EXPECT_EQ(deltas[0].agency, "desk");
  EXPECT_EQ(deltas[0].cases.at(0).views, std::vector<std::string>{"desk_open"});
  EXPECT_EQ(deltas[1].agency, "store");
  EXPECT_EQ(deltas[1].cases.at(0).views, (std::vector<std::string>{"store_to_check", "store_check", "store_lend"}));
  EXPECT_EQ(deltas[1].cases.at(0).new_cues, std::vector<std::string>{"checked"});
  world_.submit(kStore, lent(id));
  EXPECT_EQ(world_.last().deltas.at(0).cases.at(0).findings.at(0).rule, "C1") << "the chief is at the desk";
  EXPECT_TRUE(world_.last().deltas.at(1).cases.at(0).findings.empty());
}

TEST_F(ExecutorTest, ActsOnFindingsMoveThroughTheirLife) {
  const auto id = new_case();
  world_.submit(kDesk, asked(id));
  const auto fact = world_.submit(kStore, lent(id)).fact;
  ActOnFinding act{id, "C1", "lent", fact, FindingAct::kAcknowledge, "", "chief", world_.random().id<base::ActorId>()};
  EXPECT_EQ(world_
                .submit(kStore,
                        [&] {
                          auto a = act;
                          a.role = "keeper";
                          return a;
                        }())
                .code,
            Code::kForbidden);
  EXPECT_EQ(world_.submit(kDesk, act).caused()->findings.at(0).change, FindingVerb::kAcknowledged);
  act.act = FindingAct::kJustify;
  act.reason = "agreed";
  EXPECT_EQ(world_.submit(kDesk, act).caused()->findings.at(0).change, FindingVerb::kJustified);
  const auto shown = world_.reader().show({world_.member(kDesk), "lending", "chief"}, id);
  ASSERT_TRUE(shown);
  ASSERT_EQ(shown->findings.size(), 1u);
  ASSERT_EQ(shown->findings[0].life.size(), 3u);
  EXPECT_EQ(shown->findings[0].life[2].reason, "agreed");
  EXPECT_EQ(shown->findings[0].life[2].role, "chief");
}

}  // namespace
}  // namespace flora::channel
