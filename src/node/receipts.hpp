// SPDX-License-Identifier: EUPL-1.2
// Receipts from what the tables hold: the envelope's block, the block after it and the commit over that. Embedded, both are
// there as soon as the envelope is acknowledged. Pure apart from reading; any thread.
#pragma once
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "ledger/header.hpp"
#include "ledger/receipt.hpp"

namespace flora::node {

// `validators`: of the chain, in set order. By transaction where the block is still there, else by envelope from the block's
// proof. Errors: kUnknownFact (no such envelope), kNotLeader (the block after it is not collected yet), kCorrupt.
struct Collected {
  ledger::Receipt receipt;
  base::ChannelId channel;  // the envelope's
};
base::Result<Collected> collect_receipt(const base::TableReader& tables, const base::Hash& envelope,
                                        const std::vector<ledger::Validator>& validators);

}  // namespace flora::node
