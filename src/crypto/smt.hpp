// SPDX-License-Identifier: EUPL-1.2
// Sparse Merkle tree over 256-bit keys (SHA-256 of the entry's key). Compact: an empty subtree is 32 zero bytes, a subtree
// that holds one leaf is that leaf, everything else an inner node:
//   leaf  = SHA-256(02 | key | value)      value = SHA-256 of the entry's value
//   inner = SHA-256(03 | left | right)     bit i of the key, most significant first, chooses left (0) or right (1) at depth i
// The shape depends on the entries alone, never on the order in which they came.
//
// On disk four levels form one page of up to sixteen slots, so that a changed entry rewrites few records. A page's key is
//   depth (1 byte, a multiple of 4) | the key's first `depth` bits, padded with zero bits to whole bytes
// and is to be prefixed by the caller. Everything is pure: pages are read through a callback, changes are handed back.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace flora::crypto {

inline Hash smt_empty_root() { return {}; }
Hash smt_leaf(const Hash& key, const Hash& value);
Hash smt_inner(const Hash& left, const Hash& right);

// The page stored under a key, or nullopt.
using SmtRead = std::function<std::optional<Bytes>(ByteView page_key)>;

struct SmtUpdate {
  Hash key;
  std::optional<Hash> value;  // nullopt removes
};
struct SmtPageChange {
  Bytes page_key;
  std::optional<Bytes> page;  // nullopt erases
};
struct SmtOutcome {
  Hash root;
  std::vector<SmtPageChange> changes;  // ordered by page key; write them in the batch of the block
};

// Recently used pages, decoded. Saves reading and hashing; never changes a result: a page counts only if its hash is the one its
// parent names, so the same cache stays right whether an outcome was committed or thrown away. One thread at a time.
class SmtCache {
 public:
  explicit SmtCache(std::size_t pages_max = 16384);  // about 1 KiB each
  ~SmtCache();
  SmtCache(SmtCache&&) noexcept;
  SmtCache& operator=(SmtCache&&) noexcept;
  std::size_t size() const;
  void clear();

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// Applies all updates at once to the tree with this root; every page on the way is read and hashed once. Of several updates
// of one key the last counts. Removing what is absent changes nothing. `read` must see the changes of all earlier outcomes that
// led to `root`; pages the batch does not touch are not read.
// Errors: kCorrupt (a page is missing or does not match its hash).
base::Result<SmtOutcome> smt_update(const Hash& root, const SmtRead& read, std::span<const SmtUpdate> updates,
                                    SmtCache* cache = nullptr);

// The value under a key, checked against the root on the way. Errors: kCorrupt.
base::Result<std::optional<Hash>> smt_get(const Hash& root, const SmtRead& read, const Hash& key);

// Presence: `leaf` has the key asked for. Absence: the path ends in an empty subtree (no leaf) or in another key's leaf.
struct SmtProof {
  struct Leaf {
    Hash key, value;
    friend bool operator==(const Leaf&, const Leaf&) = default;
  };
  std::vector<Hash> siblings;  // from the root downwards, at most 256
  std::optional<Leaf> leaf;
  friend bool operator==(const SmtProof&, const SmtProof&) = default;
};
base::Result<SmtProof> smt_prove(const Hash& root, const SmtRead& read, const Hash& key);

bool verify_smt_presence(const SmtProof& proof, const Hash& root, const Hash& key, const Hash& value);
bool verify_smt_absence(const SmtProof& proof, const Hash& root, const Hash& key);

// CBOR: [siblings: [* bytes .size 32], leaf: null / [key, value]].
Bytes encode_smt_proof(const SmtProof& proof);
base::Result<SmtProof> decode_smt_proof(ByteView encoded);  // kMalformed and the codes of CborReader

}  // namespace flora::crypto
