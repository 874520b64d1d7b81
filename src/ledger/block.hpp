// SPDX-License-Identifier: EUPL-1.2
// A block in CometBFT's proto form, its part set and its data hash. Plain values and pure functions, any thread.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ledger/header.hpp"

namespace flora::ledger {

inline constexpr std::size_t kBlockPartBytes = 65536;

struct Block {
  Header header;
  std::vector<base::Bytes> transactions;
  Commit last_commit;  // over the block before; empty in the first
  friend bool operator==(const Block&, const Block&) = default;
};

// Proto: header, data, evidence (always empty here), last commit.
base::Bytes encode_block(const Block& block);
// Errors: kMalformed (also evidence other than none, unknown fields).
base::Result<Block> decode_block(base::ByteView proto);

// Number and Merkle root of the 64 KiB parts of an encoded block.
PartSetHeader part_set(base::ByteView encoded_block);

// Merkle root over SHA-256 of each transaction.
base::Hash data_hash(const std::vector<base::Bytes>& transactions);

// The id of a block: header hash and parts. `encoded` are the bytes of encode_block(block).
BlockId block_id(const Block& block, base::ByteView encoded);

// Fills in what follows from the rest: data_hash, last_commit_hash, evidence_hash. Everything else is the orderer's.
void seal_block(Block& block);

}  // namespace flora::ledger
