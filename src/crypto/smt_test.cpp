// SPDX-License-Identifier: EUPL-1.2
#include "crypto/smt.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/random.hpp"

namespace flora::crypto {
namespace {

// Tables in memory.
struct Store {
  std::map<Bytes, Bytes> pages;
  Hash root;
  std::size_t reads = 0;
  SmtRead read = [this](ByteView key) -> std::optional<Bytes> {
    ++reads;
    const auto found = pages.find(Bytes(key.begin(), key.end()));
    return found == pages.end() ? std::nullopt : std::optional(found->second);
  };

  SmtOutcome update(std::span<const SmtUpdate> updates, SmtCache* cache = nullptr) {
    auto outcome = smt_update(root, read, updates, cache);
    EXPECT_TRUE(outcome) << outcome.error().detail;
    for (std::size_t i = 1; i < outcome->changes.size(); ++i) {
      EXPECT_LT(outcome->changes[i - 1].page_key, outcome->changes[i].page_key);
    }
    for (const auto& change : outcome->changes) {
      if (change.page) {
        EXPECT_NE(pages[change.page_key], *change.page) << "only what changed is written";
        pages[change.page_key] = *change.page;
      } else {
        EXPECT_EQ(pages.erase(change.page_key), 1U) << "only what exists is erased";
      }
    }
    root = outcome->root;
    return *std::move(outcome);
  }
};

using Model = std::map<Hash, Hash>;

bool bit(const Hash& key, int depth) { return (key.bytes[static_cast<std::size_t>(depth / 8)] >> (7 - depth % 8)) & 1; }

// The root by its definition, without pages.
Hash by_definition(std::span<const std::pair<Hash, Hash>> entries, int depth) {
  if (entries.empty()) return {};
  if (entries.size() == 1) return smt_leaf(entries[0].first, entries[0].second);
  std::size_t left = 0;
  while (left < entries.size() && !bit(entries[left].first, depth)) ++left;
  return smt_inner(by_definition(entries.first(left), depth + 1), by_definition(entries.subspan(left), depth + 1));
}
Hash by_definition(const Model& model) {
  const std::vector<std::pair<Hash, Hash>> entries(model.begin(), model.end());
  return by_definition(entries, 0);
}

// Keys that share long prefixes often, so that deep and lonely branches come up.
Hash awkward_key(base::SeededRandom& random) {
  Hash key;
  const auto shape = random.below(4);
  if (shape == 0) random.fill(key.bytes);
  if (shape == 1) key.bytes[31] = static_cast<std::uint8_t>(random.below(4));
  if (shape == 2) key.bytes[random.below(3)] = static_cast<std::uint8_t>(random.below(6) << random.below(6));
  if (shape == 3) {
    key.bytes.fill(0xff);
    key.bytes[random.below(32)] = static_cast<std::uint8_t>(random.below(256));
  }
  return key;
}

void check_proofs(const Store& store, const Model& model, const Hash& key) {
  const auto proof = smt_prove(store.root, store.read, key);
  ASSERT_TRUE(proof);
  const auto found = model.find(key);
  ASSERT_EQ(smt_get(store.root, store.read, key).value(), found == model.end() ? std::nullopt : std::optional(found->second));
  if (found != model.end()) {
    ASSERT_TRUE(verify_smt_presence(*proof, store.root, key, found->second));
    ASSERT_FALSE(verify_smt_absence(*proof, store.root, key));
    ASSERT_FALSE(verify_smt_presence(*proof, store.root, key, sha256(found->second)));
  } else {
    ASSERT_TRUE(verify_smt_absence(*proof, store.root, key));
    ASSERT_FALSE(verify_smt_presence(*proof, store.root, key, Hash{}));
  }
  ASSERT_EQ(decode_smt_proof(encode_smt_proof(*proof)).value(), *proof);
}

void run_random_batches(std::uint64_t seed, bool cached) {
  base::SeededRandom random(seed);
  Store store;
  Model model;
  SmtCache cache(64);  // small, so that it overflows
  for (int round = 0; round < 60; ++round) {
    std::vector<SmtUpdate> updates(random.below(30));
    for (auto& update : updates) {
      update.key = awkward_key(random);
      if (!model.empty() && random.below(3) == 0) {
        auto some = model.begin();
        std::advance(some, static_cast<std::ptrdiff_t>(random.below(model.size())));
        update.key = some->first;
      }
      if (random.below(3) != 0) {
        update.value.emplace();
        update.value->bytes[0] = static_cast<std::uint8_t>(random.below(3));
      }
    }
    if (cached && random.below(4) == 0) (void)smt_update(store.root, store.read, updates, &cache);  // thrown away
    store.update(updates, cached ? &cache : nullptr);
    for (const auto& update : updates) {
      model.erase(update.key);
      if (update.value) model.emplace(update.key, *update.value);
    }
    ASSERT_EQ(store.root, by_definition(model)) << "seed " << seed << ", round " << round;
    for (int i = 0; i < 5; ++i) check_proofs(store, model, awkward_key(random));
    for (const auto& update : updates) check_proofs(store, model, update.key);
  }
  // Nothing is left of a tree whose entries are all gone.
  std::vector<SmtUpdate> removals;
  for (const auto& [key, value] : model) removals.push_back({key, std::nullopt});
  store.update(removals, cached ? &cache : nullptr);
  EXPECT_TRUE(store.root.is_zero());
  EXPECT_TRUE(store.pages.empty());
}

TEST(Smt, AgreesWithItsDefinition) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) run_random_batches(seed, false);
}

