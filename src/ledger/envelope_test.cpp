// SPDX-License-Identifier: EUPL-1.2
#include "ledger/envelope.hpp"

#include <gtest/gtest.h>

#include "base/cbor.hpp"
#include "base/random.hpp"
#include "crypto/aead.hpp"
#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "crypto/mac.hpp"
#include "crypto/merkle.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborWriter;
using base::ChannelId;
using base::Code;
using base::Hash;
using base::Instant;

// Everything an envelope needs, from one seed; an Ed25519 key makes it reproducible to the last bit.
struct Maker {
  base::SeededRandom random{42};
  FederationId federation{"demo-1", crypto::sha256(base::as_bytes("genesis"))};
  crypto::PrivateKey key = crypto::PrivateKey::from_ed25519_seed(random.bytes(32));
  Hash certificate = crypto::sha256(base::as_bytes("certificate"));
  ChannelId channel = random.id<ChannelId>();
  Bytes epoch_key = random.bytes(32), node_secret = random.bytes(32), fresh = random.bytes(32);

  CommandItem item(Bytes command) { return {*Hash::from(random.bytes(32)), *Hash::from(random.bytes(32)), std::move(command)}; }
  std::vector<CommandItem> items(std::size_t n, std::size_t size = 20) {
    std::vector<CommandItem> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(item(CborWriter().text(std::string(size, 'c')).take()));
    return out;
  }
  base::Result<MadeEnvelope> seal(const std::vector<CommandItem>& commands) {
    return make_envelope(federation, {key, certificate}, {channel, 17, Instant::from_seconds(1767225600), 3, commands},
                         Sealing{epoch_key, node_secret, fresh});
  }
  base::Result<MadeEnvelope> plain(const std::vector<CommandItem>& commands) {
    return make_envelope(federation, {key, certificate},
                         {base::kFederationChannel, 17, Instant::from_seconds(1767225600), 0, commands}, std::nullopt);
  }
  EnvelopeHeader header() {
    EnvelopeHeader h;
    h.algorithm = crypto::Algorithm::kEdDsa;
    h.certificate = certificate;
    h.channel = channel;
    h.epoch = 3;
    return h;
  }
  // A transaction with any header and body, properly signed.
  Bytes sign(ByteView protected_header, ByteView body) {
    const Hash payload = crypto::sha256(body);
    return encode_transaction(crypto::make_sign1(protected_header, payload, key, envelope_aad(federation)), body);
  }
};

Bytes ballot() { return encode_command(Ballot{}); }

TEST(Envelope, SealedRoundTrip) {
  Maker maker;
  for (const std::size_t n : {1u, 2u, 3u, 7u, 1000u}) {
    const auto items = maker.items(n);
    const auto made = maker.seal(items);
    ASSERT_TRUE(made.has_value()) << made.error().detail;
    const ParsedTransaction parsed = parse_transaction(made->transaction);
    ASSERT_TRUE(parsed.status.has_value()) << parsed.status.error().detail;
    EXPECT_EQ(parsed.envelope_hash, made->envelope_hash);
    EXPECT_EQ(parsed.transaction_hash, made->transaction_hash);
    EXPECT_EQ(parsed.header.sequence, 17u);
    EXPECT_EQ(parsed.header.epoch, 3u);
    EXPECT_TRUE(verify_envelope(parsed, maker.key.public_key(), maker.federation));
    const auto opened = open_body(maker.federation, parsed.header, parsed.protected_header, parsed.body, maker.epoch_key);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    EXPECT_EQ(*opened, items);
  }
}

TEST(Envelope, PlainRoundTrip) {
  Maker maker;
  const std::vector<CommandItem> items{maker.item(ballot())};
  const auto made = maker.plain(items);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  const ParsedTransaction parsed = parse_transaction(made->transaction);
  ASSERT_TRUE(parsed.status.has_value()) << parsed.status.error().detail;
  EXPECT_EQ(parsed.commands, items);
  ASSERT_EQ(parsed.federation_commands.size(), 1u);
  EXPECT_EQ(parsed.federation_commands[0], FederationCommand(Ballot{}));
  EXPECT_EQ(open_body(maker.federation, parsed.header, parsed.protected_header, parsed.body, {}).value(), items);
}

