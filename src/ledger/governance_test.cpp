// SPDX-License-Identifier: EUPL-1.2
// The commands of channel 0: certificates, revocation, channels, epochs, proposals.
#include <gtest/gtest.h>

#include "ledger/test_federation.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::Code;
using base::Hash;
using base::MemberId;
using testing::KeyPair;
using testing::TestFederation;
using testing::TestMember;
using Wish = TestFederation::Wish;

Bytes der(const pki::Certificate& certificate) { return base::to_bytes(certificate.der()); }
Bytes der(const pki::Crl& crl) { return base::to_bytes(crl.der()); }

pki::RevokedEntry entry(const pki::Certificate& certificate, base::Instant since) {
  return {base::to_bytes(certificate.serial()), since, 0};
}

// --- genesis

TEST(Genesis, RoundTripAndHash) {
  TestFederation f;
  const Bytes bytes = encode_genesis(f.genesis());
  const auto again = parse_genesis(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_EQ(*again, f.genesis());
  EXPECT_EQ(genesis_hash(*again), crypto::sha256(bytes));
  EXPECT_EQ(f.state().federation(), federation_id(f.genesis()));
  const auto app_state = parse_app_state(f.genesis().app_state_bytes);
  ASSERT_TRUE(app_state.has_value()) << app_state.error().detail;
  EXPECT_EQ(encode_app_state(*app_state), f.genesis().app_state_bytes);
  EXPECT_EQ(f.genesis().app_state_bytes.front(), '"');
}

TEST(Genesis, RefusesWhatDoesNotHold) {
  TestFederation f;
  const auto found = [&](const std::function<void(Genesis&, AppState&)>& change) {
    Genesis genesis = f.genesis();
    AppState state = *parse_app_state(genesis.app_state_bytes);
    change(genesis, state);
    if (genesis.app_state_bytes == f.genesis().app_state_bytes) genesis.app_state_bytes = encode_app_state(state);
    const auto founded = State::found(encode_genesis(genesis));
    return founded ? Code::kOk : founded.error().code;
  };
  EXPECT_EQ(found([](Genesis&, AppState&) {}), Code::kOk);
  EXPECT_EQ(found([](Genesis& g, AppState&) { g.chain_id = "with space"; }), Code::kOutOfRange);
  EXPECT_EQ(found([](Genesis& g, AppState&) { g.initial_height = 0; }), Code::kOutOfRange);
  EXPECT_EQ(found([](Genesis& g, AppState&) { g.validators.clear(); }), Code::kOutOfRange);
  EXPECT_EQ(found([](Genesis& g, AppState&) { g.app_state_bytes = {'{', '}'}; }), Code::kJsonMalformed);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.rules_version = 2; }), Code::kNotInVersion);
  EXPECT_EQ(found([](Genesis&, AppState& s) { std::swap(s.founders[0], s.founders[1]); }), Code::kDuplicate);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.founders[0].crls.clear(); }), Code::kCrlMissing);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.founders[0].roots = s.founders[1].roots; }), Code::kCertificatePath);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.founders[0].certificates[0][0][30] ^= 1; }), Code::kCertificatePath);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.founders[0].certificates.push_back(s.founders[0].certificates[0]); }),
            Code::kAlreadyExists);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.founders[0].roots.clear(); }), Code::kOutOfRange);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.channels[0].members[0] = {}; }), Code::kUnknownMember);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.validator_members[0].member = {}; }), Code::kUnknownMember);
  EXPECT_EQ(found([](Genesis&, AppState& s) { s.validator_members[0].key = {}; }), Code::kUnknownReference);
}

TEST(Genesis, TwoNodesFoundTheSameLedger) {
  TestFederation f;
  const auto again = State::found(encode_genesis(f.genesis()));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->app_hash, f.state().app_hash());
}

// --- registration

ParsedTransaction registration(TestFederation& f, TestMember& m, const KeyPair& pair, const Register& command) {
  return f.govern(pair, m, {command});
}

TEST(Registration, ACertificateRegistersItself) {
  TestFederation f;
  TestMember& m = f.member(0);
  const KeyPair fresh = f.issue(m.ca, pki::Purpose::kEnvelope, crypto::KeyKind::kEd25519);
  const ParsedTransaction transaction = registration(f, m, fresh, {m.id, {der(fresh.certificate)}});
  const BlockResult result = f.run({transaction, transaction});
  EXPECT_EQ(result.codes, (std::vector<Code>{Code::kOk, Code::kReplayed})) << result.details[0];
  const CertificateRecord* record = f.state().certificate(fresh.x5t());
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->member, m.id);
  EXPECT_EQ(record->purpose, KeyPurpose::kEnvelope);
  EXPECT_EQ(record->path.size(), 2u);
  EXPECT_EQ(record->authorities.size(), 1u);
  EXPECT_EQ(record->certificate, der(fresh.certificate));
  EXPECT_EQ(f.run_one(parse_transaction(f.make_as(fresh, m, {f.any_item()}, {}).transaction)), Code::kOk);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {m.id, {der(fresh.certificate)}})), Code::kAlreadyExists);
}

