// SPDX-License-Identifier: EUPL-1.2
// Foreign bytes as commands and as effects: whatever is read writes back to the same bytes.
#include "base/check.hpp"
#include "channel/commands.hpp"
#include "channel/effects.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const flora::base::ByteView bytes(data, size);
  if (const auto command = flora::channel::parse_command(bytes)) {
    FLORA_CHECK(flora::base::equal(flora::channel::encode_command(*command), bytes), "one command, one writing");
  }
  if (const auto effects = flora::channel::decode_effects(bytes)) {
    FLORA_CHECK(flora::base::equal(flora::channel::encode_effects(*effects), bytes), "one meaning, one writing");
  }
  return 0;
}
