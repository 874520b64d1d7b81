// SPDX-License-Identifier: EUPL-1.2
#include "ledger/header.hpp"

#include <algorithm>

#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "ledger/proto.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Hash;
using base::Result;

namespace {

Bytes encode_part_set(const PartSetHeader& parts) {
  ProtoWriter writer;
  writer.varint(1, parts.total);
  if (parts.total != 0 || !parts.hash.is_zero()) writer.bytes(2, parts.hash);
  return writer.take();
}

// BlockID and CanonicalBlockID have the same shape.
Bytes encode_block_id(const BlockId& id) {
  ProtoWriter writer;
  if (!id.is_nil()) writer.bytes(1, id.hash);
  writer.message_always(2, encode_part_set(id.parts));
  return writer.take();
}

Result<Hash> hash_field(const ProtoField& field) {
  const auto hash = Hash::from(field.bytes);
  if (field.wire != 2 || !hash) return fail(Code::kMalformed, "a hash must have 32 bytes");
  return *hash;
}

Result<BlockId> decode_block_id(ByteView message) {
  BlockId id;
  ProtoReader reader(message);
  while (!reader.at_end()) {
    FLORA_TRY(auto field, reader.next());
    if (field.number == 1) {
      FLORA_TRY(id.hash, hash_field(field));
    } else if (field.number == 2 && field.wire == 2) {
      ProtoReader parts(field.bytes);
      while (!parts.at_end()) {
        FLORA_TRY(auto part, parts.next());
        if (part.number == 1 && part.wire == 0 && part.value <= UINT32_MAX) {
          id.parts.total = static_cast<std::uint32_t>(part.value);
        } else if (part.number == 2) {
          FLORA_TRY(id.parts.hash, hash_field(part));
        } else {
          return fail(Code::kMalformed, "part set: unknown field");
        }
      }
    } else {
      return fail(Code::kMalformed, "block id: unknown field");
    }
  }
  return id;
}

Bytes wrapped(ByteView value) { return ProtoWriter().bytes(1, value).take(); }

Bytes encode_version(const Header& header) {
  return ProtoWriter().varint(1, header.block_version).varint(2, header.app_version).take();
}

Bytes encode_commit_signature(const CommitSignature& signature) {
  ProtoWriter writer;
  writer.varint(1, static_cast<std::uint64_t>(signature.flag));
  if (signature.flag == BlockIdFlag::kAbsent) {
    return writer.message_always(3, ProtoWriter().int64(1, kGoZeroSeconds).view()).take();
  }
  return writer.bytes(2, signature.address).time_always(3, signature.time).bytes(4, signature.signature).take();
}

Result<CommitSignature> decode_commit_signature(ByteView message) {
  CommitSignature out;
  ProtoReader reader(message);
  while (!reader.at_end()) {
    FLORA_TRY(auto field, reader.next());
    if (field.number == 1 && field.wire == 0 && field.value >= 1 && field.value <= 3) {
      out.flag = static_cast<BlockIdFlag>(field.value);
    } else if (field.number == 2 && field.bytes.size() == out.address.size()) {
      std::copy(field.bytes.begin(), field.bytes.end(), out.address.begin());
    } else if (field.number == 3 && field.wire == 2) {
      if (out.flag == BlockIdFlag::kAbsent) continue;  // year 1; the check of the whole encoding covers it
      FLORA_TRY(out.time, decode_timestamp(field.bytes));
    } else if (field.number == 4 && field.bytes.size() == 64) {
      out.signature = base::to_bytes(field.bytes);
    } else {
      return fail(Code::kMalformed, "commit signature: unknown field");
    }
  }
  return out;
}

}  // namespace

std::array<Bytes, 14> header_leaves(const Header& header) {
  return {encode_version(header),
          wrapped(base::as_bytes(header.chain_id)),
          ProtoWriter().int64(1, header.height).take(),
          encode_timestamp(header.time),
          encode_block_id(header.last_block_id),
          wrapped(header.last_commit_hash),
          wrapped(header.data_hash),
          wrapped(header.validators_hash),
          wrapped(header.next_validators_hash),
          wrapped(header.consensus_hash),
          wrapped(header.app_hash),
          wrapped(header.last_results_hash),
          wrapped(header.evidence_hash),
          wrapped(header.proposer_address)};
}

Hash header_hash(const Header& header) { return crypto::merkle_root(std::span<const Bytes>(header_leaves(header))); }

Bytes encode_header(const Header& header) {
  ProtoWriter writer;
  writer.message_always(1, encode_version(header))
      .bytes(2, base::as_bytes(header.chain_id))
      .int64(3, header.height)
      .time_always(4, header.time)
      .message_always(5, encode_block_id(header.last_block_id));
  const Hash* hashes[] = {&header.last_commit_hash, &header.data_hash, &header.validators_hash,   &header.next_validators_hash,
                          &header.consensus_hash,   &header.app_hash,  &header.last_results_hash, &header.evidence_hash};
  std::uint32_t number = 6;
  for (const Hash* hash : hashes) writer.bytes(number++, *hash);
  return writer.bytes(14, header.proposer_address).take();
}

