// SPDX-License-Identifier: EUPL-1.2
#include "ledger/records.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/command_cbor.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::ChannelId;
using base::Code;
using base::fail;
using base::Hash;
using base::MemberId;
using base::Result;
using base::Status;

Hash ca_key(const MemberId& member, const Hash& subject_hash, const Hash& spki_hash) {
  return crypto::sha256({ByteView(member), ByteView(subject_hash), ByteView(spki_hash)});
}

Bytes revocation_key(const MemberId& member, const PathElement& element) {
  return CborWriter().array(3).bytes(member).bytes(element.issuer).bytes(element.serial).take();
}

Hash first_head(const std::string& chain_id, const ChannelId& channel) {
  return crypto::sha256({base::as_bytes("flora/head/1"), base::as_bytes(chain_id), ByteView(channel)});
}

Hash next_head(const Hash& head, const Hash& envelope_hash, std::int64_t height) {
  const auto number = base::be64(static_cast<std::uint64_t>(height));
  return crypto::sha256({ByteView(head), ByteView(envelope_hash), ByteView(number)});
}

// --- window

WindowRecord::State WindowRecord::state(std::uint64_t sequence) const {
  constexpr std::uint64_t kBits = base::limits::kReplayWindowBits;
  if (sequence > highest) return State::kFree;
  if (highest - sequence >= kBits) return State::kBelow;
  const std::uint64_t bit = sequence % kBits;
  return (bits[bit / 8] >> (bit % 8) & 1) != 0 ? State::kUsed : State::kFree;
}

bool WindowRecord::use(std::uint64_t sequence) {
  constexpr std::uint64_t kBits = base::limits::kReplayWindowBits;
  if (state(sequence) != State::kFree) return false;
  if (sequence > highest) {
    if (sequence - highest >= kBits) {
      bits.fill(0);
    } else {
      for (std::uint64_t n = highest + 1; n < sequence; ++n) bits[n % kBits / 8] &= static_cast<std::uint8_t>(~(1u << (n % 8)));
    }
    highest = sequence;
  }
  bits[sequence % kBits / 8] |= static_cast<std::uint8_t>(1u << (sequence % 8));
  return true;
}

// --- writing

namespace {

void write_optional_instant(CborWriter& writer, const std::optional<base::Instant>& instant) {
  if (instant) {
    writer.integer(instant->ns);
  } else {
    writer.null();
  }
}

void write_id(CborWriter& writer, const MemberId& id) { writer.bytes(id); }

}  // namespace

Bytes encode(const MemberRecord& r) {
  CborWriter writer;
  writer.array(4).text(r.title).boolean(r.standing);
  write_bytes_list(writer, r.roots);
  write_optional_bytes(writer, r.recovery_key);
  return writer.take();
}

Bytes encode(const CaRecord& r) {
  CborWriter writer;
  writer.array(7).bytes(r.member).bytes(r.subject_hash).bytes(r.certificate).uint(r.crl_number);
  writer.integer(r.this_update.ns).integer(r.next_update.ns).bytes(r.crl_hash);
  return writer.take();
}

Bytes encode(const CertificateRecord& r) {
  CborWriter writer;
  writer.array(9).bytes(r.member).uint(static_cast<std::uint64_t>(r.purpose)).bytes(r.spki);
  write_list(writer, r.path, [](CborWriter& w, const PathElement& e) { w.array(2).bytes(e.issuer).bytes(e.serial); });
  write_hash_list(writer, r.authorities);
  writer.integer(r.not_before.ns).integer(r.not_after.ns).integer(r.registered.ns);
  write_optional_instant(writer, r.revoked_from);
  return writer.take();
}

Bytes encode(const ChannelRecord& r) {
  CborWriter writer;
  writer.array(9).text(r.title);
  write_list(writer, r.members, write_id);
  write_policy(writer, r.policy);
  writer.uint(r.epoch).bytes(r.key_commitment).integer(r.epoch_since.ns);
  write_optional_instant(writer, r.previous_until);
  writer.boolean(r.needs_epoch);
  write_hash_list(writer, r.reported);
  return writer.take();
}

