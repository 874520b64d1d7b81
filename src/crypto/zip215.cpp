// SPDX-License-Identifier: EUPL-1.2
// Ed25519 as CometBFT judges validators' votes: ZIP-215 (Zcash protocol, "Explicitly Defining and Modifying Ed25519 Validation
// Rules"). libsodium 1.0.18 verifies strictly and multiplies only points of the prime-order subgroup, but its point addition
// decodes exactly as ZIP-215 wants: any encoding with a square root, non-canonical and small-order ones included. Multiplying by
// eight with three additions leads into the subgroup, where its multiplication works, so
//   [8]([s]B - R - [k]A) = 0   is judged as   [8s]B = [8]R + [k]([8]A).
#include <sodium.h>

#include <algorithm>

#include "base/check.hpp"
#include "crypto/fetched.hpp"
#include "crypto/hash.hpp"
#include "crypto/signature.hpp"

namespace flora::crypto {
namespace {

using Point = std::array<std::uint8_t, 32>;   // encoded
using Scalar = std::array<std::uint8_t, 32>;  // little-endian, reduced

constexpr Point kIdentity = {1};
// L = 2^252 + 27742317777372353535851937790883648493, little-endian.
constexpr Scalar kOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                           0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

bool is_reduced(ByteView scalar) {
  return std::lexicographical_compare(scalar.rbegin(), scalar.rend(), kOrder.rbegin(), kOrder.rend());
}

// [8]P in canonical form; nullopt if the bytes are no point.
std::optional<Point> times_eight(ByteView encoded) {
  Point point;
  std::ranges::copy(encoded, point.begin());
  for (int i = 0; i < 3; ++i) {
    Point twice;
    if (crypto_core_ed25519_add(twice.data(), point.data(), point.data()) != 0) return std::nullopt;
    point = twice;
  }
  return point;
}

// [n]P for a canonical point of the prime-order subgroup. The library refuses where the result is the identity.
Point multiply(const Scalar& n, const Point& point) {
  Point out;
  if (point == kIdentity || sodium_is_zero(n.data(), n.size()) == 1) return kIdentity;
  FLORA_CHECK(crypto_scalarmult_ed25519_noclamp(out.data(), n.data(), point.data()) == 0, "a point of the subgroup");
  return out;
}

Point multiply_base(const Scalar& n) {
  Point out;
  if (sodium_is_zero(n.data(), n.size()) == 1) return kIdentity;
  FLORA_CHECK(crypto_scalarmult_ed25519_base_noclamp(out.data(), n.data()) == 0, "a scalar that is not zero");
  return out;
}

Scalar challenge(ByteView r, ByteView key, ByteView message) {
  crypto_hash_sha512_state state;
  std::array<std::uint8_t, 64> hash;
  Scalar k;
  crypto_hash_sha512_init(&state);
  for (const auto part : {r, key, message}) crypto_hash_sha512_update(&state, part.data(), part.size());
  crypto_hash_sha512_final(&state, hash.data());
  crypto_core_ed25519_scalar_reduce(k.data(), hash.data());
  return k;
}

}  // namespace

bool verify_zip215(ByteView public_key, ByteView message, ByteView signature) {
  fetched();
  if (public_key.size() != 32 || signature.size() != 64) return false;
  // What the strict verdict accepts satisfies the equation without the factor eight as well: every honest vote ends here.
  if (crypto_sign_verify_detached(signature.data(), message.data(), message.size(), public_key.data()) == 0) return true;
  const ByteView r = signature.first(32), s = signature.subspan(32);
  if (!is_reduced(s)) return false;
  const auto key8 = times_eight(public_key);
  const auto r8 = times_eight(r);
  if (!key8 || !r8) return false;
  Scalar s8;
  std::ranges::copy(s, s8.begin());
  for (int i = 0; i < 3; ++i) {
    const Scalar once = s8;
    crypto_core_ed25519_scalar_add(s8.data(), once.data(), once.data());
  }
  Point right;
  const Point k_key8 = multiply(challenge(r, public_key, message), *key8);
  FLORA_CHECK(crypto_core_ed25519_add(right.data(), r8->data(), k_key8.data()) == 0, "two points");
  return multiply_base(s8) == right;
}

}  // namespace flora::crypto
