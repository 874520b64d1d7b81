// SPDX-License-Identifier: EUPL-1.2
#include "node/sequences.hpp"

#include "base/limits.hpp"

namespace flora::node {

using base::Bytes;
using base::Table;

base::Result<std::uint64_t> Sequences::next(const base::Hash& certificate) {
  std::lock_guard lock(mutex_);
  Range& range = ranges_[certificate];
  if (range.next == range.end) {
    Bytes key = base::to_bytes(base::as_bytes("node/sequence/"));
    base::append(key, certificate);
    const auto stored = tables_.get(Table::kMeta, key);
    const std::uint64_t begin = stored && stored->size() == 8 ? base::read_be64(*stored) : 1;
    base::Batch batch;
    batch.put(Table::kMeta, key, base::be64(begin + base::limits::kSequenceBlock));
    FLORA_TRY(tables_.commit(batch, true));
    range = {begin, begin + base::limits::kSequenceBlock};
  }
  return range.next++;
}

}  // namespace flora::node
