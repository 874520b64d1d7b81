// SPDX-License-Identifier: EUPL-1.2
// The bytes of a running CometBFT v0.38 network: docs/reference/formats.md, "Blocks".
#include "ledger/header.hpp"

#include <gtest/gtest.h>

#include "crypto/hash.hpp"
#include "crypto/keys.hpp"
#include "crypto/signature.hpp"
#include "ledger/block.hpp"
#include "ledger/proto.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::Code;
using base::Hash;
using base::Instant;
using base::to_hex;

Bytes hex(std::string_view text) { return *base::from_hex(text); }
Hash hash(std::string_view text) { return *Hash::from(hex(text)); }

constexpr std::string_view kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Address address(std::string_view text) {
  Address out;
  const Bytes bytes = hex(text);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Header header_at_six() {
  Header h;
  h.chain_id = "chain-9AbqCD";
  h.height = 6;
  h.time = *base::parse_rfc3339("2026-11-22T19:16:47.727694732Z");
  h.last_block_id = {hash("9f6311140b4f8dfa753297af8b3103e71c0530107dbccddfa451a1ca27d7e5f2"),
                     {1, hash("788c24c10a50a65f1f4c00129d42d50e6505ec06e5f52c5f639992a245adc192")}};
  h.last_commit_hash = hash("eaa121a7c636fa1c871d96bac3e6560e1f1f7e54eb1aa9c5a3726135d8083dce");
  h.data_hash = hash("bee7421e046d28cde5379cf0a0a9608848b7ec4ead7edf1e655cd7d4427c6c98");
  h.validators_hash = h.next_validators_hash = hash("7008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f7540");
  h.consensus_hash = hash("048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f");
  h.app_hash = hash("301c9d1e1af6b4e12fd8960409d20c2fe5ed850883042697eab1a8cd168a760d");
  h.last_results_hash = h.evidence_hash = hash(kEmpty);
  h.proposer_address = address("db9bf3b7398f573076ae17e4f947840aad73f943");
  return h;
}

std::vector<Validator> four_validators() {
  std::vector<Validator> out;
  for (const char* key : {"4d34127a864455c668ddafaf2511a8dcf7f1bee43c11a278579b0a4cd959ee62",
                          "d573072d63cc86f6950040d28e4695faae414e4300c44b8a52e7ceb4db00c11a",
                          "5fc6fbaf4fd85b26549a3ba563acdd9ab8c2a46d3938ba13738509df671bc76a",
                          "07e16c82a49e5e8b7febe049eb85f187e9c8ddf39352cd4d200b9c557de38fc8"}) {
    Validator v;
    const Bytes bytes = hex(key);
    std::copy(bytes.begin(), bytes.end(), v.key.begin());
    out.push_back(v);
  }
  return out;
}

constexpr std::string_view kSignature =
    "0036587022c5b72a21a3003315876d2680c17da8fecf272775b29ca137ec585b3061300d13324426b00e04dc2fce830a5113aab39c822f41f9f6e5c2"
    "a3517f0f";
constexpr std::string_view kSignBytes =
    "71080211060000000000000022480a20e024866f2defa4831705a00dcabe6ff067b8efc3c1d783160e6149bca2cf1f9c122408011220d3e52495c509"
    "cc12392a91ce67e084033984ec559bdef3a7b53c1c6628282cb22a0c089fff8cd80610d1caffea02320c636861696e2d394162714344";

BlockId id_of_six() {
  return {hash("e024866f2defa4831705a00dcabe6ff067b8efc3c1d783160e6149bca2cf1f9c"),
          {1, hash("d3e52495c509cc12392a91ce67e084033984ec559bdef3a7b53c1c6628282cb2")}};
}
// The vote's timestamp as its sign bytes carry it.
Instant vote_time() { return *decode_timestamp(hex("089fff8cd80610d1caffea02")); }

constexpr std::string_view kFirstBlock =
    "0ace020a04080b1001120c636861696e2d3941627143441801220c089dff8cd806108def988b012a0212003220e3b0c44298fc1c149afbf4c8996fb9"
    "2427ae41e4649b934ca495991b7852b8553a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85542207008041b6f6fda"
    "9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f75404a207008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f754052"
    "20048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f5a206d07f28899202214e0883c6eb10f3532387af07a6e4f0c23f3"
    "4daf82aeae82aa6220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8556a20e3b0c44298fc1c149afbf4c8996fb92427"
    "ae41e4649b934ca495991b7852b8557214593e28b3eae406eec494b49597e2d78a4561404d12001a0022041a021200";

TEST(Header, LeavesAreThoseOfCometBft) {
  const auto leaves = header_leaves(header_at_six());
  const std::string_view expected[] = {
      "080b1001",
      "0a0c636861696e2d394162714344",
      "0806",
      "089fff8cd806108cfbfeda02",
      "0a209f6311140b4f8dfa753297af8b3103e71c0530107dbccddfa451a1ca27d7e5f2122408011220788c24c10a50a65f1f4c00129d42d50e6505ec06e5"
      "f52c5f639992a245adc192",
      "0a20eaa121a7c636fa1c871d96bac3e6560e1f1f7e54eb1aa9c5a3726135d8083dce",
      "0a20bee7421e046d28cde5379cf0a0a9608848b7ec4ead7edf1e655cd7d4427c6c98",
      "0a207008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f7540",
      "0a207008041b6f6fda9cdc12b291d8f08526fa11013c10997f329dab0e8eb31f7540",
      "0a20048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f",
      "0a20301c9d1e1af6b4e12fd8960409d20c2fe5ed850883042697eab1a8cd168a760d",
      "0a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "0a20e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "0a14db9bf3b7398f573076ae17e4f947840aad73f943"};
  for (std::size_t i = 0; i < leaves.size(); ++i) EXPECT_EQ(to_hex(leaves[i]), expected[i]) << "leaf " << i + 1;
}

TEST(Header, HashIsThatOfCometBft) {
  EXPECT_EQ(to_hex(header_hash(header_at_six())), "e024866f2defa4831705a00dcabe6ff067b8efc3c1d783160e6149bca2cf1f9c");
}

TEST(Header, EncodingReadsBack) {
  const Header header = header_at_six();
  const auto again = decode_header(encode_header(header));
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_EQ(*again, header);
}

TEST(Header, RefusesBytesThatAreNotItsOneEncoding) {
  Bytes bytes = encode_header(header_at_six());
  Bytes longer = bytes;
  longer.push_back(0x08);
  longer.push_back(0x01);
  EXPECT_FALSE(decode_header(longer));
  bytes.pop_back();
  EXPECT_FALSE(decode_header(bytes));
}

TEST(Header, ConsensusHashIsThatOfCometBft) { EXPECT_EQ(consensus_hash(22020096, -1), header_at_six().consensus_hash); }

TEST(Validators, HashAndOrderAreThoseOfCometBft) {
  auto set = four_validators();
  EXPECT_EQ(validators_hash(set), header_at_six().validators_hash);
  std::reverse(set.begin(), set.end());
  sort_validators(set);
  EXPECT_EQ(set, four_validators());
  EXPECT_EQ(address_of(set[0]), address("593e28b3eae406eec494b49597e2d78a4561404d"));
}

TEST(Validators, UpdatesAreCheckedAsCometBftDemands) {
  const auto set = four_validators();
  const auto removed = updated_validators(set, {{set[1].key, 0}, {set[2].key, 5}});
  ASSERT_TRUE(removed.has_value());
  ASSERT_EQ(removed->size(), 3u);
  EXPECT_EQ((*removed)[0].key, set[2].key) << "the greatest power comes first";
  EXPECT_FALSE(updated_validators(set, {{set[1].key, 0}, {set[1].key, 1}}));
  EXPECT_FALSE(updated_validators(set, {{set[1].key, -1}}));
  EXPECT_FALSE(updated_validators({set[0]}, {{set[1].key, 0}}));
  EXPECT_FALSE(updated_validators({set[0]}, {{set[0].key, 0}}));
  EXPECT_FALSE(updated_validators(set, {{set[0].key, INT64_MAX / 8}}));
}

TEST(Vote, SignBytesAndSignatureAreThoseOfCometBft) {
  const Bytes bytes = vote_sign_bytes("chain-9AbqCD", 6, 0, id_of_six(), vote_time());
  EXPECT_EQ(to_hex(bytes), kSignBytes);
  EXPECT_TRUE(crypto::verify_zip215(four_validators()[0].key, bytes, hex(kSignature)));
}

TEST(Vote, NilVoteNamesNoBlockAndRoundIsWrittenWhenNotZero) {
  const Bytes nil = vote_sign_bytes("c", 1, 2, BlockId{}, Instant::from_seconds(1));
  EXPECT_EQ(to_hex(nil),
            "1b"
            "0802"
            "110100000000000000"
            "190200000000000000"
            "2a020801"
            "320163");
}

TEST(Commit, SlotsAreThoseOfCometBft) {
  Commit commit;
  commit.signatures.push_back(
      {BlockIdFlag::kCommit, address("593e28b3eae406eec494b49597e2d78a4561404d"), vote_time(), hex(kSignature)});
  commit.signatures.push_back({});
  const std::string encoded = to_hex(encode_commit(commit));
  const std::string slot =
      "08021214593e28b3eae406eec494b49597e2d78a4561404d1a0c089fff8cd80610d1caffea022240" + std::string(kSignature);
  EXPECT_NE(encoded.find(slot), std::string::npos);
  EXPECT_NE(encoded.find("08011a0b088092b8c398feffffff01"), std::string::npos);
  const auto again = decode_commit(encode_commit(commit));
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_EQ(*again, commit);
}

TEST(Block, FirstBlockIsThatOfCometBft) {
  const Bytes bytes = hex(kFirstBlock);
  ASSERT_EQ(bytes.size(), 347u);
  const auto block = decode_block(bytes);
  ASSERT_TRUE(block.has_value()) << block.error().detail;
  EXPECT_EQ(to_hex(encode_block(*block)), kFirstBlock);
  EXPECT_EQ(to_hex(header_hash(block->header)), "5487d32fe41a32a17dfb963caf7391922bc930f3da35cc8daf25b35b778c2942");
  const PartSetHeader parts = part_set(bytes);
  EXPECT_EQ(parts.total, 1u);
  EXPECT_EQ(to_hex(parts.hash), "263ba2f96dca61e48a3fa8da05a0ac4e15692ffd4a0e4e3cc20cc3530b5b4e3c");
  Block rebuilt;
  rebuilt.header = block->header;
  seal_block(rebuilt);
  EXPECT_EQ(rebuilt, *block);
}

TEST(Block, DataHashIsThatOfCometBft) {
  EXPECT_EQ(data_hash({base::to_bytes(base::as_bytes("key2=value2"))}), header_at_six().data_hash);
  EXPECT_EQ(to_hex(data_hash({})), kEmpty);
}

TEST(Block, RefusesEveryTruncationAndChangedLength) {
  const Bytes bytes = hex(kFirstBlock);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_block(base::ByteView(bytes).first(size))) << size;
  }
  Bytes overlong = bytes;  // the same length written with one byte more
  overlong[2] |= 0x80;
  overlong.insert(overlong.begin() + 3, 0x00);
  EXPECT_FALSE(decode_block(overlong));
}

