// SPDX-License-Identifier: EUPL-1.2
#include "crypto/merkle.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace flora::crypto {
namespace {

Bytes hex(std::string_view text) { return *base::from_hex(text); }
Hash hash(std::string_view text) { return *Hash::from(hex(text)); }

// The tree by its definition: split at the largest power of two below n.
Hash by_definition(std::span<const Hash> leaves) {
  if (leaves.empty()) return merkle_empty();
  if (leaves.size() == 1) return leaves[0];
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return merkle_inner(by_definition(leaves.first(left)), by_definition(leaves.subspan(left)));
}

// Leaf content of an app-hash entry: uvarint length, key, 0x20, SHA-256 of the value (short keys only).
Bytes map_entry(std::string_view key, ByteView value) {
  Bytes out{static_cast<std::uint8_t>(key.size())};
  base::append(out, base::as_bytes(key));
  out.push_back(0x20);
  base::append(out, sha256(value));
  return out;
}

// A two-level map as CometBFT v0.38 proves it; values computed by that engine.
TEST(Merkle, GivesTheAppHashOfCometBft) {
  std::vector<std::pair<std::string, std::string>> entries = {{"a/b c", "slash"}};
  for (char i = '0'; i <= '6'; ++i) entries.emplace_back(std::string("key") + i, std::string("value") + i);
  entries.emplace_back("x:41", "hexlike");
  std::vector<Bytes> contents;
  for (const auto& [key, value] : entries) contents.push_back(map_entry(key, base::as_bytes(value)));
  std::vector<Hash> leaves;
  for (const auto& content : contents) leaves.push_back(merkle_leaf(content));

  EXPECT_EQ(contents[4], hex("046b6579332089dc6ae7f06a9f46b565af03eab0ece0bf6024d3659b7e3a1d03573cfeb0b59d"));
  EXPECT_EQ(leaves[4], hash("ad292ef1143cc2b702aa359827a4551a3475f958a1fedbda2fa4a8e5ac3f6b92"));
  const Hash root = merkle_root(std::span<const Bytes>(contents));
  EXPECT_EQ(root, hash("c7db69743efaa43c205745ffb56f101b6d77aa091a979b12219328dc9f29acba"));
  const auto proof = merkle_proof(leaves, 4);
  EXPECT_EQ(proof.aunts, (std::vector{hash("747039bb2d204a7ad57e803f4732fc7af52978045c33a65b50966e2482341707"),
                                      hash("caa0958a65e675045f09309eb4ae5d49f1f79a7433da130ae4ccb99cab835c28"),
                                      hash("c517da53423d024af6a25ef3bd728f67addc6bd4ce57e27cd4bb999006aa18bd"),
                                      hash("8d5f18b00548349d2ea95c0dacec11354fed4dc865dce81576f4f77453265f1f")}));
  EXPECT_TRUE(verify_merkle(proof, root, contents[4]));
  const Bytes upper = map_entry("flora", root);
  EXPECT_EQ(upper, hex("05666c6f72612011c430d4bbc5664ebe4437821b5d55917167a2226a47b6f3cac172225168ef25"));
  EXPECT_EQ(merkle_leaf(upper), hash("2c84e01af7073248c595a8e9c4f88b5556863b5e790add59dd8986def13d4808"));
}

// The header of height 6 of a chain that CometBFT made: fourteen leaves.
TEST(Merkle, GivesTheHeaderHashOfCometBft) {
  const std::vector<Bytes> leaves = {
      hex("080b1001"),
      hex("0a0c636861696e2d394162714344"),
      hex("0806"),
      hex("089fff8cd806108cfbfeda02"),
      hex("0a209f6311140b4f8dfa753297af8b3103e71c0530107dbccddfa451a1ca27d7e5f2122408011220788c24c10a50a65f1f4c00129d42d50e6505ec"
          "06e5f52c"
          "5f639992a245adc192"),
      hex("0a20eaa121a7c636fa1c871d96bac3e6560e1f1f7e54eb1aa9c5a3726135d8083dce"),
      hex("0a20bee7421e046d28cde5379cf0a0a9608848b7ec4ead7edf1e655cd7d4427c6c98"),
      hex("0a207008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f7540"),
      hex("0a207008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f7540"),
      hex("0a20048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f"),
      hex("0a20301c9d1e1af6b4e12fd8960409d20c2fe5ed850883042697eab1a8cd168a760d"),
      hex("0a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      hex("0a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      hex("0a14db9bf3b7398f573076ae17e4f947840aad73f943"),
  };
  EXPECT_EQ(merkle_root(std::span<const Bytes>(leaves)),
            hash("e024866f2defa4831705a00dcabe6ff067b8efc3c1d783160e6149bca2cf1f9c"));
  const Hash tx = sha256(base::as_bytes("key2=value2"));
  EXPECT_EQ(merkle_root(std::span(&tx, 1)), hash("bee7421e046d28cde5379cf0a0a9608848b7ec4ead7edf1e655cd7d4427c6c98"));
  EXPECT_EQ(merkle_root(std::span<const Bytes>()), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

TEST(Merkle, ProvesEveryLeafOfEveryShape) {
  base::SeededRandom random(11);
  for (std::size_t n = 1; n <= 70; ++n) {
    std::vector<Bytes> contents;
    std::vector<Hash> leaves;
    for (std::size_t i = 0; i < n; ++i) {
      contents.push_back(random.bytes(random.below(40)));
      leaves.push_back(merkle_leaf(contents.back()));
    }
    const Hash root = by_definition(leaves);
    ASSERT_EQ(merkle_root_of_leaves(leaves), root) << n;
    const auto proofs = merkle_proofs(leaves);
    for (std::size_t i = 0; i < n; ++i) {
      ASSERT_EQ(proofs[i], merkle_proof(leaves, i)) << n << " " << i;
      ASSERT_TRUE(verify_merkle(proofs[i], root, contents[i])) << n << " " << i;
      auto wrong = proofs[i];
      wrong.index = (i + 1) % n;
      ASSERT_FALSE(n > 1 && verify_merkle(wrong, root, contents[i]) && contents[i] != contents[wrong.index]);
      wrong = proofs[i];
      wrong.aunts.push_back(root);
      ASSERT_FALSE(verify_merkle(wrong, root, contents[i]));
      if (!proofs[i].aunts.empty()) {
        wrong = proofs[i];
        wrong.aunts[random.below(wrong.aunts.size())].bytes[random.below(32)] ^= 1;
        ASSERT_FALSE(verify_merkle(wrong, root, contents[i]));
        wrong = proofs[i];
        wrong.aunts.pop_back();
        ASSERT_FALSE(verify_merkle(wrong, root, contents[i]));
      }
    }
  }
}

TEST(Merkle, RefusesNonsenseWithoutWork) {
  MerkleProof proof;
  EXPECT_FALSE(merkle_root_of(proof));
  proof.total = ~std::uint64_t{0};
  proof.index = proof.total - 1;
  EXPECT_FALSE(merkle_root_of(proof));
  proof.aunts.resize(64);
  (void)merkle_root_of(proof);  // ends
  proof.aunts.resize(100'000);
  EXPECT_FALSE(merkle_root_of(proof));
}

}  // namespace
}  // namespace flora::crypto
