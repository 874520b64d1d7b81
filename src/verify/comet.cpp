// SPDX-License-Identifier: EUPL-1.2
#include "verify/comet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "crypto/signature.hpp"
#include "verify/proto_reader.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Hash;
using base::Result;

constexpr std::size_t kPartBytes = 65536;

tl::unexpected<base::Error> wrong(std::string_view what) {
  return base::fail(Code::kMalformed, fmt::format("{} cannot be read", what));
}

Bytes timestamp(base::Instant time) {
  std::int64_t seconds = time.ns / base::kNanosPerSecond, nanos = time.ns % base::kNanosPerSecond;
  if (nanos < 0) {
    nanos += base::kNanosPerSecond;
    --seconds;
  }
  return ProtoWriter().number(1, static_cast<std::uint64_t>(seconds)).number(2, static_cast<std::uint64_t>(nanos)).view();
}

// The zero time of Go, year 1, lies before our range; it stands in absent votes and counts as the smallest instant.
constexpr std::int64_t kGoZeroSeconds = -62135596800;

Result<base::Instant> read_timestamp(ByteView proto) {
  ProtoReader reader(proto);
  std::int64_t seconds = 0, nanos = 0;
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    if (field.number == 1) seconds = static_cast<std::int64_t>(field.value);
    if (field.number == 2) nanos = static_cast<std::int64_t>(field.value);
  }
  if (seconds == kGoZeroSeconds) return base::Instant{};
  if (seconds > 9'000'000'000 || seconds < -9'000'000'000 || nanos < 0 || nanos >= base::kNanosPerSecond) return wrong("a time");
  return base::Instant{seconds * base::kNanosPerSecond + nanos};
}

Result<Hash> read_hash(ByteView bytes) {
  const auto hash = Hash::from(bytes);
  if (!hash) return wrong("a hash");
  return *hash;
}

Result<BlockRef> read_block_ref(ByteView proto) {
  BlockRef out;
  ProtoReader reader(proto);
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    if (field.number == 1 && !field.bytes.empty()) {
      FLORA_TRY(out.hash, read_hash(field.bytes));
    } else if (field.number == 2) {
      ProtoReader parts(field.bytes);
      while (!parts.done()) {
        FLORA_TRY(const auto part, parts.next());
        if (part.number == 1) out.parts = part.value;
        if (part.number == 2 && !part.bytes.empty()) {
          FLORA_TRY(out.parts_hash, read_hash(part.bytes));
        }
      }
    }
  }
  return out;
}

Bytes part_set_proto(const BlockRef& ref) {
  ProtoWriter out;
  out.number(1, ref.parts);
  if (!ref.parts_hash.is_zero()) out.bytes(2, ref.parts_hash);
  return out.view();
}

Bytes block_ref_proto(const BlockRef& ref) {
  ProtoWriter out;
  if (!ref.hash.is_zero()) out.bytes(1, ref.hash);
  return out.message(2, part_set_proto(ref)).view();
}

Bytes bytes_leaf(ByteView value) { return value.empty() ? Bytes{} : ProtoWriter().bytes(1, value).view(); }

Result<Vote> read_vote(ByteView proto) {
  Vote vote;
  ProtoReader reader(proto);
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    if (field.number == 1) vote.flag = field.value;
    if (field.number == 2) vote.address = base::to_bytes(field.bytes);
    if (field.number == 3) {
      FLORA_TRY(vote.time, read_timestamp(field.bytes));
    }
    if (field.number == 4) vote.signature = base::to_bytes(field.bytes);
  }
  return vote;
}

Bytes vote_proto(const Vote& vote) {
  ProtoWriter out;
  out.number(1, vote.flag).bytes(2, vote.address);
  if (vote.flag == 1) {
    out.message(3, ProtoWriter().number(1, static_cast<std::uint64_t>(kGoZeroSeconds)).view());
  } else {
    out.message(3, timestamp(vote.time));
  }
  return out.bytes(4, vote.signature).view();
}

// CanonicalVote of a precommit, with its length in front.
Bytes sign_bytes(const std::string& chain_id, const ChainCommit& commit, base::Instant time) {
  ProtoWriter vote;
  vote.number(1, 2).fixed(2, static_cast<std::uint64_t>(commit.height)).fixed(3, commit.round);
  vote.message(4, block_ref_proto(commit.block)).message(5, timestamp(time)).bytes(6, base::as_bytes(chain_id));
  ProtoWriter out;
  out.raw_varint(vote.view().size());
  Bytes bytes = out.view();
  base::append(bytes, vote.view());
  return bytes;
}

Result<std::vector<Bytes>> read_transactions(ByteView data) {
  std::vector<Bytes> out;
  ProtoReader reader(data);
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    if (field.number != 1) return wrong("a block's data");
    out.push_back(base::to_bytes(field.bytes));
  }
  return out;
}

}  // namespace

