// SPDX-License-Identifier: EUPL-1.2
#include "crypto/signature.hpp"

#include <openssl/err.h>
#include <sodium.h>

#include <algorithm>

#include "base/check.hpp"
#include "crypto/der.hpp"
#include "crypto/fetched.hpp"
#include "crypto/hash.hpp"
#include "crypto/key_impl.hpp"

namespace flora::crypto {
namespace {

constexpr std::size_t kFieldMax = 48;

// The order n of a curve's group and floor(n / 2), big-endian (FIPS 186-4, D.1.2.3 and D.1.2.4).
struct Order {
  std::size_t size;
  std::array<std::uint8_t, kFieldMax> n;
  std::array<std::uint8_t, kFieldMax> half;
};

constexpr Order order_from(std::size_t size, std::array<std::uint8_t, kFieldMax> n) {
  Order order{size, n, {}};
  std::uint8_t carry = 0;
  for (std::size_t i = 0; i < size; ++i) {
    order.half[i] = static_cast<std::uint8_t>(n[i] >> 1 | carry);
    carry = static_cast<std::uint8_t>(n[i] << 7);
  }
  return order;
}

constexpr Order kOrder256 =
    order_from(32, {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51});
constexpr Order kOrder384 =
    order_from(48, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
                    0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73});

const Order& order_of(Algorithm algorithm) { return algorithm == Algorithm::kEs256 ? kOrder256 : kOrder384; }

bool is_low(ByteView s, const Order& order) { return base::compare(s, ByteView(order.half).first(order.size)) <= 0; }

// s := n - s
void negate(std::span<std::uint8_t> s, const Order& order) {
  int borrow = 0;
  for (std::size_t i = order.size; i-- > 0;) {
    const int difference = order.n[i] - s[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    s[i] = static_cast<std::uint8_t>(difference);
  }
}

// The digest ECDSA signs, in a buffer of the largest size.
struct Digest {
  std::array<std::uint8_t, 48> bytes{};
  std::size_t size = 0;
};
Digest digest_of(Algorithm algorithm, ByteView message) {
  Digest digest;
  if (algorithm == Algorithm::kEs256) {
    const Hash hash = sha256(message);
    std::ranges::copy(hash.bytes, digest.bytes.begin());
    digest.size = 32;
  } else {
    digest.bytes = sha384(message);
    digest.size = 48;
  }
  return digest;
}

// r | s as the DER the library takes, built on the stack: SEQUENCE { INTEGER r, INTEGER s }.
struct DerSignature {
  std::array<std::uint8_t, 2 + 2 * (3 + kFieldMax)> bytes;
  std::size_t size = 2;

  explicit DerSignature(ByteView raw) {
    bytes[0] = 0x30;
    integer(raw.first(raw.size() / 2));
    integer(raw.subspan(raw.size() / 2));
    bytes[1] = static_cast<std::uint8_t>(size - 2);  // at most 102
  }
  void integer(ByteView value) {
    while (value.size() > 1 && value[0] == 0) value = value.subspan(1);
    const bool padded = value[0] >= 0x80;
    bytes[size++] = 0x02;
    bytes[size++] = static_cast<std::uint8_t>(value.size() + (padded ? 1 : 0));
    if (padded) bytes[size++] = 0;
    std::ranges::copy(value, bytes.begin() + static_cast<std::ptrdiff_t>(size));
    size += value.size();
  }
};

PkeyContextPtr prepared(EVP_PKEY* pkey, int (*init)(EVP_PKEY_CTX*)) {
  PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr));
  FLORA_CHECK(context != nullptr && init(context.get()) == 1, "the key's operation must start");
  return context;
}

bool verify_ecdsa(Algorithm algorithm, const PublicKey& key, ByteView message, ByteView signature, LowS low_s) {
  const Order& order = order_of(algorithm);
  if (signature.size() != 2 * order.size) return false;
  if (low_s == LowS::kRequired && !is_low(signature.subspan(order.size), order)) return false;
  const Digest digest = digest_of(algorithm, message);
  const DerSignature der(signature);
  const auto& impl = key.impl();
  auto context = impl.verifiers.take();
  if (context == nullptr) context = prepared(impl.pkey(), &EVP_PKEY_verify_init);
  const int verdict = EVP_PKEY_verify(context.get(), der.bytes.data(), der.size, digest.bytes.data(), digest.size);
  impl.verifiers.give_back(std::move(context));
  if (verdict != 1) ERR_clear_error();
  return verdict == 1;
}

// INTEGER content without the sign octet, right-aligned in `out`.
void place_integer(ByteView content, std::span<std::uint8_t> out) {
  while (!content.empty() && content[0] == 0) content = content.subspan(1);
  FLORA_CHECK(content.size() <= out.size(), "r and s are below the order");
  std::ranges::copy(content, out.end() - static_cast<std::ptrdiff_t>(content.size()));
}

Bytes sign_ecdsa(const PrivateKey& key, ByteView message) {
  const Order& order = order_of(key.algorithm());
  const Digest digest = digest_of(key.algorithm(), message);
  const auto& impl = key.impl();
  auto context = impl.signers.take();
  if (context == nullptr) context = prepared(impl.pkey.get(), &EVP_PKEY_sign_init);
  std::array<std::uint8_t, 128> der;
  std::size_t size = der.size();
  FLORA_CHECK(EVP_PKEY_sign(context.get(), der.data(), &size, digest.bytes.data(), digest.size) == 1, "signing cannot fail");
  impl.signers.give_back(std::move(context));
  Bytes out(2 * order.size);
  const std::span<std::uint8_t> r(out.data(), order.size), s(out.data() + order.size, order.size);
  auto sequence = DerReader(ByteView(der).first(size)).enter(0x30);
  FLORA_CHECK(sequence.has_value(), "the library writes DER");
  for (const auto part : {r, s}) {
    const auto item = sequence->next(0x02);
    FLORA_CHECK(item.has_value(), "the library writes DER");
    place_integer(item->content, part);
  }
  if (!is_low(s, order)) negate(s, order);
  return out;
}

bool verify_ed25519(ByteView key, ByteView message, ByteView signature) {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

}  // namespace

Bytes sign(const PrivateKey& key, ByteView message) {
  if (key.algorithm() != Algorithm::kEdDsa) return sign_ecdsa(key, message);
  Bytes out(crypto_sign_BYTES);
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), key.impl().ed25519.data());
  return out;
}

bool verify(Algorithm algorithm, const PublicKey& key, ByteView message, ByteView signature, LowS low_s) {
  if (algorithm_of(key.kind()) != algorithm) return false;
  if (algorithm == Algorithm::kEdDsa) return verify_ed25519(key.raw(), message, signature);
  return verify_ecdsa(algorithm, key, message, signature, low_s);
}

}  // namespace flora::crypto