TEST(Registration, MayBeUsedLaterInTheSameBlock) {
  TestFederation f;
  TestMember& m = f.member(0);
  const KeyPair fresh = f.issue(m.ca, pki::Purpose::kEnvelope);
  std::vector<ParsedTransaction> block{registration(f, m, fresh, {m.id, {der(fresh.certificate)}}),
                                       parse_transaction(f.make_as(fresh, m, {f.any_item()}, {}).transaction)};
  verify_signatures(block, f.state());
  EXPECT_EQ(block[0].verdict, SignatureVerdict::kValid);
  EXPECT_EQ(block[1].verdict, SignatureVerdict::kUnchecked) << "not known before the block";
  EXPECT_EQ(f.run(block).codes, (std::vector<Code>{Code::kOk, Code::kOk}));
}

TEST(Registration, JudgesThePathBeforeTheSignature) {
  TestFederation f;
  TestMember& m = f.member(0);
  const Hash before = f.state().app_hash();
  const KeyPair foreign = f.issue(f.make_member("Nobody").ca, pki::Purpose::kEnvelope);
  EXPECT_EQ(f.run_one(registration(f, m, foreign, {m.id, {der(foreign.certificate)}})), Code::kCertificatePath);
  const KeyPair fresh = f.issue(m.ca, pki::Purpose::kEnvelope);
  const KeyPair thief{crypto::PrivateKey::generate(crypto::KeyKind::kP256, f.random()), fresh.certificate};
  EXPECT_EQ(f.run_one(registration(f, m, thief, {m.id, {der(fresh.certificate)}})), Code::kBadSignature);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {MemberId{}, {der(fresh.certificate)}})), Code::kUnknownMember);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {f.member(1).id, {der(fresh.certificate)}})), Code::kCertificatePath);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {m.id, {Bytes{0x30, 0x00}}})), Code::kUnknownCertificate)
      << "another certificate's command";
  EXPECT_EQ(f.state().app_hash(), before) << "nothing is remembered of a stranger";
}

TEST(Registration, SealAndNodeCertificatesAreRegisteredByAColleague) {
  TestFederation f;
  TestMember& m = f.member(0);
  const KeyPair seal = f.issue(m.ca, pki::Purpose::kSeal);
  const KeyPair node = f.issue(m.ca, pki::Purpose::kNode);
  EXPECT_EQ(f.run_one(registration(f, m, seal, {m.id, {der(seal.certificate)}})), Code::kCertificatePurpose);
  EXPECT_EQ(
      f.run_one(f.govern(m.envelope, m, {Register{m.id, {der(seal.certificate)}}, Register{m.id, {der(node.certificate)}}})),
      Code::kOk);
  EXPECT_EQ(f.state().certificate(node.x5t())->purpose, KeyPurpose::kNode);
  EXPECT_EQ(f.run_one(f.govern(f.member(1).envelope, f.member(1),
                               {Register{m.id, {der(f.issue(m.ca, pki::Purpose::kSeal).certificate)}}})),
            Code::kForbidden);
}

TEST(Registration, RefusesMalformedCertificates) {
  TestFederation f;
  TestMember& m = f.member(0);
  EXPECT_EQ(f.run_one(f.govern(m, Register{m.id, {Bytes{0x30, 0x01}}})), Code::kCertificateMalformed);
}

// --- revocation

TEST(Revocation, CountsFromTheNextPosition) {
  TestFederation f;
  TestMember& m = f.member(0);
  const pki::Crl crl = f.crl(m.ca, 2, {entry(m.envelope.certificate, f.now())});
  const BlockResult result = f.run({f.envelope(m), f.govern(f.member(1), PublishCrl{m.id, {}, der(crl)}), f.envelope(m)});
  EXPECT_EQ(result.codes, (std::vector<Code>{Code::kOk, Code::kOk, Code::kCertificateRevoked})) << result.details[1];
  EXPECT_EQ(f.state().certificate(m.envelope.x5t())->revoked_from, TestFederation::start());
  const auto serial = f.state().prove_serial(m.id, f.state().certificate(m.envelope.x5t())->path[0]);
  EXPECT_FALSE(serial.record.empty());
  EXPECT_EQ(app_hash_of(serial.root), f.state().app_hash());
  EXPECT_EQ(f.run_one(f.envelope(m)), Code::kCertificateRevoked);
  EXPECT_EQ(State::load(f.tables())->app_hash(), f.state().app_hash());
}

