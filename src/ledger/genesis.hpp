// SPDX-License-Identifier: EUPL-1.2
// How a federation (or a segment of one) begins. The genesis hash names it for ever: it stands in the app hash, in every
// signature's external data and in every trust file. Plain values, pure functions, any thread.
//
// CDDL in docs/reference/formats.md, "Genesis".
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "ledger/commands.hpp"
#include "ledger/header.hpp"

namespace flora::ledger {

// As CometBFT's InitChain delivers them. All nodes must agree on every one.
struct ConsensusParams {
  std::int64_t block_bytes_max = base::limits::kBlockBytesMax;
  std::int64_t gas_max = -1;
  std::int64_t evidence_age_blocks_max = 100'000;
  std::int64_t evidence_age_ns_max = 48LL * 3600 * base::kNanosPerSecond;
  std::int64_t evidence_bytes_max = 0;
  std::uint64_t app_version = 1;
  friend bool operator==(const ConsensusParams&, const ConsensusParams&) = default;
};

// Which member answers for a validator.
struct ValidatorMember {
  std::array<std::uint8_t, 32> key{};
  base::MemberId member;
  friend bool operator==(const ValidatorMember&, const ValidatorMember&) = default;
};

// What the application reads; judged in InitChain at genesis time.
struct AppState {
  std::uint64_t rules_version = 1;
  Threshold policy;                                // ballots of the federation itself
  std::vector<Founder> founders;                   // ascending ids
  std::vector<CreateChannel> channels;             // ascending ids; may be empty
  std::vector<ValidatorMember> validator_members;  // which member runs which validator; ascending keys
  friend bool operator==(const AppState&, const AppState&) = default;
};

struct Genesis {
  std::string chain_id;  // `<federation>-<n>`, at most 50 ASCII letters, digits, '-', '_', '.'
  std::int64_t initial_height = 1;
  base::Instant time;
  std::vector<Validator> validators;  // set order
  ConsensusParams params;
  base::Bytes app_state_bytes;  // a JSON string literal with base64url of the CBOR of AppState, as genesis.json can carry it
  friend bool operator==(const Genesis&, const Genesis&) = default;
};

base::Bytes encode_app_state(const AppState& state);                     // the JSON string literal
base::Result<AppState> parse_app_state(base::ByteView app_state_bytes);  // kJsonMalformed, kCbor..., kMissingField, ...

// The CBOR array [chain id, initial height, time, validators, consensus parameters, app_state_bytes]; validators are
// brought into set order first, as InitChain delivers them.
base::Bytes encode_genesis(const Genesis& genesis);
base::Result<Genesis> parse_genesis(base::ByteView cbor);
base::Hash genesis_hash(const Genesis& genesis);  // SHA-256 of encode_genesis

// What every signature is bound to.
struct FederationId {
  std::string chain_id;
  base::Hash genesis_hash;
  friend bool operator==(const FederationId&, const FederationId&) = default;
};
inline FederationId federation_id(const Genesis& genesis) { return {genesis.chain_id, genesis_hash(genesis)}; }

}  // namespace flora::ledger
