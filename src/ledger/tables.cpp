// SPDX-License-Identifier: EUPL-1.2
#include "ledger/tables.hpp"

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
using base::Table;

namespace {

// --- keys of records as bytes, and back

void append_key(Bytes&, const Single&) {}
void append_key(Bytes& out, const Hash& key) { base::append(out, key); }
void append_key(Bytes& out, const Bytes& key) { base::append(out, key); }
template <class Tag>
void append_key(Bytes& out, const base::Id<Tag>& key) {
  base::append(out, key);
}
template <class Tag>
void append_key(Bytes& out, const std::pair<base::Id<Tag>, std::uint64_t>& key) {
  base::append(out, key.first);
  base::append(out, base::be64(key.second));
}

bool read_key(ByteView in, Single&) { return in.empty(); }
bool read_key(ByteView in, Hash& key) {
  const auto hash = Hash::from(in);
  if (hash) key = *hash;
  return hash.has_value();
}
bool read_key(ByteView in, Bytes& key) {
  key = base::to_bytes(in);
  return true;
}
template <class Tag>
bool read_key(ByteView in, base::Id<Tag>& key) {
  const auto id = base::Id<Tag>::from(in);
  if (id) key = *id;
  return id.has_value();
}
template <class Tag>
bool read_key(ByteView in, std::pair<base::Id<Tag>, std::uint64_t>& key) {
  if (in.size() != 24) return false;
  key.second = base::read_be64(in.subspan(16));
  return read_key(in.first(16), key.first);
}

// --- values on disk; records use their entry's encoding, and what that leaves out beside it

template <class V>
Bytes encode_value(const V& value) {
  return encode(value);
}
Bytes encode_value(const Bytes& value) { return value; }
Bytes encode_value(const NewEpoch& value) {
  CborWriter writer;
  write_epoch(writer, value);
  return writer.take();
}
Bytes encode_value(const CertificateRecord& value) {
  return CborWriter().array(2).raw(encode(value)).bytes(value.certificate).take();
}

template <class V>
Status decode_value(ByteView in, V& value) {
  return decode(in, value);
}
Status decode_value(ByteView in, Bytes& value) {
  value = base::to_bytes(in);
  return {};
}
Status decode_value(ByteView in, NewEpoch& value) {
  FLORA_TRY(auto reader, CborReader::open(in));
  FLORA_TRY(value, read_epoch(reader));
  return reader.end();
}
Status decode_value(ByteView in, CertificateRecord& value) {
  FLORA_TRY(auto reader, CborReader::open(in));
  FLORA_TRY(reader.array(2));
  FLORA_TRY(const auto record, reader.raw());
  FLORA_TRY(decode(record, value));
  FLORA_TRY(value.certificate, read_bytes(reader));
  return reader.end();
}

// What the key says and the value leaves out.
template <class K, class V>
void adopt_key(const K&, V&) {}
void adopt_key(const MemberId& key, MemberRecord& value) { value.id = key; }
void adopt_key(const Hash& key, CaRecord& value) { value.key = key; }
void adopt_key(const Hash& key, CertificateRecord& value) { value.x5t = key; }
void adopt_key(const ChannelId& key, ChannelRecord& value) { value.id = key; }
void adopt_key(const ProposalId& key, ProposalRecord& value) { value.id = key; }
void adopt_key(const MemberId& key, UploadRecord& value) { value.member = key; }

namespace letter {
constexpr char rules = 'R', validators = 'V', accepted = 'A', members = 'm', authorities = 'a', crls = 'l', certificates = 'c',
               channels = 'n', heads = 'h', windows = 'w', serials = 's', proposals = 'p', uploads = 'u', upload_parts = 'U',
               epochs = 'e';
}  // namespace letter
constexpr char kGenesisLetter = 'g', kLastLetter = 'z', kProofLetter = 'b', kCodesLetter = 'k';

template <class K>
Bytes table_key(char prefix, const K& key) {
  Bytes out{static_cast<std::uint8_t>(prefix)};
  append_key(out, key);
  return out;
}

template <class K, class V>
void write_overlay(char prefix, const Overlay<K, V>& overlay, base::Batch& batch) {
  for (const auto& [key, value] : overlay.changes()) {
    if (value) {
      batch.put(Table::kLedger, table_key(prefix, key), encode_value(*value));
    } else {
      batch.erase(Table::kLedger, table_key(prefix, key));
    }
  }
}

template <class K, class V>
Status read_map(const base::TableReader& tables, char prefix, std::map<K, V>& out) {
  const std::uint8_t first = static_cast<std::uint8_t>(prefix);
  Status status;
  tables.scan(Table::kLedger, ByteView(&first, 1), {}, [&](ByteView key, ByteView value) {
    K record_key;
    V record;
    if (!read_key(key.subspan(1), record_key)) {
      status = fail(Code::kCorrupt, "a key of the ledger's table cannot be read");
    } else if (Status decoded = decode_value(value, record); !decoded) {
      status = fail(Code::kCorrupt, "a record of the ledger cannot be read: " + decoded.error().detail);
    } else {
      adopt_key(record_key, record);
      out.emplace_hint(out.end(), std::move(record_key), std::move(record));
    }
    return status.has_value();
  });
  return status;
}

// --- textual entries

std::string entry_of(std::string_view kind, ByteView id, bool hexadecimal) {
  return std::string(kind) + '/' + (hexadecimal ? base::to_hex(id) : base::to_base32(id));
}

template <class K, class V, class Name>
void add_entries(const Overlay<K, V>& overlay, Name name, std::vector<AppHashTree::Change>& out) {
  for (const auto& [key, value] : overlay.changes()) {
    std::string entry = name(key);
    std::optional<Hash> leaf;
    if (value) leaf = entry_leaf(entry, encode(*value));
    out.push_back({std::move(entry), leaf});
  }
}

template <class K, class V>
std::optional<Bytes> value_of(const std::map<K, V>& map, const std::optional<K>& key) {
  if (!key) return std::nullopt;
  const auto at = map.find(*key);
  if (at == map.end()) return std::nullopt;
  return encode(at->second);
}

template <class IdType>
std::optional<IdType> id_in(std::string_view text) {
  return IdType::parse(text);
}
std::optional<Hash> hash_in(std::string_view text) {
  const auto bytes = base::from_hex(text);
  return bytes ? Hash::from(*bytes) : std::nullopt;
}

template <class K, class V>
std::vector<crypto::SmtUpdate> tree_updates(const Overlay<K, V>& overlay) {
  std::vector<crypto::SmtUpdate> out;
  for (const auto& [key, value] : overlay.changes()) {
    Bytes tree_key;
    append_key(tree_key, key);
    std::optional<Hash> hash;
    if (value) hash = crypto::sha256(encode(*value));
    out.push_back({crypto::sha256(tree_key), hash});
  }
  return out;
}

}  // namespace

