// SPDX-License-Identifier: EUPL-1.2
#include "crypto/fetched.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.hpp"

namespace flora::crypto {

const Fetched& fetched() {
  static const Fetched once = [] {
    FLORA_CHECK(sodium_init() >= 0, "libsodium must start");
    const Fetched f{EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_fetch(nullptr, "SHA384", nullptr),
                    EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
    FLORA_CHECK(f.sha256 != nullptr && f.sha384 != nullptr && f.aes_256_gcm != nullptr, "the library must know our algorithms");
    return f;
  }();
  return once;
}

}  // namespace flora::crypto
