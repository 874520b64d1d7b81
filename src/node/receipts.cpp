// SPDX-License-Identifier: EUPL-1.2
#include "node/receipts.hpp"

#include "ledger/block.hpp"
#include "ledger/state.hpp"

namespace flora::node {

using base::Code;
using base::Hash;
using base::Result;
using base::Table;

namespace {

std::optional<base::Bytes> at_height(const base::TableReader& tables, Table table, std::int64_t height) {
  return tables.get(table, base::be64(static_cast<std::uint64_t>(height)));
}

}  // namespace

Result<Collected> collect_receipt(const base::TableReader& tables, const Hash& envelope,
                                  const std::vector<ledger::Validator>& validators) {
  const auto place = ledger::read_place(tables, envelope);
  if (!place) return base::fail(Code::kUnknownFact, "no such envelope");
  const auto block_bytes = at_height(tables, Table::kBlocks, place->height);
  const auto next_bytes = at_height(tables, Table::kBlocks, place->height + 1);
  const auto commit_bytes = at_height(tables, Table::kCommits, place->height + 1);
  if (!block_bytes) return base::fail(Code::kUnknownFact, "its block is gone");
  if (!next_bytes || !commit_bytes) return base::fail(Code::kNotLeader, "the next block is not there yet");
  FLORA_TRY(const auto block, ledger::decode_block(*block_bytes));
  FLORA_TRY(const auto next, ledger::decode_block(*next_bytes));
  FLORA_TRY(const auto commit, ledger::decode_commit(*commit_bytes));
  if (next.header.validators_hash != ledger::validators_hash(validators)) {
    return base::fail(Code::kCorrupt, "the validators are not those of the block");
  }
  if (place->position >= block.transactions.size()) return base::fail(Code::kCorrupt, "the envelope's place is not in its block");
  const auto parsed = ledger::parse_transaction(block.transactions[place->position]);
  const base::ChannelId channel = parsed.header.channel;
  const ledger::BlockPieces pieces{block, next.header, commit, validators};
  if (const auto codes = ledger::read_codes(tables, place->height)) {
    FLORA_TRY(auto receipt, ledger::make_receipt(pieces, place->position, *codes));
    return Collected{std::move(receipt), channel};
  }
  const auto proof = ledger::read_block_proof(tables, place->height);
  if (!proof) return base::fail(Code::kCorrupt, "the block's proof is missing");
  FLORA_TRY(const auto transaction, ledger::split_transaction(block.transactions[place->position]));
  FLORA_TRY(auto receipt, ledger::make_receipt(pieces, transaction.sign1, *proof));
  return Collected{std::move(receipt), channel};
}

}  // namespace flora::node
