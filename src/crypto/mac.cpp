// SPDX-License-Identifier: EUPL-1.2
#include "crypto/mac.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/check.hpp"

namespace flora::crypto {

Hash hmac_sha256(ByteView key, ByteView message) { return hmac_sha256(key, {message}); }

Hash hmac_sha256(ByteView key, std::initializer_list<ByteView> parts) {
  constexpr std::size_t kBlock = 64;
  std::array<std::uint8_t, kBlock> inner{}, outer{};
  const Hash short_key = key.size() > kBlock ? sha256(key) : Hash{};
  const ByteView used = key.size() > kBlock ? ByteView(short_key) : key;
  std::copy(used.begin(), used.end(), inner.begin());
  outer = inner;
  for (auto& byte : inner) byte ^= 0x36;
  for (auto& byte : outer) byte ^= 0x5c;
  Sha256 hash;
  hash.update(inner);
  for (const auto part : parts) hash.update(part);
  const Hash first = hash.finish();
  const Hash result = sha256({outer, first});
  wipe(inner);
  wipe(outer);
  return result;
}

Bytes hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::size_t size_bytes) {
  FLORA_CHECK(size_bytes <= 255 * sizeof(Hash), "HKDF gives at most 255 blocks");
  Hash pseudorandom = hmac_sha256(salt, key);
  Bytes out;
  out.reserve(size_bytes);
  Hash block;
  for (std::uint8_t counter = 1; out.size() < size_bytes; ++counter) {
    block = hmac_sha256(pseudorandom, {counter == 1 ? ByteView{} : ByteView(block), info, ByteView(&counter, 1)});
    base::append(out, ByteView(block).first(std::min(sizeof(Hash), size_bytes - out.size())));
  }
  wipe(pseudorandom.bytes);
  wipe(block.bytes);
  return out;
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::span<std::uint8_t> secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace flora::crypto
