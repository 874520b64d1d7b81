// SPDX-License-Identifier: EUPL-1.2
// Against bytes of a running CometBFT v0.38.25 network.
#include "verify/comet.hpp"

#include <gtest/gtest.h>

namespace flora::verify {
namespace {

using base::Bytes;

constexpr const char* kFirstBlock =
    "0ace020a04080b1001120c636861696e2d3941627143441801220c089dff8cd806108def988b012a0212003220e3b0c44298fc1c149afbf4c8996fb92427"
    "ae41e4"
    "649b934ca495991b7852b8553a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85542207008041b6f6fda9cdc12b291d8f0"
    "8526fa"
    "11013c10997f329dab0e8eb31f75404a207008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f75405220048091bc7ddc283f77bfbf"
    "91d73c"
    "44da58c3df8a9cbc867405d8b7f3daada22f5a206d07f28899202214e0883c6eb10f3532387af07a6e4f0c23f34daf82aeae82aa6220e3b0c44298fc1c14"
    "9afbf4"
    "c8996fb92427ae41e4649b934ca495991b7852b8556a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8557214593e28b3ea"
    "e406ee"
    "c494b49597e2d78a4561404d12001a0022041a021200";

std::vector<ChainValidator> validators() {
  std::vector<ChainValidator> set;
  for (const char* key : {"4d34127a864455c668ddafaf2511a8dcf7f1bee43c11a278579b0a4cd959ee62",
                          "d573072d63cc86f6950040d28e4695faae414e4300c44b8a52e7ceb4db00c11a",
                          "5fc6fbaf4fd85b26549a3ba563acdd9ab8c2a46d3938ba13738509df671bc76a",
                          "07e16c82a49e5e8b7febe049eb85f187e9c8ddf39352cd4d200b9c557de38fc8"}) {
    set.push_back({*base::from_hex(key), 1});
  }
  return set;
}

TEST(Comet, ReadsAndHashesTheFirstBlockOfARealNetwork) {
  const Bytes bytes = *base::from_hex(kFirstBlock);
  const auto block = read_block(bytes);
  ASSERT_TRUE(block) << block.error().detail;
  EXPECT_EQ(block->header.chain_id, "chain-9AbqCD");
  EXPECT_EQ(block->header.height, 1);
  const auto reference = reference_of(block->header, bytes);
  EXPECT_EQ(base::to_hex(reference.hash), "5487d32fe41a32a17dfb963caf7391922bc930f3da35cc8daf25b35b778c2942");
  EXPECT_EQ(base::to_hex(reference.parts_hash), "263ba2f96dca61e48a3fa8da05a0ac4e15692ffd4a0e4e3cc20cc3530b5b4e3c");
  EXPECT_EQ(reference.parts, 1U);
  EXPECT_EQ(base::to_hex(hash_of(validators())), base::to_hex(block->header.validators_hash));
}

ChainCommit commit_of_height_six() {
  ChainCommit commit;
  commit.height = 6;
  commit.block = {*base::Hash::from(*base::from_hex("e024866f2defa4831705a00dcabe6ff067b8efc3c1d783160e6149bca2cf1f9c")), 1,
                  *base::Hash::from(*base::from_hex("d3e52495c509cc12392a91ce67e084033984ec559bdef3a7b53c1c6628282cb2"))};
  Vote vote;
  vote.flag = 2;
  vote.address = *base::from_hex("593e28b3eae406eec494b49597e2d78a4561404d");
  vote.time = {1795375007LL * 1'000'000'000 + 761259345};
  vote.signature = *base::from_hex(
      "0036587022c5b72a21a3003315876d2680c17da8fecf272775b29ca137ec585b3061300d13324426b00e04dc2fce830a5113"
      "aab39c822f41f9f6e5c2a3517f0f");
  commit.votes = {vote};
  return commit;
}

TEST(Comet, ChecksAVoteOfARealValidator) {
  const std::vector<ChainValidator> one = {validators()[0]};
  EXPECT_TRUE(check_votes("chain-9AbqCD", commit_of_height_six(), one));
}

TEST(Comet, RefusesAVoteForAnotherBlockChainTimeOrKey) {
  const std::vector<ChainValidator> one = {validators()[0]};
  EXPECT_EQ(check_votes("chain-9AbqCE", commit_of_height_six(), one).error().code, base::Code::kBadSignature);
  auto commit = commit_of_height_six();
  commit.block.hash.bytes[0] ^= 1;
  EXPECT_EQ(check_votes("chain-9AbqCD", commit, one).error().code, base::Code::kBadSignature);
  commit = commit_of_height_six();
  commit.votes[0].time.ns += 1;
  EXPECT_EQ(check_votes("chain-9AbqCD", commit, one).error().code, base::Code::kBadSignature);
  EXPECT_EQ(check_votes("chain-9AbqCD", commit_of_height_six(), {validators()[1]}).error().code, base::Code::kBadSignature);
}

TEST(Comet, DemandsMoreThanTwoThirdsOfThePower) {
  auto commit = commit_of_height_six();
  Vote absent;
  absent.flag = 1;
  commit.votes = {commit.votes[0], absent, absent, absent};
  EXPECT_EQ(check_votes("chain-9AbqCD", commit, validators()).error().code, base::Code::kBadSignature);
  commit.votes.pop_back();
  EXPECT_EQ(check_votes("chain-9AbqCD", commit, validators()).error().code, base::Code::kOutOfRange);
}

TEST(Comet, EveryFlippedByteOfABlockIsNoticedOrRefused) {
  const Bytes good = *base::from_hex(kFirstBlock);
  const auto reference = reference_of(read_block(good)->header, good);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 0x41;
    const auto block = read_block(bad);
    if (block) {
      EXPECT_NE(reference_of(block->header, bad), reference) << "byte " << i;
    }
  }
}

}  // namespace
}  // namespace flora::verify
