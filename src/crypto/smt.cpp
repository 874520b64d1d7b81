// SPDX-License-Identifier: EUPL-1.2
#include "crypto/smt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "crypto/smt_page.hpp"

namespace flora::crypto {
namespace {

using base::Code;
using base::Result;
using base::Status;
using Kind = SmtNode::Kind;

constexpr int kKeyBits = 256;
constexpr std::uint8_t kLeafPrefix[] = {2};
constexpr std::uint8_t kInnerPrefix[] = {3};

tl::unexpected<base::Error> corrupt(ByteView page_key, std::string_view why) {
  return base::fail(Code::kCorrupt, fmt::format("page {} of a sparse Merkle tree {}", base::to_hex(page_key), why));
}

// Reads a page and checks it against the hash its parent names.
Result<SmtPage> load(const SmtRead& read, const Hash& key, int depth, const Hash& expected) {
  const Bytes page_key = smt_page_key(key, depth);
  const auto encoded = read(page_key);
  if (!encoded) return corrupt(page_key, "is missing");
  auto page = SmtPage::decode(*encoded);
  if (!page || page->hash() != expected) return corrupt(page_key, "does not match its hash");
  return *std::move(page);
}

// One batch, from the root downwards; each page is settled once all its slots have their new nodes.
class Updater {
 public:
  using Place = SmtCache::Impl::Place;
  Updater(const SmtRead& read, SmtCache::Impl* cache) : read_(read), cache_(cache) {}

  // `node`: what stands at this depth now. `updates`: sorted by key, all below this place, each key once. `place`: where the
  // page is or will be kept.
  Result<SmtNode> apply(const SmtNode& node, std::span<const SmtUpdate> updates, int depth, Place& place) {
    const Hash& some_key = updates[0].key;  // names the page
    const bool stored = node.kind == Kind::kInner;
    if (!stored && depth != 0) {
      if (auto small = without_page(node, updates)) return *small;
    }
    if (!place) place = std::make_unique<SmtCache::Impl::Node>(cache_ != nullptr ? cache_->count : uncached_);
    if (stored && place->page.hash() != node.hash) {
      FLORA_TRY(place->page, load(read_, some_key, depth, node.hash));
    } else if (!stored) {
      place->page = {};
      if (node.kind == Kind::kLeaf) place->page.set_slot(smt_slot(node.leaf.key, depth), node);
    }
    if (cache_ != nullptr) place->used = cache_->batch;
    FLORA_TRY(apply_slots(*place, updates, depth));
    return finish(place, node, stored, some_key, depth);
  }

  // In the order of their keys: by depth, then as they were met.
  std::vector<SmtPageChange> take_changes() {
    std::size_t count = 0;
    for (const auto& level : changes_) count += level.size();
    std::vector<SmtPageChange> all;
    all.reserve(count);
    for (auto& level : changes_) std::ranges::move(level, std::back_inserter(all));
    return all;
  }

 private:
  // Where no page is and none will be: the node after the updates, if at most one leaf is left.
  static std::optional<SmtNode> without_page(const SmtNode& node, std::span<const SmtUpdate> updates) {
    std::optional<SmtProof::Leaf> left;
    if (node.kind == Kind::kLeaf) left = node.leaf;
    for (const auto& update : updates) {
      const bool same_key = left && left->key == update.key;
      if (update.value && left && !same_key) return std::nullopt;
      if (update.value) left = {update.key, *update.value};
      if (!update.value && same_key) left.reset();
    }
    if (!left) return SmtNode{};
    return left == (node.kind == Kind::kLeaf ? std::optional(node.leaf) : std::nullopt) ? node : SmtNode::of_leaf(*left);
  }

  Status apply_slots(SmtCache::Impl::Node& at, std::span<const SmtUpdate> updates, int depth) {
    while (!updates.empty()) {
      const std::size_t slot = smt_slot(updates[0].key, depth);
      const auto end = std::ranges::find_if(updates, [&](const SmtUpdate& u) { return smt_slot(u.key, depth) != slot; });
      const auto group = updates.first(static_cast<std::size_t>(end - updates.begin()));
      const SmtNode child = at.page.slot(slot);
      Place kept_for_this_call;
      Place& place = cache_ != nullptr ? at.child(slot) : kept_for_this_call;
      FLORA_TRY(const SmtNode changed, apply(child, group, depth + kSmtPageBits, place));
      if (changed.hash != child.hash) at.page.set_slot(slot, changed);
      updates = updates.subspan(group.size());
    }
    at.page.settle();
    return {};
  }

