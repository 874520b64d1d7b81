// SPDX-License-Identifier: EUPL-1.2
// The library's own signature check and nothing around it: algorithm fetched once, contexts made once, signature already in
// the library's form. The peer that benchmarks hold everything against that rests on signatures; of no use otherwise.
#pragma once
#include <cstddef>
#include <memory>

#include "crypto/keys.hpp"

namespace flora::crypto {

class BareVerifier {
 public:
  // Makes a key of this kind (P-256, P-384, Ed25519) and one signature over 200 bytes.
  explicit BareVerifier(KeyKind kind);
  ~BareVerifier();

  // Checks that signature so many times on the calling thread; false if one did not hold. Any thread.
  bool run(std::size_t times) const;
  // The same through crypto::verify, as the ledger calls it.
  bool run_ours(std::size_t times) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace flora::crypto
