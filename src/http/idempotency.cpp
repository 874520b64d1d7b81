// SPDX-License-Identifier: EUPL-1.2
#include "http/idempotency.hpp"

namespace flora::http {

using base::Code;
using base::fail;

base::Result<std::variant<Idempotency::Fresh, Response>> Idempotency::begin(const Key& key, const base::Hash& request) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_.emplace(key, Entry{.request = request, .done = false, .answer = {}, .bytes = 0, .age = {}});
    return std::variant<Fresh, Response>(Fresh{});
  }
  if (found->second.request != request) return fail(Code::kIdempotencyConflict);
  if (!found->second.done) return fail(Code::kInFlight);
  return std::variant<Fresh, Response>(found->second.answer);
}

void Idempotency::finish(const Key& key, const Response& answer) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  if (answer.status < 200 || answer.status >= 300) {
    entries_.erase(found);
    return;
  }
  Entry& entry = found->second;
  entry.done = true;
  entry.answer = answer;
  entry.bytes = answer.body.size() + key.key.size() + key.client.size() + sizeof(Entry);
  bytes_ += entry.bytes;
  entry.age = finished_.insert(finished_.end(), key);
  make_room();
}

void Idempotency::make_room() {
  while (!finished_.empty() && (finished_.size() > bounds_.entries || bytes_ > bounds_.bytes)) {
    const auto oldest = entries_.find(finished_.front());
    bytes_ -= oldest->second.bytes;
    entries_.erase(oldest);
    finished_.pop_front();
  }
}

std::size_t Idempotency::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace flora::http
