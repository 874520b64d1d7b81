// SPDX-License-Identifier: EUPL-1.2
#include "ledger/fuzz_entry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  flora::ledger::testing::fuzz_receipt({data, size});
  return 0;
}
