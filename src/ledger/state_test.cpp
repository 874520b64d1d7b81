// SPDX-License-Identifier: EUPL-1.2
// Envelopes of channels: what is accepted, every refusal, heads, windows, proofs, restart.
#include "ledger/state.hpp"

#include <gtest/gtest.h>

#include "crypto/signature.hpp"
#include "ledger/test_federation.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::Code;
using base::Hash;
using base::Instant;
using testing::KeyPair;
using testing::TestFederation;
using testing::TestMember;
using Wish = TestFederation::Wish;

// A node that starts from the tables must stand where the one that wrote them stands.
void expect_restart_is_equal(TestFederation& f) {
  const auto loaded = State::load(f.tables());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().detail;
  const State& a = f.state();
  const State& b = *loaded;
  EXPECT_EQ(b.app_hash(), a.app_hash());
  EXPECT_EQ(b.height(), a.height());
  EXPECT_EQ(b.time(), a.time());
  EXPECT_EQ(b.genesis(), a.genesis());
  ASSERT_EQ(b.channels().size(), a.channels().size());
  for (std::size_t i = 0; i < a.channels().size(); ++i) {
    EXPECT_EQ(*b.channels()[i], *a.channels()[i]);
    const auto& id = a.channels()[i]->id;
    EXPECT_EQ(b.head(id), a.head(id));
    const NewEpoch* epoch = a.epoch(id, a.channels()[i]->epoch);
    ASSERT_TRUE(epoch != nullptr && b.epoch(id, epoch->epoch) != nullptr);
    EXPECT_EQ(*b.epoch(id, epoch->epoch), *epoch);
  }
  ASSERT_EQ(b.members().size(), a.members().size());
  for (std::size_t i = 0; i < a.members().size(); ++i) {
    EXPECT_EQ(*b.members()[i], *a.members()[i]);
    const auto& id = a.members()[i]->id;
    ASSERT_EQ(b.certificates(id).size(), a.certificates(id).size());
    for (std::size_t k = 0; k < a.certificates(id).size(); ++k) EXPECT_EQ(*b.certificates(id)[k], *a.certificates(id)[k]);
    for (std::size_t k = 0; k < a.authorities(id).size(); ++k) EXPECT_EQ(*b.authorities(id)[k], *a.authorities(id)[k]);
  }
  // And it goes on the same way.
  const std::vector<ParsedTransaction> block{f.envelope(f.member(0))};
  EXPECT_EQ(b.execute(f.next_block(), block).app_hash, a.execute(f.next_block(), block).app_hash);
}

TEST(State, AcceptsAnEnvelopeAndExtendsTheHead) {
  TestFederation f;
  const HeadRecord before = f.state().head(f.channel());
  EXPECT_EQ(before.head, first_head("test-1", f.channel()));
  const ParsedTransaction transaction = f.envelope(f.member(0));
  const BlockResult result = f.run({transaction});
  ASSERT_EQ(result.codes, std::vector<Code>{Code::kOk}) << result.details[0];
  ASSERT_EQ(result.accepted.size(), 1u);
  ASSERT_EQ(result.accepted[0].envelopes.size(), 1u);
  const AcceptedEnvelope& accepted = result.accepted[0].envelopes[0];
  EXPECT_EQ(result.accepted[0].channel, f.channel());
  EXPECT_EQ(accepted.hash, transaction.envelope_hash);
  EXPECT_EQ(accepted.author, f.member(0).id);
  EXPECT_EQ(accepted.height, 1);
  EXPECT_EQ(accepted.time, TestFederation::start());
  EXPECT_TRUE(open_body(f.state().federation(), accepted.header, accepted.protected_header, accepted.body, f.epoch_key()));
  const HeadRecord after = f.state().head(f.channel());
  EXPECT_EQ(after.count, before.count + 1);
  EXPECT_EQ(after.head, next_head(before.head, transaction.envelope_hash, 1));
}

TEST(State, KeepsTheOrderOfEachChannel) {
  TestFederation f;
  std::vector<ParsedTransaction> block;
  for (int i = 0; i < 20; ++i) block.push_back(f.envelope(f.member(static_cast<std::size_t>(i % 2))));
  const BlockResult result = f.run(block);
  ASSERT_EQ(result.accepted.size(), 1u);
  Hash head = first_head("test-1", f.channel());
  for (std::uint32_t i = 0; i < block.size(); ++i) {
    EXPECT_EQ(result.accepted[0].envelopes[i].position, i);
    head = next_head(head, block[i].envelope_hash, 1);
  }
  EXPECT_EQ(f.state().head(f.channel()).head, head);
}

