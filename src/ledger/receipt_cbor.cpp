// SPDX-License-Identifier: EUPL-1.2
#include "ledger/receipt_cbor.hpp"

#include <algorithm>

#include "ledger/cbor_fields.hpp"

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
using crypto::MerkleProof;

namespace {

// A file larger than this is no receipt: body and paths of the largest envelope fit several times.
constexpr std::size_t kFileBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kEntryKeyBytesMax = 128;

void write_block_id(CborWriter& writer, const BlockId& id) {
  writer.array(3).bytes(id.hash).uint(id.parts.total).bytes(id.parts.hash);
}

Result<BlockId> read_block_id(CborReader& reader) {
  BlockId id;
  FLORA_TRY(reader.array(3));
  FLORA_TRY(id.hash, read_hash(reader));
  FLORA_TRY(const auto total, read_uint(reader, UINT32_MAX));
  id.parts.total = static_cast<std::uint32_t>(total);
  FLORA_TRY(id.parts.hash, read_hash(reader));
  return id;
}

Result<Address> read_address(CborReader& reader) {
  Address out;
  FLORA_TRY(const auto bytes, reader.bytes(out.size()));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Result<CommitSignature> read_vote(CborReader& reader) {
  CommitSignature out;
  if (reader.peek() == base::CborType::kNull) {
    FLORA_TRY(reader.null());
    return out;
  }
  FLORA_TRY(reader.array(4));
  FLORA_TRY(const auto flag, reader.uint());
  if (flag != 2 && flag != 3) return fail(Code::kOutOfRange, "a vote is for the block or nil");
  out.flag = static_cast<BlockIdFlag>(flag);
  FLORA_TRY(out.address, read_address(reader));
  FLORA_TRY(out.time, read_instant(reader));
  FLORA_TRY(const auto signature, reader.bytes(64));
  out.signature = base::to_bytes(signature);
  return out;
}

JsonObject json_of(const BlockId& id) {
  return {{"hash", base::to_hex(id.hash)}, {"parts_total", id.parts.total}, {"parts_hash", base::to_hex(id.parts.hash)}};
}

}  // namespace

void write_merkle_proof(CborWriter& writer, const MerkleProof& proof) {
  writer.array(4).uint(proof.total).uint(proof.index).bytes(proof.leaf);
  write_hash_list(writer, proof.aunts);
}

Result<MerkleProof> read_merkle_proof(CborReader& reader) {
  MerkleProof out;
  FLORA_TRY(reader.array(4));
  FLORA_TRY(out.total, reader.uint());
  FLORA_TRY(out.index, reader.uint());
  FLORA_TRY(out.leaf, read_hash(reader));
  FLORA_TRY(out.aunts, read_list<Hash>(reader, read_hash));
  if (out.aunts.size() > 64) return fail(Code::kOutOfRange, "a path longer than any tree is deep");
  return out;
}

void write_entry_proof(CborWriter& writer, const EntryProof& proof) {
  writer.array(3).text(proof.key).bytes(proof.value);
  write_merkle_proof(writer, proof.path);
}

Result<EntryProof> read_entry_proof(CborReader& reader) {
  EntryProof out;
  FLORA_TRY(reader.array(3));
  FLORA_TRY(out.key, read_text(reader, kEntryKeyBytesMax));
  FLORA_TRY(out.value, read_bytes(reader));
  FLORA_TRY(out.path, read_merkle_proof(reader));
  return out;
}

void write_header(CborWriter& writer, const Header& h) {
  writer.array(15).uint(h.block_version).uint(h.app_version).text(h.chain_id).integer(h.height).integer(h.time.ns);
  write_block_id(writer, h.last_block_id);
  writer.bytes(h.last_commit_hash).bytes(h.data_hash).bytes(h.validators_hash).bytes(h.next_validators_hash);
  writer.bytes(h.consensus_hash).bytes(h.app_hash).bytes(h.last_results_hash).bytes(h.evidence_hash);
  writer.bytes(h.proposer_address);
}

Result<Header> read_header(CborReader& reader) {
  Header h;
  FLORA_TRY(reader.array(15));
  FLORA_TRY(h.block_version, reader.uint());
  FLORA_TRY(h.app_version, reader.uint());
  FLORA_TRY(h.chain_id, read_text(reader, 50));
  FLORA_TRY(h.height, read_natural(reader));
  FLORA_TRY(h.time, read_instant(reader));
  FLORA_TRY(h.last_block_id, read_block_id(reader));
  for (Hash* hash : {&h.last_commit_hash, &h.data_hash, &h.validators_hash, &h.next_validators_hash, &h.consensus_hash,
                     &h.app_hash, &h.last_results_hash, &h.evidence_hash}) {
    FLORA_TRY(*hash, read_hash(reader));
  }
  FLORA_TRY(h.proposer_address, read_address(reader));
  return h;
}

void write_commit(CborWriter& writer, const Commit& commit) {
  writer.array(4).integer(commit.height).integer(commit.round);
  write_block_id(writer, commit.block_id);
  write_list(writer, commit.signatures, [](CborWriter& w, const CommitSignature& vote) {
    if (vote.flag == BlockIdFlag::kAbsent) {
      w.null();
    } else {
      w.array(4).uint(static_cast<std::uint64_t>(vote.flag)).bytes(vote.address).integer(vote.time.ns).bytes(vote.signature);
    }
  });
}

Result<Commit> read_commit(CborReader& reader) {
  Commit out;
  FLORA_TRY(reader.array(4));
  FLORA_TRY(out.height, read_natural(reader));
  FLORA_TRY(const auto round, read_uint(reader, INT32_MAX));
  out.round = static_cast<std::int32_t>(round);
  FLORA_TRY(out.block_id, read_block_id(reader));
  FLORA_TRY(out.signatures, read_list<CommitSignature>(reader, read_vote));
  return out;
}

void write_validators(CborWriter& writer, const std::vector<Validator>& validators) {
  write_list(writer, validators, [](CborWriter& w, const Validator& v) { w.array(2).bytes(v.key).integer(v.power); });
}

Result<std::vector<Validator>> read_validators(CborReader& reader) {
  return read_list<Validator>(reader, [](CborReader& r) -> Result<Validator> {
    Validator out;
    FLORA_TRY(r.array(2));
    FLORA_TRY(const auto key, r.bytes(32));
    std::copy(key.begin(), key.end(), out.key.begin());
    FLORA_TRY(out.power, read_natural(r));
    return out;
  });
}

// --- JSON for reading

JsonObject json_of(const Header& h) {
  return {{"chain_id", h.chain_id},
          {"height", h.height},
          {"time", base::to_rfc3339(h.time)},
          {"hash", base::to_hex(header_hash(h))},
          {"block_version", h.block_version},
          {"app_version", h.app_version},
          {"last_block_id", json_of(h.last_block_id)},
          {"last_commit_hash", base::to_hex(h.last_commit_hash)},
          {"data_hash", base::to_hex(h.data_hash)},
          {"validators_hash", base::to_hex(h.validators_hash)},
          {"next_validators_hash", base::to_hex(h.next_validators_hash)},
          {"consensus_hash", base::to_hex(h.consensus_hash)},
          {"app_hash", base::to_hex(h.app_hash)},
          {"last_results_hash", base::to_hex(h.last_results_hash)},
          {"evidence_hash", base::to_hex(h.evidence_hash)},
          {"proposer_address", base::to_hex(h.proposer_address)}};
}

JsonObject json_of(const Commit& commit) {
  JsonArray votes;
  for (const CommitSignature& vote : commit.signatures) {
    if (vote.flag == BlockIdFlag::kAbsent) {
      votes.emplace_back(nullptr);
      continue;
    }
    votes.push_back(JsonObject{{"for", vote.flag == BlockIdFlag::kCommit ? "block" : "nil"},
                               {"address", base::to_hex(vote.address)},
                               {"time", base::to_rfc3339(vote.time)},
                               {"signature", base::to_hex(vote.signature)}});
  }
  return {
      {"height", commit.height}, {"round", commit.round}, {"block_id", json_of(commit.block_id)}, {"votes", std::move(votes)}};
}

JsonArray json_of(const std::vector<Validator>& validators) {
  JsonArray out;
  for (const Validator& v : validators) {
    out.push_back(JsonObject{{"address", base::to_hex(address_of(v))}, {"key", base::to_hex(v.key)}, {"power", v.power}});
  }
  return out;
}

JsonObject json_of(const MerkleProof& proof) {
  JsonArray aunts;
  for (const Hash& aunt : proof.aunts) aunts.emplace_back(base::to_hex(aunt));
  return {{"total", proof.total}, {"index", proof.index}, {"leaf", base::to_hex(proof.leaf)}, {"aunts", std::move(aunts)}};
}

Result<Bytes> cbor_of_file(ByteView file) {
  if (file.size() > kFileBytesMax) return fail(Code::kTooLarge, "the file is larger than 8 MiB");
  const std::string_view text = base::as_text(file);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return base::to_bytes(file);
  FLORA_TRY(const auto json, base::parse_json(text, kFileBytesMax));
  if (!json.is_object()) return fail(Code::kWrongType, "the file must be a JSON object");
  FLORA_TRY(const auto encoded, base::json_text(json.get_object(), "cbor"));
  auto cbor = base::from_base64url(encoded);
  if (!cbor) return fail(Code::kOutOfRange, "the member cbor must be base64url without padding");
  return *std::move(cbor);
}

}  // namespace flora::ledger
