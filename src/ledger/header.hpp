// SPDX-License-Identifier: EUPL-1.2
// Header, commit and validator set of CometBFT v0.38, byte for byte (docs/reference/formats.md, "Blocks"), whoever makes the
// blocks. Plain values; all functions are pure and may be called from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace flora::ledger {

inline constexpr std::uint64_t kBlockVersion = 11;

// First 20 bytes of SHA-256 of a validator's key.
using Address = std::array<std::uint8_t, 20>;

struct PartSetHeader {
  std::uint32_t total = 0;
  base::Hash hash;
  friend bool operator==(const PartSetHeader&, const PartSetHeader&) = default;
};

// Names a block; all zero before the first one.
struct BlockId {
  base::Hash hash;  // header hash
  PartSetHeader parts;
  bool is_nil() const { return hash.is_zero() && parts.total == 0; }
  friend bool operator==(const BlockId&, const BlockId&) = default;
};

struct Header {
  std::uint64_t block_version = kBlockVersion;
  std::uint64_t app_version = 1;  // the ledger's rules_version
  std::string chain_id;
  std::int64_t height = 0;  // from 1
  base::Instant time;       // ledger time of everything in the block
  BlockId last_block_id;
  base::Hash last_commit_hash;
  base::Hash data_hash;
  base::Hash validators_hash;
  base::Hash next_validators_hash;
  base::Hash consensus_hash;
  base::Hash app_hash;           // of the state after the block before
  base::Hash last_results_hash;  // of the block before
  base::Hash evidence_hash;
  Address proposer_address{};
  friend bool operator==(const Header&, const Header&) = default;
};

// The fourteen leaves whose Merkle root is the header hash, in order.
std::array<base::Bytes, 14> header_leaves(const Header& header);
base::Hash header_hash(const Header& header);
base::Bytes encode_header(const Header& header);           // proto
base::Result<Header> decode_header(base::ByteView proto);  // kMalformed

struct Validator {
  std::array<std::uint8_t, 32> key{};  // Ed25519
  std::int64_t power = 1;              // > 0
  friend bool operator==(const Validator&, const Validator&) = default;
};
Address address_of(const Validator& validator);

// A change of the set, effective two heights later; power 0 removes.
struct ValidatorUpdate {
  std::array<std::uint8_t, 32> key{};
  std::int64_t power = 0;
  friend bool operator==(const ValidatorUpdate&, const ValidatorUpdate&) = default;
};

// Sorts by power descending, then address ascending: the order in which a set is hashed and its commits are written.
void sort_validators(std::vector<Validator>& validators);
base::Hash validators_hash(const std::vector<Validator>& in_set_order);
// The set after the updates, in set order. Errors: kOutOfRange (negative power, key twice, removal of an unknown one, empty set,
// total above 2^63/8).
base::Result<std::vector<Validator>> updated_validators(std::vector<Validator> set, const std::vector<ValidatorUpdate>& updates);

enum class BlockIdFlag : std::uint8_t { kAbsent = 1, kCommit = 2, kNil = 3 };

struct CommitSignature {
  BlockIdFlag flag = BlockIdFlag::kAbsent;
  Address address{};  // with the rest only if not absent
  base::Instant time;
  base::Bytes signature;  // 64 bytes
  friend bool operator==(const CommitSignature&, const CommitSignature&) = default;
};

// The precommits that closed a height; signatures in set order. The commit before the first block is all empty.
struct Commit {
  std::int64_t height = 0;
  std::int32_t round = 0;
  BlockId block_id;
  std::vector<CommitSignature> signatures;
  friend bool operator==(const Commit&, const Commit&) = default;
};
base::Bytes encode_commit(const Commit& commit);           // proto
base::Result<Commit> decode_commit(base::ByteView proto);  // kMalformed
base::Hash commit_hash(const Commit& commit);              // last_commit_hash of the next header

// What a validator signs: the length-delimited CanonicalVote of a precommit. `block_id` nil for a nil vote.
base::Bytes vote_sign_bytes(const std::string& chain_id, std::int64_t height, std::int32_t round, const BlockId& block_id,
                            base::Instant time);

// Checks that validators with more than two thirds of the set's power signed this very block. Ed25519 by ZIP-215.
// Errors: kBadSignature (a wrong signature, too little power), kOutOfRange (shape does not fit the set).
base::Status check_commit(const std::string& chain_id, const Commit& commit, const std::vector<Validator>& in_set_order);

// Weighted median of the timestamps of the commit's votes, as CometBFT computes the next block's time.
base::Instant median_time(const Commit& commit, const std::vector<Validator>& in_set_order);

// SHA-256(08 max_bytes 10 max_gas).
base::Hash consensus_hash(std::int64_t block_bytes_max, std::int64_t gas_max);

// Merkle root over the ExecTxResults of a block: the code only; data and gas are empty in FLORA. In the next header.
base::Bytes result_leaf(base::Code code);
base::Hash results_hash(const std::vector<base::Code>& codes);

// SHA-256(""): the root of an empty tree; data, evidence, last commit and results of the first block.
base::Hash empty_hash();

}  // namespace flora::ledger