TEST(Revocation, ASerialOnceRevokedStaysSo) {
  TestFederation f;
  TestMember& m = f.member(0);
  const KeyPair fresh = f.issue(m.ca, pki::Purpose::kEnvelope);
  ASSERT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(m.ca, 2, {entry(fresh.certificate, f.now())}))})), Code::kOk);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {m.id, {der(fresh.certificate)}})), Code::kCertificateRevoked);
  ASSERT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(m.ca, 3))})), Code::kOk) << "a list without it";
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {m.id, {der(fresh.certificate)}})), Code::kCertificateRevoked);
}

TEST(Revocation, NumbersMustRise) {
  TestFederation f;
  TestMember& m = f.member(0);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(m.ca, 1))})), Code::kCrlNotNewer);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(m.ca, 5))})), Code::kOk);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(m.ca, 4))})), Code::kCrlNotNewer);
}

TEST(Revocation, OnlyTheCaMaySignItsList) {
  TestFederation f;
  TestMember& m = f.member(0);
  TestMember& other = f.member(1);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(other.ca, 9))})), Code::kCertificatePath);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, Bytes{0x30, 0x00}})), Code::kCrlMalformed);
  Bytes forged = der(f.crl(m.ca, 9));
  forged.back() ^= 1;
  const Code code = f.run_one(f.govern(m, PublishCrl{m.id, {}, forged}));
  EXPECT_TRUE(code == Code::kBadSignature || code == Code::kCrlMalformed);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{MemberId{}, {}, der(f.crl(m.ca, 9))})), Code::kUnknownMember);
}

TEST(Revocation, AnOverdueListCanBeRenewedByThoseItPutsOut) {
  TestFederation f;
  TestMember& m = f.member(0);
  f.advance_seconds((365 + 15) * 86400LL);
  EXPECT_EQ(f.run_one(f.govern(m, Ballot{})), Code::kCrlMissing);
  EXPECT_EQ(f.run_one(f.govern(m.envelope, m, {PublishCrl{m.id, {}, der(f.crl(m.ca, 2))}})), Code::kOk);
  EXPECT_NE(f.run_one(f.govern(m, Ballot{})), Code::kCrlMissing);
}

TEST(Revocation, LongListsComeInParts) {
  TestFederation f;
  TestMember& m = f.member(0);
  std::vector<pki::RevokedEntry> many;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    Bytes serial{0x01};
    base::append(serial, base::be32(i));
    many.push_back({serial, f.now(), 0});
  }
  const Bytes crl = der(f.crl(m.ca, 2, many));
  const Hash whole = crypto::sha256(crl);
  const std::size_t half = crl.size() / 2;
  const auto part = [&](std::size_t begin, std::size_t end) {
    return Upload{whole, crl.size(), begin,
                  Bytes(crl.begin() + static_cast<std::ptrdiff_t>(begin), crl.begin() + static_cast<std::ptrdiff_t>(end))};
  };
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, whole})), Code::kUnknownReference) << "nothing uploaded";
  EXPECT_EQ(f.run_one(f.govern(m, part(half, crl.size()))), Code::kUnknownReference) << "no first part";
  EXPECT_EQ(f.run_one(f.govern(m, part(0, half))), Code::kOk);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, whole})), Code::kUnknownReference) << "not finished";
  EXPECT_EQ(f.run_one(f.govern(f.member(1), part(half, crl.size()))), Code::kUnknownReference) << "another member's upload";
  EXPECT_EQ(State::load(f.tables())->app_hash(), f.state().app_hash()) << "open uploads survive a restart";
  EXPECT_EQ(f.run_one(f.govern(m, part(half, crl.size()))), Code::kOk);
  EXPECT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, whole})), Code::kOk);
  EXPECT_FALSE(f.state().prove("upload/" + m.id.text())) << "used up";
  EXPECT_FALSE(f.state().prove_serial(m.id, {m.ca.certificate().subject_hash(), many[7].serial}).record.empty());
  EXPECT_EQ(State::load(f.tables())->app_hash(), f.state().app_hash());
}

TEST(Revocation, UploadsAreDroppedAfterTenMinutesAndCheckedAtTheEnd) {
  TestFederation f;
  TestMember& m = f.member(0);
  const Bytes object(100, 1);
  EXPECT_EQ(f.run_one(f.govern(m, Upload{Hash{}, 100, 0, object})), Code::kBodyMismatch);
  const Hash whole = crypto::sha256(object);
  ASSERT_EQ(f.run_one(f.govern(m, Upload{whole, 100, 0, Bytes(60, 1)})), Code::kOk);
  f.advance_seconds(601);
  EXPECT_EQ(f.run_one(f.govern(m, Upload{whole, 100, 60, Bytes(40, 1)})), Code::kUnknownReference);
}

