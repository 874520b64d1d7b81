// SPDX-License-Identifier: EUPL-1.2
// FLORA_CHECK(condition, "why"): for our own bugs only. Always on: a ledger must rather stop than go on wrong.
#pragma once
#include <string_view>

namespace flora::base {
// Writes one line to stderr and aborts. Never returns; safe to call from any thread.
[[noreturn]] void broken_invariant(std::string_view condition, std::string_view why, const char* file, int line) noexcept;
}  // namespace flora::base

#define FLORA_CHECK(condition, why)                                           \
  do {                                                                        \
    if (!(condition)) [[unlikely]] {                                          \
      ::flora::base::broken_invariant(#condition, (why), __FILE__, __LINE__); \
    }                                                                         \
  } while (false)
