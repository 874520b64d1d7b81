// SPDX-License-Identifier: EUPL-1.2
// SHA-256 (FIPS 180-4), the only hash of the ledger, and SHA-384 for ES384. The library's implementation is looked up once
// per process and its contexts are reused, which makes short inputs three times as fast. Every function here is pure and may
// be called from any thread.
#pragma once
#include <array>
#include <initializer_list>

#include "base/bytes.hpp"

namespace flora::crypto {

using base::Bytes;
using base::ByteView;
using base::Hash;

Hash sha256(ByteView input);
// Over the concatenation of the parts, without building it.
Hash sha256(std::initializer_list<ByteView> parts);

// Incremental: Sha256().update(a).update(b).finish(). One object belongs to one thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& update(ByteView more);
  Hash finish();  // once; the object may then be reused from the start

 private:
  void* context_;  // borrowed from the thread's pool
};

std::array<std::uint8_t, 48> sha384(ByteView input);

}  // namespace flora::crypto
