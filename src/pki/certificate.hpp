// SPDX-License-Identifier: EUPL-1.2
// X.509 certificates (RFC 5280), parsed once and never changed: cheap to copy, usable from many threads.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "pki/oids.hpp"

struct x509_st;

namespace flora::pki {

using base::Bytes;
using base::ByteView;
using base::Hash;
using base::Instant;
using base::Result;
using base::Status;

// Names one certificate: who issued it and under which number. Scope it by member: names of CAs are not unique in the world.
struct IssuerSerial {
  Hash issuer;   // SHA-256 of the issuing CA's subject name (DER)
  Bytes serial;  // content octets of the INTEGER, as in the certificate
  friend auto operator<=>(const IssuerSerial&, const IssuerSerial&) = default;
};

class Certificate {
 public:
  // Exactly one certificate. Errors: kCertificateMalformed, kTooLarge (over 64 KiB).
  static Result<Certificate> parse_der(ByteView der);
  static Result<Certificate> parse_pem(std::string_view pem);
  // All certificates of a PEM file, at least one, at most 64.
  static Result<std::vector<Certificate>> parse_pem_bundle(std::string_view pem);

  ByteView der() const;
  std::string pem() const;
  Hash thumbprint() const;      // SHA-256 of the DER: the x5t of our signatures
  std::string subject() const;  // RFC 2253, for people
  std::string issuer() const;
  Hash subject_hash() const;  // SHA-256 of the subject name (DER)
  Hash issuer_hash() const;
  ByteView serial() const;  // content octets of the INTEGER
  std::string serial_hex() const;
  Instant not_before() const;  // both ends inclusive, whole seconds
  Instant not_after() const;
  // Not all keys of certificates are allowed: kCertificateKey, kMalformed.
  Result<crypto::PublicKey> public_key() const;
  ByteView spki() const;
  bool is_ca() const;  // basic constraints say so
  bool self_issued() const;
  // The one purpose its extended key usages state: exactly one of ours, or the TLS pair. Errors: kCertificatePurpose
  // (none, two, others beside).
  Result<Purpose> purpose() const;
  // Extended key usages in dotted form, as they stand; empty without the extension.
  const std::vector<std::string>& extended_key_usages() const;

  x509_st* native() const;  // borrowed, never changed
  friend bool operator==(const Certificate& a, const Certificate& b) { return base::equal(a.der(), b.der()); }

 private:
  struct Impl;
  explicit Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace flora::pki
