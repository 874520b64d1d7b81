// SPDX-License-Identifier: EUPL-1.2
#include "crypto/signature.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.hpp"
#include "crypto/hash.hpp"

namespace flora::crypto {
namespace {

Bytes hex(std::string_view text) { return *base::from_hex(text); }
Bytes joined(std::initializer_list<std::string_view> parts) {
  Bytes out;
  for (const auto part : parts) base::append(out, hex(part));
  return out;
}

// n - s for P-256.
Bytes with_other_s(Bytes signature) {
  const Bytes n = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int d = n[i] - signature[32 + i] - borrow;
    borrow = d < 0;
    signature[32 + i] = static_cast<std::uint8_t>(d);
  }
  return signature;
}

struct Rfc8032 {
  const char *seed, *key, *message, *signature;
};
constexpr Rfc8032 kRfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7"
     "a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612b"
     "b0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1"
     "ec40a"},
};

TEST(Signature, GivesTheValuesOfRfc8032) {
  for (const auto& v : kRfc8032) {
    const auto key = PrivateKey::from_ed25519_seed(hex(v.seed));
    EXPECT_EQ(base::to_hex(key.public_key().raw()), v.key);
    EXPECT_EQ(base::to_hex(sign(key, hex(v.message))), v.signature);
    const auto public_key = PublicKey::from_raw(KeyKind::kEd25519, hex(v.key)).value();
    EXPECT_TRUE(verify(Algorithm::kEdDsa, public_key, hex(v.message), hex(v.signature)));
    EXPECT_TRUE(verify_zip215(hex(v.key), hex(v.message), hex(v.signature)));
  }
}

// Keys and signatures of RFC 6979, A.2.5 and A.2.6. They were made by others; ours need not be equal, only valid.
TEST(Signature, AcceptsTheEcdsaSignaturesOfRfc6979) {
  const auto p256 =
      PublicKey::from_raw(KeyKind::kP256, joined({"04", "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
                                                  "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"}))
          .value();
  const Bytes sample = joined({"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
                               "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"});
  const Bytes test = joined({"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
                             "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"});
  EXPECT_TRUE(verify(Algorithm::kEs256, p256, base::as_bytes("sample"), sample, LowS::kAny));
  EXPECT_FALSE(verify(Algorithm::kEs256, p256, base::as_bytes("sample"), sample)) << "its s is the larger one";
  EXPECT_TRUE(verify(Algorithm::kEs256, p256, base::as_bytes("sample"), with_other_s(sample)));
  EXPECT_TRUE(verify(Algorithm::kEs256, p256, base::as_bytes("test"), test));
  EXPECT_FALSE(verify(Algorithm::kEs256, p256, base::as_bytes("test"), sample, LowS::kAny));

  const auto p384 =
      PublicKey::from_raw(
          KeyKind::kP384,
          joined({"04", "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
                  "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"}))
          .value();
  const Bytes sample384 =
      joined({"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46",
              "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"});
  EXPECT_TRUE(verify(Algorithm::kEs384, p384, base::as_bytes("sample"), sample384, LowS::kAny));
  EXPECT_FALSE(verify(Algorithm::kEs384, p384, base::as_bytes("sample"), sample384));
  EXPECT_FALSE(verify(Algorithm::kEs384, p384, base::as_bytes("Sample"), sample384, LowS::kAny));
}

TEST(Signature, SignsWithTheSmallerSAndNoticesEveryChange) {
  base::SeededRandom random(21);
  for (const auto kind : {KeyKind::kP256, KeyKind::kP384, KeyKind::kEd25519}) {
    const auto key = PrivateKey::generate(kind, random);
    const auto& public_key = key.public_key();
    const auto algorithm = key.algorithm();
    for (int round = 0; round < 40; ++round) {
      const Bytes message = random.bytes(random.below(200));
      const Bytes signature = sign(key, message);
      ASSERT_EQ(signature.size(), kind == KeyKind::kP384 ? 96U : 64U);
      ASSERT_TRUE(verify(algorithm, public_key, message, signature));
      if (kind == KeyKind::kP256) {
        ASSERT_FALSE(verify(algorithm, public_key, message, with_other_s(signature)));
        ASSERT_TRUE(verify(algorithm, public_key, message, with_other_s(signature), LowS::kAny));
      }
      Bytes wrong = signature;
      wrong[random.below(wrong.size())] ^= static_cast<std::uint8_t>(1 << random.below(8));
      ASSERT_FALSE(verify(algorithm, public_key, message, wrong, LowS::kAny));
      wrong = message;
      wrong.push_back(0);
      ASSERT_FALSE(verify(algorithm, public_key, wrong, signature));
      ASSERT_FALSE(verify(algorithm, public_key, message, ByteView(signature).first(63)));
    }
    for (const auto other : {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa}) {
      if (other != algorithm) EXPECT_FALSE(verify(other, public_key, {}, sign(key, {})));
    }
    EXPECT_FALSE(verify(algorithm, public_key, {}, Bytes(kind == KeyKind::kP384 ? 96 : 64, 0)));
    EXPECT_FALSE(verify(algorithm, public_key, {}, Bytes(kind == KeyKind::kP384 ? 96 : 64, 0xff), LowS::kAny));
  }
}

