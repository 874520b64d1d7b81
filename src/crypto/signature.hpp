// SPDX-License-Identifier: EUPL-1.2
// Signatures: ES256, ES384 (FIPS 186-4, r | s as in RFC 9053) and EdDSA with Ed25519 (RFC 8032). All functions may be called
// from many threads at once with the same key.
#pragma once
#include "base/bytes.hpp"
#include "crypto/keys.hpp"

namespace flora::crypto {

// ECDSA signatures come in pairs (r, s) and (r, n - s). Where a signature's bytes enter a hash only the smaller s counts.
enum class LowS : std::uint8_t { kRequired, kAny };

// Signs with the key's own algorithm: 64 bytes (ES256, EdDSA) or 96 (ES384), always with the smaller s.
Bytes sign(const PrivateKey& key, ByteView message);

// True if the signature is valid. False also if algorithm and key do not belong together or the size is wrong. The verdict on
// Ed25519 is libsodium's: canonical s, no small-order key or R, cofactorless. It is part of consensus.
bool verify(Algorithm algorithm, const PublicKey& key, ByteView message, ByteView signature, LowS low_s = LowS::kRequired);

// Votes of validators, judged as CometBFT judges them (ZIP-215): s < L; the key and R may be non-canonical or of small order;
// accepted if [8]([s]B - R - [k]A) = 0. Accepts everything `verify` accepts. Key 32 bytes, signature 64.
bool verify_zip215(ByteView public_key, ByteView message, ByteView signature);

}  // namespace flora::crypto