TEST(Block, LargeBlocksAreCutIntoParts) {
  EXPECT_EQ(part_set(Bytes(kBlockPartBytes, 1)).total, 1u);
  EXPECT_EQ(part_set(Bytes(kBlockPartBytes + 1, 1)).total, 2u);
}

TEST(Results, CodeZeroIsAnEmptyLeafNotAMissingOne) {
  EXPECT_TRUE(result_leaf(Code::kOk).empty());
  EXPECT_EQ(to_hex(result_leaf(Code::kReplayed)), "08b917");
  EXPECT_NE(results_hash({Code::kOk}), results_hash({}));
  EXPECT_EQ(to_hex(results_hash({})), kEmpty);
}

TEST(Commit, CountsMoreThanTwoThirdsOfThePower) {
  base::SeededRandom random(7);
  std::vector<crypto::PrivateKey> keys;
  std::vector<Validator> set;
  for (int i = 0; i < 4; ++i) {
    keys.push_back(crypto::PrivateKey::from_ed25519_seed(random.bytes(32)));
    Validator v;
    std::copy_n(keys.back().public_key().raw().begin(), 32, v.key.begin());
    set.push_back(v);
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    return base::compare(crypto::sha256(a.public_key().raw()), crypto::sha256(b.public_key().raw())) < 0;
  });
  sort_validators(set);
  const auto sign_slot = [&](std::size_t i, const BlockId& id, BlockIdFlag flag) {
    const Instant time = Instant::from_seconds(100 + static_cast<std::int64_t>(i));
    return CommitSignature{flag, address_of(set[i]), time, crypto::sign(keys[i], vote_sign_bytes("c", 6, 0, id, time))};
  };
  Commit commit{6, 0, id_of_six(), {}};
  for (std::size_t i = 0; i < 4; ++i) commit.signatures.push_back(sign_slot(i, id_of_six(), BlockIdFlag::kCommit));
  EXPECT_TRUE(check_commit("c", commit, set));
  EXPECT_EQ(median_time(commit, set), Instant::from_seconds(101));
  commit.signatures[3] = {};
  EXPECT_TRUE(check_commit("c", commit, set)) << "three of four are more than two thirds";
  commit.signatures[2] = sign_slot(2, BlockId{}, BlockIdFlag::kNil);
  EXPECT_EQ(check_commit("c", commit, set).error().code, Code::kBadSignature) << "a nil vote is no vote for the block";
  commit.signatures[2] = sign_slot(2, id_of_six(), BlockIdFlag::kCommit);
  commit.signatures[2].signature[5] ^= 1;
  EXPECT_EQ(check_commit("c", commit, set).error().code, Code::kBadSignature);
  EXPECT_EQ(check_commit("other", commit, set).error().code, Code::kBadSignature);
  commit.signatures.pop_back();
  EXPECT_EQ(check_commit("c", commit, set).error().code, Code::kOutOfRange);
}

}  // namespace
}  // namespace flora::ledger
