// SPDX-License-Identifier: EUPL-1.2
// Headers, commits, validator sets and blocks of CometBFT v0.38, read and hashed for the auditor. Written for checking alone and
// on purpose apart from the code that makes blocks: a mistake there must not be repeated here. Pure; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace flora::verify {

struct BlockRef {  // block id: header hash and part set
  base::Hash hash;
  std::uint64_t parts = 0;
  base::Hash parts_hash;
  friend bool operator==(const BlockRef&, const BlockRef&) = default;
};

struct ChainHeader {
  std::uint64_t block_version = 0, app_version = 0;
  std::string chain_id;
  std::int64_t height = 0;
  base::Instant time;
  BlockRef last_block;
  base::Bytes last_commit_hash, data_hash, validators_hash, next_validators_hash, consensus_hash, app_hash, last_results_hash,
      evidence_hash, proposer_address;
};
// Errors: kMalformed.
base::Result<ChainHeader> read_header(base::ByteView proto);
base::Hash hash_of(const ChainHeader& header);

struct Vote {
  std::uint64_t flag = 0;  // 1 absent, 2 for the block, 3 nil
  base::Bytes address;
  base::Instant time;
  base::Bytes signature;
};
struct ChainCommit {
  std::int64_t height = 0;
  std::uint64_t round = 0;
  BlockRef block;
  std::vector<Vote> votes;  // in the order of the set
};
base::Result<ChainCommit> read_commit(base::ByteView proto);
base::Hash hash_of(const ChainCommit& commit);

struct ChainValidator {
  base::Bytes key;  // 32 bytes, Ed25519
  std::int64_t power = 0;
};
base::Hash hash_of(const std::vector<ChainValidator>& set);

struct ChainBlock {
  ChainHeader header;
  std::vector<base::Bytes> transactions;
  ChainCommit last_commit;
};
base::Result<ChainBlock> read_block(base::ByteView proto);

// Root and number of the 64 KiB parts of a block's bytes, as its block id names them.
BlockRef reference_of(const ChainHeader& header, base::ByteView block_bytes);

// More than two thirds of the set's power signed exactly this block. Errors: kBadSignature (names the validator), kOutOfRange.
base::Status check_votes(const std::string& chain_id, const ChainCommit& commit, const std::vector<ChainValidator>& set);

// The leaf of one result in last_results_hash: its code and nothing else.
base::Bytes result_content(std::uint32_t code);

}  // namespace flora::verify