// Bytes and hashes must never change: envelopes already on a ledger depend on them.
TEST(Envelope, IsTheSameToTheLastBit) {
  Maker maker;
  const auto sealed = maker.seal(maker.items(2));
  ASSERT_TRUE(sealed.has_value());
  EXPECT_EQ(base::to_hex(sealed->envelope_hash), "90d2cdfc174a6bb38d6e2099ec3fdb7d3cbe740b0f2d0c99b39c9374c1858bc0");
  const auto plain = maker.plain({maker.item(ballot())});
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(base::to_hex(plain->envelope_hash), "f11274ccffd86267be80a3a73ba807f53a7710b7520b9d2ff03ace73078cb8fa");
}

TEST(Envelope, SignatureBindsFederationAndEveryByte) {
  Maker maker;
  const auto made = maker.seal(maker.items(1));
  const ParsedTransaction parsed = parse_transaction(made->transaction);
  EXPECT_FALSE(verify_envelope(parsed, maker.key.public_key(), {"demo-2", maker.federation.genesis_hash}));
  EXPECT_FALSE(verify_envelope(parsed, maker.key.public_key(), {"demo-1", Hash{}}));
  base::SeededRandom random(5);
  for (int i = 0; i < 300; ++i) {
    Bytes bytes = made->transaction;
    bytes[random.below(bytes.size())] ^= static_cast<std::uint8_t>(1u << random.below(8));
    const ParsedTransaction changed = parse_transaction(bytes);
    EXPECT_FALSE(changed.status.has_value() && verify_envelope(changed, maker.key.public_key(), maker.federation));
  }
}

TEST(Envelope, AlgorithmMustBelongToTheKey) {
  Maker maker;
  for (const auto kind : {crypto::KeyKind::kP256, crypto::KeyKind::kP384, crypto::KeyKind::kEd25519}) {
    const auto key = crypto::PrivateKey::generate(kind, maker.random);
    const auto items = maker.items(1);
    const auto made = make_envelope(maker.federation, {key, maker.certificate}, {maker.channel, 1, {}, 1, items},
                                    Sealing{maker.epoch_key, maker.node_secret, maker.fresh});
    ASSERT_TRUE(made.has_value());
    const ParsedTransaction parsed = parse_transaction(made->transaction);
    EXPECT_TRUE(verify_envelope(parsed, key.public_key(), maker.federation));
    EXPECT_FALSE(verify_envelope(parsed, maker.key.public_key(), maker.federation));
  }
}

TEST(Envelope, PaddingHidesTheSizeUpToAClass) {
  Maker maker;
  EXPECT_EQ(padded_size(0), 512u);
  EXPECT_EQ(padded_size(512), 512u);
  EXPECT_EQ(padded_size(513), 1024u);
  const auto short_one = parse_transaction(maker.seal(maker.items(1, 1))->transaction);
  const auto long_one = parse_transaction(maker.seal(maker.items(1, 400))->transaction);
  EXPECT_EQ(short_one.body.size(), long_one.body.size());
}

TEST(Envelope, SaltDependsOnNodeSecretRandomnessHeaderAndPlaintext) {
  Maker maker;
  const auto items = maker.items(1);
  const auto salt = [&](const Maker& m, const std::vector<CommandItem>& list, std::uint64_t sequence) {
    const auto made = make_envelope(m.federation, {m.key, m.certificate}, {m.channel, sequence, {}, 3, list},
                                    Sealing{m.epoch_key, m.node_secret, m.fresh});
    return *parse_transaction(made->transaction).header.salt;
  };
  const Hash first = salt(maker, items, 1);
  EXPECT_EQ(salt(maker, items, 1), first);
  EXPECT_NE(salt(maker, items, 2), first);
  EXPECT_NE(salt(maker, maker.items(1), 1), first);
  Maker other_secret = maker;
  other_secret.node_secret[0] ^= 1;
  EXPECT_NE(salt(other_secret, items, 1), first);
  Maker other_random = maker;
  other_random.fresh[0] ^= 1;
  EXPECT_NE(salt(other_random, items, 1), first);
}

// --- opening: deterministic refusals of whoever holds the key

struct Sealed {
  Maker maker;
  ParsedTransaction parsed;
  Sealed() { parsed = parse_transaction(maker.seal(maker.items(2))->transaction); }
  Code open(const EnvelopeHeader& header, ByteView protected_header, ByteView body, ByteView key) {
    const auto opened = open_body(maker.federation, header, protected_header, body, key);
    return opened ? Code::kOk : opened.error().code;
  }
};

