// SPDX-License-Identifier: EUPL-1.2
// AES-256-GCM (NIST SP 800-38D) with a 96-bit IV and a 128-bit tag. The caller must never use a pair of key and IV for two
// different plaintexts. Pure; any thread.
#pragma once
#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::crypto {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadIvBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;

// Ciphertext with the tag behind it: plaintext.size() + 16 bytes. Sizes of key and IV are checked (own bug).
base::Bytes aes256gcm_seal(base::ByteView key, base::ByteView iv, base::ByteView aad, base::ByteView plaintext);

// Errors: kSealBroken (too short, or the tag does not match); then nothing of the plaintext is given away.
base::Result<base::Bytes> aes256gcm_open(base::ByteView key, base::ByteView iv, base::ByteView aad, base::ByteView sealed);

}  // namespace flora::crypto
