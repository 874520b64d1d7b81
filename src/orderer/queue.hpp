// SPDX-License-Identifier: EUPL-1.2
// Transactions that wait for a block, kept per member: no member can fill the queue for the others, and every block takes
// from all of them in turn. Bounded in number and bytes; refuses instead of growing. Not thread safe: the sequencer's lock
// guards it.
#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace flora::orderer {

struct QueueLimits {
  std::size_t transactions_per_member = 8192;  // about one second of work of a whole node
  std::size_t bytes_per_member = 32UL * 1024 * 1024;
  std::size_t bytes = 96UL * 1024 * 1024;  // of all members
};

class Queue {
 public:
  explicit Queue(QueueLimits limits = {}) : limits_(limits) {}

  // Errors: kBusy, also if only a part would fit: then none is taken.
  base::Status put(const base::MemberId& member, std::vector<base::Bytes> transactions);
  // Takes from every member in turn, in each member's order, as long as the sum of sizes stays within `bytes_max`. The turn
  // goes on where the last call ended.
  std::vector<base::Bytes> take(std::size_t bytes_max);

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }

 private:
  struct Lane {
    std::deque<base::Bytes> waiting;
    std::size_t bytes = 0;
  };
  QueueLimits limits_;
  std::map<base::MemberId, Lane> lanes_;  // only those that are not empty
  base::MemberId last_served_{};
  std::size_t count_ = 0, bytes_ = 0;
};

}  // namespace flora::orderer