TEST(Seal, WithoutAKeyTheChannelStalls) {
  Sealed s;
  EXPECT_EQ(s.open(s.parsed.header, s.parsed.protected_header, s.parsed.body, {}), Code::kStalled);
}

TEST(Seal, WrongKeyCommitmentTagOrHeaderIsBroken) {
  Sealed s;
  const Bytes other_key(32, 1);
  EXPECT_EQ(s.open(s.parsed.header, s.parsed.protected_header, s.parsed.body, other_key), Code::kSealBroken);
  Bytes body = base::to_bytes(s.parsed.body);
  body.back() ^= 1;
  EXPECT_EQ(s.open(s.parsed.header, s.parsed.protected_header, body, s.maker.epoch_key), Code::kSealBroken);
  Bytes header = base::to_bytes(s.parsed.protected_header);
  header.back() ^= 1;
  EXPECT_EQ(s.open(s.parsed.header, header, s.parsed.body, s.maker.epoch_key), Code::kSealBroken);
  EnvelopeHeader moved = s.parsed.header;
  moved.epoch = 4;
  EXPECT_EQ(s.open(moved, s.parsed.protected_header, s.parsed.body, s.maker.epoch_key), Code::kSealBroken);
  EXPECT_EQ(s.open(s.parsed.header, s.parsed.protected_header, s.parsed.body, s.maker.epoch_key), Code::kOk);
}

// Seals any plaintext as the page on formats says, without the program's own sealing.
Code open_plaintext(const Bytes& plaintext, const Hash& root) {
  Maker maker;
  EnvelopeHeader header = maker.header();
  header.command_root = root;
  header.salt = crypto::sha256(base::as_bytes("salt"));
  const auto info = [&](std::string_view domain) {
    Bytes out = base::to_bytes(base::as_bytes(domain));
    base::append(out, base::as_bytes(maker.federation.chain_id));
    base::append(out, maker.channel);
    base::append(out, base::be64(3));
    base::append(out, maker.certificate);
    return out;
  };
  const Bytes key = crypto::hkdf_sha256(maker.epoch_key, *header.salt, info("flora/seal/1"), 44);
  header.key_commitment = Hash::from(crypto::hkdf_sha256(maker.epoch_key, *header.salt, info("flora/commitment/1"), 32));
  const Bytes protected_header = encode_envelope_header(header);
  const Bytes body = crypto::make_encrypt0(ByteView(key).first(32), ByteView(key).subspan(32), protected_header, plaintext);
  const auto opened = open_body(maker.federation, header, protected_header, body, maker.epoch_key);
  return opened ? Code::kOk : opened.error().code;
}

TEST(Seal, IsWhatThePageOnFormatsSays) {
  Maker maker;
  const auto items = maker.items(3);
  Bytes plaintext = encode_commands(items);
  plaintext.resize(512);
  EXPECT_EQ(open_plaintext(plaintext, command_root(items)), Code::kOk);
}

TEST(Seal, WrongPaddingListOrRootIsBroken) {
  Maker maker;
  const auto items = maker.items(3);
  const Hash root = command_root(items);
  const Bytes list = encode_commands(items);
  const auto padded = [&](std::size_t size, std::uint8_t last) {
    Bytes out = list;
    out.resize(size);
    out.back() = last;
    return out;
  };
  EXPECT_EQ(open_plaintext(padded(512, 0), root), Code::kOk);
  EXPECT_EQ(open_plaintext(padded(512, 1), root), Code::kSealBroken) << "padding that is not zero";
  EXPECT_EQ(open_plaintext(padded(1024, 0), root), Code::kSealBroken) << "a size class too large";
  EXPECT_EQ(open_plaintext(padded(513, 0), root), Code::kSealBroken) << "no size class";
  EXPECT_EQ(open_plaintext(padded(512, 0), Hash{}), Code::kSealBroken) << "another root";
  EXPECT_EQ(open_plaintext(Bytes(512, 0), root), Code::kSealBroken) << "no list";
  EXPECT_EQ(open_plaintext(Bytes(512, 0x80), root), Code::kSealBroken) << "an empty list";
  EXPECT_EQ(open_plaintext(Bytes(512, 0x9f), root), Code::kSealBroken) << "indefinite lengths";
  Bytes bomb(512, 0x9b);
  EXPECT_EQ(open_plaintext(bomb, root), Code::kSealBroken) << "a list longer than the plaintext";
}

