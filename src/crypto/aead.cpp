// SPDX-License-Identifier: EUPL-1.2
#include "crypto/aead.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "base/check.hpp"
#include "crypto/fetched.hpp"
#include "crypto/mac.hpp"

namespace flora::crypto {
namespace {

using base::Bytes;
using base::ByteView;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// The thread's context. It keeps the last key until the next call overwrites it or the thread ends.
EVP_CIPHER_CTX* context_of_thread() {
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  FLORA_CHECK(context != nullptr, "out of memory");
  return context.get();
}

void check_sizes(ByteView key, ByteView iv, ByteView aad, ByteView data) {
  constexpr auto kMax = static_cast<std::size_t>(std::numeric_limits<int>::max()) - 64;
  FLORA_CHECK(key.size() == kAeadKeyBytes && iv.size() == kAeadIvBytes, "AES-256-GCM takes 32 and 12 bytes");
  FLORA_CHECK(aad.size() < kMax && data.size() < kMax, "inputs are bounded long before");
}

}  // namespace

Bytes aes256gcm_seal(ByteView key, ByteView iv, ByteView aad, ByteView plaintext) {
  check_sizes(key, iv, aad, plaintext);
  auto* context = context_of_thread();
  Bytes out(plaintext.size() + kAeadTagBytes);
  int size = 0;
  bool fine = EVP_EncryptInit_ex2(context, fetched().aes_256_gcm, key.data(), iv.data(), nullptr) == 1;
  fine = fine && (aad.empty() || EVP_EncryptUpdate(context, nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1);
  fine = fine && (plaintext.empty() ||
                  EVP_EncryptUpdate(context, out.data(), &size, plaintext.data(), static_cast<int>(plaintext.size())) == 1);
  fine = fine && EVP_EncryptFinal_ex(context, out.data() + plaintext.size(), &size) == 1;
  fine = fine && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, out.data() + plaintext.size()) == 1;
  FLORA_CHECK(fine, "encryption cannot fail");
  return out;
}

base::Result<Bytes> aes256gcm_open(ByteView key, ByteView iv, ByteView aad, ByteView sealed) {
  check_sizes(key, iv, aad, sealed);
  if (sealed.size() < kAeadTagBytes) return base::fail(base::Code::kSealBroken, "shorter than its tag");
  const ByteView text = sealed.first(sealed.size() - kAeadTagBytes);
  std::array<std::uint8_t, kAeadTagBytes> tag;
  std::copy(sealed.end() - kAeadTagBytes, sealed.end(), tag.begin());
  auto* context = context_of_thread();
  Bytes out(text.size());
  int size = 0;
  std::uint8_t nothing = 0;  // where the final call could write, were there anything to write
  bool fine = EVP_DecryptInit_ex2(context, fetched().aes_256_gcm, key.data(), iv.data(), nullptr) == 1;
  fine = fine && (aad.empty() || EVP_DecryptUpdate(context, nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1);
  fine = fine && (text.empty() || EVP_DecryptUpdate(context, out.data(), &size, text.data(), static_cast<int>(text.size())) == 1);
  fine = fine && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1;
  FLORA_CHECK(fine, "decryption fails in its last step only");
  if (EVP_DecryptFinal_ex(context, &nothing, &size) != 1) {
    wipe(out);
    return base::fail(base::Code::kSealBroken, "the tag does not match");
  }
  return out;
}

}  // namespace flora::crypto
