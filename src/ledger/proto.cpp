// SPDX-License-Identifier: EUPL-1.2
#include "ledger/proto.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Instant;
using base::Result;

void append_uvarint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

void ProtoWriter::key(std::uint32_t field, std::uint32_t wire) { append_uvarint(out_, field << 3 | wire); }

ProtoWriter& ProtoWriter::varint(std::uint32_t field, std::uint64_t value) {
  if (value == 0) return *this;
  key(field, 0);
  append_uvarint(out_, value);
  return *this;
}

ProtoWriter& ProtoWriter::sfixed64(std::uint32_t field, std::int64_t value) {
  if (value == 0) return *this;
  key(field, 1);
  auto bits = static_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8) out_.push_back(static_cast<std::uint8_t>(bits));
  return *this;
}

ProtoWriter& ProtoWriter::bytes(std::uint32_t field, ByteView value) {
  return value.empty() ? *this : message_always(field, value);
}

ProtoWriter& ProtoWriter::message_always(std::uint32_t field, ByteView encoded) {
  key(field, 2);
  append_uvarint(out_, encoded.size());
  base::append(out_, encoded);
  return *this;
}

ProtoWriter& ProtoWriter::time_always(std::uint32_t field, Instant time) { return message_always(field, encode_timestamp(time)); }

Bytes encode_timestamp(Instant time) {
  std::int64_t seconds = time.ns / base::kNanosPerSecond;
  std::int64_t nanos = time.ns % base::kNanosPerSecond;
  if (nanos < 0) {
    nanos += base::kNanosPerSecond;
    --seconds;
  }
  return ProtoWriter().int64(1, seconds).int64(2, nanos).take();
}

Result<Instant> decode_timestamp(ByteView message) {
  ProtoReader reader(message);
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  while (!reader.at_end()) {
    FLORA_TRY(auto field, reader.next());
    if (field.wire != 0 || field.number < 1 || field.number > 2) return fail(Code::kMalformed, "timestamp: unknown field");
    (field.number == 1 ? seconds : nanos) = static_cast<std::int64_t>(field.value);
  }
  constexpr std::int64_t kSecondsMax = INT64_MAX / base::kNanosPerSecond - 1;
  if (seconds > kSecondsMax || seconds < -kSecondsMax || nanos < 0 || nanos >= base::kNanosPerSecond) {
    return fail(Code::kMalformed, "timestamp: out of range");
  }
  return Instant{seconds * base::kNanosPerSecond + nanos};
}

Result<std::uint64_t> ProtoReader::uvarint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == input_.size()) return fail(Code::kMalformed, "proto: truncated varint");
    const std::uint8_t byte = input_[at_++];
    if (shift == 63 && byte > 1) return fail(Code::kMalformed, "proto: varint over 64 bits");
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return fail(Code::kMalformed, "proto: varint over ten bytes");
}

Result<ProtoField> ProtoReader::next() {
  FLORA_TRY(const auto key, uvarint());
  ProtoField field;
  if (key >> 3 == 0 || key >> 3 > 0x1fffffff) return fail(Code::kMalformed, "proto: field number out of range");
  field.number = static_cast<std::uint32_t>(key >> 3);
  field.wire = static_cast<std::uint32_t>(key & 7);
  if (field.wire == 0) {
    FLORA_TRY(field.value, uvarint());
    return field;
  }
  if (field.wire == 1) {
    if (input_.size() - at_ < 8) return fail(Code::kMalformed, "proto: truncated fixed64");
    for (unsigned i = 0; i < 8; ++i) field.value |= std::uint64_t{input_[at_++]} << (8 * i);
    return field;
  }
  if (field.wire != 2) return fail(Code::kMalformed, "proto: wire type not used here");
  FLORA_TRY(const auto size, uvarint());
  if (size > input_.size() - at_) return fail(Code::kMalformed, "proto: truncated field");
  field.bytes = input_.subspan(at_, size);
  at_ += size;
  return field;
}

}  // namespace flora::ledger
