// SPDX-License-Identifier: EUPL-1.2
#include "node/demo_clock.hpp"

#include <algorithm>

namespace flora::node {

using base::Code;
using base::Instant;

bool DemoClock::near_the_present(Instant t, Instant system) { return t.plus_seconds(60) >= system; }

base::Result<bool> DemoClock::step_to(Instant to) {
  std::lock_guard lock(mutex_);
  if (!standing_) return base::fail(Code::kForbidden, "the demo's clock runs in real time by now");
  if (to < *standing_) return base::fail(Code::kTimeRunsBackwards, base::to_rfc3339(*standing_));
  standing_ = to;
  if (near_the_present(to, system_.now())) standing_.reset();
  return !standing_.has_value();
}

void DemoClock::run() {
  std::lock_guard lock(mutex_);
  if (!standing_) return;
  behind_ns_ = system_.now().ns - standing_->ns;
  standing_.reset();
}

bool DemoClock::live() const {
  std::lock_guard lock(mutex_);
  return !standing_;
}

Instant DemoClock::now() {
  std::lock_guard lock(mutex_);
  return standing_ ? *standing_ : system_.now().plus_nanos(-behind_ns_);
}

std::optional<Instant> DemoClock::since_boot() {
  // While standing, steps are what the clock is for. Going live would look like one more, so a demo never checks.
  return std::nullopt;
}

void DemoClock::reach(Instant t) {
  std::int64_t behind = 0;
  {
    std::lock_guard lock(mutex_);
    if (standing_) {
      standing_ = std::max(*standing_, t);
      return;
    }
    behind = behind_ns_;
  }
  system_.reach(t.plus_nanos(behind));
}

std::optional<std::chrono::nanoseconds> DemoClock::until(Instant t) {
  std::int64_t behind = 0;
  {
    std::lock_guard lock(mutex_);
    if (standing_) return t <= *standing_ ? std::optional(std::chrono::nanoseconds(0)) : std::nullopt;
    behind = behind_ns_;
  }
  return system_.until(t.plus_nanos(behind));
}

}  // namespace flora::node
