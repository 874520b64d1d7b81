// SPDX-License-Identifier: EUPL-1.2
// Instants on the ledger's time line. The pure core receives them as arguments; only adapters ask a Clock.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flora::base {

inline constexpr std::int64_t kNanosPerMilli = 1'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds (the scale of CometBFT's block time). Years 1678 to 2262.
struct Instant {
  std::int64_t ns = 0;
  friend auto operator<=>(const Instant&, const Instant&) = default;
  static constexpr Instant from_seconds(std::int64_t s) { return {s * kNanosPerSecond}; }
  static constexpr Instant from_millis(std::int64_t ms) { return {ms * kNanosPerMilli}; }
  constexpr Instant plus_seconds(std::int64_t s) const { return {ns + s * kNanosPerSecond}; }
  constexpr Instant plus_nanos(std::int64_t n) const { return {ns + n}; }
};

// RFC 3339 with any offset; fractions up to nine digits. nullopt: malformed or outside the range of Instant.
std::optional<Instant> parse_rfc3339(std::string_view text);
// In UTC with a final Z; the fraction only as long as needed.
std::string to_rfc3339(Instant instant);

// Port. Implementations: SystemClock (node), DemoClock (node), FakeClock (tests).
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() = 0;  // any thread
};

class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start) : now_(start) {}
  Instant now() override { return now_; }
  void set(Instant t) { now_ = t; }
  void advance_seconds(std::int64_t s) { now_ = now_.plus_seconds(s); }

 private:
  Instant now_;
};

}  // namespace flora::base
