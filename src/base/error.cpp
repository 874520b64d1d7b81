// SPDX-License-Identifier: EUPL-1.2
#include "base/error.hpp"

#include <array>

namespace flora::base {
namespace {

constexpr auto kEntries = std::to_array<ErrorEntry>({
#define FLORA_ENTRY(identifier, number, name, what, todo) {Code::identifier, name, what, todo},
    FLORA_ERRORS(FLORA_ENTRY)
#undef FLORA_ENTRY
});

}  // namespace

std::span<const ErrorEntry> all_errors() { return kEntries; }

const ErrorEntry& describe(Code code) {
  const ErrorEntry* internal = nullptr;
  for (const auto& entry : kEntries) {
    if (entry.code == code) return entry;
    if (entry.code == Code::kInternal) internal = &entry;
  }
  return *internal;
}

}  // namespace flora::base
