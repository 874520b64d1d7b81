// SPDX-License-Identifier: EUPL-1.2
// Byte strings and their text forms. All functions are pure and may be called from any thread.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flora::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
inline void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }
bool equal(ByteView a, ByteView b);                    // not constant time
std::strong_ordering compare(ByteView a, ByteView b);  // bytewise, shorter first on a tie

// A hash value, 32 bytes (SHA-256 everywhere in the ledger).
struct Hash {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Hash&, const Hash&) = default;
  operator ByteView() const { return bytes; }  // NOLINT(google-explicit-constructor): a hash is bytes
  bool is_zero() const { return *this == Hash{}; }
  static std::optional<Hash> from(ByteView view);  // nullopt unless exactly 32 bytes
};

// Lower-case hexadecimal, RFC 4648 section 8. Decoding accepts both cases and nothing else.
std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

// base64url without padding, RFC 4648 section 5; decoding refuses padding, foreign letters and non-zero tail bits.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);
// Plain base64 with padding, RFC 4648 section 4.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

// Crockford's base 32 in lower case, without check symbol: how ids are printed. 16 bytes are 26 letters; the two
// surplus bits are zero. Decoding is strict: exactly the letters that encoding writes.
std::string to_base32(ByteView bytes);
std::optional<Bytes> from_base32(std::string_view text, std::size_t size_bytes);

// Big-endian integers, as they stand in hashes and keys.
std::array<std::uint8_t, 8> be64(std::uint64_t value);
std::array<std::uint8_t, 4> be32(std::uint32_t value);
std::uint64_t read_be64(ByteView eight_bytes);

}  // namespace flora::base

template <>
struct std::hash<flora::base::Hash> {
  std::size_t operator()(const flora::base::Hash& h) const noexcept {
    std::size_t v;
    std::memcpy(&v, h.bytes.data(), sizeof v);
    return v;
  }
};
