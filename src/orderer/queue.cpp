// SPDX-License-Identifier: EUPL-1.2
#include "orderer/queue.hpp"

#include <fmt/format.h>

#include <utility>

namespace flora::orderer {

using base::Bytes;
using base::Code;

base::Status Queue::put(const base::MemberId& member, std::vector<Bytes> transactions) {
  if (transactions.empty()) return {};
  std::size_t bytes = 0;
  for (const auto& transaction : transactions) bytes += transaction.size();
  const auto found = lanes_.find(member);
  const std::size_t waiting = found == lanes_.end() ? 0 : found->second.waiting.size();
  const std::size_t waiting_bytes = found == lanes_.end() ? 0 : found->second.bytes;
  if (waiting + transactions.size() > limits_.transactions_per_member || waiting_bytes + bytes > limits_.bytes_per_member ||
      bytes_ + bytes > limits_.bytes) {
    return base::fail(Code::kBusy, fmt::format("{} envelopes wait for a block", count_));
  }
  Lane& lane = lanes_[member];
  count_ += transactions.size();
  bytes_ += bytes;
  lane.bytes += bytes;
  for (auto& transaction : transactions) lane.waiting.push_back(std::move(transaction));
  return {};
}

std::vector<Bytes> Queue::take(std::size_t bytes_max) {
  std::vector<Bytes> out;
  std::size_t bytes = 0;
  while (count_ > 0) {
    auto it = lanes_.upper_bound(last_served_);
    if (it == lanes_.end()) it = lanes_.begin();
    Bytes& next = it->second.waiting.front();
    if (bytes + next.size() > bytes_max && !out.empty()) break;
    last_served_ = it->first;
    bytes += next.size();
    it->second.bytes -= next.size();
    bytes_ -= next.size();
    --count_;
    out.push_back(std::move(next));
    it->second.waiting.pop_front();
    if (it->second.waiting.empty()) lanes_.erase(it);
  }
  return out;
}

}  // namespace flora::orderer
