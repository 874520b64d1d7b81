// SPDX-License-Identifier: EUPL-1.2
#include "crypto/smt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "crypto/smt_page.hpp"

namespace flora::crypto {
namespace {

using base::Code;
using base::Result;
using Kind = SmtNode::Kind;

constexpr int kKeyBits = 256;
constexpr std::uint8_t kLeafPrefix[] = {2};
constexpr std::uint8_t kInnerPrefix[] = {3};

tl::unexpected<base::Error> corrupt(ByteView page_key, std::string_view why) {
  return base::fail(Code::kCorrupt, fmt::format("page {} of a sparse Merkle tree {}", base::to_hex(page_key), why));
}

// Reads a page and checks it against the hash its parent names.
Result<std::unique_ptr<SmtPage>> load(const SmtRead& read, const Hash& key, int depth, const Hash& expected, SmtCache* cache) {
  if (cache != nullptr) {
    if (auto page = cache->impl().take(expected)) return page;
  }
  const Bytes page_key = smt_page_key(key, depth);
  const auto encoded = read(page_key);
  if (!encoded) return corrupt(page_key, "is missing");
  auto page = SmtPage::decode(*encoded);
  if (!page || page->hash() != expected) return corrupt(page_key, "does not match its hash");
  return std::make_unique<SmtPage>(*std::move(page));
}

// One batch, from the root downwards; each page is settled once all its slots have their new nodes.
class Updater {
 public:
  Updater(const SmtRead& read, SmtCache* cache) : read_(read), cache_(cache) {}

  // `node`: what stands at this depth now. `updates`: sorted by key, all below this place, each key once.
  Result<SmtNode> apply(const SmtNode& node, std::span<const SmtUpdate> updates, int depth) {
    const bool is_root = depth == 0;
    std::unique_ptr<SmtPage> page;
    const bool stored = node.kind == Kind::kInner || (is_root && node.kind == Kind::kLeaf);
    if (stored) {
      FLORA_TRY(page, load(read_, updates[0].key, depth, node.hash, cache_));
    } else if (!is_root) {
      if (auto small = without_page(node, updates)) return *small;
    }
    if (!page) {
      page = std::make_unique<SmtPage>();
      if (node.kind == Kind::kLeaf) page->set_slot(smt_slot(node.leaf.key, depth), node);
    }
    while (!updates.empty()) {
      const std::size_t slot = smt_slot(updates[0].key, depth);
      const auto end = std::ranges::find_if(updates, [&](const SmtUpdate& u) { return smt_slot(u.key, depth) != slot; });
      const auto group = updates.first(static_cast<std::size_t>(end - updates.begin()));
      const SmtNode child = page->slot(slot);
      FLORA_TRY(const SmtNode changed, apply(child, group, depth + kSmtPageBits));
      if (changed.kind != child.kind || changed.hash != child.hash) page->set_slot(slot, changed);
      updates = updates.subspan(group.size());
      last_key_ = group.back().key;
    }
    page->settle();
    return finish(std::move(page), node, stored, depth);
  }

  std::vector<SmtPageChange> changes;

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

  SmtNode finish(std::unique_ptr<SmtPage> page, const SmtNode& before, bool stored, int depth) {
    SmtNode after = page->top();
    const bool keep = depth == 0 ? after.kind != Kind::kEmpty : after.kind == Kind::kInner;
    const bool changed = after.hash != before.hash;
    if (keep && (changed || !stored)) {
      changes.push_back({smt_page_key(last_key_, depth), page->encode()});
    } else if (!keep && stored) {
      changes.push_back({smt_page_key(last_key_, depth), std::nullopt});
    }
    if (keep && cache_ != nullptr) cache_->impl().put(std::move(page));
    return after;
  }

  const SmtRead& read_;
  SmtCache* cache_;
  Hash last_key_;  // some key below the page being finished: names the page
};

// Sorted by key; of several updates of one key the last is kept.
std::vector<SmtUpdate> sorted_once(std::span<const SmtUpdate> updates) {
  std::vector<std::uint32_t> order(updates.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const auto by_key = updates[a].key <=> updates[b].key;
    return by_key != 0 ? by_key < 0 : a < b;
  });
  std::vector<SmtUpdate> sorted;
  sorted.reserve(updates.size());
  for (const auto i : order) {
    if (!sorted.empty() && sorted.back().key == updates[i].key) {
      sorted.back() = updates[i];
    } else {
      sorted.push_back(updates[i]);
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
    FLORA_TRY(const auto page, load(read, key, depth, expected, nullptr));
    const auto step = descend(*page, key, depth, siblings);
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
  Updater updater(read, cache);
  // The root's page exists unless the tree is empty, even for a single leaf: only there its key stands.
  const SmtNode before{root.is_zero() ? Kind::kEmpty : Kind::kInner, root, {}};
  FLORA_TRY(const SmtNode after, updater.apply(before, sorted, 0));
  std::ranges::sort(updater.changes, {}, &SmtPageChange::page_key);
  return SmtOutcome{after.hash, std::move(updater.changes)};
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
