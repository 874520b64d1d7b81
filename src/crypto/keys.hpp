// SPDX-License-Identifier: EUPL-1.2
// Public and private keys. Values that share one immutable key: cheap to copy, usable from many threads at once.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

struct evp_pkey_st;

namespace flora::crypto {

using base::Bytes;
using base::ByteView;
using base::Hash;
using base::Result;
using base::Status;

enum class KeyKind : std::uint8_t {
  kP256,
  kP384,
  kEd25519,
  // Only in certificates, CRLs and key transport; they have no envelope algorithm.
  kP521,
  kBrainpoolP256r1,
  kBrainpoolP384r1,
  kRsa,
};
std::string_view name_of(KeyKind kind);  // "P-256", "Ed25519", "RSA", ...

// COSE algorithm identifiers (RFC 9053). Everything else is unsupported.
enum class Algorithm : std::int32_t { kEs256 = -7, kEdDsa = -8, kEs384 = -35 };
std::string_view name_of(Algorithm algorithm);
std::optional<Algorithm> algorithm_from(std::int64_t cose_identifier);
// ES256 <-> P-256, ES384 <-> P-384, EdDSA <-> Ed25519; nullopt for the other kinds.
std::optional<Algorithm> algorithm_of(KeyKind kind);

class PublicKey {
 public:
  // SubjectPublicKeyInfo, DER. EC keys must name their curve; points are checked to lie on it, and must be encoded
  // uncompressed. RSA keys have 2048 to 16384 bits. Errors: kMalformed, kCertificateKey (kind or size not allowed).
  static Result<PublicKey> from_spki(ByteView der);
  static Result<PublicKey> from_pem(std::string_view pem);  // "BEGIN PUBLIC KEY"
  // A JWK (RFC 7517, RFC 8037) as JSON text: kty EC with P-256 or P-384, or OKP with Ed25519. Private members are ignored.
  static Result<PublicKey> from_jwk(std::string_view json);
  // P-256, P-384: 04 | x | y; Ed25519: the 32 bytes.
  static Result<PublicKey> from_raw(KeyKind kind, ByteView raw);

  KeyKind kind() const;
  int bits() const;       // field or modulus size
  ByteView raw() const;   // as from_raw; empty for RSA; lives as long as a copy of the key
  ByteView spki() const;  // DER; lives as long as a copy of the key
  std::string pem() const;
  Hash fingerprint() const;  // SHA-256 of the SPKI
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return base::equal(a.spki(), b.spki()); }

  struct Impl;
  const Impl& impl() const { return *impl_; }
  // Borrowed, never changed. For the adapter files of crypto and pki.
  evp_pkey_st* native() const;

 private:
  friend class PrivateKey;
  explicit PublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  static Result<PublicKey> from_native(evp_pkey_st* owned, std::string_view what);
  std::shared_ptr<const Impl> impl_;
};

class PrivateKey {
 public:
  // P-256, P-384 or Ed25519 (others: own bug). The key is a function of the bytes `random` gives.
  static PrivateKey generate(KeyKind kind, base::Random& random);
  // Ed25519 from its 32-byte seed (RFC 8032 section 5.1.5).
  static PrivateKey from_ed25519_seed(ByteView seed);
  // Unencrypted PKCS#8 PEM ("BEGIN PRIVATE KEY"). Errors: kMalformed, kCertificateKey.
  static Result<PrivateKey> from_pem(std::string_view pem);

  KeyKind kind() const { return public_key().kind(); }
  // The algorithm `sign` uses; only for kinds that have one (own bug otherwise).
  Algorithm algorithm() const;
  const PublicKey& public_key() const;
  std::string pem() const;  // PKCS#8; the caller keeps it secret

  struct Impl;
  const Impl& impl() const { return *impl_; }
  evp_pkey_st* native() const;  // borrowed, never changed

 private:
  explicit PrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  static Result<PrivateKey> from_native(evp_pkey_st* owned);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace flora::crypto
