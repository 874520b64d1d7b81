// SPDX-License-Identifier: EUPL-1.2
#include "crypto/merkle.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace flora::crypto {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0};
constexpr std::uint8_t kInnerPrefix[] = {1};

// The largest power of two below n; n >= 2.
std::size_t split_point(std::size_t n) { return std::bit_floor(n - 1); }

template <class Item>
std::vector<Hash> leaves_of(std::span<const Item> contents) {
  std::vector<Hash> leaves;
  leaves.reserve(contents.size());
  for (const auto& content : contents) leaves.push_back(merkle_leaf(content));
  return leaves;
}

// Folds neighbours level by level in place. A last one without a neighbour rises unchanged, which gives the same tree as
// splitting at the largest power of two.
Hash fold(std::vector<Hash> level) {
  if (level.empty()) return merkle_empty();
  while (level.size() > 1) {
    std::size_t out = 0;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) level[out++] = merkle_inner(level[i], level[i + 1]);
    if (level.size() % 2 == 1) level[out++] = level.back();
    level.resize(out);
  }
  return level[0];
}

// Number of aunts a proof of this position has: the depth of the leaf.
std::size_t depth_of(std::uint64_t index, std::uint64_t total) {
  std::size_t depth = 0;
  while (total > 1) {
    const std::uint64_t left = std::bit_floor(total - 1);
    ++depth;
    if (index < left) {
      total = left;
    } else {
      index -= left;
      total -= left;
    }
  }
  return depth;
}

}  // namespace

Hash merkle_leaf(ByteView content) { return sha256({kLeafPrefix, content}); }

Hash merkle_inner(const Hash& left, const Hash& right) { return sha256({kInnerPrefix, left, right}); }

Hash merkle_empty() { return sha256(ByteView{}); }

Hash merkle_root(std::span<const Bytes> contents) { return fold(leaves_of(contents)); }
Hash merkle_root(std::span<const ByteView> contents) { return fold(leaves_of(contents)); }
Hash merkle_root(std::span<const Hash> contents) { return fold(leaves_of(contents)); }
Hash merkle_root_of_leaves(std::span<const Hash> leaves) { return fold({leaves.begin(), leaves.end()}); }

std::vector<MerkleProof> merkle_proofs(std::span<const Hash> leaves) {
  std::vector<MerkleProof> proofs(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) proofs[i] = {leaves.size(), i, leaves[i], {}};
  std::vector<Hash> level(leaves.begin(), leaves.end());
  for (std::size_t width = 1; level.size() > 1; width *= 2) {
    // Node i of this level covers the leaves [i * width, (i + 1) * width).
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const std::size_t sibling = (i / width) ^ 1;
      if (sibling < level.size()) proofs[i].aunts.push_back(level[sibling]);
    }
    std::vector<Hash> next;
    next.reserve(level.size() / 2 + 1);
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) next.push_back(merkle_inner(level[i], level[i + 1]));
    if (level.size() % 2 == 1) next.push_back(level.back());
    level = std::move(next);
  }
  return proofs;
}

MerkleProof merkle_proof(std::span<const Hash> leaves, std::size_t index) {
  FLORA_CHECK(index < leaves.size(), "a proof is about a leaf of the tree");
  MerkleProof proof{leaves.size(), index, leaves[index], {}};
  // From the root downwards, then turned round.
  std::span<const Hash> part = leaves;
  while (part.size() > 1) {
    const std::size_t left = split_point(part.size());
    if (index < left) {
      proof.aunts.push_back(merkle_root_of_leaves(part.subspan(left)));
      part = part.first(left);
    } else {
      proof.aunts.push_back(merkle_root_of_leaves(part.first(left)));
      part = part.subspan(left);
      index -= left;
    }
  }
  std::reverse(proof.aunts.begin(), proof.aunts.end());
  return proof;
}

std::optional<Hash> merkle_root_of(const MerkleProof& proof) {
  if (proof.index >= proof.total || proof.aunts.size() != depth_of(proof.index, proof.total)) return std::nullopt;
  // Whether the aunt of each level stands right or left, from the root downwards.
  std::uint64_t index = proof.index, total = proof.total;
  std::uint64_t goes_right = 0;  // bit k: at the k-th split from the root the leaf lies right
  std::size_t splits = 0;
  for (; total > 1; ++splits) {
    const std::uint64_t left = std::bit_floor(total - 1);
    if (index < left) {
      total = left;
    } else {
      goes_right |= std::uint64_t{1} << splits;
      index -= left;
      total -= left;
    }
  }
  Hash hash = proof.leaf;
  for (std::size_t i = 0; i < splits; ++i) {
    const bool right = (goes_right >> (splits - 1 - i)) & 1;
    hash = right ? merkle_inner(proof.aunts[i], hash) : merkle_inner(hash, proof.aunts[i]);
  }
  return hash;
}

bool verify_merkle(const MerkleProof& proof, const Hash& root, ByteView content) {
  return merkle_leaf(content) == proof.leaf && merkle_root_of(proof) == root;
}

}  // namespace flora::crypto
