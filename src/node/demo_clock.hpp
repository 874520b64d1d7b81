// SPDX-License-Identifier: EUPL-1.2
// The clock of a demo home. It stands still while past weeks are told, moves in explicit steps, and then either runs at the pace
// of real time from where it stands, or follows the system's clock once it has caught up with it. Standing, it gives way by the
// millisecond that votes need.
#pragma once
#include <mutex>
#include <optional>

#include "base/result.hpp"
#include "orderer/pace.hpp"

namespace flora::node {

class DemoClock final : public orderer::Pace {
 public:
  // `standing_at` nullopt: live from the start.
  explicit DemoClock(std::optional<base::Instant> standing_at) : standing_(standing_at) {}

  // Less than a minute behind the system's time: the demo has caught up.
  static bool near_the_present(base::Instant t, base::Instant system);
  // Moves forward; near the present means: live from now on. True if it is live afterwards.
  // Errors: kTimeRunsBackwards, kForbidden (already live).
  base::Result<bool> step_to(base::Instant to);
  // Leaves the past behind: time goes on from where it stands, as fast as real time. Nothing to do if it runs already.
  void run();
  bool live() const;  // does not stand

  base::Instant now() override;
  std::optional<base::Instant> since_boot() override;  // no jump check while standing
  void reach(base::Instant t) override;
  std::optional<std::chrono::nanoseconds> until(base::Instant t) override;

 private:
  mutable std::mutex mutex_;
  std::optional<base::Instant> standing_;
  std::int64_t behind_ns_ = 0;  // running: how far behind the system's clock
  orderer::SystemPace system_;
};

}  // namespace flora::node
