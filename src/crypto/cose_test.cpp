// SPDX-License-Identifier: EUPL-1.2
#include "crypto/cose.hpp"

#include <gtest/gtest.h>

#include "base/cbor.hpp"
#include "base/random.hpp"
#include "crypto/hash.hpp"

namespace flora::crypto {
namespace {

using base::CborWriter;
using base::Code;

Bytes hex(std::string_view text) { return *base::from_hex(text); }

Code code_of(const Status& status) { return status ? Code::kOk : status.error().code; }
Code parse_code(ByteView message, CoseProfile profile) {
  const auto parsed = parse_sign1(message, profile);
  return parsed ? Code::kOk : parsed.error().code;
}

// RFC 9052, appendix C.2.1, with the key "11" of appendix C.7.1.
constexpr const char* kRfc9052 =
    "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91ae"
    "f0b0117e2af9"
    "a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36";
PublicKey rfc_key() {
  return PublicKey::from_raw(KeyKind::kP256,
                             hex("04bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff20138bf82dc1b6d562be0fa5"
                                 "4ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"))
      .value();
}

struct Signed {
  PrivateKey key;
  Bytes header, payload, aad, message;
};
Signed make_ours(KeyKind kind, std::uint64_t seed) {
  base::SeededRandom random(seed);
  auto key = PrivateKey::generate(kind, random);
  const Hash x5t = sha256(random.bytes(10));
  Bytes header = make_protected_header(
      key.algorithm(), "application/flora-test+cbor", x5t,
      {{label::kSequence, CborWriter().uint(7).take()}, {label::kChannel, CborWriter().bytes(random.bytes(16)).take()}});
  Bytes payload = random.bytes(32), aad = random.bytes(40);
  Bytes message = make_sign1(header, payload, key, aad);
  return {std::move(key), std::move(header), std::move(payload), std::move(aad), std::move(message)};
}

TEST(Cose, AcceptsTheExampleOfRfc9052) {
  const Bytes message = hex(kRfc9052);
  EXPECT_EQ(code_of(check_sign1(message, CoseProfile::kRfc9052, rfc_key())), Code::kOk);
  EXPECT_EQ(code_of(check_sign1(ByteView(message).subspan(1), CoseProfile::kRfc9052, rfc_key())), Code::kOk) << "untagged";
  EXPECT_EQ(code_of(check_sign1(message, CoseProfile::kRfc9052, rfc_key(), Bytes{1})), Code::kBadSignature);
  EXPECT_EQ(parse_code(message, CoseProfile::kFlora), Code::kHeaderWrong);
  EXPECT_EQ(parse_code(ByteView(message).subspan(1), CoseProfile::kFlora), Code::kCoseMalformed);
}

TEST(Cose, VerifiesWhatItSigned) {
  for (const auto kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kEd25519}) {
    const auto ours = make_ours(kind, 41);
    const auto parsed = parse_sign1(ours.message, CoseProfile::kFlora);
    ASSERT_TRUE(parsed) << parsed.error().detail;
    EXPECT_EQ(parsed->algorithm, ours.key.algorithm());
    EXPECT_EQ(parsed->content_type, "application/flora-test+cbor");
    EXPECT_TRUE(parsed->x5t.has_value());
    EXPECT_TRUE(base::equal(*parsed->payload, ours.payload));
    EXPECT_TRUE(base::equal(parsed->protected_header, ours.header));
    for (const auto profile : {CoseProfile::kFlora, CoseProfile::kRfc9052}) {
      EXPECT_EQ(code_of(check_sign1(ours.message, profile, ours.key.public_key(), ours.aad)), Code::kOk);
    }
    EXPECT_EQ(code_of(check_sign1(ours.message, CoseProfile::kFlora, ours.key.public_key())), Code::kBadSignature);
    EXPECT_EQ(code_of(check_sign1(ours.message, CoseProfile::kFlora, ours.key.public_key(), ours.aad, ours.payload)),
              Code::kCoseMalformed);
    if (kind != KeyKind::kP256) {
      EXPECT_EQ(code_of(check_sign1(ours.message, CoseProfile::kFlora, rfc_key(), ours.aad)), Code::kAlgorithmKeyMismatch);
    }
    const Bytes detached = make_sign1_detached(ours.header, ours.payload, ours.key, ours.aad);
    EXPECT_EQ(code_of(check_sign1(detached, CoseProfile::kFlora, ours.key.public_key(), ours.aad, ours.payload)), Code::kOk);
    EXPECT_EQ(code_of(check_sign1(detached, CoseProfile::kFlora, ours.key.public_key(), ours.aad)), Code::kCoseMalformed);
  }
}

TEST(Cose, NoticesEveryFlippedBit) {
  const auto ours = make_ours(KeyKind::kEd25519, 42);
  for (std::size_t bit = 0; bit < ours.message.size() * 8; ++bit) {
    Bytes changed = ours.message;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_NE(code_of(check_sign1(changed, CoseProfile::kFlora, ours.key.public_key(), ours.aad)), Code::kOk) << bit;
    EXPECT_NE(code_of(check_sign1(changed, CoseProfile::kRfc9052, ours.key.public_key(), ours.aad)), Code::kOk) << bit;
  }
  for (std::size_t size = 0; size < ours.message.size(); ++size) {
    EXPECT_NE(parse_code(ByteView(ours.message).first(size), CoseProfile::kRfc9052), Code::kOk);
  }
}

Bytes sign1_with(const Bytes& header, const Bytes& unprotected, const Bytes& payload = {0xf6},
                 const Bytes& signature = Bytes(64, 1)) {
  CborWriter writer;
  writer.tag(18).array(4).bytes(header);
  Bytes out = writer.view();
  base::append(out, unprotected);
  base::append(out, payload);
  CborWriter last;
  last.bytes(signature);
  base::append(out, last.view());
  return out;
}

struct Wrong {
  const char *header, *unprotected;
  Code rfc9052;
  const char* why;
};
constexpr Wrong kWrong[] = {
    {"a10126", "a0", Code::kOk, "the plain one"},
    {"", "a10126", Code::kHeaderWrong, "alg unprotected only"},
    {"a10126", "a10126", Code::kDuplicate, "alg in both"},
    {"a2012603 00", "a10300", Code::kDuplicate, "content type in both"},
    {"a201260281 19ffff", "a0", Code::kHeaderWrong, "critical label"},
    {"a10126", "a1028103", Code::kHeaderWrong, "critical label, unprotected"},
    {"a10138 24", "a0", Code::kUnsupportedAlgorithm, "PS256"},
    {"a1016365733 2", "a0", Code::kUnsupportedAlgorithm, "a named algorithm"},
    {"a1013806", "a0", Code::kCborNotCanonical, "alg not in its shortest form"},
    {"a203000126", "a0", Code::kCborNotCanonical, "labels out of order"},
    {"a2012601 26", "a0", Code::kCborMalformed, "a label twice"},
    {"a10126", "a204413104413 2", Code::kCborMalformed, "a label twice, unprotected"},
    {"b8010126", "a0", Code::kCborNotCanonical, "map head not the shortest"},
    {"a1180126", "a0", Code::kCborNotCanonical, "label not in its shortest form"},
    {"a1f426", "a0", Code::kCoseMalformed, "a label that is a boolean"},
    {"80", "a0", Code::kCoseMalformed, "header not a map"},
    {"a10126", "80", Code::kCoseMalformed, "unprotected not a map"},
    {"a1012600", "a0", Code::kCborMalformed, "bytes behind the header map"},
    {"a10126", "a11864fb3ff199999999999a", Code::kOk, "a float under a label of others"},
    {"a10126", "bf04413 1ff", Code::kCborMalformed, "indefinite map"},
};

TEST(Cose, RefusesWrongHeaders) {
  for (const auto& wrong : kWrong) {
    std::string header = wrong.header, unprotected = wrong.unprotected;
    std::erase(header, ' ');
    std::erase(unprotected, ' ');
    const Bytes message = sign1_with(hex(header), hex(unprotected), {0x41, 0x00});
    EXPECT_EQ(base::name_of(parse_code(message, CoseProfile::kRfc9052)), base::name_of(wrong.rfc9052)) << wrong.why;
    EXPECT_NE(parse_code(message, CoseProfile::kFlora), Code::kOk) << wrong.why;
  }
}

TEST(Cose, FloraProfileDemandsItsHeaders) {
  const Hash x5t = sha256(base::as_bytes("c"));
  const auto text = [](std::string_view t) { return CborWriter().text(t).take(); };
  const auto thumbprint = [&](std::int64_t algorithm, ByteView value) {
    CborWriter writer;
    writer.array(2).integer(algorithm).bytes(value);
    return writer.take();
  };
  const auto header = [](std::vector<std::pair<std::int64_t, Bytes>> entries) {
    CborWriter writer;
    writer.map(entries.size());
    for (const auto& [name, value] : entries) writer.integer(name).raw(value);
    return writer.take();
  };
  const Bytes alg = CborWriter().integer(-7).take();
  const auto judged = [&](const Bytes& protected_header) {
    return parse_code(sign1_with(protected_header, {0xa0}, {0x41, 0x00}), CoseProfile::kFlora);
  };
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}, {34, thumbprint(-16, x5t)}})), Code::kOk);
  EXPECT_EQ(judged(header({{1, alg}, {34, thumbprint(-16, x5t)}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, CborWriter().uint(0).take()}, {34, thumbprint(-16, x5t)}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}, {34, thumbprint(-15, x5t)}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}, {34, thumbprint(-16, ByteView(x5t).first(20))}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}, {4, text("k")}, {34, thumbprint(-16, x5t)}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}, {34, thumbprint(-16, x5t)}, {-70000, alg}})), Code::kHeaderWrong);
  EXPECT_EQ(judged(header({{1, alg}, {3, text("t")}, {34, thumbprint(-16, x5t)}, {label::kSalt, alg}})), Code::kOk);
  EXPECT_EQ(parse_code(sign1_with(header({{1, alg}, {3, text("t")}, {34, thumbprint(-16, x5t)}}), hex("a10441aa"), {0x41, 0x00}),
                       CoseProfile::kFlora),
            Code::kHeaderWrong);
}