TEST(Signature, WorksOnManyThreadsWithOneKey) {
  base::SeededRandom random(22);
  const auto key = PrivateKey::generate(KeyKind::kP256, random);
  std::vector<std::jthread> threads;
  for (std::uint8_t t = 0; t < 6; ++t) {
    threads.emplace_back([&key, t] {
      for (std::uint8_t n = 0; n < 60; ++n) {
        const Bytes message{t, n};
        const Bytes signature = sign(key, message);
        ASSERT_TRUE(verify(Algorithm::kEs256, key.public_key(), message, signature));
        ASSERT_FALSE(verify(Algorithm::kEs256, key.public_key(), Bytes{n, t, 1}, signature));
      }
    });
  }
}

// The vote of a validator as CometBFT v0.38 signed it.
TEST(Signature, AcceptsAVoteOfCometBft) {
  const Bytes key = hex("4d34127a864455c668ddafaf2511a8dcf7f1bee43c11a278579b0a4cd959ee62");
  const Bytes vote =
      hex("71080211060000000000000022480a20e024866f2defa4831705a00dcabe6ff067b8efc3c1d783160e6149bca2cf1f9c122408011220d3e52495c5"
          "09cc12392a91"
          "ce67e084033984ec559bdef3a7b53c1c6628282cb22a0c089fff8cd80610d1caffea02320c636861696e2d394162714344");
  const Bytes signature =
      hex("0036587022c5b72a21a3003315876d2680c17da8fecf272775b29ca137ec585b3061300d13324426b00e04dc2fce830a5113aab39c822f41f9f6e5"
          "c2a3517f0f");
  EXPECT_TRUE(verify_zip215(key, vote, signature));
  EXPECT_TRUE(verify(Algorithm::kEdDsa, PublicKey::from_raw(KeyKind::kEd25519, key).value(), vote, signature));
  Bytes other = vote;
  other[5] ^= 1;
  EXPECT_FALSE(verify_zip215(key, other, signature));
  EXPECT_EQ(base::to_hex(ByteView(sha256(ByteView(key))).first(20)), "593e28b3eae406eec494b49597e2d78a4561404d");
}

// All encodings of the eight points of small order: canonical ones first, then those with y not reduced or the sign of x = 0 set.
constexpr const char* kSmallOrder[] = {
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

// Zcash's 196 cases: with s = 0 every pair of a key and an R of small order satisfies the cofactored equation.
TEST(Zip215, AcceptsEveryPairOfSmallOrderPoints) {
  for (const auto* key : kSmallOrder) {
    for (const auto* r : kSmallOrder) {
      Bytes signature = hex(r);
      signature.resize(64);
      EXPECT_TRUE(verify_zip215(hex(key), base::as_bytes("Zcash"), signature)) << key << " " << r;
      EXPECT_FALSE(verify(Algorithm::kEdDsa, PublicKey::from_raw(KeyKind::kEd25519, hex(key)).value(), base::as_bytes("Zcash"),
                          signature));
      signature[32] = 1;
      EXPECT_FALSE(verify_zip215(hex(key), base::as_bytes("Zcash"), signature)) << "s = 1 leaves B over";
    }
  }
}

TEST(Zip215, RefusesUnreducedScalarsAndForeignBytes) {
  const auto& v = kRfc8032[1];
  Bytes signature = hex(v.signature);
  // s + L
  const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += signature[32 + i] + static_cast<unsigned>(order[i]);
    signature[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  EXPECT_FALSE(verify_zip215(hex(v.key), hex(v.message), signature));
  EXPECT_FALSE(verify_zip215(hex(v.key), hex(v.message), ByteView(signature).first(63)));
  EXPECT_FALSE(verify_zip215(ByteView(signature).first(31), hex(v.message), hex(v.signature)));
  // y = 2 has no x on the curve.
  Bytes no_point(32, 0);
  no_point[0] = 2;
  EXPECT_FALSE(verify_zip215(no_point, hex(v.message), hex(v.signature)));
  Bytes bad_r = no_point;
  bad_r.resize(64);
  EXPECT_FALSE(verify_zip215(hex(v.key), hex(v.message), bad_r));
}

}  // namespace
}  // namespace flora::crypto
