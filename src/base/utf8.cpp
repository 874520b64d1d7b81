// SPDX-License-Identifier: EUPL-1.2
#include "base/utf8.hpp"

#include <cstdint>

namespace flora::base {

bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* end = at + text.size();
  auto follows = [](std::uint8_t byte) { return (byte & 0xc0) == 0x80; };
  while (at < end) {
    const std::uint8_t lead = *at++;
    if (lead < 0x80) continue;
    const auto left = static_cast<std::size_t>(end - at);
    if (lead >= 0xc2 && lead <= 0xdf) {
      if (left < 1 || !follows(at[0])) return false;
      at += 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      if (left < 2 || !follows(at[0]) || !follows(at[1])) return false;
      if ((lead == 0xe0 && at[0] < 0xa0) || (lead == 0xed && at[0] > 0x9f)) return false;
      at += 2;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      if (left < 3 || !follows(at[0]) || !follows(at[1]) || !follows(at[2])) return false;
      if ((lead == 0xf0 && at[0] < 0x90) || (lead == 0xf4 && at[0] > 0x8f)) return false;
      at += 3;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace flora::base
