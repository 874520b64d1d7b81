// SPDX-License-Identifier: EUPL-1.2
#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace flora::crypto {
namespace {

base::Bytes hex(std::string_view text) { return *base::from_hex(text); }

struct Vector {
  const char *key, *iv, *aad, *plaintext, *sealed;
};
// Test cases 13 to 16 of the GCM specification submitted to NIST.
constexpr Vector kVectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aa"
     "fd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898"
     "015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, GivesTheValuesOfTheGcmSpecification) {
  for (const auto& v : kVectors) {
    EXPECT_EQ(base::to_hex(aes256gcm_seal(hex(v.key), hex(v.iv), hex(v.aad), hex(v.plaintext))), v.sealed);
    EXPECT_EQ(base::to_hex(aes256gcm_open(hex(v.key), hex(v.iv), hex(v.aad), hex(v.sealed)).value()), v.plaintext);
  }
}

TEST(Aead, RefusesEveryFlippedBit) {
  base::SeededRandom random(3);
  const auto key = random.bytes(32), iv = random.bytes(12), aad = random.bytes(9), plaintext = random.bytes(33);
  const auto sealed = aes256gcm_seal(key, iv, aad, plaintext);
  const auto expect_refused = [](const base::Result<base::Bytes>& opened) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::Code::kSealBroken);
  };
  const auto flipped = [](base::Bytes bytes, std::size_t bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    return bytes;
  };
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) expect_refused(aes256gcm_open(key, iv, aad, flipped(sealed, bit)));
  for (std::size_t bit = 0; bit < aad.size() * 8; ++bit) expect_refused(aes256gcm_open(key, iv, flipped(aad, bit), sealed));
  for (std::size_t bit = 0; bit < iv.size() * 8; ++bit) expect_refused(aes256gcm_open(key, flipped(iv, bit), aad, sealed));
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    expect_refused(aes256gcm_open(key, iv, aad, base::ByteView(sealed).first(size)));
  }
  EXPECT_EQ(aes256gcm_open(key, iv, aad, sealed).value(), plaintext);
}

}  // namespace
}  // namespace flora::crypto
