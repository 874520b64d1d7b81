// SPDX-License-Identifier: EUPL-1.2
// Inside of PublicKey and PrivateKey; for the bodies of this module only.
#pragma once
#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "crypto/keys.hpp"

namespace flora::crypto {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Freer<&EVP_PKEY_CTX_free>>;

// Ready contexts of one key for one operation. Preparing one costs several look-ups under a lock of the library, using a
// prepared one costs none; a context serves one thread at a time, so each call borrows one and puts it back.
class ContextPool {
 public:
  ContextPool() = default;
  ContextPool(const ContextPool&) = delete;
  ContextPool& operator=(const ContextPool&) = delete;
  ~ContextPool() {
    for (auto& slot : slots_) EVP_PKEY_CTX_free(slot.load());
  }
  // nullptr if all are out: the caller prepares another.
  PkeyContextPtr take() {
    for (auto& slot : slots_) {
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      if (auto* context = slot.exchange(nullptr, std::memory_order_acquire)) return PkeyContextPtr(context);
    }
    return nullptr;
  }
  void give_back(PkeyContextPtr context) {
    for (auto& slot : slots_) {
      EVP_PKEY_CTX* none = nullptr;
      if (slot.compare_exchange_strong(none, context.get(), std::memory_order_release, std::memory_order_relaxed)) {
        (void)context.release();
        return;
      }
    }
  }

 private:
  std::array<std::atomic<EVP_PKEY_CTX*>, 4> slots_{};
};

struct PublicKey::Impl {
  KeyKind kind;
  int bits;
  Bytes raw;
  Bytes spki;
  mutable ContextPool verifiers;

  Impl(KeyKind k, int b, PkeyPtr p, Bytes r, Bytes s)
      : kind(k), bits(b), raw(std::move(r)), spki(std::move(s)), pkey_(std::move(p)) {}
  // The library's object. Made when it is first asked for if it was not at hand: Ed25519 is verified without it.
  EVP_PKEY* pkey() const;

 private:
  mutable std::once_flag made_;
  mutable PkeyPtr pkey_;
};

struct PrivateKey::Impl {
  PkeyPtr pkey;
  PublicKey public_key;
  std::array<std::uint8_t, 64> ed25519{};  // seed | public key, libsodium's form
  mutable ContextPool signers;

  Impl(PkeyPtr p, PublicKey k) : pkey(std::move(p)), public_key(std::move(k)) {}
  ~Impl();
};

}  // namespace flora::crypto