TEST(Rollover, ANewRootIsSignedByTheOldOne) {
  TestFederation f;
  TestMember& m = f.member(0);
  const auto rollover = m.ca.roll_over({f.now().plus_seconds(-7200), f.now().plus_seconds(15LL * 365 * 86400)}, f.random());
  ASSERT_TRUE(rollover.has_value()) << rollover.error().detail;
  const Bytes cross = der(rollover->new_with_old);
  const KeyPair fresh = f.issue(rollover->next, pki::Purpose::kEnvelope);
  EXPECT_EQ(f.run_one(f.govern(m, RollOver{m.id, der(rollover->next.certificate())})), Code::kCertificatePath)
      << "signed by itself only";
  EXPECT_EQ(f.run_one(f.govern(m, RollOver{m.id, der(m.envelope.certificate)})), Code::kCertificatePath) << "no CA";
  EXPECT_EQ(f.run_one(f.govern(f.member(1), RollOver{m.id, cross})), Code::kOk) << "whoever submits it";
  EXPECT_EQ(f.run_one(f.govern(m, RollOver{m.id, cross})), Code::kAlreadyExists);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {m.id, {der(fresh.certificate)}})), Code::kCrlMissing);
  ASSERT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(rollover->next, 1))})), Code::kOk);
  EXPECT_EQ(f.run_one(registration(f, m, fresh, {m.id, {der(fresh.certificate)}})), Code::kOk);
  EXPECT_EQ(f.state().authorities(m.id).size(), 2u) << "a name with another key is another authority";
  EXPECT_EQ(f.run_one(f.envelope(m)), Code::kOk) << "the old ones go on";
}

// --- channels and epochs

TEST(Channels, AreCreatedByOneTransaction) {
  TestFederation f({.members = 3, .with_channel = false});
  const auto id = f.random().id<base::ChannelId>();
  const std::vector<MemberId> two{f.member(0).id, f.member(2).id};
  CreateChannel create = f.create_channel(id, two);
  EXPECT_EQ(f.run_one(f.govern(f.member(0).envelope, f.member(0), {create})), Code::kCertificatePurpose) << "policy needs govern";
  EXPECT_EQ(f.run_one(f.govern(f.member(1), create)), Code::kNotMember);
  CreateChannel wrong = create;
  wrong.members = {MemberId{}, f.member(0).id};
  EXPECT_EQ(f.run_one(f.govern(f.member(0), wrong)), Code::kUnknownMember);
  wrong = create;
  wrong.epoch.epoch = 2;
  EXPECT_EQ(f.run_one(f.govern(f.member(0), wrong)), Code::kEpochWrong);
  wrong = create;
  wrong.epoch.wraps.pop_back();
  EXPECT_EQ(f.run_one(f.govern(f.member(0), wrong)), Code::kUnknownCertificate);
  wrong = create;
  wrong.channel = wrong.epoch.channel = {};
  EXPECT_EQ(f.run_one(f.govern(f.member(0), wrong)), Code::kOutOfRange);
  EXPECT_EQ(f.run_one(f.govern(f.member(0), create)), Code::kOk);
  EXPECT_EQ(f.run_one(f.govern(f.member(0), create)), Code::kAlreadyExists);
  const ChannelRecord* channel = f.state().channel(id);
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(channel->members, two);
  EXPECT_EQ(f.state().head(id).count, 0u);
  EXPECT_EQ(f.state().head(base::kFederationChannel).count, 1u) << "refused ones do not extend it";
}

TEST(Channels, AnEnvelopeOfTheFederationTakesEffectAsAWhole) {
  TestFederation f;
  TestMember& m = f.member(0);
  const KeyPair seal = f.issue(m.ca, pki::Purpose::kSeal);
  const Hash members = crypto::sha256(f.state().prove("member/" + m.id.text())->value);
  EXPECT_EQ(f.run_one(f.govern(m.govern, m, {Register{m.id, {der(seal.certificate)}}, Ballot{}})), Code::kUnknownReference);
  EXPECT_EQ(f.state().certificate(seal.x5t()), nullptr) << "the first command was undone";
  EXPECT_EQ(crypto::sha256(f.state().prove("member/" + m.id.text())->value), members);
}

