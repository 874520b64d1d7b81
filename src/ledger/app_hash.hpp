// SPDX-License-Identifier: EUPL-1.2
// The app hash: CometBFT's two-level simple Merkle map. One store `flora` over entries with textual keys:
//   store root = merkle([leaf(key, value) in byte order of the keys]),  app hash = merkle([leaf("flora", store root)])
//   leaf(key, value) = merkle_leaf(uvarint(len key) | key | 20 | SHA-256(value))
// so that CometBFT's own light client can check an entry. Vector: docs/reference/formats.md, "App hash".
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/merkle.hpp"

namespace flora::ledger {

inline constexpr std::string_view kStoreName = "flora";

// Proof of one entry; enough to recompute the app hash.
struct EntryProof {
  std::string key;
  base::Bytes value;
  crypto::MerkleProof path;  // within the store
  friend bool operator==(const EntryProof&, const EntryProof&) = default;
};
// The app hash the proof leads to; nullopt if the path does not fit the key and value.
std::optional<base::Hash> app_hash_of(const EntryProof& proof);
base::Hash entry_leaf(std::string_view key, base::ByteView value);

// CometBFT's ProofOps for the light client: "simple:v" of the entry, then of the store.
struct ProofOperator {
  std::string type;
  base::Bytes key;
  base::Bytes data;
};
std::vector<ProofOperator> proof_operators(const EntryProof& proof);

// The tree over all entries, kept so that a change of one costs a path. A value: copying it is how a block is staged.
class AppHashTree {
 public:
  struct Change {
    std::string key;
    std::optional<base::Hash> leaf;  // entry_leaf(key, value); nullopt removes
  };
  // Keys need not be sorted; of several changes of one key the last counts.
  void apply(const std::vector<Change>& changes);
  base::Hash store_root() const;
  base::Hash app_hash() const;
  std::size_t size() const { return keys_.size(); }
  bool contains(std::string_view key) const;
  // nullopt if there is no such entry.
  std::optional<crypto::MerkleProof> prove(std::string_view key) const;
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  std::optional<std::size_t> find(std::string_view key) const;
  void rebuild();
  void refresh(std::size_t leaf);
  std::vector<std::string> keys_;                // sorted
  std::vector<std::vector<base::Hash>> levels_;  // [0] leaves; an odd last one moves up unchanged
};

}  // namespace flora::ledger
