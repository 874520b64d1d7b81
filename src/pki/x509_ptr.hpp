// SPDX-License-Identifier: EUPL-1.2
// Owners of the TLS library's X.509 objects, and small readers of them. For the bodies of this module only.
#pragma once
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace flora::pki {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using X509Ptr = std::unique_ptr<X509, Freer<&X509_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, Freer<&X509_CRL_free>>;
using NamePtr = std::unique_ptr<X509_NAME, Freer<&X509_NAME_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Freer<&ASN1_INTEGER_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freer<&X509_EXTENSION_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, Freer<&GENERAL_NAMES_free>>;
using NameConstraintsPtr = std::unique_ptr<NAME_CONSTRAINTS, Freer<&NAME_CONSTRAINTS_free>>;
using IssuingPointPtr = std::unique_ptr<ISSUING_DIST_POINT, Freer<&ISSUING_DIST_POINT_free>>;

// The instant of a time of the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ (RFC 5280, 4.1.2.5), cut to what Instant can hold: year
// 9999 means "no end" (4.1.2.5). nullopt: another form, or no such day.
std::optional<base::Instant> instant_from(const ASN1_TIME* time);
// Content octets of the INTEGER.
base::Bytes octets_of(const ASN1_INTEGER* value);
base::Hash hash_of(const X509_NAME* name);
std::string text_of(const X509_NAME* name);  // RFC 2253
inline base::ByteView view_of(const ASN1_STRING* value) {
  return {ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
}

// True for the signature algorithms a path may use: ECDSA, RSA (PKCS #1 v1.5 and PSS) with SHA-256, -384, -512, and Ed25519.
bool is_allowed_signature(const X509_ALGOR* algorithm);

}  // namespace flora::pki