TEST(Cose, ReadsSingleHeaderValues) {
  const auto ours = make_ours(KeyKind::kP256, 43);
  EXPECT_TRUE(base::equal(header_value(ours.header, label::kSequence).value(), Bytes{7}));
  EXPECT_EQ(header_value(ours.header, label::kEpoch).error().code, Code::kHeaderWrong);
  EXPECT_TRUE(header_only(ours.header, {label::kAlgorithm, label::kContentType, label::kX5t, label::kSequence, label::kChannel}));
  EXPECT_FALSE(header_only(ours.header, {label::kAlgorithm, label::kContentType, label::kX5t, label::kSequence}));
}

TEST(Cose, OpensOnlyWhatItSealed) {
  base::SeededRandom random(44);
  const Bytes key = random.bytes(32), iv = random.bytes(12), aad = random.bytes(50);
  for (const std::size_t size : {0U, 1U, 7U, 8U, 239U, 240U, 512U, 70'000U}) {
    const Bytes plaintext = random.bytes(size);
    const Bytes message = make_encrypt0(key, iv, aad, plaintext);
    EXPECT_EQ(message.size(), encrypt0_size(size));
    EXPECT_EQ(message[0], 0xd0);
    EXPECT_EQ(open_encrypt0(message, key, iv, aad).value(), plaintext);
    EXPECT_EQ(open_encrypt0(message, key, iv, iv).error().code, Code::kSealBroken);
    EXPECT_EQ(open_encrypt0(message, Bytes(32, 0x55), iv, aad).error().code, Code::kSealBroken);
    for (std::size_t i = 0; i < std::min<std::size_t>(message.size(), 40); ++i) {
      Bytes changed = message;
      changed[i] ^= 1;
      EXPECT_FALSE(open_encrypt0(changed, key, iv, aad)) << i;
    }
  }
}

}  // namespace
}  // namespace flora::crypto
