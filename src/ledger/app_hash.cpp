// SPDX-License-Identifier: EUPL-1.2
#include "ledger/app_hash.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "ledger/proto.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::Hash;
using crypto::MerkleProof;

namespace {

Bytes leaf_content(std::string_view key, ByteView value) {
  Bytes content;
  append_uvarint(content, key.size());
  base::append(content, base::as_bytes(key));
  const Hash hash = crypto::sha256(value);
  append_uvarint(content, hash.bytes.size());
  base::append(content, hash);
  return content;
}

Hash app_hash_over(const Hash& store_root) { return entry_leaf(kStoreName, store_root); }

// cometbft.crypto.Proof inside ValueOp.
Bytes encode_value_operator(std::string_view key, const MerkleProof& path) {
  ProtoWriter proof;
  proof.varint(1, path.total).varint(2, path.index).bytes(3, path.leaf);
  for (const Hash& aunt : path.aunts) proof.bytes(4, aunt);
  return ProtoWriter().bytes(1, base::as_bytes(key)).message_always(2, proof.view()).take();
}

}  // namespace

Hash entry_leaf(std::string_view key, ByteView value) { return crypto::merkle_leaf(leaf_content(key, value)); }

std::optional<Hash> app_hash_of(const EntryProof& proof) {
  if (proof.path.leaf != entry_leaf(proof.key, proof.value)) return std::nullopt;
  const auto root = crypto::merkle_root_of(proof.path);
  if (!root) return std::nullopt;
  return app_hash_over(*root);
}

std::vector<ProofOperator> proof_operators(const EntryProof& proof) {
  const Hash store_root = crypto::merkle_root_of(proof.path).value_or(Hash{});
  const MerkleProof upper{1, 0, entry_leaf(kStoreName, store_root), {}};
  return {{"simple:v", base::to_bytes(base::as_bytes(proof.key)), encode_value_operator(proof.key, proof.path)},
          {"simple:v", base::to_bytes(base::as_bytes(kStoreName)), encode_value_operator(kStoreName, upper)}};
}

std::optional<std::size_t> AppHashTree::find(std::string_view key) const {
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (at == keys_.end() || *at != key) return std::nullopt;
  return static_cast<std::size_t>(at - keys_.begin());
}

bool AppHashTree::contains(std::string_view key) const { return find(key).has_value(); }

// Pairing neighbours level by level and moving an odd last one up gives the same tree as splitting at the largest power of two
// below n.
void AppHashTree::refresh(std::size_t leaf) {
  std::size_t at = leaf;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
    const auto& below = levels_[level];
    const std::size_t left = at & ~std::size_t{1};
    levels_[level + 1][at / 2] = left + 1 < below.size() ? crypto::merkle_inner(below[left], below[left + 1]) : below[left];
    at /= 2;
  }
}

void AppHashTree::rebuild() {
  levels_.resize(1);
  while (levels_.back().size() > 1) {
    const auto& below = levels_.back();
    std::vector<Hash> above((below.size() + 1) / 2);
    for (std::size_t i = 0; i < above.size(); ++i) {
      above[i] = 2 * i + 1 < below.size() ? crypto::merkle_inner(below[2 * i], below[2 * i + 1]) : below[2 * i];
    }
    levels_.push_back(std::move(above));
  }
}

void AppHashTree::apply(const std::vector<Change>& changes) {
  std::map<std::string_view, const Change*> shape;  // changes that add or remove a key
  for (const Change& change : changes) {
    const auto at = find(change.key);
    const bool known = at.has_value();
    if (known && change.leaf && !shape.contains(change.key)) {
      levels_[0][*at] = *change.leaf;
      refresh(*at);
    } else {
      shape[change.key] = &change;
    }
  }
  if (shape.empty()) return;
  if (levels_.empty()) levels_.emplace_back();
  std::vector<std::string> keys;
  std::vector<Hash> leaves;
  auto added = shape.begin();
  const auto take_added = [&] {
    if (added->second->leaf) {
      keys.emplace_back(added->first);
      leaves.push_back(*added->second->leaf);
    }
    ++added;
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    while (added != shape.end() && added->first < keys_[i]) take_added();
    if (added != shape.end() && added->first == keys_[i]) {
      take_added();
    } else {
      keys.push_back(keys_[i]);
      leaves.push_back(levels_[0][i]);
    }
  }
  while (added != shape.end()) take_added();
  keys_ = std::move(keys);
  levels_[0] = std::move(leaves);
  rebuild();
}

Hash AppHashTree::store_root() const { return keys_.empty() ? crypto::merkle_empty() : levels_.back()[0]; }

Hash AppHashTree::app_hash() const { return app_hash_over(store_root()); }

std::optional<MerkleProof> AppHashTree::prove(std::string_view key) const {
  const auto found = find(key);
  if (!found) return std::nullopt;
  MerkleProof proof{keys_.size(), *found, levels_[0][*found], {}};
  std::size_t at = *found;
  for (std::size_t level = 0; level + 1 < levels_.size(); ++level, at /= 2) {
    const std::size_t sibling = at ^ 1;
    if (sibling < levels_[level].size()) proof.aunts.push_back(levels_[level][sibling]);
  }
  return proof;
}

}  // namespace flora::ledger