Bytes encode(const HeadRecord& r) { return CborWriter().array(2).bytes(r.head).uint(r.count).take(); }

Bytes encode(const WindowRecord& r) { return CborWriter().array(2).uint(r.highest).bytes(r.bits).take(); }

Bytes encode(const RevocationRecord& r) { return CborWriter().array(1).integer(r.seen.ns).take(); }

Bytes encode(const ProposalRecord& r) {
  CborWriter writer;
  writer.array(4).bytes(r.author).integer(r.expires.ns);
  write_list(writer, r.approved, write_id);
  writer.raw(encode_proposable(r.what));
  return writer.take();
}

Bytes encode(const UploadRecord& r) {
  return CborWriter().array(4).bytes(r.whole).uint(r.size).uint(r.received).integer(r.begun.ns).take();
}

Bytes encode(const RulesRecord& r) {
  CborWriter writer;
  writer.array(2).uint(r.version);
  if (r.next) {
    writer.array(2).uint(r.next->version).integer(r.next->height);
  } else {
    writer.null();
  }
  return writer.take();
}

Bytes encode(const ValidatorsRecord& r) {
  CborWriter writer;
  writer.array(2);
  write_list(writer, r.validators, [](CborWriter& w, const Validator& v) { w.array(2).bytes(v.key).integer(v.power); });
  write_list(writer, r.members, [](CborWriter& w, const ValidatorMember& v) { w.array(2).bytes(v.key).bytes(v.member); });
  return writer.take();
}

Bytes encode(const AcceptedRecord& r) { return CborWriter().array(2).integer(r.height).bytes(r.root).take(); }

// --- reading

namespace {

template <std::size_t N>
Status read_key(CborReader& reader, std::array<std::uint8_t, N>& out) {
  FLORA_TRY(const auto bytes, reader.bytes(N));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return {};
}

Result<PathElement> read_path_element(CborReader& reader) {
  PathElement out;
  FLORA_TRY(reader.array(2));
  FLORA_TRY(out.issuer, read_hash(reader));
  FLORA_TRY(out.serial, read_bytes(reader));
  return out;
}

Result<Validator> read_validator(CborReader& reader) {
  Validator out;
  FLORA_TRY(reader.array(2));
  FLORA_TRY(read_key(reader, out.key));
  FLORA_TRY(out.power, read_natural(reader));
  return out;
}

Result<ValidatorMember> read_validator_member(CborReader& reader) {
  ValidatorMember out;
  FLORA_TRY(reader.array(2));
  FLORA_TRY(read_key(reader, out.key));
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  return out;
}

// Opens a record that is an array of `items`.
Result<CborReader> open_record(ByteView cbor, std::size_t items) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  FLORA_TRY(reader.array(items));
  return reader;
}

}  // namespace

Status decode(ByteView cbor, MemberRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 4));
  FLORA_TRY(out.title, read_text(reader, kTitleBytesMax));
  FLORA_TRY(out.standing, reader.boolean());
  FLORA_TRY(out.roots, read_list<Bytes>(reader, read_bytes));
  FLORA_TRY(out.recovery_key, read_optional<Bytes>(reader, read_bytes));
  return reader.end();
}

Status decode(ByteView cbor, CaRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 7));
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(out.subject_hash, read_hash(reader));
  FLORA_TRY(out.certificate, read_bytes(reader));
  FLORA_TRY(out.crl_number, reader.uint());
  FLORA_TRY(out.this_update, read_instant(reader));
  FLORA_TRY(out.next_update, read_instant(reader));
  FLORA_TRY(out.crl_hash, read_hash(reader));
  return reader.end();
}