TEST(Epochs, RotationAcceptsTheOldOneTwoMinutesLonger) {
  TestFederation f;
  TestMember& m = f.member(0);
  const Hash key = crypto::sha256(base::as_bytes("epoch key 2"));
  NewEpoch epoch = f.new_epoch(f.channel(), 2, f.all_members(), key);
  const ParsedTransaction before = f.envelope(m);
  const BlockResult result = f.run({f.govern(m.envelope, m, {epoch}), before});
  EXPECT_EQ(result.codes, (std::vector<Code>{Code::kOk, Code::kOk})) << result.details[0];
  const ChannelRecord* channel = f.state().channel(f.channel());
  EXPECT_EQ(channel->epoch, 2u);
  EXPECT_EQ(channel->key_commitment, epoch_commitment(key));
  EXPECT_EQ(*f.state().epoch(f.channel(), 2), epoch);
  EXPECT_NE(f.state().epoch(f.channel(), 1), nullptr) << "wraps stay for those who lag";
  Wish second;
  second.epoch = 2;
  second.epoch_key = key;
  f.advance_seconds(119 - 1);
  EXPECT_EQ(f.run_one(f.envelope(m)), Code::kOk);
  EXPECT_EQ(f.run_one(f.envelope(m, second)), Code::kOk);
  f.advance_seconds(1);
  EXPECT_EQ(f.run_one(f.envelope(m)), Code::kEpochWrong);
  EXPECT_EQ(f.run_one(f.govern(m.envelope, m, {epoch})), Code::kEpochWrong) << "the same again";
}

TEST(Epochs, WrapsAreForExactlyTheSealCertificatesInStanding) {
  TestFederation f({.members = 3});
  TestMember& m = f.member(0);
  const Hash key{};
  const auto try_epoch = [&](const std::function<void(NewEpoch&)>& change) {
    NewEpoch epoch = f.new_epoch(f.channel(), 2, f.all_members(), key);
    change(epoch);
    return f.run_one(f.govern(m.envelope, m, {epoch}));
  };
  EXPECT_EQ(try_epoch([](NewEpoch& e) { e.wraps.pop_back(); }), Code::kUnknownCertificate);
  EXPECT_EQ(try_epoch([](NewEpoch& e) { e.wraps[0].certificate = Hash{}; }), Code::kUnknownCertificate);
  EXPECT_EQ(try_epoch([](NewEpoch& e) { std::swap(e.wraps[0].member, e.wraps[1].member); }), Code::kUnknownCertificate);
  EXPECT_EQ(try_epoch([](NewEpoch& e) { std::swap(e.wraps[0], e.wraps[1]); }), Code::kDuplicate);
  EXPECT_EQ(try_epoch([](NewEpoch& e) { e.wraps[0].cms.clear(); }), Code::kOutOfRange);
  EXPECT_EQ(try_epoch([](NewEpoch& e) { e.wraps[0].cms.resize(5000); }), Code::kOutOfRange);
  EXPECT_EQ(try_epoch([](NewEpoch& e) { e.epoch = 3; }), Code::kEpochWrong);
  EXPECT_EQ(try_epoch([&](NewEpoch& e) { e.channel = f.random().id<base::ChannelId>(); }), Code::kUnknownChannel);
  // A seal certificate revoked in between no longer counts; its member has none left.
  ASSERT_EQ(f.run_one(f.govern(m, PublishCrl{m.id, {}, der(f.crl(m.ca, 2, {entry(m.seal.certificate, f.now())}))})), Code::kOk);
  EXPECT_EQ(try_epoch([](NewEpoch&) {}), Code::kUnknownCertificate);
  m.seal = f.issue(m.ca, pki::Purpose::kSeal);
  ASSERT_EQ(f.run_one(f.govern(m, Register{m.id, {der(m.seal.certificate)}})), Code::kOk);
  EXPECT_EQ(try_epoch([](NewEpoch&) {}), Code::kOk);
  EXPECT_EQ(f.state().seal_recipients(f.all_members()).size(), 3u);
}

