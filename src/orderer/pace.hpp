// SPDX-License-Identifier: EUPL-1.2
// Time as the embedded sequencer needs it: to read it, to wait for it, and to notice that somebody moved it.
#pragma once
#include <chrono>
#include <optional>

#include "base/time.hpp"

namespace flora::orderer {

// Port. Implementations: SystemPace (here), node/demo_clock, PaceDouble (tests). Any thread.
class Pace : public base::Clock {
 public:
  // Time since boot including sleep; nobody can set it. nullopt switches the jump check off.
  virtual std::optional<base::Instant> since_boot() = 0;
  // Returns as soon as now() >= t. For instants a few milliseconds ahead; a clock that stands still moves to t.
  virtual void reach(base::Instant t) = 0;
  // Real time until now() will have reached t by itself; nullopt: it will not, somebody has to move it.
  virtual std::optional<std::chrono::nanoseconds> until(base::Instant t) = 0;
};

class SystemPace final : public Pace {
 public:
  base::Instant now() override;
  std::optional<base::Instant> since_boot() override;
  void reach(base::Instant t) override;
  std::optional<std::chrono::nanoseconds> until(base::Instant t) override;
};

}  // namespace flora::orderer
