// SPDX-License-Identifier: EUPL-1.2
#include "channel/keys.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace flora::channel {
namespace {

std::size_t size_of(std::initializer_list<base::ByteView> parts) {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.size();
  return size;
}

}  // namespace

ListKey list_key(std::initializer_list<std::string_view> names) {
  base::Bytes text;
  for (const auto& name : names) {
    base::append(text, base::as_bytes(name));
    text.push_back(0);
  }
  const base::Hash hash = crypto::sha256(text);
  ListKey key;
  std::copy_n(hash.bytes.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

base::Bytes joined(std::initializer_list<base::ByteView> parts) {
  base::Bytes out(size_of(parts));
  auto at = out.begin();
  for (const auto& part : parts) at = std::copy(part.begin(), part.end(), at);
  return out;
}

base::Bytes entry_key(char kind, std::initializer_list<base::ByteView> parts) {
  base::Bytes key;
  key.reserve(1 + size_of(parts));
  key.push_back(static_cast<std::uint8_t>(kind));
  for (const auto& part : parts) base::append(key, part);
  return key;
}

base::Bytes in_channel(const base::ChannelId& channel, base::ByteView key) {
  base::Bytes out;
  out.reserve(channel.bytes.size() + key.size());
  base::append(out, channel);
  base::append(out, key);
  return out;
}

base::Bytes index_key(const base::ChannelId& channel, char kind, std::initializer_list<base::ByteView> parts) {
  base::Bytes key;
  key.reserve(channel.bytes.size() + 1 + size_of(parts));
  base::append(key, channel);
  key.push_back(static_cast<std::uint8_t>(kind));
  for (const auto& part : parts) base::append(key, part);
  return key;
}

base::Bytes list_prefix(const base::ChannelId& channel, const ListKey& list) { return in_channel(channel, list); }

std::array<std::uint8_t, 8> ordered(std::int64_t value) {
  return base::be64(static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63));
}

std::int64_t from_ordered(base::ByteView eight_bytes) {
  return static_cast<std::int64_t>(base::read_be64(eight_bytes) ^ (std::uint64_t{1} << 63));
}

std::array<std::uint8_t, 2> be16(std::uint16_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}
std::uint16_t read_be16(base::ByteView b) { return static_cast<std::uint16_t>(b[0] << 8 | b[1]); }
std::uint32_t read_be32(base::ByteView b) {
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | std::uint32_t{b[3]};
}

std::uint64_t fingerprint(base::ByteView bytes) {
  std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a
  for (const std::uint8_t b : bytes) h = (h ^ b) * 0x100000001b3u;
  return h;
}

}  // namespace flora::channel