// --- structure, in the order of the error table

Code code_of(const Bytes& transaction) {
  const ParsedTransaction parsed = parse_transaction(transaction);
  return parsed.status ? Code::kOk : parsed.status.error().code;
}

TEST(Transaction, RefusesWhatIsNotItsShape) {
  Maker maker;
  const Bytes good = maker.seal(maker.items(1))->transaction;
  EXPECT_EQ(code_of(good), Code::kOk);
  EXPECT_EQ(code_of({}), Code::kCborMalformed);
  EXPECT_EQ(code_of(Bytes(kTransactionBytesMax + 1, 0)), Code::kTooLarge);
  Bytes trailing = good;
  trailing.push_back(0);
  EXPECT_EQ(code_of(trailing), Code::kCborMalformed);
  EXPECT_EQ(code_of({0x82, 0x18, 0x01, 0x00}), Code::kCborNotCanonical);
  EXPECT_EQ(code_of(Bytes(40, 0x81)), Code::kTooDeep);
  EXPECT_EQ(code_of({0x83, 0x00, 0x00, 0x00}), Code::kOutOfRange);
  EXPECT_EQ(code_of({0x82, 0x00, 0x00}), Code::kCoseMalformed);
}

TEST(Transaction, RefusesPayloadsThatAreNoHash) {
  Maker maker;
  const Bytes sign1 = crypto::make_sign1(encode_envelope_header([&] {
                                           EnvelopeHeader h = maker.header();
                                           h.salt = h.key_commitment = Hash{};
                                           return h;
                                         }()),
                                         Bytes(31, 1), maker.key);
  EXPECT_EQ(code_of(encode_transaction(sign1, Bytes{0x80})), Code::kCoseMalformed);
}

TEST(Transaction, RefusesUnsupportedAlgorithms) {
  Maker maker;
  Bytes bytes = maker.seal(maker.items(1))->transaction;
  const ParsedTransaction parsed = parse_transaction(bytes);
  const std::size_t at = static_cast<std::size_t>(parsed.protected_header.data() - parsed.bytes->data());
  ASSERT_EQ(bytes[at + 2], 0x27);  // alg: -8
  bytes[at + 2] = 0x28;            // -9
  EXPECT_EQ(code_of(bytes), Code::kUnsupportedAlgorithm);
}

TEST(Transaction, RefusesHeadersThatAreNotAnEnvelopes) {
  Maker maker;
  const auto with = [&](const std::function<void(EnvelopeHeader&)>& change) {
    EnvelopeHeader header = maker.header();
    header.salt = header.key_commitment = Hash{};
    change(header);
    return maker.sign(encode_envelope_header(header), Bytes{0x80});
  };
  EXPECT_EQ(code_of(with([](EnvelopeHeader& h) { h.salt.reset(); })), Code::kHeaderWrong);
  EXPECT_EQ(code_of(with([](EnvelopeHeader& h) { h.key_commitment.reset(); })), Code::kHeaderWrong);
  EXPECT_EQ(code_of(with([](EnvelopeHeader& h) { h.salt.reset(), h.key_commitment.reset(); })), Code::kHeaderWrong)
      << "a channel in clear";
  EXPECT_EQ(code_of(with([](EnvelopeHeader& h) { h.channel = {}; })), Code::kHeaderWrong) << "a sealed federation";
  const Hash thumbprint = maker.certificate;
  const auto raw = [&](std::string_view type, std::vector<std::pair<std::int64_t, Bytes>> more) {
    return maker.sign(crypto::make_protected_header(crypto::Algorithm::kEdDsa, type, thumbprint, std::move(more)), Bytes{0x80});
  };
  EXPECT_EQ(code_of(raw(kEnvelopeContentType, {})), Code::kHeaderWrong) << "labels missing";
  EXPECT_EQ(code_of(raw("text/plain", {})), Code::kHeaderWrong);
  EXPECT_EQ(code_of(raw(kEnvelopeContentType, {{-65550, Bytes{0x00}}})), Code::kHeaderWrong) << "an unknown label";
  EXPECT_EQ(code_of(raw(kEnvelopeContentType, {{crypto::label::kChannel, Bytes{0x00}}})), Code::kHeaderWrong) << "a wrong type";
}

