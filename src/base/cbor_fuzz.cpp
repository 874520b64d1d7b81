// SPDX-License-Identifier: EUPL-1.2
#include "base/cbor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flora::base;
  const ByteView input(data, size);
  if (check_cbor(input)) {
    if (cbor_diagnostic(input).empty()) __builtin_trap();
    auto reader = CborReader::open(input);
    if (!reader || !reader->skip() || !reader->end()) __builtin_trap();
  }
  (void)check_cbor(input, {.deterministic = false, .allow_floats = true, .allow_simple = true});
  return 0;
}