TEST(Smt, ACacheChangesNothing) {
  for (std::uint64_t seed = 100; seed <= 110; ++seed) run_random_batches(seed, true);
}

TEST(Smt, DoesNotDependOnTheOrder) {
  base::SeededRandom random(5);
  std::vector<SmtUpdate> updates;
  for (int i = 0; i < 500; ++i) updates.push_back({sha256(random.bytes(8)), sha256(random.bytes(8))});
  Store together, apart;
  together.update(updates);
  for (std::size_t i = updates.size(); i-- > 0;) apart.update({&updates[i], 1});
  EXPECT_EQ(together.root, apart.root);
  EXPECT_EQ(together.pages, apart.pages);
}

TEST(Smt, LastUpdateOfAKeyCounts) {
  const Hash key = sha256(base::as_bytes("k"));
  const Hash one = sha256(base::as_bytes("1")), two = sha256(base::as_bytes("2"));
  Store store;
  const SmtUpdate updates[] = {{key, one}, {key, std::nullopt}, {key, two}};
  store.update(updates);
  EXPECT_EQ(store.root, smt_leaf(key, two));
  EXPECT_TRUE(store.update(updates).changes.empty()) << "the same again writes nothing";
  EXPECT_TRUE(store.update({}).changes.empty());
}

TEST(Smt, ReadsEachPageOnce) {
  base::SeededRandom random(6);
  std::vector<SmtUpdate> updates;
  for (int i = 0; i < 20'000; ++i) updates.push_back({sha256(random.bytes(8)), sha256(random.bytes(8))});
  Store store;
  store.update(updates);
  store.reads = 0;
  std::vector<SmtUpdate> second(updates.begin(), updates.begin() + 1000);
  for (auto& update : second) update.value = sha256(*update.value);
  const auto outcome = store.update(second);
  EXPECT_EQ(store.reads, outcome.changes.size());
}

TEST(Smt, NoticesDamagedPages) {
  base::SeededRandom random(8);
  std::vector<SmtUpdate> updates;
  for (int i = 0; i < 300; ++i) updates.push_back({sha256(random.bytes(8)), sha256(random.bytes(8))});
  Store store;
  store.update(updates);
  const auto good = store.pages;
  for (int round = 0; round < 300; ++round) {
    store.pages = good;
    auto page = store.pages.begin();
    std::advance(page, static_cast<std::ptrdiff_t>(random.below(store.pages.size())));
    auto& bytes = page->second;
    switch (random.below(3)) {
      case 0: bytes[random.below(bytes.size())] ^= static_cast<std::uint8_t>(1 << random.below(8)); break;
      case 1: bytes.resize(random.below(bytes.size())); break;
      default: store.pages.erase(page);
    }
    // Touching every key must meet the damaged page.
    SmtCache cache(64);
    auto touched = updates;
    for (auto& update : touched) update.value = sha256(*update.value);
    const auto outcome = smt_update(store.root, store.read, touched, round % 2 == 0 ? &cache : nullptr);
    ASSERT_FALSE(outcome);
    ASSERT_EQ(outcome.error().code, base::Code::kCorrupt);
    store.pages = good;
    ASSERT_TRUE(smt_update(store.root, store.read, touched, &cache)) << "the cache keeps nothing half done";
  }
}

TEST(Smt, RefusesForgedProofs) {
  base::SeededRandom random(9);
  Store store;
  std::vector<SmtUpdate> updates;
  for (int i = 0; i < 100; ++i) updates.push_back({sha256(random.bytes(8)), sha256(random.bytes(8))});
  store.update(updates);
  for (const auto& update : updates) {
    const auto proof = smt_prove(store.root, store.read, update.key).value();
    auto forged = proof;
    forged.siblings[random.below(forged.siblings.size())].bytes[random.below(32)] ^= 1;
    EXPECT_FALSE(verify_smt_presence(forged, store.root, update.key, *update.value));
    forged = proof;
    forged.siblings.pop_back();
    EXPECT_FALSE(verify_smt_presence(forged, store.root, update.key, *update.value));
    // Another key's leaf, or emptiness, shown in its place.
    forged = smt_prove(store.root, store.read, updates[random.below(updates.size())].key).value();
    EXPECT_FALSE(verify_smt_absence(forged, store.root, update.key) && forged.leaf->key != update.key);
    forged = proof;
    forged.leaf.reset();
    EXPECT_FALSE(verify_smt_absence(forged, store.root, update.key));
  }
  SmtProof endless;
  endless.siblings.resize(257);
  EXPECT_FALSE(verify_smt_absence(endless, store.root, updates[0].key));
  EXPECT_TRUE(verify_smt_absence({}, {}, updates[0].key)) << "nothing is in the empty tree";
}

}  // namespace
}  // namespace flora::crypto
