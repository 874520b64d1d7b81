// SPDX-License-Identifier: EUPL-1.2
#include "crypto/bare_verify.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.hpp"
#include "crypto/fetched.hpp"
#include "crypto/key_impl.hpp"
#include "crypto/signature.hpp"

namespace flora::crypto {
namespace {

constexpr std::size_t kMessageBytes = 200;

// The library's own signature over the digest: DER, any s.
Bytes der_signature(const PrivateKey& key, const EVP_MD* md, ByteView message) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Bytes out(256);
  std::size_t size = out.size();
  EVP_PKEY_CTX* inner = nullptr;
  const bool made = EVP_DigestSignInit(context, &inner, md, nullptr, key.native()) == 1 &&
                    EVP_DigestSign(context, out.data(), &size, message.data(), message.size()) == 1;
  EVP_MD_CTX_free(context);
  FLORA_CHECK(made, "signing cannot fail");
  out.resize(size);
  return out;
}

}  // namespace

struct BareVerifier::Impl {
  explicit Impl(KeyKind kind) : random(7), key(PrivateKey::generate(kind, random)), message(random.bytes(kMessageBytes)) {
    raw = sign(key, message);
    if (kind == KeyKind::kEd25519) return;
    md = kind == KeyKind::kP256 ? fetched().sha256 : fetched().sha384;
    der = der_signature(key, md, message);
  }
  base::SeededRandom random;
  PrivateKey key;
  Bytes message, raw, der;
  const EVP_MD* md = nullptr;
};

BareVerifier::BareVerifier(KeyKind kind) : impl_(std::make_unique<const Impl>(kind)) {}
BareVerifier::~BareVerifier() = default;

bool BareVerifier::run(std::size_t times) const {
  const Impl& s = *impl_;
  bool good = true;
  if (s.md == nullptr) {
    const auto raw = s.key.public_key().raw();
    for (std::size_t i = 0; i < times; ++i) {
      good = crypto_sign_verify_detached(s.raw.data(), s.message.data(), s.message.size(), raw.data()) == 0 && good;
    }
    return good;
  }
  EVP_MD_CTX* hash = EVP_MD_CTX_new();
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, s.key.public_key().native(), nullptr);
  good = hash != nullptr && context != nullptr && EVP_PKEY_verify_init(context) == 1;
  for (std::size_t i = 0; good && i < times; ++i) {
    std::uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    good = EVP_DigestInit_ex2(hash, s.md, nullptr) == 1 && EVP_DigestUpdate(hash, s.message.data(), s.message.size()) == 1 &&
           EVP_DigestFinal_ex(hash, digest, &size) == 1 &&
           EVP_PKEY_verify(context, s.der.data(), s.der.size(), digest, size) == 1;
  }
  EVP_PKEY_CTX_free(context);
  EVP_MD_CTX_free(hash);
  return good;
}

bool BareVerifier::run_ours(std::size_t times) const {
  const Impl& s = *impl_;
  bool good = true;
  for (std::size_t i = 0; i < times; ++i) good = verify(s.key.algorithm(), s.key.public_key(), s.message, s.raw) && good;
  return good;
}

}  // namespace flora::crypto
