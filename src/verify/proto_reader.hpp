// SPDX-License-Identifier: EUPL-1.2
// Reads and writes the few proto3 forms that blocks are made of (wire types varint, 64 bit, bytes). Header only.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::verify {

// One field of a message. `value` for varints and fixed numbers, `bytes` for strings and messages (a view into the input).
struct ProtoField {
  std::uint32_t number = 0;
  std::uint8_t wire_type = 0;
  std::uint64_t value = 0;
  base::ByteView bytes;
};

class ProtoReader {
 public:
  explicit ProtoReader(base::ByteView input) : rest_(input) {}
  bool done() const { return rest_.empty(); }

  base::Result<ProtoField> next() {
    ProtoField field;
    std::uint64_t tag = 0;
    if (!varint(tag) || tag >> 35 != 0) return bad("tag");
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.wire_type = static_cast<std::uint8_t>(tag & 7);
    if (field.wire_type == 0) return varint(field.value) ? base::Result<ProtoField>(field) : bad("varint");
    std::uint64_t size = 8;
    if (field.wire_type == 2 ? !varint(size) : field.wire_type != 1) return bad("wire type");
    if (size > rest_.size()) return bad("length");
    field.bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    if (field.wire_type == 1) {
      for (std::size_t i = 8; i-- > 0;) field.value = (field.value << 8) | field.bytes[i];
    }
    return field;
  }

 private:
  static tl::unexpected<base::Error> bad(std::string_view what) {
    return base::fail(base::Code::kMalformed, "proto: wrong " + std::string(what));
  }
  bool varint(std::uint64_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return true;
    }
    return false;
  }
  base::ByteView rest_;
};

// Appends fields; scalars that are zero are left out, as proto3 does.
class ProtoWriter {
 public:
  ProtoWriter& number(std::uint32_t field, std::uint64_t value) {
    if (value != 0) {
      raw_varint(std::uint64_t{field} << 3);
      raw_varint(value);
    }
    return *this;
  }
  ProtoWriter& fixed(std::uint32_t field, std::uint64_t value) {
    if (value != 0) {
      raw_varint((std::uint64_t{field} << 3) | 1);
      for (int i = 0; i < 8; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    return *this;
  }
  ProtoWriter& bytes(std::uint32_t field, base::ByteView value) { return value.empty() ? *this : message(field, value); }
  ProtoWriter& message(std::uint32_t field, base::ByteView value) {  // also when empty
    raw_varint((std::uint64_t{field} << 3) | 2);
    raw_varint(value.size());
    base::append(out_, value);
    return *this;
  }
  ProtoWriter& raw_varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  const base::Bytes& view() const { return out_; }

 private:
  base::Bytes out_;
};

}  // namespace flora::verify
