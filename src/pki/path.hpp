// SPDX-License-Identifier: EUPL-1.2
// Certification path validation (RFC 5280 section 6) as the ledger judges it. The verdict enters consensus: it depends on the
// arguments alone; time is one of them.
#pragma once
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/keys.hpp"
#include "pki/certificate.hpp"
#include "pki/crl.hpp"
#include "pki/oids.hpp"

namespace flora::pki {

struct PathJudgement {
  Purpose purpose = Purpose::kAny;
  crypto::PublicKey key;                  // of the leaf
  std::vector<IssuerSerial> path;         // every certificate of the path, leaf first, the anchor last
  std::vector<Certificate> certificates;  // the same
  Instant not_before, not_after;          // when every certificate of the path is valid; inclusive, whole seconds
};

// `trust`: every one is an anchor, self-signed or not. `chain`: leaf first, then a pool in any order. Purposes of the ledger: at
// most 5 CAs, a current CRL of each CA (14 days of grace after nextUpdate), RSA of at least 3072 bits, leaf with exactly the one
// purpose, and for envelope and govern a key with an envelope algorithm. kAny: at most 10 CAs, given CRLs are applied to the CAs
// that issued them, a stale one refuses, RSA of at least 2048 bits. Allowed keys: P-256, P-384, P-521, brainpoolP256r1,
// brainpoolP384r1, Ed25519, RSA; no SHA-1. Errors, first in this order: kCertificateMalformed, kCrlMalformed,
// kCertificateExpired, kCertificateRevoked, kCertificatePath, kCertificatePurpose, kCertificateKey, kCrlMissing.
Result<PathJudgement> verify_path(std::span<const Certificate> trust, std::span<const Certificate> chain,
                                  std::span<const Crl> crls, Instant at, Purpose purpose);

}  // namespace flora::pki