TEST(Transaction, RefusesABodyThatWasNotSigned) {
  Maker maker;
  const auto sealed = *split_transaction(maker.seal(maker.items(1))->transaction);
  const auto other = *split_transaction(maker.seal(maker.items(1))->transaction);
  EXPECT_EQ(code_of(encode_transaction(sealed.sign1, other.body)), Code::kBodyMismatch);
}

TEST(Transaction, RefusesSealedBodiesOfOtherShapeOrSize) {
  Maker maker;
  EnvelopeHeader header = maker.header();
  header.salt = header.key_commitment = Hash{};
  const Bytes protected_header = encode_envelope_header(header);
  EXPECT_EQ(code_of(maker.sign(protected_header, Bytes{0x80})), Code::kCoseMalformed);
  const Bytes key(32, 1), iv(12, 1);
  EXPECT_EQ(code_of(maker.sign(protected_header, crypto::make_encrypt0(key, iv, {}, Bytes(511, 0)))), Code::kCoseMalformed);
  EXPECT_EQ(code_of(maker.sign(protected_header, crypto::make_encrypt0(key, iv, {}, Bytes(1536, 0)))), Code::kCoseMalformed);
  EXPECT_EQ(code_of(maker.sign(protected_header, crypto::make_encrypt0(key, iv, {}, Bytes(1024, 0)))), Code::kOk);
}

TEST(Transaction, RefusesPlainBodiesThatAreNoCommandList) {
  Maker maker;
  EnvelopeHeader header = maker.header();
  header.channel = {};
  header.epoch = 0;
  const auto with_body = [&](const Bytes& body) { return code_of(maker.sign(encode_envelope_header(header), body)); };
  EXPECT_EQ(with_body({0x80}), Code::kOutOfRange) << "no commands";
  EXPECT_EQ(with_body({0x81, 0x00}), Code::kWrongType);
  std::vector<CommandItem> many;
  for (int i = 0; i < 1001; ++i) many.push_back(maker.item({0x00}));
  EXPECT_EQ(with_body(encode_commands(many)), Code::kTooLarge);
  const std::vector<CommandItem> one{maker.item(ballot())};
  EXPECT_EQ(with_body(encode_commands(one)), Code::kSealBroken) << "a root that is not theirs";
  header.command_root = command_root(one);
  EXPECT_EQ(with_body(encode_commands(one)), Code::kOk);
  const std::vector<CommandItem> unknown{maker.item(CborWriter().array(1).text("abolish").take())};
  header.command_root = command_root(unknown);
  EXPECT_EQ(with_body(encode_commands(unknown)), Code::kCommandUnknown);
}

TEST(Envelope, MakingRefusesWhatCouldNotBeRead) {
  Maker maker;
  EXPECT_EQ(maker.seal({}).error().code, Code::kOutOfRange);
  EXPECT_EQ(maker.seal(maker.items(1001)).error().code, Code::kTooLarge);
  EXPECT_EQ(maker.seal(maker.items(300, 1000)).error().code, Code::kTooLarge);
  EXPECT_EQ(maker.seal({maker.item({0x82, 0x00})}).error().code, Code::kCborMalformed);
  EXPECT_EQ(maker.seal({maker.item(Bytes(15, 0x81))}).error().code, Code::kCborMalformed);
  Bytes deep(15, 0x81);
  deep.push_back(0);
  EXPECT_EQ(maker.seal({maker.item(deep)}).error().code, Code::kTooDeep) << "in order alone, too deep in the list";
  const auto largest = maker.seal(maker.items(255, 900));
  ASSERT_TRUE(largest.has_value());
  EXPECT_LE(largest->transaction.size(), kTransactionBytesMax);
  EXPECT_EQ(code_of(largest->transaction), Code::kOk);
}

TEST(Commands, EachCanBeShownAlone) {
  Maker maker;
  const auto items = maker.items(7);
  const Hash root = command_root(items);
  std::vector<Hash> leaves;
  for (const auto& item : items) {
    leaves.push_back(crypto::merkle_leaf(command_leaf(item)));
    const Bytes array = CborWriter().array(3).bytes(item.salt).bytes(item.message_id).raw(item.command).take();
    EXPECT_EQ(command_leaf(item), crypto::sha256(array));
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_TRUE(crypto::verify_merkle(crypto::merkle_proof(leaves, i), root, command_leaf(items[i])));
  }
}

}  // namespace
}  // namespace flora::ledger
