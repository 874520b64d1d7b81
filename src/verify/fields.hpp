// SPDX-License-Identifier: EUPL-1.2
// Small readers that the auditor's formats share. Header only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cbor.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace flora::verify {

inline base::Result<base::Hash> hash_field(base::CborReader& reader) {
  FLORA_TRY(const auto bytes, reader.bytes(32));
  return *base::Hash::from(bytes);
}

template <class IdType>
base::Result<IdType> id_field(base::CborReader& reader) {
  FLORA_TRY(const auto bytes, reader.bytes(16));
  return *IdType::from(bytes);
}

inline base::Result<base::Instant> instant_field(base::CborReader& reader) {
  FLORA_TRY(const auto ns, reader.integer());
  return base::Instant{ns};
}

inline base::Result<base::Bytes> bytes_field(base::CborReader& reader) {
  FLORA_TRY(const auto bytes, reader.bytes());
  return base::to_bytes(bytes);
}

template <class T, class Read>
base::Result<std::vector<T>> list_field(base::CborReader& reader, Read read) {
  FLORA_TRY(const std::size_t n, reader.array());
  std::vector<T> out;
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(auto item, read(reader));
    out.push_back(std::move(item));
  }
  return out;
}

// The CBOR inside a file: the file itself, or the base64url member "cbor" of its JSON form.
inline base::Result<base::Bytes> cbor_in(base::ByteView file) {
  const auto text = base::as_text(file);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return base::to_bytes(file);
  FLORA_TRY(const auto json, base::parse_json(text, 16UL * 1024 * 1024));
  const auto* object = json.if_object();
  if (object == nullptr) return base::fail(base::Code::kReceiptMalformed, "the file holds no object");
  FLORA_TRY(const auto encoded, base::json_text(*object, "cbor"));
  auto bytes = base::from_base64url(encoded);
  if (!bytes) return base::fail(base::Code::kReceiptMalformed, "its member `cbor` is not base64url");
  return *std::move(bytes);
}

}  // namespace flora::verify
