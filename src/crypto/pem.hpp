// SPDX-License-Identifier: EUPL-1.2
// Textual encoding of keys and certificates (RFC 7468, strict form with text allowed around the blocks). Never asks anybody for
// a password: encrypted blocks are refused.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::crypto {

struct PemBlock {
  std::string label;  // "CERTIFICATE", "PRIVATE KEY", ...
  base::Bytes der;
};

// All blocks in order; text between them is ignored. Errors: kMalformed (with the line), kTooLarge (more than blocks_max).
base::Result<std::vector<PemBlock>> parse_pem(std::string_view text, std::size_t blocks_max = 64);
// Lines of 64 letters, as everybody writes it.
std::string encode_pem(std::string_view label, base::ByteView der);

}  // namespace flora::crypto