  SmtNode finish(Place& place, const SmtNode& before, bool stored, const Hash& some_key, int depth) {
    const SmtNode after = place->page.top();
    const bool keep = depth == 0 ? after.kind != Kind::kEmpty : after.kind == Kind::kInner;
    if (keep && (!stored || after.hash != before.hash)) {
      changes_at(depth).push_back({smt_page_key(some_key, depth), place->page.encode()});
    } else if (!keep && stored) {
      changes_at(depth).push_back({smt_page_key(some_key, depth), std::nullopt});
    }
    if (!keep) place.reset();
    return after;
  }

  std::vector<SmtPageChange>& changes_at(int depth) { return changes_[static_cast<std::size_t>(depth / kSmtPageBits)]; }

  const SmtRead& read_;
  SmtCache::Impl* cache_;
  std::array<std::vector<SmtPageChange>, kKeyBits / kSmtPageBits> changes_;
  std::size_t uncached_ = 0;  // counts pages that live for one call
};

// Sorted by key; of several updates of one key the last is kept.
std::vector<SmtUpdate> sorted_once(std::span<const SmtUpdate> updates) {
  struct Place {
    std::uint64_t begin;  // of the key: decides nearly always, without a look at the update itself
    std::uint32_t index;
  };
  std::vector<Place> order;
  order.reserve(updates.size());
  for (const auto& update : updates) {
    order.push_back({base::read_be64(ByteView(update.key).first(8)), static_cast<std::uint32_t>(order.size())});
  }
  std::ranges::sort(order, [&](const Place& a, const Place& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    const auto by_key = updates[a.index].key <=> updates[b.index].key;
    return by_key != 0 ? by_key < 0 : a.index < b.index;
  });
  std::vector<SmtUpdate> sorted;
  sorted.reserve(updates.size());
  for (const auto& place : order) {
    const SmtUpdate& update = updates[place.index];
    if (!sorted.empty() && sorted.back().key == update.key) {
      sorted.back() = update;
    } else {
      sorted.push_back(update);
    }
  }
  return sorted;
}

// The page's nodes on the way of a key, from its top to what decides: the siblings passed and the node reached.
struct Descent {
  SmtNode reached;
  bool continues;  // the node is inner and stands in a slot: the next page goes on
};
Descent descend(const SmtPage& page, const Hash& key, int depth, std::vector<Hash>* siblings) {
  std::size_t at = 1;
  for (int level = 0; level < kSmtPageBits && page.node_kind(at) == Kind::kInner; ++level) {
    const std::size_t next = 2 * at + (smt_bit(key, depth + level) ? 1 : 0);
    if (siblings != nullptr) siblings->push_back(page.node_hash(next ^ 1));
    at = next;
  }
  if (page.node_kind(at) == Kind::kEmpty) return {{}, false};
  if (page.node_kind(at) == Kind::kInner) return {{Kind::kInner, page.node_hash(at), {}}, true};
  // A single leaf may stand for a subtree of several slots: find the one it lies in.
  std::size_t slot = at;
  while (slot < kSmtSlots) slot = page.node_kind(2 * slot) == Kind::kLeaf ? 2 * slot : 2 * slot + 1;
  return {page.slot(slot - kSmtSlots), false};
}

Result<SmtNode> find(const Hash& root, const SmtRead& read, const Hash& key, std::vector<Hash>* siblings) {
  if (root.is_zero()) return SmtNode{};
  Hash expected = root;
  for (int depth = 0; depth < kKeyBits; depth += kSmtPageBits) {
    FLORA_TRY(const auto page, load(read, key, depth, expected));
    const auto step = descend(page, key, depth, siblings);
    if (!step.continues) return step.reached;
    expected = step.reached.hash;
  }
  return corrupt(smt_page_key(key, kKeyBits - kSmtPageBits), "has nodes below its keys");
}

// The root a proof leads to.
Hash root_of(const SmtProof& proof, const Hash& key) {
  Hash hash = proof.leaf ? smt_leaf(proof.leaf->key, proof.leaf->value) : Hash{};
  for (std::size_t i = proof.siblings.size(); i-- > 0;) {
    hash = smt_bit(key, static_cast<int>(i)) ? smt_inner(proof.siblings[i], hash) : smt_inner(hash, proof.siblings[i]);
  }
  return hash;
}

}  // namespace

Hash smt_leaf(const Hash& key, const Hash& value) { return sha256({kLeafPrefix, key, value}); }
Hash smt_inner(const Hash& left, const Hash& right) { return sha256({kInnerPrefix, left, right}); }

Result<SmtOutcome> smt_update(const Hash& root, const SmtRead& read, std::span<const SmtUpdate> updates, SmtCache* cache) {
  const auto sorted = sorted_once(updates);
  if (sorted.empty()) return SmtOutcome{root, {}};
  Updater updater(read, cache != nullptr ? &cache->impl() : nullptr);
  SmtCache::Impl::Place for_this_call;
  auto& place = cache != nullptr ? cache->impl().root : for_this_call;
  if (cache != nullptr) ++cache->impl().batch;
  // The root's page exists unless the tree is empty, even for a single leaf: only there its key stands.
  const SmtNode before{root.is_zero() ? Kind::kEmpty : Kind::kInner, root, {}};
  const auto after = updater.apply(before, sorted, 0, place);
  if (!after) {
    if (cache != nullptr) cache->clear();  // some pages are half changed
    return tl::unexpected(after.error());
  }
  if (cache != nullptr) cache->impl().evict();
  return SmtOutcome{after->hash, updater.take_changes()};
}

Result<std::optional<Hash>> smt_get(const Hash& root, const SmtRead& read, const Hash& key) {
  FLORA_TRY(const auto node, find(root, read, key, nullptr));
  if (node.kind != Kind::kLeaf || node.leaf.key != key) return std::optional<Hash>();
  return std::optional(node.leaf.value);
}

Result<SmtProof> smt_prove(const Hash& root, const SmtRead& read, const Hash& key) {
  SmtProof proof;
  FLORA_TRY(const auto node, find(root, read, key, &proof.siblings));
  if (node.kind == Kind::kLeaf) proof.leaf = node.leaf;
  return proof;
}

bool verify_smt_presence(const SmtProof& proof, const Hash& root, const Hash& key, const Hash& value) {
  if (proof.siblings.size() > kKeyBits || proof.leaf != SmtProof::Leaf{key, value}) return false;
  return root_of(proof, key) == root;
}

bool verify_smt_absence(const SmtProof& proof, const Hash& root, const Hash& key) {
  if (proof.siblings.size() > kKeyBits) return false;
  if (proof.leaf) {
    if (proof.leaf->key == key) return false;
    // The other leaf must stand where this key's would: on the same way as far as the siblings reach.
    for (std::size_t i = 0; i < proof.siblings.size(); ++i) {
      if (smt_bit(proof.leaf->key, static_cast<int>(i)) != smt_bit(key, static_cast<int>(i))) return false;
    }
  }
  return root_of(proof, key) == root;
}

Bytes encode_smt_proof(const SmtProof& proof) {
  base::CborWriter writer;
  writer.array(2).array(proof.siblings.size());
  for (const auto& sibling : proof.siblings) writer.bytes(sibling);
  if (proof.leaf) {
    writer.array(2).bytes(proof.leaf->key).bytes(proof.leaf->value);
  } else {
    writer.null();
  }
  return writer.take();
}

Result<SmtProof> decode_smt_proof(ByteView encoded) {
  SmtProof proof;
  FLORA_TRY(auto reader, base::CborReader::open(encoded));
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto siblings, reader.array());
  if (siblings > kKeyBits) return base::fail(Code::kMalformed, "more than 256 siblings");
  proof.siblings.reserve(siblings);
  for (std::size_t i = 0; i < siblings; ++i) {
    FLORA_TRY(const auto sibling, reader.bytes(32));
    proof.siblings.push_back(*Hash::from(sibling));
  }
  if (reader.peek() == base::CborType::kNull) {
    FLORA_TRY(reader.null());
  } else {
    FLORA_TRY(reader.array(2));
    FLORA_TRY(const auto key, reader.bytes(32));
    FLORA_TRY(const auto value, reader.bytes(32));
    proof.leaf = {*Hash::from(key), *Hash::from(value)};
  }
  FLORA_TRY(reader.end());
  return proof;
}

}  // namespace flora::crypto
