// SPDX-License-Identifier: EUPL-1.2
// The little of protobuf's wire format that CometBFT's hashed and signed bytes need: varints, length-delimited fields and
// sfixed64, written in field order, without unknown fields. https://protobuf.dev/programming-guides/encoding/
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace flora::ledger {

void append_uvarint(base::Bytes& out, std::uint64_t value);  // unsigned LEB128

// Appends fields to one message. A method named `..._always` writes the field even when it is empty, as Go does for
// messages that are not nullable; the others leave out zero and empty values, as proto3 demands.
class ProtoWriter {
 public:
  ProtoWriter& varint(std::uint32_t field, std::uint64_t value);
  ProtoWriter& int64(std::uint32_t field, std::int64_t value) { return varint(field, static_cast<std::uint64_t>(value)); }
  ProtoWriter& sfixed64(std::uint32_t field, std::int64_t value);
  ProtoWriter& bytes(std::uint32_t field, base::ByteView value);
  ProtoWriter& message_always(std::uint32_t field, base::ByteView encoded);
  ProtoWriter& time_always(std::uint32_t field, base::Instant time);
  const base::Bytes& view() const { return out_; }
  base::Bytes take() { return std::move(out_); }

 private:
  void key(std::uint32_t field, std::uint32_t wire);
  base::Bytes out_;
};

// A Timestamp: seconds 1, nanos 2, zero parts left out.
base::Bytes encode_timestamp(base::Instant time);
base::Result<base::Instant> decode_timestamp(base::ByteView message);

// Go's zero time, year 1: what an absent commit signature carries. It does not fit into Instant, so it has a name.
inline constexpr std::int64_t kGoZeroSeconds = -62135596800;

// Pulls fields out of one message. Unknown fields are the caller's to refuse: hashed data has none.
struct ProtoField {
  std::uint32_t number = 0;
  std::uint32_t wire = 0;   // 0 varint, 1 fixed64, 2 length-delimited
  std::uint64_t value = 0;  // wire 0 and 1
  base::ByteView bytes;     // wire 2; points into the input
};
class ProtoReader {
 public:
  explicit ProtoReader(base::ByteView input) : input_(input) {}
  bool at_end() const { return at_ == input_.size(); }
  // Errors: kMalformed (truncated, overlong varint, field number 0, groups).
  base::Result<ProtoField> next();

 private:
  base::Result<std::uint64_t> uvarint();
  base::ByteView input_;
  std::size_t at_ = 0;
};

}  // namespace flora::ledger
