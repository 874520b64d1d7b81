// SPDX-License-Identifier: EUPL-1.2
#include "crypto/der.hpp"

#include <fmt/format.h>

#include "base/check.hpp"

namespace flora::crypto {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Result;
using base::Status;

Result<DerItem> DerReader::next() {
  if (rest_.size() < 2) return base::fail(Code::kMalformed, "DER ends inside an item");
  const std::uint8_t tag = rest_[0];
  if ((tag & 0x1f) == 0x1f) return base::fail(Code::kMalformed, "DER tag of more than one byte");
  std::size_t head = 2, size = rest_[1];
  if (size >= 0x80) {
    const std::size_t octets = size & 0x7f;
    if (octets == 0 || octets > 4 || rest_.size() < 2 + octets) return base::fail(Code::kMalformed, "DER length");
    size = 0;
    for (std::size_t i = 0; i < octets; ++i) size = (size << 8) | rest_[2 + i];
    if (rest_[2] == 0 || size < 0x80) return base::fail(Code::kMalformed, "DER length not in its shortest form");
    head += octets;
  }
  if (size > rest_.size() - head) return base::fail(Code::kMalformed, "DER item runs past the end");
  const DerItem item{tag, rest_.subspan(head, size), rest_.first(head + size)};
  rest_ = rest_.subspan(head + size);
  return item;
}

Result<DerItem> DerReader::next(std::uint8_t expected_tag) {
  if (peek() != expected_tag || at_end()) {
    return base::fail(Code::kMalformed, fmt::format("DER tag {:02x} where {:02x} is expected", peek(), expected_tag));
  }
  return next();
}

Result<DerReader> DerReader::enter(std::uint8_t expected_tag) {
  FLORA_TRY(const auto item, next(expected_tag));
  return DerReader(item.content);
}

Status check_der(ByteView input) {
  DerReader top(input);
  FLORA_TRY(const auto first, top.next());
  if (!top.at_end()) return base::fail(Code::kMalformed, "bytes after the end of the DER item");
  // Constructed items still to be walked, innermost last; the depth is bounded, so is the vector.
  std::vector<DerReader> open;
  if ((first.tag & 0x20) != 0) open.emplace_back(first.content);
  while (!open.empty()) {
    if (open.back().at_end()) {
      open.pop_back();
      continue;
    }
    FLORA_TRY(const auto item, open.back().next());
    if ((item.tag & 0x20) == 0) continue;
    if (open.size() >= 32) return base::fail(Code::kMalformed, "DER nested too deeply");
    open.emplace_back(item.content);
  }
  return {};
}

Bytes der_item(std::uint8_t tag, ByteView content) {
  Bytes out{tag};
  if (content.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(content.size()));
  } else {
    const auto length = base::be32(static_cast<std::uint32_t>(content.size()));
    std::size_t skip = 0;
    while (length[skip] == 0) ++skip;
    out.push_back(static_cast<std::uint8_t>(0x80 | (4 - skip)));
    out.insert(out.end(), length.begin() + static_cast<std::ptrdiff_t>(skip), length.end());
  }
  base::append(out, content);
  return out;
}

Bytes der_oid(std::string_view dotted) {
  std::vector<std::uint64_t> arcs;
  std::uint64_t arc = 0;
  for (const char c : dotted) {
    FLORA_CHECK(c == '.' || (c >= '0' && c <= '9'), "an object identifier");
    if (c == '.') {
      arcs.push_back(arc);
      arc = 0;
    } else {
      arc = arc * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  arcs.push_back(arc);
  FLORA_CHECK(arcs.size() >= 2 && arcs[0] <= 2, "an object identifier has two arcs");
  arcs[1] += arcs[0] * 40;
  Bytes out;
  for (std::size_t i = 1; i < arcs.size(); ++i) {
    Bytes groups;
    for (std::uint64_t rest = arcs[i]; groups.empty() || rest != 0; rest >>= 7) {
      groups.push_back(static_cast<std::uint8_t>((rest & 0x7f) | (groups.empty() ? 0 : 0x80)));
    }
    out.insert(out.end(), groups.rbegin(), groups.rend());
  }
  return out;
}

}  // namespace flora::crypto