TEST(Epochs, AWrapThatDoesNotOpenIsReportedAndReplaced) {
  TestFederation f;
  TestMember& m = f.member(0);
  TestMember& other = f.member(1);
  EXPECT_EQ(f.run_one(f.govern(m.envelope, m, {ReportWrap{f.channel(), 1, other.seal.x5t()}})), Code::kUnknownCertificate)
      << "not its own";
  EXPECT_EQ(f.run_one(f.govern(m.envelope, m, {ReportWrap{f.channel(), 2, m.seal.x5t()}})), Code::kEpochWrong);
  EXPECT_EQ(f.run_one(f.govern(m.envelope, m, {ReportWrap{f.channel(), 1, m.seal.x5t()}})), Code::kOk);
  EXPECT_EQ(f.run_one(f.govern(m.envelope, m, {ReportWrap{f.channel(), 1, m.seal.x5t()}})), Code::kAlreadyExists);
  EXPECT_EQ(f.state().channel(f.channel())->reported, std::vector<Hash>{m.seal.x5t()});
  const Wrap wrap{m.id, m.seal.x5t(), testing::must(crypto::wrap_key(m.seal.certificate.der(), f.epoch_key()))};
  EXPECT_EQ(f.run_one(f.govern(other.envelope, other, {PublishWrap{f.channel(), 1, wrap}})), Code::kOk);
  EXPECT_TRUE(f.state().channel(f.channel())->reported.empty());
  const NewEpoch* epoch = f.state().epoch(f.channel(), 1);
  EXPECT_EQ(epoch->wraps.size(), 2u);
  EXPECT_NE(std::find(epoch->wraps.begin(), epoch->wraps.end(), wrap), epoch->wraps.end());
  // A node that renewed its seal key in the middle of an epoch is served the same way.
  const KeyPair renewed = f.issue(m.ca, pki::Purpose::kSeal);
  ASSERT_EQ(f.run_one(f.govern(m, Register{m.id, {der(renewed.certificate)}})), Code::kOk);
  const Wrap second{m.id, renewed.x5t(), testing::must(crypto::wrap_key(renewed.certificate.der(), f.epoch_key()))};
  EXPECT_EQ(f.run_one(f.govern(other.envelope, other, {PublishWrap{f.channel(), 1, second}})), Code::kOk);
  EXPECT_EQ(f.state().epoch(f.channel(), 1)->wraps.size(), 3u);
  EXPECT_EQ(State::load(f.tables())->epoch(f.channel(), 1)->wraps.size(), 3u);
}

// --- proposals

TEST(Proposals, AJoinTakesEffectWithTheBallotThatCompletesIt) {
  TestFederation f({.members = 3, .with_channel = false});
  const std::vector<MemberId> two{f.member(0).id, f.member(1).id};
  ASSERT_EQ(f.run_one(f.govern(f.member(0), f.create_channel(f.channel(), two))), Code::kOk);
  const Hash key = crypto::sha256(base::as_bytes("joined"));
  const JoinChannel join{f.channel(), f.member(2).id, f.new_epoch(f.channel(), 2, f.all_members(), key)};
  EXPECT_EQ(f.run_one(f.govern(f.member(2), Propose{join})), Code::kNotMember) << "only members propose";
  EXPECT_EQ(f.run_one(f.govern(f.member(0).envelope, f.member(0), {Propose{join}})), Code::kCertificatePurpose);
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{join})), Code::kOk);
  ASSERT_EQ(f.state().proposals().size(), 1u);
  const ProposalId id = f.state().proposals()[0]->id;
  EXPECT_EQ(f.state().channel(f.channel())->members, two) << "one of two has agreed";
  EXPECT_EQ(f.run_one(f.govern(f.member(2), Ballot{id, true})), Code::kNotMember);
  EXPECT_EQ(f.run_one(f.govern(f.member(1), Ballot{id, true})), Code::kOk);
  EXPECT_EQ(f.state().channel(f.channel())->members, f.all_members());
  EXPECT_TRUE(f.state().proposals().empty());
  EXPECT_EQ(f.run_one(f.envelope(f.member(0))), Code::kEpochWrong) << "nothing under the old epoch counts any more";
  Wish second;
  second.epoch = 2;
  EXPECT_EQ(f.run_one(f.envelope(f.member(2), second)), Code::kOk);
  EXPECT_EQ(f.run_one(f.govern(f.member(1), Ballot{id, true})), Code::kUnknownReference);
}

TEST(Proposals, AChangedSealCertificateMakesAJoinFail) {
  TestFederation f({.members = 3, .with_channel = false});
  const std::vector<MemberId> two{f.member(0).id, f.member(1).id};
  ASSERT_EQ(f.run_one(f.govern(f.member(0), f.create_channel(f.channel(), two))), Code::kOk);
  const JoinChannel join{f.channel(), f.member(2).id, f.new_epoch(f.channel(), 2, f.all_members(), Hash{})};
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{join})), Code::kOk);
  TestMember& m = f.member(1);
  ASSERT_EQ(f.run_one(f.govern(m, Register{m.id, {der(f.issue(m.ca, pki::Purpose::kSeal).certificate)}})), Code::kOk);
  const ProposalId id = f.state().proposals()[0]->id;
  EXPECT_EQ(f.run_one(f.govern(m, Ballot{id, true})), Code::kUnknownCertificate);
  EXPECT_EQ(f.state().channel(f.channel())->members, two);
}

