// SPDX-License-Identifier: EUPL-1.2
#include "orderer/pace.hpp"

#include <time.h>

#include <algorithm>
#include <thread>

namespace flora::orderer {

namespace {
base::Instant read_clock(clockid_t id) {
  timespec ts{};
  ::clock_gettime(id, &ts);
  return base::Instant::from_seconds(ts.tv_sec).plus_nanos(ts.tv_nsec);
}
}  // namespace

base::Instant SystemPace::now() { return read_clock(CLOCK_REALTIME); }
std::optional<base::Instant> SystemPace::since_boot() { return read_clock(CLOCK_BOOTTIME); }

void SystemPace::reach(base::Instant t) {
  for (auto left = t.ns - now().ns; left > 0; left = t.ns - now().ns) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min<std::int64_t>(left, 50 * base::kNanosPerMilli)));
  }
}

std::optional<std::chrono::nanoseconds> SystemPace::until(base::Instant t) {
  return std::chrono::nanoseconds(std::max<std::int64_t>(0, t.ns - now().ns));
}

}  // namespace flora::orderer
