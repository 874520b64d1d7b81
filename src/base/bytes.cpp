// SPDX-License-Identifier: EUPL-1.2
#include "base/bytes.hpp"

#include <algorithm>

namespace flora::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "0123456789abcdefghjkmnpqrstvwxyz";

// Letter -> value, or 0xff.
constexpr std::array<std::uint8_t, 256> table_of(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  table.fill(0xff);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

// Writes `bytes` as groups of `width` bits, most significant first; the last group is filled with zero bits.
std::string encode_bits(ByteView bytes, std::string_view alphabet, unsigned width) {
  std::string out;
  out.reserve((bytes.size() * 8 + width - 1) / width);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    held += 8;
    while (held >= width) {
      held -= width;
      out.push_back(alphabet[(buffer >> held) & ((1U << width) - 1)]);
    }
  }
  if (held > 0) out.push_back(alphabet[(buffer << (width - held)) & ((1U << width) - 1)]);
  return out;
}

// The inverse: nullopt on a foreign letter, a useless letter at the end, or surplus bits that are not zero.
std::optional<Bytes> decode_bits(std::string_view text, const std::array<std::uint8_t, 256>& table, unsigned width) {
  Bytes out;
  out.reserve(text.size() * width / 8);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char letter : text) {
    const std::uint8_t value = table[static_cast<unsigned char>(letter)];
    if (value == 0xff) return std::nullopt;
    buffer = (buffer << width) | value;
    held += width;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> held));
    }
  }
  if (held >= width || (buffer & ((1U << held) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

std::strong_ordering compare(ByteView a, ByteView b) {
  const std::size_t n = std::min(a.size(), b.size());
  const int order = n == 0 ? 0 : std::memcmp(a.data(), b.data(), n);
  if (order != 0) return order <=> 0;
  return a.size() <=> b.size();
}

std::optional<Hash> Hash::from(ByteView view) {
  if (view.size() != 32) return std::nullopt;
  Hash hash;
  std::memcpy(hash.bytes.data(), view.data(), 32);
  return hash;
}

std::string to_hex(ByteView bytes) { return encode_bits(bytes, kHexDigits, 4); }

std::optional<Bytes> from_hex(std::string_view text) {
  static constexpr auto table = [] {
    auto t = table_of(kHexDigits);
    for (char c = 'A'; c <= 'F'; ++c) t[static_cast<unsigned char>(c)] = static_cast<std::uint8_t>(c - 'A' + 10);
    return t;
  }();
  if (text.size() % 2 != 0) return std::nullopt;
  return decode_bits(text, table, 4);
}

std::string to_base64url(ByteView bytes) { return encode_bits(bytes, kBase64Url, 6); }

std::optional<Bytes> from_base64url(std::string_view text) {
  static constexpr auto table = table_of(kBase64Url);
  return decode_bits(text, table, 6);
}

std::string to_base64(ByteView bytes) {
  std::string out = encode_bits(bytes, kBase64, 6);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  static constexpr auto table = table_of(kBase64);
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decode_bits(text, table, 6);
}

std::string to_base32(ByteView bytes) { return encode_bits(bytes, kBase32, 5); }

std::optional<Bytes> from_base32(std::string_view text, std::size_t size_bytes) {
  static constexpr auto table = table_of(kBase32);
  auto out = decode_bits(text, table, 5);
  if (!out || out->size() != size_bytes) return std::nullopt;
  return out;
}

std::array<std::uint8_t, 8> be64(std::uint64_t value) {
  std::array<std::uint8_t, 8> out;
  for (int i = 7; i >= 0; --i, value >>= 8) out[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value);
  return out;
}

std::array<std::uint8_t, 4> be32(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value)};
}

std::uint64_t read_be64(ByteView eight_bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8 && i < eight_bytes.size(); ++i) value = (value << 8) | eight_bytes[i];
  return value;
}

}  // namespace flora::base