// --- refusals, in the order of the table

TEST(State, RefusesWhatCannotBeReadAndChangesNothing) {
  TestFederation f;
  const Hash before = f.run({}).app_hash;
  EXPECT_EQ(f.run_one(parse_transaction(Bytes{0x00})), Code::kWrongType);
  EXPECT_EQ(f.run_one(parse_transaction(Bytes{0xff})), Code::kCborMalformed);
  EXPECT_EQ(f.state().app_hash(), before);
}

TEST(State, RefusesABadSignatureAndChangesNothing) {
  TestFederation f;
  const Hash before = f.state().app_hash();
  const MadeEnvelope made = f.make(f.member(0), {f.any_item()}, {});
  Transaction transaction = *split_transaction(made.transaction);
  transaction.sign1.back() ^= 1;
  EXPECT_EQ(f.run_one(parse_transaction(encode_transaction(transaction.sign1, transaction.body))), Code::kBadSignature);
  Wish elsewhere;
  elsewhere.federation = FederationId{"test-2", f.state().federation().genesis_hash};
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), elsewhere)), Code::kBadSignature) << "made for another federation";
  EXPECT_EQ(f.state().app_hash(), before);
}

TEST(State, RefusesTheOtherHalfOfAnEcdsaSignature) {
  // The order of P-256, to turn (r, s) into the equally valid (r, n - s).
  const Bytes n = *base::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  TestFederation f;
  const MadeEnvelope made = f.make(f.member(0), {f.any_item()}, {});
  Transaction transaction = *split_transaction(made.transaction);
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    auto& byte = transaction.sign1[transaction.sign1.size() - 32 + i];
    const int difference = n[i] - byte - borrow;
    borrow = difference < 0 ? 1 : 0;
    byte = static_cast<std::uint8_t>(difference);
  }
  EXPECT_EQ(f.run_one(parse_transaction(encode_transaction(transaction.sign1, transaction.body))), Code::kBadSignature);
}

TEST(State, RefusesASwappedBodyOnlyAfterTheSignature) {
  TestFederation f;
  Transaction one = *split_transaction(f.make(f.member(0), {f.any_item()}, {}).transaction);
  const Transaction two = *split_transaction(f.make(f.member(0), {f.any_item()}, {}).transaction);
  const Hash before = f.state().app_hash();
  EXPECT_EQ(f.run_one(parse_transaction(encode_transaction(one.sign1, two.body))), Code::kBodyMismatch);
  one.sign1.back() ^= 1;
  EXPECT_EQ(f.run_one(parse_transaction(encode_transaction(one.sign1, two.body))), Code::kBadSignature)
      << "of several mistakes the first in the table is named";
  EXPECT_EQ(f.state().app_hash(), before);
}

TEST(State, RefusesUnknownCertificates) {
  TestFederation f;
  const KeyPair stranger = f.issue(f.member(0).ca, pki::Purpose::kEnvelope);
  const Hash before = f.state().app_hash();
  EXPECT_EQ(f.run_one(parse_transaction(f.make_as(stranger, f.member(0), {f.any_item()}, {}).transaction)),
            Code::kUnknownCertificate);
  EXPECT_EQ(f.state().app_hash(), before);
}

TEST(State, RefusesAlgorithmsOfOtherKeys) {
  TestFederation f;
  // Signed by an Ed25519 key in the name of a P-256 certificate.
  const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519, f.random());
  const KeyPair mixed{key, f.member(0).envelope.certificate};
  EXPECT_EQ(f.run_one(parse_transaction(f.make_as(mixed, f.member(0), {f.any_item()}, {}).transaction)),
            Code::kAlgorithmKeyMismatch);
}

TEST(State, RefusesExpiredCertificatesAtBothEnds) {
  TestFederation f;
  const Code before = f.state().check(f.envelope(f.member(0)), TestFederation::start().plus_seconds(-3601)).error().code;
  EXPECT_EQ(before, Code::kCertificateExpired);
  f.advance_seconds(10LL * 365 * 86400 + 1);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0))), Code::kCertificateExpired);
}

