// SPDX-License-Identifier: EUPL-1.2
// Sequence numbers of the certificates this node signs with. A block of limits::kSequenceBlock is reserved durably (kMeta
// "node/sequence/" | x5t -> first number not reserved, be64) before its first number is given out, so a restart skips what may
// have been used and never gives a number twice. Any thread.
#pragma once
#include <map>
#include <mutex>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"

namespace flora::node {

class Sequences {
 public:
  explicit Sequences(base::Tables& tables) : tables_(tables) {}
  // From 1. Errors: those of the write that reserves a block.
  base::Result<std::uint64_t> next(const base::Hash& certificate);

 private:
  struct Range {
    std::uint64_t next = 0, end = 0;
  };
  base::Tables& tables_;
  std::mutex mutex_;
  std::map<base::Hash, Range> ranges_;
};

}  // namespace flora::node
