// SPDX-License-Identifier: EUPL-1.2
#include "crypto/smt_page.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace flora::crypto {

using Kind = SmtNode::Kind;

Bytes smt_page_key(const Hash& key, int depth) {
  Bytes out{static_cast<std::uint8_t>(depth)};
  const auto whole = static_cast<std::size_t>(depth / 8);
  out.insert(out.end(), key.bytes.begin(), key.bytes.begin() + static_cast<std::ptrdiff_t>(whole));
  if (depth % 8 != 0) out.push_back(key.bytes[whole] & 0xf0);
  return out;
}

std::optional<SmtPage> SmtPage::decode(ByteView encoded) {
  if (encoded.size() < 4) return std::nullopt;
  const unsigned used = static_cast<unsigned>(encoded[0]) << 8 | encoded[1];
  const unsigned leaves = static_cast<unsigned>(encoded[2]) << 8 | encoded[3];
  const auto leaf_count = static_cast<std::size_t>(std::popcount(leaves));
  const auto inner_count = static_cast<std::size_t>(std::popcount(used)) - leaf_count;
  if ((leaves & ~used) != 0 || encoded.size() != 4 + 64 * leaf_count + 32 * inner_count) return std::nullopt;
  SmtPage page;
  page.leaves_.reserve(leaf_count);
  std::size_t at = 4;
  const auto hash = [&] {
    Hash out;
    std::copy_n(encoded.begin() + static_cast<std::ptrdiff_t>(at), 32, out.bytes.begin());
    at += 32;
    return out;
  };
  for (std::size_t i = 0; i < kSmtSlots; ++i) {
    if ((used >> i & 1) == 0) continue;
    if ((leaves >> i & 1) != 0) {
      const Hash key = hash();
      page.set_slot(i, SmtNode::of_leaf({key, hash()}));
    } else {
      page.set_slot(i, {Kind::kInner, hash(), {}});
    }
  }
  page.settle();
  return page;
}

Bytes SmtPage::encode() const {
  unsigned used = 0, leaves = 0;
  for (std::size_t i = 0; i < kSmtSlots; ++i) {
    if (kinds_[kSmtSlots + i] != Kind::kEmpty) used |= 1U << i;
    if (kinds_[kSmtSlots + i] == Kind::kLeaf) leaves |= 1U << i;
  }
  Bytes out;
  out.reserve(4 + 32 * (leaves_.size() + static_cast<std::size_t>(std::popcount(used))));
  for (const unsigned mask : {used, leaves}) {
    out.push_back(static_cast<std::uint8_t>(mask >> 8));
    out.push_back(static_cast<std::uint8_t>(mask));
  }
  auto leaf = leaves_.begin();
  for (std::size_t i = 0; i < kSmtSlots; ++i) {
    const Kind kind = kinds_[kSmtSlots + i];
    if (kind == Kind::kInner) base::append(out, hashes_[kSmtSlots + i]);
    if (kind == Kind::kLeaf) {
      base::append(out, leaf->leaf.key);
      base::append(out, leaf->leaf.value);
      ++leaf;
    }
  }
  return out;
}

const SmtProof::Leaf& SmtPage::leaf_at(std::size_t index) const {
  const auto found = std::ranges::find(leaves_, index, &SlotLeaf::slot);
  FLORA_CHECK(found != leaves_.end(), "a leaf slot has its leaf");
  return found->leaf;
}

SmtNode SmtPage::slot(std::size_t index) const {
  SmtNode node{kinds_[kSmtSlots + index], hashes_[kSmtSlots + index], {}};
  if (node.kind == Kind::kLeaf) node.leaf = leaf_at(index);
  return node;
}

void SmtPage::set_slot(std::size_t index, const SmtNode& node) {
  const auto place = std::ranges::lower_bound(leaves_, index, {}, &SlotLeaf::slot);
  const bool was_leaf = place != leaves_.end() && place->slot == index;
  if (node.kind == Kind::kLeaf && was_leaf) {
    place->leaf = node.leaf;
  } else if (node.kind == Kind::kLeaf) {
    leaves_.insert(place, {static_cast<std::uint8_t>(index), node.leaf});
  } else if (was_leaf) {
    leaves_.erase(place);
  }
  kinds_[kSmtSlots + index] = node.kind;
  hashes_[kSmtSlots + index] = node.hash;
  touched_ |= 1U << (kSmtSlots + index);
}

void SmtPage::settle() {
  for (std::size_t i = kSmtSlots - 1; i >= 1; --i) {
    if ((touched_ >> (2 * i) & 3) == 0) continue;
    touched_ |= 1U << i;
    const Kind left = kinds_[2 * i], right = kinds_[2 * i + 1];
    // Alone, an empty or single-leaf subtree stands for both.
    if (right == Kind::kEmpty && left != Kind::kInner) {
      kinds_[i] = left;
      hashes_[i] = hashes_[2 * i];
    } else if (left == Kind::kEmpty && right != Kind::kInner) {
      kinds_[i] = right;
      hashes_[i] = hashes_[2 * i + 1];
    } else {
      kinds_[i] = Kind::kInner;
      hashes_[i] = smt_inner(hashes_[2 * i], hashes_[2 * i + 1]);
    }
  }
  touched_ = 0;
}

SmtNode SmtPage::top() const {
  SmtNode node{kinds_[1], hashes_[1], {}};
  if (node.kind == Kind::kLeaf) node.leaf = leaves_.front().leaf;
  return node;
}

SmtCache::Impl::Place& SmtCache::Impl::Node::child(std::size_t slot) {
  if (!children) children = std::make_unique<std::array<Place, kSmtSlots>>();
  return (*children)[slot];
}

namespace {

template <class Visit>
void for_each_place(SmtCache::Impl::Place& place, const Visit& visit) {
  if (!place) return;
  visit(place);
  if (!place || !place->children) return;
  for (auto& child : *place->children) for_each_place(child, visit);
}

}  // namespace

void SmtCache::Impl::evict() {
  if (count <= pages_max) return;
  std::vector<std::uint64_t> used;
  used.reserve(count);
  for_each_place(root, [&](const Place& place) { used.push_back(place->used); });
  const auto middle = used.begin() + static_cast<std::ptrdiff_t>(used.size() - pages_max * 3 / 4 - 1);
  std::ranges::nth_element(used, middle);
  const std::uint64_t oldest_kept = *middle + 1;
  for_each_place(root, [&](Place& place) {
    if (place->used < oldest_kept) place.reset();
  });
}

SmtCache::SmtCache(std::size_t pages_max) : impl_(std::make_unique<Impl>()) { impl_->pages_max = pages_max; }
SmtCache::~SmtCache() = default;
SmtCache::SmtCache(SmtCache&&) noexcept = default;
SmtCache& SmtCache::operator=(SmtCache&&) noexcept = default;
std::size_t SmtCache::size() const { return impl_->count; }
void SmtCache::clear() { impl_->root.reset(); }

}  // namespace flora::crypto