Status decode(ByteView cbor, CertificateRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 9));
  FLORA_TRY(out.member, read_id<MemberId>(reader));
  FLORA_TRY(const auto purpose, read_uint(reader, 4));
  if (purpose == 0) return fail(Code::kOutOfRange, "a purpose out of range");
  out.purpose = static_cast<KeyPurpose>(purpose);
  FLORA_TRY(out.spki, read_bytes(reader));
  FLORA_TRY(out.path, read_list<PathElement>(reader, read_path_element));
  FLORA_TRY(out.authorities, read_list<Hash>(reader, read_hash));
  FLORA_TRY(out.not_before, read_instant(reader));
  FLORA_TRY(out.not_after, read_instant(reader));
  FLORA_TRY(out.registered, read_instant(reader));
  FLORA_TRY(out.revoked_from, read_optional<base::Instant>(reader, read_instant));
  return reader.end();
}

Status decode(ByteView cbor, ChannelRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 9));
  FLORA_TRY(out.title, read_text(reader, kTitleBytesMax));
  FLORA_TRY(out.members, read_list<MemberId>(reader, read_id<MemberId>));
  FLORA_TRY(out.policy, read_policy(reader));
  FLORA_TRY(out.epoch, reader.uint());
  FLORA_TRY(out.key_commitment, read_hash(reader));
  FLORA_TRY(out.epoch_since, read_instant(reader));
  FLORA_TRY(out.previous_until, read_optional<base::Instant>(reader, read_instant));
  FLORA_TRY(out.needs_epoch, reader.boolean());
  FLORA_TRY(out.reported, read_list<Hash>(reader, read_hash));
  return reader.end();
}

Status decode(ByteView cbor, HeadRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 2));
  FLORA_TRY(out.head, read_hash(reader));
  FLORA_TRY(out.count, reader.uint());
  return reader.end();
}

Status decode(ByteView cbor, WindowRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 2));
  FLORA_TRY(out.highest, reader.uint());
  FLORA_TRY(read_key(reader, out.bits));
  return reader.end();
}

Status decode(ByteView cbor, RevocationRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 1));
  FLORA_TRY(out.seen, read_instant(reader));
  return reader.end();
}

Status decode(ByteView cbor, ProposalRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 4));
  FLORA_TRY(out.author, read_id<MemberId>(reader));
  FLORA_TRY(out.expires, read_instant(reader));
  FLORA_TRY(out.approved, read_list<MemberId>(reader, read_id<MemberId>));
  FLORA_TRY(const auto what, reader.raw());
  FLORA_TRY(out.what, parse_proposable(what));
  return reader.end();
}

Status decode(ByteView cbor, UploadRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 4));
  FLORA_TRY(out.whole, read_hash(reader));
  FLORA_TRY(out.size, reader.uint());
  FLORA_TRY(out.received, reader.uint());
  FLORA_TRY(out.begun, read_instant(reader));
  return reader.end();
}

Status decode(ByteView cbor, RulesRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 2));
  FLORA_TRY(out.version, reader.uint());
  FLORA_TRY(out.next, read_optional<RulesRecord::Next>(reader, [](CborReader& r) -> Result<RulesRecord::Next> {
              RulesRecord::Next next;
              FLORA_TRY(r.array(2));
              FLORA_TRY(next.version, r.uint());
              FLORA_TRY(next.height, read_natural(r));
              return next;
            }));
  return reader.end();
}

Status decode(ByteView cbor, ValidatorsRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 2));
  FLORA_TRY(out.validators, read_list<Validator>(reader, read_validator));
  FLORA_TRY(out.members, read_list<ValidatorMember>(reader, read_validator_member));
  return reader.end();
}

Status decode(ByteView cbor, AcceptedRecord& out) {
  FLORA_TRY(auto reader, open_record(cbor, 2));
  FLORA_TRY(out.height, read_natural(reader));
  FLORA_TRY(out.root, read_hash(reader));
  return reader.end();
}

}  // namespace flora::ledger
