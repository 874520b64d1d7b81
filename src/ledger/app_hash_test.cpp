// SPDX-License-Identifier: EUPL-1.2
#include "ledger/app_hash.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace flora::ledger {
namespace {

using base::Bytes;
using base::Hash;
using base::to_hex;

Bytes text(std::string_view t) { return base::to_bytes(base::as_bytes(t)); }

std::vector<AppHashTree::Change> nine_entries() {
  std::vector<AppHashTree::Change> changes;
  const auto put = [&](std::string key, std::string_view value) {
    const Hash leaf = entry_leaf(key, base::as_bytes(value));
    changes.push_back({std::move(key), leaf});
  };
  for (int i = 0; i < 7; ++i) put("key" + std::to_string(i), "value" + std::to_string(i));
  put("a/b c", "slash");
  put("x:41", "hexlike");
  return changes;
}

TEST(AppHash, NineEntriesGiveTheRecordedHashes) {
  AppHashTree tree;
  tree.apply(nine_entries());
  EXPECT_EQ(to_hex(entry_leaf("key3", base::as_bytes("value3"))),
            "ad292ef1143cc2b702aa359827a4551a3475f958a1fedbda2fa4a8e5ac3f6b92");
  EXPECT_EQ(to_hex(tree.store_root()), "c7db69743efaa43c205745ffb56f101b6d77aa091a979b12219328dc9f29acba");
  EXPECT_EQ(to_hex(tree.app_hash()), "2c84e01af7073248c595a8e9c4f88b5556863b5e790add59dd8986def13d4808");
}

TEST(AppHash, PathOfAnEntryIsTheRecordedOne) {
  AppHashTree tree;
  tree.apply(nine_entries());
  const auto path = tree.prove("key3");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->index, 4u);
  EXPECT_EQ(path->total, 9u);
  ASSERT_EQ(path->aunts.size(), 4u);
  EXPECT_EQ(to_hex(path->aunts[0]), "747039bb2d204a7ad57e803f4732fc7af52978045c33a65b50966e2482341707");
  EXPECT_EQ(to_hex(path->aunts[1]), "caa0958a65e675045f09309eb4ae5d49f1f79a7433da130ae4ccb99cab835c28");
  EXPECT_EQ(to_hex(path->aunts[2]), "c517da53423d024af6a25ef3bd728f67addc6bd4ce57e27cd4bb999006aa18bd");
  EXPECT_EQ(to_hex(path->aunts[3]), "8d5f18b00548349d2ea95c0dacec11354fed4dc865dce81576f4f77453265f1f");
  const EntryProof proof{"key3", text("value3"), *path};
  EXPECT_EQ(app_hash_of(proof), tree.app_hash());
  EXPECT_EQ(app_hash_of({"key3", text("value4"), *path}), std::nullopt);
  EXPECT_EQ(tree.prove("key9"), std::nullopt);
}

TEST(AppHash, OperatorsAreThoseTheLightClientTakes) {
  AppHashTree tree;
  tree.apply(nine_entries());
  const auto ops = proof_operators({"key3", text("value3"), *tree.prove("key3")});
  ASSERT_EQ(ops.size(), 2u);
  EXPECT_EQ(ops[0].type, "simple:v");
  EXPECT_EQ(base::as_text(ops[1].key), "flora");
  const std::string upper = to_hex(ops[1].data);
  EXPECT_EQ(upper.substr(0, 28), "0a05666c6f7261122408011a20" + to_hex(entry_leaf("flora", tree.store_root())).substr(0, 2));
  EXPECT_EQ(upper.size(), 2u * (13 + 32));
}

// Whatever the order and grouping of changes, the tree is the one over the resulting entries.
TEST(AppHash, ChangesOneByOneGiveTheTreeBuiltAtOnce) {
  base::SeededRandom random(11);
  for (int round = 0; round < 60; ++round) {
    AppHashTree tree;
    std::map<std::string, Hash> model;
    for (int step = 0; step < 30; ++step) {
      std::vector<AppHashTree::Change> changes;
      for (std::uint64_t n = random.below(4); n > 0; --n) {
        const std::string key = "k" + std::to_string(random.below(25));
        if (random.below(3) == 0) {
          model.erase(key);
          changes.push_back({key, std::nullopt});
        } else {
          const Hash leaf = *Hash::from(random.bytes(32));
          model[key] = leaf;
          changes.push_back({key, leaf});
        }
      }
      tree.apply(changes);
      std::vector<Hash> leaves;
      for (const auto& [key, leaf] : model) leaves.push_back(leaf);
      ASSERT_EQ(tree.store_root(), crypto::merkle_root_of_leaves(leaves));
      ASSERT_EQ(tree.size(), model.size());
      for (const auto& [key, leaf] : model) {
        const auto path = tree.prove(key);
        ASSERT_TRUE(path && path->leaf == leaf);
        ASSERT_EQ(crypto::merkle_root_of(*path), tree.store_root());
      }
    }
  }
}

}  // namespace
}  // namespace flora::ledger
