// SPDX-License-Identifier: EUPL-1.2
// Port of randomness. The pure core never sees it; sealing and key generation are handed bytes that came from it.
#pragma once
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace flora::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;  // any thread

  Bytes bytes(std::size_t n) {
    Bytes out(n);
    fill(out);
    return out;
  }
  template <class IdType>
  IdType id() {
    IdType out;
    fill(out.bytes);
    return out;
  }
};

// The operating system's generator; stops the process if that fails.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// Reproducible, for tests and simulations only (SplitMix64).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);  // 0 <= result < bound; bound > 0

 private:
  std::uint64_t state_;
};

}  // namespace flora::base