Result<Header> decode_header(ByteView proto) {
  Header header;
  header.block_version = 0;
  header.app_version = 0;
  Hash* hashes[] = {&header.last_commit_hash, &header.data_hash, &header.validators_hash,   &header.next_validators_hash,
                    &header.consensus_hash,   &header.app_hash,  &header.last_results_hash, &header.evidence_hash};
  ProtoReader reader(proto);
  while (!reader.at_end()) {
    FLORA_TRY(auto field, reader.next());
    if (field.number == 1 && field.wire == 2) {
      ProtoReader version(field.bytes);
      while (!version.at_end()) {
        FLORA_TRY(auto part, version.next());
        if (part.wire != 0 || part.number > 2) return fail(Code::kMalformed, "header: version");
        (part.number == 1 ? header.block_version : header.app_version) = part.value;
      }
    } else if (field.number == 2 && field.wire == 2) {
      header.chain_id = base::as_text(field.bytes);
    } else if (field.number == 3 && field.wire == 0) {
      header.height = static_cast<std::int64_t>(field.value);
    } else if (field.number == 4 && field.wire == 2) {
      FLORA_TRY(header.time, decode_timestamp(field.bytes));
    } else if (field.number == 5 && field.wire == 2) {
      FLORA_TRY(header.last_block_id, decode_block_id(field.bytes));
    } else if (field.number >= 6 && field.number <= 13) {
      FLORA_TRY(*hashes[field.number - 6], hash_field(field));
    } else if (field.number == 14 && field.bytes.size() == header.proposer_address.size()) {
      std::copy(field.bytes.begin(), field.bytes.end(), header.proposer_address.begin());
    } else {
      return fail(Code::kMalformed, "header: unknown field");
    }
  }
  // One encoding per header: what is hashed must be what is stored.
  if (!base::equal(encode_header(header), proto)) return fail(Code::kMalformed, "header: not in its one encoding");
  return header;
}

Address address_of(const Validator& validator) {
  const Hash hash = crypto::sha256(validator.key);
  Address out;
  std::copy_n(hash.bytes.begin(), out.size(), out.begin());
  return out;
}

void sort_validators(std::vector<Validator>& validators) {
  std::sort(validators.begin(), validators.end(), [](const Validator& a, const Validator& b) {
    return a.power != b.power ? a.power > b.power : address_of(a) < address_of(b);
  });
}

Hash validators_hash(const std::vector<Validator>& in_set_order) {
  std::vector<Bytes> leaves;
  for (const Validator& validator : in_set_order) {
    leaves.push_back(
        ProtoWriter().message_always(1, ProtoWriter().bytes(1, validator.key).view()).int64(2, validator.power).take());
  }
  return crypto::merkle_root(std::span<const Bytes>(leaves));
}

Result<std::vector<Validator>> updated_validators(std::vector<Validator> set, const std::vector<ValidatorUpdate>& updates) {
  constexpr std::int64_t kTotalPowerMax = INT64_MAX / 8;
  for (std::size_t i = 0; i < updates.size(); ++i) {
    const ValidatorUpdate& update = updates[i];
    if (update.power < 0 || update.power > kTotalPowerMax) return fail(Code::kOutOfRange, "a validator's power is out of range");
    for (std::size_t j = 0; j < i; ++j) {
      if (updates[j].key == update.key) return fail(Code::kOutOfRange, "a validator is updated twice");
    }
    const auto found = std::find_if(set.begin(), set.end(), [&](const Validator& v) { return v.key == update.key; });
    if (update.power == 0) {
      if (found == set.end()) return fail(Code::kOutOfRange, "an unknown validator is to be removed");
      set.erase(found);
    } else if (found == set.end()) {
      set.push_back({update.key, update.power});
    } else {
      found->power = update.power;
    }
  }
  if (set.empty()) return fail(Code::kOutOfRange, "no validator would be left");
  std::int64_t total = 0;
  for (const Validator& validator : set) {
    if (validator.power > kTotalPowerMax - total) return fail(Code::kOutOfRange, "the validators' power is too large");
    total += validator.power;
  }
  sort_validators(set);
  return set;
}

Bytes encode_commit(const Commit& commit) {
  ProtoWriter writer;
  writer.int64(1, commit.height).int64(2, commit.round).message_always(3, encode_block_id(commit.block_id));
  for (const CommitSignature& signature : commit.signatures) writer.message_always(4, encode_commit_signature(signature));
  return writer.take();
}

Result<Commit> decode_commit(ByteView proto) {
  Commit commit;
  ProtoReader reader(proto);
  while (!reader.at_end()) {
    FLORA_TRY(auto field, reader.next());
    if (field.number == 1 && field.wire == 0) {
      commit.height = static_cast<std::int64_t>(field.value);
    } else if (field.number == 2 && field.wire == 0 && field.value <= INT32_MAX) {
      commit.round = static_cast<std::int32_t>(field.value);
    } else if (field.number == 3 && field.wire == 2) {
      FLORA_TRY(commit.block_id, decode_block_id(field.bytes));
    } else if (field.number == 4 && field.wire == 2) {
      FLORA_TRY(auto signature, decode_commit_signature(field.bytes));
      commit.signatures.push_back(std::move(signature));
    } else {
      return fail(Code::kMalformed, "commit: unknown field");
    }
  }
  if (!base::equal(encode_commit(commit), proto)) return fail(Code::kMalformed, "commit: not in its one encoding");
  return commit;
}

Hash commit_hash(const Commit& commit) {
  std::vector<Bytes> leaves;
  for (const CommitSignature& signature : commit.signatures) leaves.push_back(encode_commit_signature(signature));
  return crypto::merkle_root(std::span<const Bytes>(leaves));
}

Hash consensus_hash(std::int64_t block_bytes_max, std::int64_t gas_max) {
  return crypto::sha256(ProtoWriter().int64(1, block_bytes_max).int64(2, gas_max).view());
}

Bytes result_leaf(Code code) { return ProtoWriter().varint(1, static_cast<std::uint32_t>(code)).take(); }

Hash results_hash(const std::vector<Code>& codes) {
  std::vector<Bytes> leaves;
  for (const Code code : codes) leaves.push_back(result_leaf(code));
  return crypto::merkle_root(std::span<const Bytes>(leaves));
}

Hash empty_hash() { return crypto::merkle_empty(); }

}  // namespace flora::ledger
