// SPDX-License-Identifier: EUPL-1.2
#include "channel/registers.hpp"

#include "base/cbor.hpp"
#include "channel/keys.hpp"

namespace flora::channel {
namespace {

using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;

constexpr std::uint64_t kFormat = 1;

base::Result<CborReader> open_record(base::ByteView bytes, std::size_t items) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(r.array(items));
  FLORA_TRY(const auto format, r.uint());
  if (format != kFormat) return fail(Code::kCorrupt, "a register of the channel has an unknown format");
  return r;
}

base::Result<base::Hash> read_hash(CborReader& r) {
  FLORA_TRY(const auto bytes, r.bytes(32));
  return *base::Hash::from(bytes);
}

base::Result<std::int64_t> read_height(CborReader& r) {
  FLORA_TRY(const auto value, r.uint());
  if (value > INT64_MAX) return fail(Code::kOutOfRange, "a height is out of range");
  return static_cast<std::int64_t>(value);
}

base::Result<base::Instant> read_instant(CborReader& r) {
  FLORA_TRY(const auto ns, r.integer());
  return base::Instant{ns};
}

base::Result<std::uint64_t> read_below(CborReader& r, std::uint64_t bound) {
  FLORA_TRY(const auto value, r.uint());
  if (value >= bound) return fail(Code::kOutOfRange, "a number of a register is out of range");
  return value;
}

}  // namespace

base::Bytes encode_version(const Version& v, base::ByteView canonical) {
  CborWriter w;
  w.array(6).uint(kFormat).uint(v.ordinal).uint(static_cast<std::uint64_t>(v.active_from)).integer(v.active_since.ns);
  w.array(v.approved_by.size());
  for (const auto& member : v.approved_by) w.bytes(member);
  w.bytes(canonical);
  return w.take();
}

base::Result<StoredVersion> decode_version(base::ByteView bytes) {
  FLORA_TRY(auto r, open_record(bytes, 6));
  StoredVersion out;
  FLORA_TRY(const auto ordinal, read_below(r, 0x10000));
  out.version.ordinal = static_cast<std::uint16_t>(ordinal);
  FLORA_TRY(out.version.active_from, read_height(r));
  FLORA_TRY(out.version.active_since, read_instant(r));
  FLORA_TRY(const auto n, r.array());
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(const auto member, r.bytes(16));
    out.version.approved_by.push_back(*base::MemberId::from(member));
  }
  FLORA_TRY(const auto canonical, r.bytes());
  out.canonical = base::to_bytes(canonical);
  return out;
}

base::Bytes encode_progress(const Progress& p) {
  CborWriter w;
  w.array(4).uint(kFormat).uint(p.commands).uint(static_cast<std::uint64_t>(p.checkpoint_height)).integer(p.checkpoint_time.ns);
  return w.take();
}

base::Result<Progress> decode_progress(base::ByteView bytes) {
  FLORA_TRY(auto r, open_record(bytes, 4));
  Progress p;
  FLORA_TRY(p.commands, r.uint());
  FLORA_TRY(p.checkpoint_height, read_height(r));
  FLORA_TRY(p.checkpoint_time, read_instant(r));
  return p;
}

base::Bytes encode_meta(const Meta& m) {
  CborWriter w;
  w.array(4).uint(kFormat).uint(static_cast<std::uint64_t>(m.height)).integer(m.time.ns).bytes(m.digest);
  return w.take();
}

base::Result<Meta> decode_meta(base::ByteView bytes) {
  FLORA_TRY(auto r, open_record(bytes, 4));
  Meta m;
  FLORA_TRY(m.height, read_height(r));
  FLORA_TRY(m.time, read_instant(r));
  FLORA_TRY(m.digest, read_hash(r));
  return m;
}

std::optional<Meta> read_meta(const base::TableReader& tables, const base::ChannelId& channel) {
  const auto bytes = tables.get(base::Table::kViewIndex, index_key(channel, place::kMeta, {}));
  if (!bytes) return std::nullopt;
  const auto meta = decode_meta(*bytes);
  return meta ? std::optional<Meta>(*meta) : std::nullopt;
}

base::Bytes encode_answered(const Answered& a) {
  CborWriter w;
  w.array(8).uint(kFormat).integer(a.expires.ns).bytes(a.salt).bytes(a.leaf).uint(static_cast<std::uint64_t>(a.code));
  w.uint(static_cast<std::uint64_t>(a.height)).bytes(a.envelope).uint(a.index);
  return w.take();
}

base::Result<Answered> decode_answered(base::ByteView bytes) {
  FLORA_TRY(auto r, open_record(bytes, 8));
  Answered a;
  FLORA_TRY(a.expires, read_instant(r));
  FLORA_TRY(a.salt, read_hash(r));
  FLORA_TRY(a.leaf, read_hash(r));
  FLORA_TRY(const auto code, read_below(r, 9000));
  a.code = static_cast<Code>(code);
  FLORA_TRY(a.height, read_height(r));
  FLORA_TRY(a.envelope, read_hash(r));
  FLORA_TRY(const auto index, read_below(r, std::uint64_t{1} << 32));
  a.index = static_cast<std::uint32_t>(index);
  return a;
}

}  // namespace flora::channel