namespace {

Bytes height_key(char prefix, std::int64_t height) {
  Bytes out{static_cast<std::uint8_t>(prefix)};
  base::append(out, base::be64(static_cast<std::uint64_t>(height)));
  return out;
}

}  // namespace

Bytes block_proof_key(std::int64_t height) { return height_key(kProofLetter, height); }

Bytes block_codes_key(std::int64_t height) { return height_key(kCodesLetter, height); }

Bytes encode_codes(const std::vector<Code>& codes) {
  CborWriter writer;
  write_list(writer, codes, [](CborWriter& w, Code code) { w.uint(static_cast<std::uint32_t>(code)); });
  return writer.take();
}

void write_changes(const Draft& draft, const LastBlock& last, base::Batch& batch) {
#define FLORA_WRITE(name, K, V) write_overlay(letter::name, draft.name, batch);
  FLORA_LEDGER_TABLES(FLORA_WRITE)
#undef FLORA_WRITE
  batch.put(Table::kLedger, table_key(kLastLetter, Single{}),
            CborWriter().array(3).integer(last.height).integer(last.time.ns).bytes(last.app_hash).take());
}

void write_genesis(ByteView genesis, base::Batch& batch) {
  batch.put(Table::kLedger, table_key(kGenesisLetter, Single{}), base::to_bytes(genesis));
}

