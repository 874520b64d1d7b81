// SPDX-License-Identifier: EUPL-1.2
// What a text file must hold before anything reads it, and how columns are counted. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flora::package {

struct TextFault {
  std::uint32_t line = 0, column = 0;  // from 1; columns in characters
  std::string sentence;
};

// The first place that is not UTF-8 (RFC 3629: shortest form, no surrogates) or holds a control character other than tab and line
// end, or a character that hides or reorders text (zero-width, bidirectional overrides, byte order marks).
std::optional<TextFault> find_unprintable(std::string_view text);
// Characters (code points) in UTF-8 text.
std::uint32_t characters(std::string_view text);

}  // namespace flora::package
