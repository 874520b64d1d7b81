// SPDX-License-Identifier: EUPL-1.2
// Server-sent events: what changed, per member and role, with the ledger's height as event id. Nothing in an event that its
// reader could not fetch. The hub keeps the last changes so that a reader who comes back goes on where it stopped; one who
// was away too long, or does not keep up, is told to fetch anew, or dropped. Any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/auth.hpp"
#include "http/backend.hpp"

namespace flora::http {

// What a reader sees of the changes.
struct EventFilter {
  base::MemberId member;
  std::string package_id;
  std::string agency;
  std::vector<std::string> roles;
  std::vector<std::string> views;  // that its roles may open
  friend bool operator==(const EventFilter&, const EventFilter&) = default;
};

// `id:` and `data:` lines of one event for one reader; empty if nothing in it concerns the reader.
std::string event_text(const Delta& delta, const EventFilter& filter);

// One reader. The transport takes text from it; the hub puts text into it.
class EventSource {
 public:
  EventSource(EventFilter filter, std::size_t buffer_bytes_max) : filter_(std::move(filter)), bytes_max_(buffer_bytes_max) {}

  const EventFilter& filter() const { return filter_; }
  // Where the reader stopped (Last-Event-ID), and where the ledger stood when it asked. Set before attaching.
  std::optional<std::int64_t> after;
  std::int64_t height = 0;
  base::Instant time;
  // Something to be kept as long as the source lives (its place in the admission).
  void keep(std::shared_ptr<void> held) { held_ = std::move(held); }

  // Everything that waits, or nullopt once it is over: then the connection is to be closed.
  std::optional<std::string> take();
  // `wake` is called (from any thread, without locks held) when there is something to take. Set once, before attaching.
  void on_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  bool over();
  // For the hub. False if the buffer is full: the source is over.
  bool offer(std::string_view text);
  void end();

 private:
  EventFilter filter_;
  std::size_t bytes_max_;
  std::function<void()> wake_;
  std::shared_ptr<void> held_;
  std::mutex mutex_;  // guards what follows
  std::string waiting_;
  bool over_ = false;
};

class Hub {
 public:
  struct Bounds {
    std::size_t deltas = 512;
    std::size_t cases = 20'000;  // in all kept deltas together
  };
  Hub() : Hub(Bounds{}) {}
  explicit Hub(Bounds bounds) : bounds_(bounds) {}
  // Every delta above this height will be published here. Once, before the first reader.
  void listening_since(std::int64_t height) { listening_since_ = height; }

  // Takes a delta; cheap. It reaches the readers with the next `spread`, in the order it was taken.
  void take(std::shared_ptr<const Delta> delta);
  void spread();
  // Sends `hello`, then what was missed since `after`, or `reset` if that is not known any more.
  void attach(const std::shared_ptr<EventSource>& source);
  void detach(const std::shared_ptr<EventSource>& source);
  void end_all();
  std::size_t readers() const;
  std::size_t dropped() const;  // slow readers so far

 private:
  void publish(const std::shared_ptr<const Delta>& delta);
  Bounds bounds_;
  std::mutex taken_mutex_;  // guards taken_ alone; never held together with work
  std::deque<std::shared_ptr<const Delta>> taken_;
  std::mutex spread_mutex_;   // one spreads at a time, so that order is kept
  mutable std::mutex mutex_;  // guards what follows
  std::deque<std::shared_ptr<const Delta>> recent_;
  std::size_t cases_ = 0;
  std::int64_t listening_since_ = 0;
  std::optional<std::int64_t> forgotten_;  // height of the last delta that is not kept any more
  std::list<std::shared_ptr<EventSource>> sources_;
  std::size_t dropped_ = 0;
};

}  // namespace flora::http
