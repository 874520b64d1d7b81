// SPDX-License-Identifier: EUPL-1.2
// Key transport: a 32-byte key as CMS AuthEnvelopedData (RFC 5083, RFC 5084) for one recipient certificate. Content cipher
// AES-256-GCM; EC keys by ephemeral-static ECDH with X9.63 KDF over SHA-256 and AES-256 key wrap (RFC 5753), RSA keys by OAEP
// with SHA-256 (RFC 4055). The recipient is named by issuer and serial number. Any thread.
#pragma once
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/keys.hpp"
#include "crypto/mac.hpp"

namespace flora::crypto {

// DER of the ContentInfo. Draws randomness from the library's generator. The certificate is not judged here.
// Errors: kMalformed (no certificate), kCertificateKey (a key that cannot receive), kOutOfRange (key not 32 bytes).
Result<Bytes> wrap_key(ByteView recipient_certificate_der, ByteView key);

// Errors: kMalformed (not DER of exactly the shape above), kUnsupportedAlgorithm, kSealBroken (not for this recipient, tag or
// size wrong).
Result<Secret> unwrap_key(ByteView cms_der, ByteView recipient_certificate_der, const PrivateKey& key);

}  // namespace flora::crypto
