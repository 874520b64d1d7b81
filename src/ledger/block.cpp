// SPDX-License-Identifier: EUPL-1.2
#include "ledger/block.hpp"

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

Bytes encode_block(const Block& block) {
  ProtoWriter data;
  for (const Bytes& transaction : block.transactions) data.message_always(1, transaction);
  ProtoWriter writer;
  writer.message_always(1, encode_header(block.header)).message_always(2, data.view());
  writer.message_always(3, {}).message_always(4, encode_commit(block.last_commit));
  return writer.take();
}

Result<Block> decode_block(ByteView proto) {
  Block block;
  ProtoReader reader(proto);
  std::uint32_t expected = 1;
  while (!reader.at_end()) {
    FLORA_TRY(auto field, reader.next());
    if (field.wire != 2 || field.number != expected++) return fail(Code::kMalformed, "block: fields out of place");
    if (field.number == 1) {
      FLORA_TRY(block.header, decode_header(field.bytes));
    } else if (field.number == 2) {
      ProtoReader data(field.bytes);
      while (!data.at_end()) {
        FLORA_TRY(auto transaction, data.next());
        if (transaction.number != 1 || transaction.wire != 2) return fail(Code::kMalformed, "block: unknown field in data");
        block.transactions.push_back(base::to_bytes(transaction.bytes));
      }
    } else if (field.number == 3) {
      if (!field.bytes.empty()) return fail(Code::kMalformed, "block: evidence is not carried here");
    } else if (field.number == 4) {
      FLORA_TRY(block.last_commit, decode_commit(field.bytes));
    } else {
      return fail(Code::kMalformed, "block: unknown field");
    }
  }
  if (expected != 5) return fail(Code::kMalformed, "block: a field is missing");
  if (!base::equal(encode_block(block), proto)) return fail(Code::kMalformed, "block: not in its one encoding");
  return block;
}

PartSetHeader part_set(ByteView encoded_block) {
  std::vector<ByteView> parts;
  for (std::size_t at = 0; at < encoded_block.size(); at += kBlockPartBytes) {
    parts.push_back(encoded_block.subspan(at, std::min(kBlockPartBytes, encoded_block.size() - at)));
  }
  return {static_cast<std::uint32_t>(parts.size()), crypto::merkle_root(std::span<const ByteView>(parts))};
}

Hash data_hash(const std::vector<Bytes>& transactions) {
  std::vector<Hash> hashes;
  hashes.reserve(transactions.size());
  for (const Bytes& transaction : transactions) hashes.push_back(crypto::sha256(transaction));
  return crypto::merkle_root(std::span<const Hash>(hashes));
}

BlockId block_id(const Block& block, ByteView encoded) { return {header_hash(block.header), part_set(encoded)}; }

void seal_block(Block& block) {
  block.header.data_hash = data_hash(block.transactions);
  block.header.last_commit_hash = commit_hash(block.last_commit);
  block.header.evidence_hash = empty_hash();
}

}  // namespace flora::ledger