TEST(Proposals, ARemovalNeedsTheQuorumAndLeavesNoGrace) {
  TestFederation f({.members = 3});
  const std::vector<MemberId> rest{f.member(0).id, f.member(1).id};
  const LeaveChannel leave{f.channel(), f.member(2).id, f.new_epoch(f.channel(), 2, rest, Hash{})};
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{leave})), Code::kOk);
  const ProposalId id = f.state().proposals()[0]->id;
  EXPECT_EQ(f.run_one(f.govern(f.member(2), Ballot{id, false})), Code::kOk) << "it has a say, but no veto";
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Ballot{id, false})), Code::kOk) << "consent can be withdrawn";
  EXPECT_EQ(f.run_one(f.govern(f.member(1), Ballot{id, true})), Code::kOk);
  EXPECT_EQ(f.state().channel(f.channel())->members.size(), 3u);
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Ballot{id, true})), Code::kOk);
  EXPECT_EQ(f.state().channel(f.channel())->members, rest);
  EXPECT_EQ(f.run_one(f.envelope(f.member(2))), Code::kNotMember);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0))), Code::kEpochWrong);
}

TEST(Proposals, LeavingTheFederationEndsStandingEverywhere) {
  TestFederation f({.members = 3});
  TestMember& gone = f.member(2);
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{LeaveFederation{gone.id}})), Code::kOk);
  const ProposalId id = f.state().proposals()[0]->id;
  ASSERT_EQ(f.run_one(f.govern(f.member(1), Ballot{id, true})), Code::kOk);
  EXPECT_FALSE(f.state().member(gone.id)->standing);
  EXPECT_EQ(f.run_one(f.envelope(gone)), Code::kNotMember);
  EXPECT_EQ(f.run_one(f.govern(gone, Ballot{id, true})), Code::kNotMember);
  EXPECT_TRUE(f.state().channel(f.channel())->needs_epoch);
  EXPECT_EQ(f.run_one(f.envelope(f.member(0))), Code::kEpochWrong) << "only a new epoch counts";
  const std::vector<MemberId> rest{f.member(0).id, f.member(1).id};
  const NewEpoch epoch = f.new_epoch(f.channel(), 2, rest, Hash{});
  EXPECT_EQ(f.run_one(f.govern(gone.envelope, gone, {epoch})), Code::kNotMember);
  EXPECT_EQ(f.run_one(f.govern(f.member(0).envelope, f.member(0), {epoch})), Code::kOk);
  EXPECT_EQ(f.run_one(f.envelope(f.member(1))), Code::kEpochWrong) << "the old one had no grace";
  Wish second;
  second.epoch = 2;
  EXPECT_EQ(f.run_one(f.envelope(f.member(1), second)), Code::kOk);
  EXPECT_EQ(State::load(f.tables())->app_hash(), f.state().app_hash());
}

TEST(Proposals, AMemberJoinsWithRootsListsAndCertificates) {
  TestFederation f;
  TestMember fresh = f.make_member("Newcomer");
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{JoinFederation{f.founder(fresh)}})), Code::kOk);
  EXPECT_EQ(f.state().member(fresh.id), nullptr);
  ASSERT_EQ(f.run_one(f.govern(f.member(1), Ballot{f.state().proposals()[0]->id, true})), Code::kOk);
  ASSERT_NE(f.state().member(fresh.id), nullptr);
  EXPECT_EQ(f.state().certificates(fresh.id).size(), 3u);
  EXPECT_EQ(f.run_one(f.govern(fresh, Ballot{})), Code::kUnknownReference) << "it may vote now";
  Founder broken = f.founder(f.make_member("Broken"));
  broken.crls.clear();
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Propose{JoinFederation{broken}})), Code::kCrlMissing) << "refused when proposed";
}

TEST(Proposals, OneOfTwoCannotPutTheOtherOut) {
  TestFederation f;
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{LeaveFederation{f.member(1).id}})), Code::kOk);
  EXPECT_TRUE(f.state().member(f.member(1).id)->standing);
  EXPECT_EQ(f.run_one(f.govern(f.member(1), Ballot{f.state().proposals()[0]->id, true})), Code::kOk) << "but it may agree";
  EXPECT_FALSE(f.state().member(f.member(1).id)->standing);
}

TEST(Proposals, LapseAfterThirtyDays) {
  TestFederation g({.members = 3});
  ASSERT_EQ(g.run_one(g.govern(g.member(0), Propose{LeaveFederation{g.member(2).id}})), Code::kOk);
  const ProposalId id = g.state().proposals()[0]->id;
  g.advance_seconds(kProposalSeconds);
  const Hash before = g.state().app_hash();
  EXPECT_EQ(g.run({}).app_hash, before) << "lapsing is judged on read";
  EXPECT_EQ(g.run_one(g.govern(g.member(1), Ballot{id, true})), Code::kUnknownReference);
  EXPECT_TRUE(g.state().member(g.member(2).id)->standing);
}

