// SPDX-License-Identifier: EUPL-1.2
// The simple Merkle tree of CometBFT v0.38 (RFC 6962 section 2.1): leaf = SHA-256(00 | content), inner = SHA-256(01 | left |
// right), split at the largest power of two below the number of leaves, empty tree = SHA-256(""). Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace flora::crypto {

Hash merkle_leaf(ByteView content);
Hash merkle_inner(const Hash& left, const Hash& right);
Hash merkle_empty();

// Roots over leaf contents. A Hash here is content of 32 bytes like any other.
Hash merkle_root(std::span<const Bytes> contents);
Hash merkle_root(std::span<const ByteView> contents);
Hash merkle_root(std::span<const Hash> contents);
// Over hashes that merkle_leaf gave.
Hash merkle_root_of_leaves(std::span<const Hash> leaves);

// Path of one leaf. `aunts` run from the leaf upwards.
struct MerkleProof {
  std::uint64_t total = 0;
  std::uint64_t index = 0;
  Hash leaf;
  std::vector<Hash> aunts;
  friend bool operator==(const MerkleProof&, const MerkleProof&) = default;
};
// index < leaves.size() (own bug otherwise). O(n) hashes.
MerkleProof merkle_proof(std::span<const Hash> leaves, std::size_t index);
// All proofs at once, O(n) hashes in total.
std::vector<MerkleProof> merkle_proofs(std::span<const Hash> leaves);

// The root the path leads to from proof.leaf; nullopt if total, index and number of aunts do not fit together.
std::optional<Hash> merkle_root_of(const MerkleProof& proof);
// True if `content` is leaf number proof.index of the tree with this root.
bool verify_merkle(const MerkleProof& proof, const Hash& root, ByteView content);

}  // namespace flora::crypto