std::optional<Bytes> read_genesis(const base::TableReader& tables) {
  return tables.get(Table::kLedger, table_key(kGenesisLetter, Single{}));
}

Result<LastBlock> read_records(const base::TableReader& tables, Records& records) {
#define FLORA_READ(name, K, V) FLORA_TRY(read_map(tables, letter::name, records.name));
  FLORA_LEDGER_TABLES(FLORA_READ)
#undef FLORA_READ
  const auto last = tables.get(Table::kLedger, table_key(kLastLetter, Single{}));
  if (!last || !records.rules.contains({}) || !records.validators.contains({})) {
    return fail(Code::kCorrupt, "the ledger's table is incomplete");
  }
  LastBlock out;
  FLORA_TRY(auto reader, CborReader::open(*last));
  FLORA_TRY(reader.array(3));
  FLORA_TRY(out.height, reader.integer());
  FLORA_TRY(out.time, read_instant(reader));
  FLORA_TRY(out.app_hash, read_hash(reader));
  return out;
}

std::vector<AppHashTree::Change> entry_changes(const Draft& draft) {
  std::vector<AppHashTree::Change> out;
  add_entries(draft.rules, [](const Single&) { return std::string("rules"); }, out);
  add_entries(draft.validators, [](const Single&) { return std::string("validators"); }, out);
  add_entries(draft.accepted, [](const Single&) { return std::string("accepted"); }, out);
  add_entries(draft.members, [](const MemberId& id) { return entry_of("member", id, false); }, out);
  add_entries(draft.authorities, [](const Hash& key) { return entry_of("ca", key, true); }, out);
  add_entries(draft.certificates, [](const Hash& x5t) { return entry_of("certificate", x5t, true); }, out);
  add_entries(draft.channels, [](const ChannelId& id) { return entry_of("channel", id, false); }, out);
  add_entries(draft.proposals, [](const ProposalId& id) { return entry_of("proposal", id, false); }, out);
  add_entries(draft.uploads, [](const MemberId& id) { return entry_of("upload", id, false); }, out);
  return out;
}

std::optional<Bytes> entry_value(const Records& records, std::string_view entry) {
  if (entry == "rules") return value_of(records.rules, std::optional<Single>(Single{}));
  if (entry == "validators") return value_of(records.validators, std::optional<Single>(Single{}));
  if (entry == "accepted") return value_of(records.accepted, std::optional<Single>(Single{}));
  const std::size_t slash = entry.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view kind = entry.substr(0, slash);
  const std::string_view id = entry.substr(slash + 1);
  if (kind == "member") return value_of(records.members, id_in<MemberId>(id));
  if (kind == "ca") return value_of(records.authorities, hash_in(id));
  if (kind == "certificate") return value_of(records.certificates, hash_in(id));
  if (kind == "channel") return value_of(records.channels, id_in<ChannelId>(id));
  if (kind == "proposal") return value_of(records.proposals, id_in<ProposalId>(id));
  if (kind == "upload") return value_of(records.uploads, id_in<MemberId>(id));
  return std::nullopt;
}

std::vector<crypto::SmtUpdate> head_updates(const Draft& draft) { return tree_updates(draft.heads); }
std::vector<crypto::SmtUpdate> window_updates(const Draft& draft) { return tree_updates(draft.windows); }
std::vector<crypto::SmtUpdate> serial_updates(const Draft& draft) { return tree_updates(draft.serials); }

}  // namespace flora::ledger