TEST(Proposals, ValidatorsChangeByVote) {
  TestFederation f({.policy = {1, 2}});
  Validator own = f.state().validators().validators[0];
  ValidatorUpdate added{{}, 3};
  added.key[0] = 9;
  const BlockResult result = f.run({f.govern(f.member(0), Propose{ChangeValidators{{added}}})});
  ASSERT_EQ(result.codes[0], Code::kOk) << result.details[0];
  EXPECT_EQ(result.validator_updates, std::vector<ValidatorUpdate>{added});
  EXPECT_EQ(f.state().validators().validators.size(), 2u);
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Propose{ChangeValidators{{{own.key, 0}}}})), Code::kOk);
  EXPECT_TRUE(f.state().validators().members.empty());
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Propose{ChangeValidators{{{own.key, 0}}}})), Code::kOutOfRange);
  const BlockResult twice = f.run({f.govern(f.member(0), Propose{ChangeValidators{{{added.key, 4}}}}),
                                   f.govern(f.member(1), Propose{ChangeValidators{{{added.key, 5}}}})});
  EXPECT_EQ(twice.codes, (std::vector<Code>{Code::kOk, Code::kDuplicate}));
}

TEST(Proposals, RulesAreActivatedAtAHeight) {
  TestFederation f({.policy = {1, 2}});
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Propose{ActivateRules{1, 100}})), Code::kOutOfRange) << "not newer";
  EXPECT_EQ(f.run_one(f.govern(f.member(0), Propose{ActivateRules{2, 1}})), Code::kOutOfRange) << "in the past";
  const std::int64_t height = f.state().height() + 5;
  ASSERT_EQ(f.run_one(f.govern(f.member(0), Propose{ActivateRules{2, height}})), Code::kOk);
  EXPECT_TRUE(f.state().can_execute(height - 1));
  EXPECT_EQ(f.state().can_execute(height).error().code, Code::kNotInVersion) << "this program stops before that height";
}

TEST(Commands, EveryOneReadsBack) {
  TestFederation f;
  const Founder founder = f.founder(f.member(0));
  const NewEpoch epoch = f.new_epoch(f.channel(), 2, f.all_members(), Hash{});
  const FederationCommand commands[] = {Register{f.member(0).id, {Bytes{1}, Bytes{2}}},
                                        PublishCrl{f.member(0).id, {Bytes{3}}, Bytes{4}},
                                        PublishCrl{f.member(0).id, {}, Hash{}},
                                        Upload{Hash{}, 10, 2, Bytes{1, 2}},
                                        RollOver{f.member(0).id, Bytes{5}},
                                        f.create_channel(f.channel(), f.all_members()),
                                        epoch,
                                        ReportWrap{f.channel(), 2, Hash{}},
                                        PublishWrap{f.channel(), 2, epoch.wraps[0]},
                                        Propose{JoinChannel{f.channel(), f.member(0).id, epoch}},
                                        Propose{LeaveChannel{f.channel(), f.member(0).id, epoch}},
                                        Propose{JoinFederation{founder}},
                                        Propose{LeaveFederation{f.member(1).id}},
                                        Propose{ChangeValidators{{{{}, 4}}}},
                                        Propose{ActivateRules{2, 9}},
                                        Ballot{ProposalId{}, false}};
  for (const FederationCommand& command : commands) {
    const Bytes bytes = encode_command(command);
    const auto again = parse_command(bytes);
    ASSERT_TRUE(again.has_value()) << again.error().detail;
    EXPECT_EQ(*again, command);
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
      EXPECT_FALSE(parse_command(base::ByteView(bytes).first(size)));
    }
  }
  EXPECT_EQ(parse_command(base::CborWriter().array(1).text("abolish").take()).error().code, Code::kCommandUnknown);
  EXPECT_EQ(parse_command(base::CborWriter().array(2).text("ballot").boolean(true).take()).error().code, Code::kWrongType);
}

TEST(Threshold, RoundsUp) {
  EXPECT_EQ((Threshold{2, 3}.of(3)), 2u);
  EXPECT_EQ((Threshold{2, 3}.of(4)), 3u);
  EXPECT_EQ((Threshold{1, 1}.of(4)), 4u);
  EXPECT_EQ((Threshold{1, 2}.of(4)), 2u);
  EXPECT_EQ((Threshold{1, 1000}.of(0)), 1u) << "nobody can agree on nothing";
}

}  // namespace
}  // namespace flora::ledger
