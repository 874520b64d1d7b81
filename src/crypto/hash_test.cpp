// SPDX-License-Identifier: EUPL-1.2
#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/random.hpp"
#include "crypto/mac.hpp"

namespace flora::crypto {
namespace {

Bytes hex(std::string_view text) { return *base::from_hex(text); }
std::string hex_of(ByteView bytes) { return base::to_hex(bytes); }

TEST(Sha256, GivesTheValuesOfFips180) {
  EXPECT_EQ(hex_of(sha256(ByteView{})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of(sha256(base::as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of(sha256(base::as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_of(sha384(base::as_bytes("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
}

TEST(Sha256, IsTheSameInParts) {
  base::SeededRandom random(7);
  for (int round = 0; round < 200; ++round) {
    const Bytes input = random.bytes(random.below(300));
    const auto cut = random.below(input.size() + 1);
    const ByteView whole(input);
    Sha256 incremental;
    incremental.update(whole.first(cut));
    Sha256().update(whole).finish();  // another one between does not disturb
    incremental.update(whole.subspan(cut));
    const Hash expected = sha256(whole);
    EXPECT_EQ(incremental.finish(), expected);
    EXPECT_EQ(incremental.update(whole).finish(), expected) << "an object may be used again";
    EXPECT_EQ(sha256({whole.first(cut), whole.subspan(cut)}), expected);
  }
}

TEST(Sha256, ForgetsWhatWasNotFinished) {
  {
    Sha256().update(base::as_bytes("left behind"));
  }
  EXPECT_EQ(Sha256().update(base::as_bytes("abc")).finish(), sha256(base::as_bytes("abc")));
}

TEST(Sha256, WorksOnManyThreads) {
  const Hash expected = sha256(base::as_bytes("abc"));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([expected] {
      for (int n = 0; n < 2000; ++n) ASSERT_EQ(sha256(base::as_bytes("abc")), expected);
    });
  }
}

TEST(Hmac, GivesTheValuesOfRfc4231) {
  EXPECT_EQ(hex_of(hmac_sha256(Bytes(20, 0x0b), base::as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex_of(hmac_sha256(base::as_bytes("Jefe"), base::as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_of(hmac_sha256(Bytes(20, 0xaa), Bytes(50, 0xdd))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hex_of(hmac_sha256(Bytes(131, 0xaa), base::as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hmac_sha256(base::as_bytes("k"), {base::as_bytes("a"), base::as_bytes("bc")}),
            hmac_sha256(base::as_bytes("k"), base::as_bytes("abc")));
}

TEST(Hkdf, GivesTheValuesOfRfc5869) {
  EXPECT_EQ(hex_of(hkdf_sha256(Bytes(22, 0x0b), hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  Bytes key, salt, info;
  for (int i = 0; i < 80; ++i) {
    key.push_back(static_cast<std::uint8_t>(i));
    salt.push_back(static_cast<std::uint8_t>(0x60 + i));
    info.push_back(static_cast<std::uint8_t>(0xb0 + i));
  }
  EXPECT_EQ(hex_of(hkdf_sha256(key, salt, info, 82)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b83677"
            "93a9aca3"
            "db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(hex_of(hkdf_sha256(Bytes(22, 0x0b), {}, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Secret, ComparesAndMoves) {
  EXPECT_TRUE(equal_constant_time(hex("0102"), hex("0102")));
  EXPECT_FALSE(equal_constant_time(hex("0102"), hex("0103")));
  EXPECT_FALSE(equal_constant_time(hex("0102"), hex("01")));
  Secret a(hex("aabb"));
  Secret b = std::move(a);
  EXPECT_EQ(hex_of(b), "aabb");
  b = Secret(hex("cc"));
  EXPECT_EQ(hex_of(b.copy()), "cc");
}

}  // namespace
}  // namespace flora::crypto