TEST(State, ValidityIsInclusiveInWholeSeconds) {
  TestFederation f;
  const auto at = [&](Instant time) {
    Wish wish;
    wish.expires = time.plus_seconds(1);
    const auto status = f.state().check(f.envelope(f.member(0), wish), time);
    return status ? Code::kOk : status.error().code;
  };
  const Instant from = TestFederation::start().plus_seconds(-3600);
  EXPECT_NE(at(from), Code::kCertificateExpired);
  EXPECT_EQ(at(from.plus_nanos(-1)), Code::kCertificateExpired);
  const Instant until = TestFederation::start().plus_seconds(10LL * 365 * 86400);
  EXPECT_NE(at(until.plus_nanos(999'999'999)), Code::kCertificateExpired);
  EXPECT_EQ(at(until.plus_seconds(1)), Code::kCertificateExpired);
}

TEST(State, RefusesOtherPurposes) {
  TestFederation f;
  TestMember& m = f.member(0);
  EXPECT_EQ(f.run_one(parse_transaction(f.make_as(m.govern, m, {f.any_item()}, {}).transaction)), Code::kCertificatePurpose);
  EXPECT_EQ(f.run_one(parse_transaction(f.make_as(m.seal, m, {f.any_item()}, {}).transaction)), Code::kCertificatePurpose);
}

TEST(State, RefusesWhenTheRevocationListIsOutOfDate) {
  TestFederation f;
  const auto code_at = [&](std::int64_t seconds) {
    const Instant time = TestFederation::start().plus_seconds(seconds);
    Wish wish;
    wish.expires = time;
    const auto status = f.state().check(f.envelope(f.member(0), wish), time);
    return status ? Code::kOk : status.error().code;
  };
  const std::int64_t next_update = 365LL * 86400;
  EXPECT_TRUE(f.state().stale_authorities(TestFederation::start().plus_seconds(next_update)).empty());
  EXPECT_EQ(f.state().stale_authorities(TestFederation::start().plus_seconds(next_update + 1)).size(), 2u) << "a finding at once";
  EXPECT_NE(code_at(next_update + 14 * 86400), Code::kCrlMissing) << "refusal after the grace only";
  EXPECT_EQ(code_at(next_update + 14 * 86400 + 1), Code::kCrlMissing);
}

TEST(State, RefusesMembersOfOtherChannels) {
  TestFederation f({.members = 3});
  const auto own = f.random().id<base::ChannelId>();
  const std::vector<base::MemberId> two{f.member(0).id, f.member(1).id};
  ASSERT_EQ(f.run_one(f.govern(f.member(0), f.create_channel(own, two))), Code::kOk);
  Wish wish;
  wish.channel = own;
  EXPECT_EQ(f.run_one(f.envelope(f.member(1), wish)), Code::kOk);
  EXPECT_EQ(f.run_one(f.envelope(f.member(2), wish)), Code::kNotMember);
}

TEST(State, RefusesReplaysInAndBetweenBlocks) {
  TestFederation f;
  const ParsedTransaction transaction = f.envelope(f.member(0));
  const BlockResult result = f.run({transaction, transaction});
  EXPECT_EQ(result.codes, (std::vector<Code>{Code::kOk, Code::kReplayed}));
  EXPECT_EQ(f.run_one(transaction), Code::kReplayed);
  EXPECT_EQ(read_place(f.tables(), transaction.envelope_hash), (TransactionPlace{1, 0, Code::kOk})) << "the first place stays";
  Wish far;
  far.sequence = 10'000;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), far)), Code::kOk);
  Wish below;
  below.sequence = 10'000 - 4096;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), below)), Code::kReplayed);
  below.sequence = 10'000 - 4095;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), below)), Code::kOk);
}

TEST(State, RefusesExpiredEnvelopesAndThoseValidTooLong) {
  TestFederation f;
  Wish wish;
  wish.expires = f.now().plus_nanos(-1);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kExpired);
  wish.expires = f.now();
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kOk);
  wish.expires = f.now().plus_seconds(600);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kOk);
  wish.expires = f.now().plus_seconds(600).plus_nanos(1);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kExpiryTooFar);
}

TEST(State, RefusesUnknownChannels) {
  TestFederation f;
  Wish wish;
  wish.channel = f.random().id<base::ChannelId>();
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kUnknownChannel);
}

TEST(State, RefusesEpochsThatDoNotCount) {
  TestFederation f;
  Wish wish;
  wish.epoch = 2;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kEpochWrong);
  wish.epoch = 0;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kEpochWrong);
  f.advance_seconds(7 * 86400 + 1);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0))), Code::kEpochWrong) << "an epoch lasts seven days";
}

