// SPDX-License-Identifier: EUPL-1.2
// Small typed readers and writers over base::CborReader that this module's formats share.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cbor.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace flora::ledger {

inline base::Result<base::Hash> read_hash(base::CborReader& reader) {
  FLORA_TRY(const auto bytes, reader.bytes(32));
  return *base::Hash::from(bytes);
}

template <class IdType>
base::Result<IdType> read_id(base::CborReader& reader) {
  FLORA_TRY(const auto bytes, reader.bytes(16));
  return *IdType::from(bytes);
}

inline base::Result<base::Bytes> read_bytes(base::CborReader& reader) {
  FLORA_TRY(const auto bytes, reader.bytes());
  return base::to_bytes(bytes);
}

inline base::Result<std::string> read_text(base::CborReader& reader, std::size_t bytes_max) {
  FLORA_TRY(const auto text, reader.text());
  if (text.size() > bytes_max) return base::fail(base::Code::kOutOfRange, "a text is too long");
  return std::string(text);
}

inline base::Result<base::Instant> read_instant(base::CborReader& reader) {
  FLORA_TRY(const auto ns, reader.integer());
  return base::Instant{ns};
}

inline base::Result<std::uint64_t> read_uint(base::CborReader& reader, std::uint64_t max) {
  FLORA_TRY(const auto value, reader.uint());
  if (value > max) return base::fail(base::Code::kOutOfRange, "a number is too large");
  return value;
}

// Heights and powers: unsigned on the wire, signed in CometBFT.
inline base::Result<std::int64_t> read_natural(base::CborReader& reader) {
  FLORA_TRY(const auto value, read_uint(reader, INT64_MAX));
  return static_cast<std::int64_t>(value);
}

inline base::Result<base::Code> read_code(base::CborReader& reader) {
  FLORA_TRY(const auto value, read_uint(reader, UINT32_MAX));
  return static_cast<base::Code>(value);
}

// An array whose items `read` reads one by one.
template <class T, class Read>
base::Result<std::vector<T>> read_list(base::CborReader& reader, Read read) {
  FLORA_TRY(const auto count, reader.array());
  std::vector<T> out;
  for (std::size_t i = 0; i < count; ++i) {
    FLORA_TRY(auto item, read(reader));
    out.push_back(std::move(item));
  }
  return out;
}

template <class T, class Read>
base::Result<std::optional<T>> read_optional(base::CborReader& reader, Read read) {
  if (reader.peek() == base::CborType::kNull) {
    FLORA_TRY(reader.null());
    return std::optional<T>{};
  }
  FLORA_TRY(auto value, read(reader));
  return std::optional<T>(std::move(value));
}

// Lists that stand for sets have one order.
template <class T, class Key>
base::Status check_ascending(const std::vector<T>& list, Key key, const char* what) {
  for (std::size_t i = 1; i < list.size(); ++i) {
    if (!(key(list[i - 1]) < key(list[i]))) {
      return base::fail(base::Code::kDuplicate, std::string(what) + " must ascend, each once");
    }
  }
  return {};
}

template <class T, class Write>
void write_list(base::CborWriter& writer, const std::vector<T>& list, Write write) {
  writer.array(list.size());
  for (const T& item : list) write(writer, item);
}

inline void write_bytes_list(base::CborWriter& writer, const std::vector<base::Bytes>& list) {
  writer.array(list.size());
  for (const base::Bytes& item : list) writer.bytes(item);
}

inline void write_hash_list(base::CborWriter& writer, const std::vector<base::Hash>& list) {
  writer.array(list.size());
  for (const base::Hash& item : list) writer.bytes(item);
}

template <class T>
void write_optional_bytes(base::CborWriter& writer, const std::optional<T>& value) {
  if (value) {
    writer.bytes(*value);
  } else {
    writer.null();
  }
}

inline void write_natural(base::CborWriter& writer, std::int64_t value) { writer.integer(value); }

}  // namespace flora::ledger
