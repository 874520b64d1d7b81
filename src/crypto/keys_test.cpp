// SPDX-License-Identifier: EUPL-1.2
#include "crypto/keys.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "crypto/der.hpp"
#include "crypto/pem.hpp"

namespace flora::crypto {
namespace {

using base::Code;

TEST(Keys, GoOutAndComeBack) {
  base::SeededRandom random(31);
  for (const auto kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kEd25519}) {
    const auto key = PrivateKey::generate(kind, random);
    EXPECT_EQ(key.kind(), kind);
    const auto again = PrivateKey::from_pem(key.pem()).value();
    EXPECT_EQ(again.public_key(), key.public_key());
    EXPECT_EQ(again.pem(), key.pem());
    EXPECT_TRUE(key.pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto& public_key = key.public_key();
    EXPECT_EQ(PublicKey::from_spki(public_key.spki()).value(), public_key);
    EXPECT_EQ(PublicKey::from_pem(public_key.pem()).value(), public_key);
    EXPECT_EQ(PublicKey::from_raw(kind, public_key.raw()).value(), public_key);
  }
}

TEST(Keys, AreAFunctionOfTheRandomBytes) {
  for (const auto kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kEd25519}) {
    base::SeededRandom a(5), b(5), c(6);
    const auto key = PrivateKey::generate(kind, a).public_key();
    EXPECT_EQ(key, PrivateKey::generate(kind, b).public_key());
    EXPECT_NE(key, PrivateKey::generate(kind, c).public_key());
  }
}

TEST(Keys, ReadJwk) {
  const auto key = PublicKey::from_jwk(
      R"({"kty":"EC","crv":"P-256","x":"usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8","y":"IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4"})");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kind(), KeyKind::kP256);
  EXPECT_TRUE(
      PublicKey::from_jwk(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA"})"));
  const auto code = [](std::string_view jwk) { return PublicKey::from_jwk(jwk).error().code; };
  EXPECT_EQ(code(R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"), Code::kCertificateKey);
  EXPECT_EQ(code(R"({"kty":"OKP","crv":"Ed25519","x":"11qY"})"), Code::kMalformed);
  EXPECT_EQ(code(R"({"kty":"EC","crv":"P-256","x":"AAAA"})"), Code::kMissingField);
  EXPECT_EQ(code(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"), Code::kMalformed);
  // A point beside the curve.
  EXPECT_EQ(
      code(
          R"({"kty":"EC","crv":"P-256","x":"usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8","y":"IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX8"})"),
      Code::kMalformed);
  EXPECT_EQ(code("[]"), Code::kWrongType);
  EXPECT_EQ(code("{"), Code::kJsonMalformed);
}

TEST(Keys, RefuseWhatIsNotTheOneEncoding) {
  base::SeededRandom random(32);
  const auto key = PrivateKey::generate(KeyKind::kP256, random).public_key();
  Bytes trailing = base::to_bytes(key.spki());
  trailing.push_back(0);
  EXPECT_FALSE(PublicKey::from_spki(trailing));
  for (std::size_t size = 0; size < key.spki().size(); ++size) EXPECT_FALSE(PublicKey::from_spki(key.spki().first(size)));
  // The same point compressed.
  Bytes compressed{static_cast<std::uint8_t>(2 + (key.raw()[64] & 1))};
  base::append(compressed, key.raw().subspan(1, 32));
  Bytes algorithm = der_item(0x06, der_oid("1.2.840.10045.2.1"));
  base::append(algorithm, der_item(0x06, der_oid("1.2.840.10045.3.1.7")));
  Bytes bits{0};
  base::append(bits, compressed);
  Bytes inside = der_item(0x30, algorithm);
  base::append(inside, der_item(0x03, bits));
  EXPECT_FALSE(PublicKey::from_spki(der_item(0x30, inside)));
  EXPECT_FALSE(PublicKey::from_raw(KeyKind::kP256, Bytes(65, 0)));
  EXPECT_FALSE(PublicKey::from_raw(KeyKind::kP384, key.raw()));
}

// secp256k1 and RSA-1024 are readable but not allowed.
TEST(Keys, RefuseOtherCurvesAndShortRsa) {
  const auto k1 = PublicKey::from_pem(
      "-----BEGIN PUBLIC KEY-----\n"
      "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEl7NppON8mWCNYe6Ms8AeheAJSbXERWvh\n"
      "O4oJ2TD4I1Me9AoV0sZKLybVWm6ZAQ2fAaLSWg0zatAe1QN85cSrHQ==\n"
      "-----END PUBLIC KEY-----\n");
  ASSERT_FALSE(k1);
  EXPECT_EQ(k1.error().code, Code::kCertificateKey);
}

TEST(Pem, ReadsBlocksAndRefusesBroken) {
  const Bytes der(100, 7);
  const std::string text = encode_pem("THING", der);
  const auto blocks = parse_pem("some text\r\n" + text + "\nbetween\n" + text);
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 2U);
  EXPECT_EQ((*blocks)[1].label, "THING");
  EXPECT_EQ((*blocks)[1].der, der);
  EXPECT_FALSE(parse_pem(text + text, 1));
  EXPECT_FALSE(parse_pem(text.substr(0, text.size() - 20)));
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\nAAAA\n-----END B-----\n"));
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\n!\n-----END A-----\n"));
  EXPECT_FALSE(parse_pem("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----\n"));
  EXPECT_TRUE(parse_pem("")->empty());
  EXPECT_FALSE(PrivateKey::from_pem(""));
}

TEST(Der, IsStrict) {
  const auto ok = [](std::string_view text) { return check_der(*base::from_hex(text)).has_value(); };
  EXPECT_TRUE(ok("0500"));
  EXPECT_TRUE(ok("30060500a0020500"));
  EXPECT_FALSE(ok(""));
  EXPECT_FALSE(ok("30"));
  EXPECT_FALSE(ok("3080050000000000")) << "indefinite length";
  EXPECT_FALSE(ok("3081020500")) << "length not shortest";
  EXPECT_FALSE(ok("3003050005"));
  EXPECT_FALSE(ok("050000")) << "trailing";
  EXPECT_FALSE(ok("1f810100"));
  EXPECT_EQ(base::to_hex(der_oid("1.2.840.113549.1.7.1")), "2a864886f70d010701");
  EXPECT_EQ(base::to_hex(der_oid("2.5.29.37.0")), "551d2500");
  EXPECT_EQ(base::to_hex(der_oid("1.3.6.1.4.1.59999.1.1")), "2b0601040183d45f0101");
  EXPECT_EQ(der_item(0x04, Bytes(200, 1)).size(), 203U);
  EXPECT_TRUE(check_der(der_item(0x04, Bytes(70000, 1))));
  Bytes deep = der_item(0x05, {});
  for (int i = 0; i < 40; ++i) deep = der_item(0x30, deep);
  EXPECT_FALSE(check_der(deep));
}

}  // namespace
}  // namespace flora::crypto
