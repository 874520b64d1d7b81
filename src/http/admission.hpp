// SPDX-License-Identifier: EUPL-1.2
// Which requests are taken on. Tokens in flight are counted per member and per session, apart for reads, writes and event
// streams; beyond the limits the answer is 429 at once, so that no queue grows and those admitted keep their latency.
// A lone request is always admitted, however many tokens it needs. Any thread.
#pragma once
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace flora::http {

enum class Work : std::uint8_t { kRead, kWrite, kStream };
inline constexpr std::size_t kWorkKinds = 3;

class Admission {
 public:
  struct Bounds {
    std::array<std::size_t, kWorkKinds> per_member{64, 256, 256};
    std::array<std::size_t, kWorkKinds> per_session{16, 130, 8};
  };
  explicit Admission(const Bounds& bounds) : state_(std::make_shared<State>(bounds)) {}

  class Ticket;  // gives its tokens back when it is destroyed; may outlive the Admission

  // Errors: kBusy.
  base::Result<std::shared_ptr<Ticket>> enter(Work work, std::size_t tokens, const base::MemberId& member,
                                              const std::string& session);
  std::size_t in_flight(Work work) const;

 private:
  using Counts = std::array<std::size_t, kWorkKinds>;
  struct State {
    explicit State(const Bounds& given) : bounds(given) {}
    const Bounds bounds;
    std::mutex mutex;  // guards what follows
    std::map<base::MemberId, Counts> members;
    std::map<std::pair<base::MemberId, std::string>, Counts> sessions;
  };
  std::shared_ptr<State> state_;
};

class Admission::Ticket {
 public:
  Ticket(std::shared_ptr<State> from, Work work, std::size_t tokens, const base::MemberId& member, std::string session)
      : from_(std::move(from)), work_(work), tokens_(tokens), member_(member), session_(std::move(session)) {}
  ~Ticket();
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

 private:
  std::shared_ptr<State> from_;
  Work work_;
  std::size_t tokens_;
  base::MemberId member_;
  std::string session_;
};

}  // namespace flora::http
