// SPDX-License-Identifier: EUPL-1.2
#include "package/utf8.hpp"

#include <fmt/format.h>

namespace flora::package {

namespace {

struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return {};
  std::uint32_t value = first & (length == 4 ? 0x07U : length == 3 ? 0x0fU : 0x1fU);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, length};
}

bool hides_text(std::uint32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
         c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         (c & 0xfffe) == 0xfffe;
}

}  // namespace

std::optional<TextFault> find_unprintable(std::string_view text) {
  std::uint32_t line = 1, column = 1;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] >= ' ' && text[at] < 0x7f) {  // by far the most
      ++at;
      ++column;
      continue;
    }
    const Decoded c = decode(text, at);
    if (c.length == 0) return TextFault{line, column, "The text is not UTF-8."};
    if (hides_text(c.code_point))
      return TextFault{line, column, fmt::format("The character U+{:04X} is not allowed.", c.code_point)};
    at += c.length;
    column = c.code_point == '\n' ? 1 : column + 1;
    line += c.code_point == '\n' ? 1 : 0;
  }
  return std::nullopt;
}

std::uint32_t characters(std::string_view text) {
  std::uint32_t n = 0;
  for (const char c : text) n += (static_cast<std::uint8_t>(c) & 0xc0) != 0x80 ? 1 : 0;
  return n;
}

}  // namespace flora::package
