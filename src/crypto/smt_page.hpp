// SPDX-License-Identifier: EUPL-1.2
// One page of the sparse Merkle tree: four levels, sixteen slots. For the bodies of this module only.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "crypto/smt.hpp"

namespace flora::crypto {

inline constexpr int kSmtPageBits = 4;
inline constexpr std::size_t kSmtSlots = 16;

// What stands at one place of the tree.
struct SmtNode {
  enum class Kind : std::uint8_t { kEmpty, kLeaf, kInner };
  Kind kind = Kind::kEmpty;
  Hash hash;              // zero if empty
  SmtProof::Leaf leaf{};  // if a leaf

  static SmtNode of_leaf(const SmtProof::Leaf& leaf) { return {Kind::kLeaf, smt_leaf(leaf.key, leaf.value), leaf}; }
};

// Bits [depth, depth + 4) of a key; depth is a multiple of four.
inline std::size_t smt_slot(const Hash& key, int depth) {
  const std::uint8_t byte = key.bytes[static_cast<std::size_t>(depth / 8)];
  return depth % 8 == 0 ? byte >> 4 : byte & 15;
}
inline bool smt_bit(const Hash& key, int depth) {
  return (key.bytes[static_cast<std::size_t>(depth / 8)] >> (7 - depth % 8)) & 1;
}

Bytes smt_page_key(const Hash& key, int depth);

// Nodes in heap order: 1 is the top, 2i and 2i + 1 are the children of i, 16..31 are the slots.
class SmtPage {
 public:
  // mask of slots in use (be16) | mask of slots that are leaves (be16) | per slot in use, ascending: leaf: key, value;
  // inner: hash. nullopt if it is not exactly that.
  static std::optional<SmtPage> decode(ByteView encoded);
  Bytes encode() const;

  SmtNode slot(std::size_t index) const;
  void set_slot(std::size_t index, const SmtNode& node);
  // Brings the nodes above the changed slots up to date.
  void settle();
  // The node this page stands for; after settle().
  SmtNode top() const;
  const Hash& hash() const { return hashes_[1]; }
  const Hash& node_hash(std::size_t heap_index) const { return hashes_[heap_index]; }
  SmtNode::Kind node_kind(std::size_t heap_index) const { return kinds_[heap_index]; }

 private:
  struct SlotLeaf {
    std::uint8_t slot;
    SmtProof::Leaf leaf;
  };
  const SmtProof::Leaf& leaf_at(std::size_t index) const;

  std::array<Hash, 2 * kSmtSlots> hashes_{};
  std::array<SmtNode::Kind, 2 * kSmtSlots> kinds_{};
  std::vector<SlotLeaf> leaves_;  // ascending by slot
  std::uint32_t touched_ = 0;     // slots changed since settle()
};

// Pages in the shape of the tree, so that descending needs no look-up. A page counts only if its hash is the one its parent
// names.
struct SmtCache::Impl {
  struct Node {
    explicit Node(std::size_t& count) : count_(count) { ++count_; }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node() { --count_; }
    std::unique_ptr<Node>& child(std::size_t slot);

    SmtPage page;
    std::uint64_t used = 0;  // number of the batch that came by last; never smaller than a child's
    std::unique_ptr<std::array<std::unique_ptr<Node>, kSmtSlots>> children;

   private:
    std::size_t& count_;
  };
  using Place = std::unique_ptr<Node>;

  // If there are too many: drops those not used for longest, until at most three quarters are left.
  void evict();

  std::size_t pages_max = 0;
  std::size_t count = 0;
  std::uint64_t batch = 0;
  Place root;  // after `count`, which its destruction changes
};

}  // namespace flora::crypto
