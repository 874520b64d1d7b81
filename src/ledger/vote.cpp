// SPDX-License-Identifier: EUPL-1.2
// Votes of ledger/header.hpp: what validators sign and how commits are judged.
#include <algorithm>

#include "crypto/signature.hpp"
#include "ledger/header.hpp"
#include "ledger/proto.hpp"

namespace flora::ledger {

using base::Bytes;
using base::Code;
using base::fail;
using base::Instant;
using base::Status;

Bytes vote_sign_bytes(const std::string& chain_id, std::int64_t height, std::int32_t round, const BlockId& block_id,
                      Instant time) {
  constexpr std::uint64_t kPrecommit = 2;
  ProtoWriter vote;
  vote.varint(1, kPrecommit).sfixed64(2, height).sfixed64(3, round);
  if (!block_id.is_nil()) {
    const Bytes parts = ProtoWriter().varint(1, block_id.parts.total).bytes(2, block_id.parts.hash).take();
    vote.message_always(4, ProtoWriter().bytes(1, block_id.hash).message_always(2, parts).view());
  }
  vote.time_always(5, time).bytes(6, base::as_bytes(chain_id));
  Bytes out;
  append_uvarint(out, vote.view().size());
  base::append(out, vote.view());
  return out;
}

Status check_commit(const std::string& chain_id, const Commit& commit, const std::vector<Validator>& in_set_order) {
  if (commit.signatures.size() != in_set_order.size())
    return fail(Code::kOutOfRange, "the commit does not fit the validator set");
  if (commit.block_id.is_nil()) return fail(Code::kOutOfRange, "the commit names no block");
  // Powers come from foreign receipts too: the sum must not overflow.
  unsigned __int128 total = 0;
  unsigned __int128 signed_power = 0;
  for (std::size_t i = 0; i < in_set_order.size(); ++i) {
    const Validator& validator = in_set_order[i];
    const CommitSignature& vote = commit.signatures[i];
    if (validator.power <= 0) return fail(Code::kOutOfRange, "a validator has no power");
    total += static_cast<std::uint64_t>(validator.power);
    if (vote.flag == BlockIdFlag::kAbsent) continue;
    if (vote.address != address_of(validator)) return fail(Code::kBadSignature, "a vote is not by the validator in its place");
    const BlockId& block_id = vote.flag == BlockIdFlag::kCommit ? commit.block_id : BlockId{};
    const Bytes message = vote_sign_bytes(chain_id, commit.height, commit.round, block_id, vote.time);
    if (!crypto::verify_zip215(validator.key, message, vote.signature)) {
      return fail(Code::kBadSignature, "a validator's vote does not verify");
    }
    if (vote.flag == BlockIdFlag::kCommit) signed_power += static_cast<std::uint64_t>(validator.power);
  }
  if (signed_power * 3 <= total * 2) return fail(Code::kBadSignature, "not more than two thirds of the power signed");
  return {};
}

Instant median_time(const Commit& commit, const std::vector<Validator>& in_set_order) {
  struct Weighted {
    Instant time;
    std::int64_t power;
  };
  std::vector<Weighted> votes;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < commit.signatures.size() && i < in_set_order.size(); ++i) {
    if (commit.signatures[i].flag == BlockIdFlag::kAbsent) continue;
    votes.push_back({commit.signatures[i].time, in_set_order[i].power});
    total += in_set_order[i].power;
  }
  std::sort(votes.begin(), votes.end(), [](const Weighted& a, const Weighted& b) { return a.time < b.time; });
  std::int64_t median = total / 2;
  for (const Weighted& vote : votes) {
    if (median <= vote.power) return vote.time;
    median -= vote.power;
  }
  return {};
}

}  // namespace flora::ledger
