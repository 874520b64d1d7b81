// SPDX-License-Identifier: EUPL-1.2
// Bytes of others as a package: as process.yaml, as views.yaml, as package.yaml, as the canonical form. Nothing may crash, a
// package that loads must come back from its canonical form, and every problem must name a place.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "package/fuzz_one.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flora::package::fuzz_one({data, size});
  return 0;
}