TEST(State, OfSeveralMistakesTheFirstInTheTableIsNamed) {
  TestFederation f;
  Wish wish;  // replayed, expired, unknown channel
  wish.sequence = 1;
  ASSERT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kOk);
  wish.expires = f.now().plus_seconds(-1);
  wish.channel = f.random().id<base::ChannelId>();
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kReplayed);
  wish.sequence = 2;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kExpired);
}

// --- what a refusal changes

TEST(State, ARefusedEnvelopeUsesItsNumberAndChangesNothingElse) {
  TestFederation f;
  f.run({f.envelope(f.member(0))});
  const HeadRecord head = f.state().head(f.channel());
  const auto accepted = f.state().prove("accepted")->value;
  Wish wish;
  wish.sequence = 77;
  wish.epoch = 9;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kEpochWrong);
  EXPECT_EQ(f.state().head(f.channel()), head);
  EXPECT_EQ(f.state().prove("accepted")->value, accepted);
  EXPECT_EQ(f.state().window(f.member(0).envelope.x5t())->state(77), WindowRecord::State::kUsed);
  wish.epoch = 1;
  EXPECT_EQ(f.run_one(f.envelope(f.member(0), wish)), Code::kReplayed);
}

TEST(State, TenIdleMinutesGiveHeartbeatsOnly) {
  TestFederation f;
  f.run({f.envelope(f.member(0))});
  const Hash app_hash = f.state().app_hash();
  for (int beat = 0; beat < 20; ++beat) {
    f.advance_seconds(29);
    const BlockResult result = f.run({});
    EXPECT_EQ(result.app_hash, app_hash);
    EXPECT_TRUE(result.accepted.empty());
    EXPECT_EQ(result.batch.changes.size(), 1u) << "nothing but the height is written";
  }
  EXPECT_EQ(f.state().height(), 21);
}

TEST(State, ExecutionIsRepeatableUntilCommit) {
  TestFederation f;
  const std::vector<ParsedTransaction> block{f.envelope(f.member(0)), f.envelope(f.member(1)), parse_transaction(Bytes{0x00})};
  const BlockResult first = f.state().execute(f.next_block(), block);
  const BlockResult other = f.state().execute(f.next_block(), {});
  const BlockResult second = f.state().execute(f.next_block(), block);
  EXPECT_EQ(first.app_hash, second.app_hash);
  EXPECT_EQ(first.codes, second.codes);
  ASSERT_EQ(first.batch.changes.size(), second.batch.changes.size());
  for (std::size_t i = 0; i < first.batch.changes.size(); ++i) {
    EXPECT_EQ(first.batch.changes[i].key, second.batch.changes[i].key);
    EXPECT_EQ(first.batch.changes[i].value, second.batch.changes[i].value);
  }
  EXPECT_NE(other.app_hash, first.app_hash);
  EXPECT_EQ(f.state().height(), 0) << "nothing is visible before the commit";
  f.tables().apply(second.batch);
  f.state().commit(second);
  EXPECT_EQ(f.state().app_hash(), first.app_hash);
  expect_restart_is_equal(f);
}

TEST(State, RestartFromTablesIsEqualInEveryBlock) {
  TestFederation f({.members = 3, .seed = 3});
  base::SeededRandom random(9);
  for (int block = 0; block < 25; ++block) {
    std::vector<ParsedTransaction> transactions;
    for (std::uint64_t n = random.below(5); n > 0; --n) {
      Wish wish;
      if (random.below(3) == 0) wish.sequence = random.below(200);
      if (random.below(8) == 0) wish.epoch = 2;
      transactions.push_back(f.envelope(f.member(random.below(3)), wish));
    }
    f.run(transactions);
    if (block % 6 == 0) expect_restart_is_equal(f);
  }
  expect_restart_is_equal(f);
}

TEST(State, AChangedRecordIsNoticedAtStart) {
  TestFederation f;
  f.run({f.envelope(f.member(0))});
  base::Batch batch;
  Bytes key{'h'};
  base::append(key, f.channel());
  batch.put(base::Table::kLedger, key, encode(HeadRecord{Hash{}, 1}));
  f.tables().apply(batch);
  const auto loaded = State::load(f.tables());
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, Code::kCorrupt);
  EXPECT_EQ(State::load(testing::MapTables{}).error().code, Code::kHomeMissing);
}

