// SPDX-License-Identifier: EUPL-1.2
// Sealing of command lists. For the bodies of this module only; the public entry points are make_envelope and open_body.
//
//   key | iv   = HKDF-SHA-256(epoch key, salt, "flora/seal/1" | chain id | channel | epoch as u64 big-endian | x5t), 32 + 12
//   bytes commitment = HKDF-SHA-256(epoch key, salt, "flora/commitment/1" | the same), 32 bytes salt       = HMAC-SHA-256(node
//   secret, 32 random bytes | header without salt and commitment | plaintext)
#pragma once
#include "base/result.hpp"
#include "ledger/envelope.hpp"

namespace flora::ledger {

// The COSE_Encrypt0; writes salt and key commitment into the header, which is its associated data.
base::Bytes seal_body(const FederationId& federation, EnvelopeHeader& header, base::ByteView plaintext, const Sealing& sealing);

// kCoseMalformed unless the ciphertext (tag included) has the size of a padded plaintext.
base::Status check_size_class(std::size_t ciphertext_bytes);

}  // namespace flora::ledger
