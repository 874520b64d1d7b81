// SPDX-License-Identifier: EUPL-1.2
// What RFC 5280 demands of a certificate by itself and the TLS library does not check, even when strict. For the bodies of this
// module only.
#pragma once
#include <span>

#include "base/result.hpp"
#include "pki/certificate.hpp"

namespace flora::pki {

// Structure and criticality of extensions, serial number, names. `for_ledger`: also a positive serial number.
// Errors: kCertificateMalformed.
Status check_profile(const Certificate& certificate, bool for_ledger);

// Key and signature algorithm. Errors: kCertificateKey.
Status check_algorithms(const Certificate& certificate, bool for_ledger);

// A leaf's wildcard names against excluded subtrees of the CAs above it: a wildcard that could stand for an excluded name is
// refused. `path`: leaf first. Errors: kCertificatePath.
Status check_wildcards(std::span<const Certificate> path);

}  // namespace flora::pki
