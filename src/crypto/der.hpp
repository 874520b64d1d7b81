// SPDX-License-Identifier: EUPL-1.2
// A strict reader of DER (X.690): definite lengths in their shortest form, single-byte tags. For what the library's own
// structures do not tell. Views point into the input.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::crypto {

struct DerItem {
  std::uint8_t tag = 0;  // with class and constructed bit, e.g. 0x30 SEQUENCE, 0xa0 [0]
  base::ByteView content;
  base::ByteView whole;  // with tag and length
};

class DerReader {
 public:
  explicit DerReader(base::ByteView input) : rest_(input) {}
  bool at_end() const { return rest_.empty(); }
  std::uint8_t peek() const { return rest_.empty() ? 0 : rest_[0]; }  // 0 at the end
  // Errors: kMalformed.
  base::Result<DerItem> next();
  base::Result<DerItem> next(std::uint8_t expected_tag);
  base::Result<DerReader> enter(std::uint8_t expected_tag);  // a reader of the next item's content

 private:
  base::ByteView rest_;
};

// Checks that the input is exactly one DER item and that all constructed items in it are well formed, at most 32 deep. Linear.
base::Status check_der(base::ByteView input);

// Writes one item with a definite length.
base::Bytes der_item(std::uint8_t tag, base::ByteView content);
// "1.2.840..." as the content of an OBJECT IDENTIFIER. The text must be a valid OID (own bug otherwise).
base::Bytes der_oid(std::string_view dotted);

}  // namespace flora::crypto
