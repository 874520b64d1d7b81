// SPDX-License-Identifier: EUPL-1.2
// HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869). Pure; any thread.
#pragma once
#include <initializer_list>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace flora::crypto {

Hash hmac_sha256(ByteView key, ByteView message);
Hash hmac_sha256(ByteView key, std::initializer_list<ByteView> parts);

// Extract, then expand. An empty salt means 32 zero bytes. `size_bytes` at most 255 * 32 (checked).
Bytes hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::size_t size_bytes);

// In time that depends on the sizes only: for tags, tokens and other secrets that are compared.
bool equal_constant_time(ByteView a, ByteView b);
// Overwrites secrets in a way the compiler may not leave out.
void wipe(std::span<std::uint8_t> secret);

// A secret that is overwritten when it goes. Move only; converts to a view.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&& other) noexcept {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(bytes_); }
  operator ByteView() const { return bytes_; }  // NOLINT(google-explicit-constructor)
  ByteView view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  Secret copy() const { return Secret(bytes_); }

 private:
  Bytes bytes_;
};

}  // namespace flora::crypto