Result<ChainHeader> read_header(ByteView proto) {
  ChainHeader header;
  ProtoReader reader(proto);
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    Bytes* const hashes[] = {&header.last_commit_hash,     &header.data_hash,      &header.validators_hash,
                             &header.next_validators_hash, &header.consensus_hash, &header.app_hash,
                             &header.last_results_hash,    &header.evidence_hash,  &header.proposer_address};
    switch (field.number) {
      case 1: {
        ProtoReader version(field.bytes);
        while (!version.done()) {
          FLORA_TRY(const auto part, version.next());
          (part.number == 1 ? header.block_version : header.app_version) = part.value;
        }
        break;
      }
      case 2: header.chain_id = base::as_text(field.bytes); break;
      case 3: header.height = static_cast<std::int64_t>(field.value); break;
      case 4: {
        FLORA_TRY(header.time, read_timestamp(field.bytes));
        break;
      }
      case 5: {
        FLORA_TRY(header.last_block, read_block_ref(field.bytes));
        break;
      }
      default:
        if (field.number < 6 || field.number > 14) return wrong("a header");
        *hashes[field.number - 6] = base::to_bytes(field.bytes);
    }
  }
  return header;
}

Hash hash_of(const ChainHeader& header) {
  const std::vector<Bytes> leaves = {
      ProtoWriter().number(1, header.block_version).number(2, header.app_version).view(),
      bytes_leaf(base::as_bytes(header.chain_id)),
      ProtoWriter().number(1, static_cast<std::uint64_t>(header.height)).view(),
      timestamp(header.time),
      block_ref_proto(header.last_block),
      bytes_leaf(header.last_commit_hash),
      bytes_leaf(header.data_hash),
      bytes_leaf(header.validators_hash),
      bytes_leaf(header.next_validators_hash),
      bytes_leaf(header.consensus_hash),
      bytes_leaf(header.app_hash),
      bytes_leaf(header.last_results_hash),
      bytes_leaf(header.evidence_hash),
      bytes_leaf(header.proposer_address),
  };
  return crypto::merkle_root(leaves);
}

Result<ChainCommit> read_commit(ByteView proto) {
  ChainCommit commit;
  ProtoReader reader(proto);
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    switch (field.number) {
      case 1: commit.height = static_cast<std::int64_t>(field.value); break;
      case 2: commit.round = field.value; break;
      case 3: {
        FLORA_TRY(commit.block, read_block_ref(field.bytes));
        break;
      }
      case 4: {
        FLORA_TRY(auto vote, read_vote(field.bytes));
        commit.votes.push_back(std::move(vote));
        break;
      }
      default: return wrong("a commit");
    }
  }
  return commit;
}

Hash hash_of(const ChainCommit& commit) {
  std::vector<Bytes> leaves;
  for (const auto& vote : commit.votes) leaves.push_back(vote_proto(vote));
  return crypto::merkle_root(leaves);
}

Hash hash_of(const std::vector<ChainValidator>& set) {
  std::vector<Bytes> leaves;
  for (const auto& validator : set) {
    const Bytes key = ProtoWriter().bytes(1, validator.key).view();
    leaves.push_back(ProtoWriter().message(1, key).number(2, static_cast<std::uint64_t>(validator.power)).view());
  }
  return crypto::merkle_root(leaves);
}

Result<ChainBlock> read_block(ByteView proto) {
  ChainBlock block;
  ProtoReader reader(proto);
  while (!reader.done()) {
    FLORA_TRY(const auto field, reader.next());
    switch (field.number) {
      case 1: {
        FLORA_TRY(block.header, read_header(field.bytes));
        break;
      }
      case 2: {
        FLORA_TRY(block.transactions, read_transactions(field.bytes));
        break;
      }
      case 3:
        if (!field.bytes.empty()) return wrong("a block's evidence");
        break;
      case 4: {
        FLORA_TRY(block.last_commit, read_commit(field.bytes));
        break;
      }
      default: return wrong("a block");
    }
  }
  return block;
}

BlockRef reference_of(const ChainHeader& header, ByteView block_bytes) {
  std::vector<ByteView> parts;
  for (std::size_t at = 0; at < block_bytes.size(); at += kPartBytes) {
    parts.push_back(block_bytes.subspan(at, std::min(kPartBytes, block_bytes.size() - at)));
  }
  return {hash_of(header), parts.size(), crypto::merkle_root(parts)};
}

base::Status check_votes(const std::string& chain_id, const ChainCommit& commit, const std::vector<ChainValidator>& set) {
  if (commit.votes.size() != set.size()) return base::fail(Code::kOutOfRange, "the commit does not fit the validator set");
  std::int64_t total = 0, signed_power = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    total += set[i].power;
    const auto& vote = commit.votes[i];
    if (vote.flag != 2) continue;
    const Hash key_hash = crypto::sha256(set[i].key);
    if (!base::equal(vote.address, ByteView(key_hash).first(20))) {
      return base::fail(Code::kBadSignature, fmt::format("vote {} bears another validator's address", i));
    }
    if (!crypto::verify_zip215(set[i].key, sign_bytes(chain_id, commit, vote.time), vote.signature)) {
      return base::fail(Code::kBadSignature, fmt::format("vote of validator {} does not verify", base::to_hex(vote.address)));
    }
    signed_power += set[i].power;
  }
  if (signed_power * 3 <= total * 2) {
    return base::fail(Code::kBadSignature, fmt::format("only {} of {} voting power signed", signed_power, total));
  }
  return {};
}

Bytes result_content(std::uint32_t code) { return ProtoWriter().number(1, code).view(); }

}  // namespace flora::verify
