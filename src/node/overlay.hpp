// SPDX-License-Identifier: EUPL-1.2
// Tables as they will be once staged batches are written: what executors read through while a pair of blocks is made.
// Sorting the staged changes in waits for the first read, because a proof block seldom reads anything. One thread.
#pragma once
#include <array>
#include <map>
#include <vector>

#include "base/tables.hpp"

namespace flora::node {

class Overlay final : public base::TableReader {
 public:
  explicit Overlay(const base::TableReader& beneath) : beneath_(beneath) {}

  void stage(const base::Batch& batch);  // which must stay as it is until clear()
  void clear();                          // after the batches were written, or given up

  std::optional<base::Bytes> get(base::Table table, base::ByteView key) const override;
  void scan(base::Table table, base::ByteView prefix, base::ByteView from,
            const std::function<bool(base::ByteView, base::ByteView)>& visit) const override;
  void scan_back(base::Table table, base::ByteView prefix, base::ByteView from,
                 const std::function<bool(base::ByteView, base::ByteView)>& visit) const override;

 private:
  struct Less {
    using is_transparent = void;
    bool operator()(base::ByteView a, base::ByteView b) const { return base::compare(a, b) < 0; }
  };
  using Changes = std::map<base::Bytes, std::optional<base::Bytes>, Less>;
  const Changes& changes(base::Table table) const;
  const base::TableReader& beneath_;
  mutable std::vector<const base::Batch*> unsorted_;
  mutable std::array<Changes, base::kTableCount> changes_;
};

}  // namespace flora::node