TEST(State, VerdictsOnSignaturesMayBeGivenBefore) {
  TestFederation f;
  std::vector<ParsedTransaction> block{f.envelope(f.member(0)), f.envelope(f.member(1))};
  Transaction broken = *split_transaction(f.make(f.member(0), {f.any_item()}, {}).transaction);
  broken.sign1.back() ^= 1;
  block.push_back(parse_transaction(encode_transaction(broken.sign1, broken.body)));
  const BlockResult unchecked = f.state().execute(f.next_block(), block);
  verify_signatures(block, f.state());
  EXPECT_EQ(block[0].verdict, SignatureVerdict::kValid);
  EXPECT_EQ(block[2].verdict, SignatureVerdict::kInvalid);
  const BlockResult checked = f.state().execute(f.next_block(), block);
  EXPECT_EQ(checked.codes, unchecked.codes);
  EXPECT_EQ(checked.app_hash, unchecked.app_hash);
}

TEST(State, CheckTellsWhatTheBlockWouldSay) {
  TestFederation f;
  EXPECT_TRUE(f.state().check(f.envelope(f.member(0)), f.now()));
  const ParsedTransaction used = f.envelope(f.member(0));
  f.run({used});
  EXPECT_EQ(f.state().check(used, f.now()).error().code, Code::kReplayed);
}

TEST(State, EveryEnvelopeAlgorithmIsAccepted) {
  for (const auto kind : {crypto::KeyKind::kP256, crypto::KeyKind::kP384, crypto::KeyKind::kEd25519}) {
    TestFederation f({.envelope_kind = kind});
    EXPECT_EQ(f.run_one(f.envelope(f.member(0))), Code::kOk) << crypto::name_of(kind);
  }
}

// --- proofs

TEST(State, ProvesItsEntriesAgainstTheAppHash) {
  TestFederation f;
  const BlockResult result = f.run({f.envelope(f.member(0)), f.envelope(f.member(1))});
  for (const std::string& entry : {std::string("genesis"), std::string("federation"), std::string("rules"),
                                   std::string("validators"), std::string("accepted"), std::string("heads"),
                                   std::string("windows"), std::string("serials"), "member/" + f.member(0).id.text(),
                                   "channel/" + f.channel().text(), "certificate/" + base::to_hex(f.member(0).govern.x5t())}) {
    const auto proof = f.state().prove(entry);
    ASSERT_TRUE(proof.has_value()) << entry;
    EXPECT_EQ(app_hash_of(*proof), result.app_hash) << entry;
  }
  EXPECT_FALSE(f.state().prove("member/nobody"));
}

TEST(State, ProvesHeadsAndWindowsAndTheirAbsence) {
  TestFederation f;
  f.run({f.envelope(f.member(0))});
  const auto head = f.state().prove_head(f.channel());
  EXPECT_EQ(app_hash_of(head.root), f.state().app_hash());
  EXPECT_EQ(head.record, encode(f.state().head(f.channel())));
  EXPECT_TRUE(crypto::verify_smt_presence(head.path, *Hash::from(head.root.value), crypto::sha256(f.channel()),
                                          crypto::sha256(head.record)));
  const Hash quiet = f.member(1).envelope.x5t();
  const auto window = f.state().prove_window(quiet);
  EXPECT_TRUE(window.record.empty());
  EXPECT_TRUE(crypto::verify_smt_absence(window.path, *Hash::from(window.root.value), crypto::sha256(quiet)));
}

TEST(State, TheLastNonEmptyBlockStandsInTheAppHash) {
  TestFederation f;
  const ParsedTransaction one = f.envelope(f.member(0));
  Wish wrong;
  wrong.epoch = 5;
  const BlockResult result = f.run({f.envelope(f.member(1), wrong), one});
  f.run({});
  const auto proof = read_block_proof(f.tables(), 1);
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(proof->envelopes, std::vector<Hash>{one.envelope_hash});
  EXPECT_EQ(proof->positions, std::vector<std::uint32_t>{1});
  EXPECT_EQ(app_hash_of(proof->accepted), result.app_hash);
  AcceptedRecord record;
  ASSERT_TRUE(decode(proof->accepted.value, record));
  EXPECT_EQ(record.height, 1);
  EXPECT_EQ(record.root, crypto::merkle_root(std::span<const Hash>(proof->envelopes)));
  EXPECT_FALSE(read_block_proof(f.tables(), 2));
  EXPECT_EQ(read_codes(f.tables(), 1), result.codes);
  EXPECT_FALSE(read_codes(f.tables(), 2));
}

}  // namespace
}  // namespace flora::ledger
