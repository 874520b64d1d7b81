// SPDX-License-Identifier: EUPL-1.2
// Certificate revocation lists (RFC 5280 section 5), complete ones only: delta and indirect lists are refused as unsupported
// when they are judged, not when they are read.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "pki/certificate.hpp"

struct X509_crl_st;

namespace flora::pki {

struct RevokedEntry {
  Bytes serial;    // content octets of the INTEGER
  Instant since;   // revocation date
  int reason = 0;  // CRLReason, 0 = unspecified
};

class Crl {
 public:
  // Exactly one list, at most limits::kCrlBytesMax. Errors: kCrlMalformed, kTooLarge.
  static Result<Crl> parse_der(ByteView der);
  static Result<Crl> parse_pem(std::string_view pem);
  static Result<std::vector<Crl>> parse_pem_bundle(std::string_view pem);  // at least one, at most 64

  ByteView der() const;
  std::string pem() const;
  Hash issuer_hash() const;  // SHA-256 of the issuer name (DER)
  std::string issuer() const;
  std::optional<std::uint64_t> number() const;  // CRLNumber; nullopt if absent or over 64 bits
  Instant this_update() const;
  std::optional<Instant> next_update() const;
  const std::vector<RevokedEntry>& revoked() const;  // sorted by serial
  bool lists(ByteView serial) const;
  // kCrlMalformed if it is a delta or an indirect list.
  Status check_complete() const;
  // The form RFC 5280 section 5 demands: version 2, number, nextUpdate, no unknown critical extension, no serial twice, an
  // allowed algorithm. Errors: kCrlMalformed, kCertificateKey.
  Status check_profile() const;
  // Both, and not restricted to some certificates or reasons: what the ledger takes.
  Status check_supported() const;

  X509_crl_st* native() const;  // borrowed, never changed

 private:
  struct Impl;
  explicit Crl(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

// Judges a list for publication on the ledger: supported, has a number and nextUpdate, an allowed algorithm, issued by the CA
// (name, cRLSign, signature), thisUpdate not later than `at`, and still current at `at`. Who submits it does not matter.
// Errors: kCrlMalformed, kCertificateKey, kCertificatePath (not this CA's), kCertificatePurpose (not allowed to sign lists),
// kBadSignature, kCrlMissing (not current).
Status check_crl(const Crl& crl, const Certificate& ca, Instant at);

// thisUpdate <= at <= nextUpdate + grace, in whole seconds. False without nextUpdate.
bool is_current(const Crl& crl, Instant at, std::int64_t grace_seconds);

}  // namespace flora::pki
