// SPDX-License-Identifier: EUPL-1.2
// Algorithms of the TLS library, looked up once per process: every look-up takes a lock that two threads contend for. For the
// bodies of this module only.
#pragma once

struct evp_md_st;
struct evp_cipher_st;

namespace flora::crypto {

struct Fetched {
  const evp_md_st* sha256;
  const evp_md_st* sha384;
  const evp_cipher_st* aes_256_gcm;
};

// Also makes libsodium choose its implementations. Stops the process if the libraries lack an algorithm.
const Fetched& fetched();

}  // namespace flora::crypto
