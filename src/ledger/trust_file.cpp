// SPDX-License-Identifier: EUPL-1.2
#include "ledger/trust_file.hpp"

#include "crypto/cose.hpp"
#include "crypto/hash.hpp"
#include "ledger/cbor_fields.hpp"
#include "ledger/command_cbor.hpp"
#include "ledger/receipt_cbor.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;
using base::Hash;
using base::JsonArray;
using base::JsonObject;
using base::Result;

TrustFile make_trust_file(const Genesis& genesis, std::string title) {
  std::vector<Validator> validators = genesis.validators;
  sort_validators(validators);
  TrustEntry first;
  first.chain_id = genesis.chain_id;
  first.from_height = genesis.initial_height;
  first.validators_hash = validators_hash(validators);
  return {std::move(title), genesis_hash(genesis), {std::move(first)}};
}

Bytes trust_entry_payload(const TrustEntry& entry) {
  return CborWriter()
      .array(4)
      .text(entry.chain_id)
      .integer(entry.from_height)
      .bytes(entry.validators_hash)
      .bytes(entry.previous)
      .take();
}

Bytes sign_trust_entry(const TrustEntry& entry, const Hash& genesis_hash, const Author& govern) {
  Bytes aad = base::to_bytes(base::as_bytes("flora/trust/1"));
  base::append(aad, genesis_hash);
  const Bytes header = crypto::make_protected_header(govern.key.algorithm(), kTrustContentType, govern.certificate);
  return crypto::make_sign1(header, trust_entry_payload(entry), govern.key, aad);
}

namespace {

void write_entry(CborWriter& writer, const TrustEntry& entry) {
  writer.array(6).raw(trust_entry_payload(entry));
  write_list(writer, entry.signatures, [](CborWriter& w, const Bytes& sign1) { w.raw(sign1); });
  if (entry.header) {
    write_header(writer, *entry.header);
  } else {
    writer.null();
  }
  if (entry.commit) {
    write_commit(writer, *entry.commit);
  } else {
    writer.null();
  }
  write_validators(writer, entry.validators);
  write_list(writer, entry.keys, [](CborWriter& w, const GovernKey& key) { write_entry_proof(w, key.certificate); });
}

Result<TrustEntry> read_entry(CborReader& reader) {
  TrustEntry out;
  FLORA_TRY(reader.array(6));
  FLORA_TRY(reader.array(4));
  FLORA_TRY(out.chain_id, read_text(reader, 50));
  FLORA_TRY(out.from_height, read_natural(reader));
  FLORA_TRY(out.validators_hash, read_hash(reader));
  FLORA_TRY(out.previous, read_hash(reader));
  FLORA_TRY(out.signatures, read_list<Bytes>(reader, [](CborReader& r) -> Result<Bytes> {
              FLORA_TRY(const auto sign1, r.raw());
              return base::to_bytes(sign1);
            }));
  FLORA_TRY(out.header, read_optional<Header>(reader, read_header));
  FLORA_TRY(out.commit, read_optional<Commit>(reader, read_commit));
  FLORA_TRY(out.validators, read_validators(reader));
  FLORA_TRY(out.keys, read_list<GovernKey>(reader, [](CborReader& r) -> Result<GovernKey> {
              FLORA_TRY(auto proof, read_entry_proof(r));
              return GovernKey{std::move(proof)};
            }));
  return out;
}

}  // namespace

Bytes encode_trust_file(const TrustFile& file) {
  CborWriter writer;
  writer.array(4).text("flora/trust/1").text(file.title).bytes(file.genesis_hash);
  write_list(writer, file.entries, write_entry);
  return writer.take();
}

Result<TrustFile> parse_trust_file(ByteView cbor) {
  FLORA_TRY(auto reader, CborReader::open(cbor));
  TrustFile out;
  FLORA_TRY(reader.array(4));
  FLORA_TRY(const auto type, reader.text());
  if (type != "flora/trust/1") return fail(Code::kReceiptMalformed, "not a trust file of this version");
  FLORA_TRY(out.title, read_text(reader, kTitleBytesMax));
  FLORA_TRY(out.genesis_hash, read_hash(reader));
  FLORA_TRY(out.entries, read_list<TrustEntry>(reader, read_entry));
  FLORA_TRY(reader.end());
  if (out.entries.empty()) return fail(Code::kReceiptMalformed, "a trust file has at least one entry");
  Hash previous;
  for (const TrustEntry& entry : out.entries) {
    if (entry.previous != previous) return fail(Code::kReceiptMalformed, "an entry does not name the one before");
    previous = crypto::sha256(trust_entry_payload(entry));
  }
  return out;
}

JsonObject to_json(const TrustFile& file) {
  JsonArray entries;
  for (const TrustEntry& entry : file.entries) {
    entries.push_back(JsonObject{{"chain_id", entry.chain_id},
                                 {"from_height", entry.from_height},
                                 {"validators_hash", base::to_hex(entry.validators_hash)},
                                 {"signatures", entry.signatures.size()}});
  }
  return {{"title", file.title},
          {"genesis_hash", base::to_hex(file.genesis_hash)},
          {"entries", std::move(entries)},
          {"cbor", base::to_base64url(encode_trust_file(file))}};
}

Result<TrustFile> read_trust_file(ByteView file) {
  FLORA_TRY(const auto cbor, cbor_of_file(file));
  return parse_trust_file(cbor);
}

}  // namespace flora::ledger
