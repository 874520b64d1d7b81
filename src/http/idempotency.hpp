// SPDX-License-Identifier: EUPL-1.2
// What was answered to which Idempotency-Key, close at hand. The ledger is the authority (it keeps message ids for 30 days);
// this table adds what the ledger cannot see: requests still in flight, and answers of writes that never reach it. Bounded:
// the oldest finished entries go first. Any thread.
#pragma once
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace flora::http {

class Idempotency {
 public:
  struct Bounds {
    std::size_t entries = 20'000;
    std::size_t bytes = 64 * 1024 * 1024;
  };
  Idempotency() : Idempotency(Bounds{}) {}
  explicit Idempotency(Bounds bounds) : bounds_(bounds) {}

  struct Key {
    base::MemberId member;
    std::string client;
    std::string key;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  // Fresh: the caller now owns the key and must call `finish`. A finished one with the same request: its answer.
  // Errors: kInFlight, kIdempotencyConflict (other request under the same key).
  struct Fresh {};
  base::Result<std::variant<Fresh, Response>> begin(const Key& key, const base::Hash& request);

  // Answers of success are kept; after any other the key is free again, so that a repetition is tried anew.
  void finish(const Key& key, const Response& answer);

  std::size_t size() const;

 private:
  struct Entry {
    base::Hash request;
    bool done = false;
    Response answer;
    std::size_t bytes = 0;
    std::list<Key>::iterator age;  // valid if done
  };
  void make_room();
  Bounds bounds_;
  mutable std::mutex mutex_;  // guards everything below
  std::map<Key, Entry> entries_;
  std::list<Key> finished_;  // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace flora::http
