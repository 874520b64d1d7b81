// SPDX-License-Identifier: EUPL-1.2
#include "node/overlay.hpp"

#include <iterator>
#include <vector>

namespace flora::node {

using base::Bytes;
using base::ByteView;
using base::Table;

namespace {
bool begins_with(ByteView key, ByteView prefix) {
  return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}
using Entry = std::pair<ByteView, const std::optional<Bytes>*>;
}  // namespace

void Overlay::stage(const base::Batch& batch) { unsorted_.push_back(&batch); }

void Overlay::clear() {
  unsorted_.clear();
  for (auto& changes : changes_) changes.clear();
}

const Overlay::Changes& Overlay::changes(Table table) const {
  for (const auto* batch : unsorted_) {
    for (const auto& change : batch->changes) changes_[static_cast<std::size_t>(change.table)][change.key] = change.value;
  }
  unsorted_.clear();
  return changes_[static_cast<std::size_t>(table)];
}

std::optional<Bytes> Overlay::get(Table table, ByteView key) const {
  const auto& staged = changes(table);
  const auto it = staged.find(key);
  return it != staged.end() ? it->second : beneath_.get(table, key);
}

void Overlay::scan(Table table, ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& visit) const {
  const auto& all = changes(table);
  auto it = all.lower_bound(base::compare(from, prefix) < 0 ? prefix : from);
  const auto in_range = [&] { return it != all.end() && begins_with(it->first, prefix); };
  bool go_on = true;
  beneath_.scan(table, prefix, from, [&](ByteView key, ByteView value) {
    for (; in_range() && base::compare(it->first, key) < 0; ++it) {
      if (it->second && !(go_on = visit(it->first, *it->second))) return false;
    }
    if (in_range() && base::equal(it->first, key)) {
      const auto& changed = (it++)->second;
      return go_on = !changed || visit(key, *changed);
    }
    return go_on = visit(key, value);
  });
  for (; go_on && in_range(); ++it) {
    if (it->second) go_on = visit(it->first, *it->second);
  }
}

void Overlay::scan_back(Table table, ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& visit) const {
  const auto& all = changes(table);
  // The staged entries of the range; few, so a list of them is simplest.
  std::vector<Entry> staged;
  for (auto it = all.lower_bound(prefix); it != all.end() && begins_with(it->first, prefix); ++it) {
    if (from.empty() || base::compare(it->first, from) <= 0) staged.emplace_back(it->first, &it->second);
  }
  auto it = staged.rbegin();
  bool go_on = true;
  beneath_.scan_back(table, prefix, from, [&](ByteView key, ByteView value) {
    for (; it != staged.rend() && base::compare(it->first, key) > 0; ++it) {
      if (*it->second && !(go_on = visit(it->first, **it->second))) return false;
    }
    if (it != staged.rend() && base::equal(it->first, key)) {
      const auto& changed = *(it++)->second;
      return go_on = !changed || visit(key, *changed);
    }
    return go_on = visit(key, value);
  });
  for (; go_on && it != staged.rend(); ++it) {
    if (*it->second) go_on = visit(it->first, **it->second);
  }
}

}  // namespace flora::node
