// SPDX-License-Identifier: EUPL-1.2
#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace flora::base {

void broken_invariant(std::string_view condition, std::string_view why, const char* file, int line) noexcept {
  std::fprintf(stderr, "flora: broken invariant: %.*s (%.*s) at %s:%d\n", static_cast<int>(why.size()), why.data(),
               static_cast<int>(condition.size()), condition.data(), file, line);
  std::abort();
}

}  // namespace flora::base
