// SPDX-License-Identifier: EUPL-1.2
#include "node/replay.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "calendar/calendar.hpp"
#include "node/application.hpp"
#include "node/keyring.hpp"
#include "orderer/chain.hpp"

namespace flora::node {

using base::Code;
using base::Result;
using base::Status;
using base::Table;

namespace {

Result<ledger::Block> stored_block(const base::TableReader& from, std::int64_t height) {
  const auto bytes = from.get(Table::kBlocks, base::be64(static_cast<std::uint64_t>(height)));
  if (!bytes) return base::fail(Code::kCorrupt, fmt::format("block {} is missing", height));
  return ledger::decode_block(*bytes);
}

// What must follow from the blocks before; the transactions are judged by executing them.
Status check_link(const orderer::Chain& chain, const ledger::Block& block) {
  const auto expected = orderer::next_block(chain, block.transactions, block.header.proposer_address);
  if (expected.header == block.header) return {};
  const char* what = expected.header.app_hash != block.header.app_hash                     ? "app hash"
                     : expected.header.last_results_hash != block.header.last_results_hash ? "results hash"
                                                                                           : "header";
  return base::fail(Code::kCorrupt, fmt::format("the {} of block {} differs", what, block.header.height));
}

}  // namespace

Result<Replayed> replay(const base::TableReader& from, base::Tables& into, const Home& home, Log& log,
                        std::size_t blocks_per_write) {
  FLORA_TRY(const auto last, orderer::load_chain(from));
  if (!last) return base::fail(Code::kCorrupt, "there are no blocks");
  base::SystemRandom random;
  FLORA_TRY(const auto keyring, Keyring::load(into, home.storage_key, random));
  auto calendars = std::make_shared<const calendar::Calendars>(calendar::builtin_calendars());
  FLORA_TRY(const auto application, NodeApplication::open(into, home, calendars, *keyring, log, {}));
  Replayed out;
  application->on_committed([&](const Committed& committed) {
    for (const auto& settled : committed.settled) {
      out.envelopes += settled.code == Code::kOk ? 1 : 0;
      out.commands += settled.results.size();
    }
  });
  FLORA_TRY(const auto app_hash, application->init_chain(ledger::encode_genesis(home.genesis)));
  auto chain = orderer::chain_at_genesis(home.genesis, app_hash);
  base::Batch own;
  std::size_t staged = 0;
  while (chain.height < last->height) {
    FLORA_TRY(const auto block, stored_block(from, chain.height + 1));
    FLORA_TRY(check_link(chain, block));
    const auto finalized = application->finalize_block(orderer::proposal_of(block));
    const auto encoded = ledger::encode_block(block);
    const auto commit_bytes = from.get(Table::kCommits, base::be64(static_cast<std::uint64_t>(block.header.height)));
    if (!commit_bytes) return base::fail(Code::kCorrupt, fmt::format("the commit of block {} is missing", block.header.height));
    FLORA_TRY(const auto commit, ledger::decode_commit(*commit_bytes));
    orderer::store_block(own, block.header.height, encoded, commit);
    FLORA_TRY(chain, orderer::advance(chain, block, ledger::block_id(block, encoded), commit, finalized));
    if (++staged < blocks_per_write && chain.height < last->height) continue;
    orderer::store_chain(own, chain);
    FLORA_TRY(application->commit(own));
    own = {};
    staged = 0;
  }
  if (chain != *last) return base::fail(Code::kCorrupt, "the last state of the chain differs");
  out.height = chain.height;
  out.app_hash = chain.app_hash;
  return out;
}

}  // namespace flora::node
