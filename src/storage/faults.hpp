// SPDX-License-Identifier: EUPL-1.2
// Where a test may stop the world. Code that writes names the points it passes; the product hands in no hook, the fault
// tests hand in one that kills the process or fails the step at a chosen visit.
#pragma once
#include <string_view>

#include "base/result.hpp"

namespace flora::storage {

class FaultHook {
 public:
  virtual ~FaultHook() = default;
  // Called on the thread that passes `point` ("storage.before_write", "sequencer.signed" ...). An error makes the step fail
  // there, as if the medium had failed; points whose caller cannot fail ignore it.
  virtual base::Status reached(std::string_view point) = 0;
};

inline base::Status reach(FaultHook* hook, std::string_view point) {
  return hook == nullptr ? base::Status{} : hook->reached(point);
}

}  // namespace flora::storage
