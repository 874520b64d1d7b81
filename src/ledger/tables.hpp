// SPDX-License-Identifier: EUPL-1.2
// How records stand in Table::kLedger: one letter, then the record's key. For the bodies of this module only.
//
//   g genesis bytes                     z [height, time, app hash] of the last block
//   R V A rules, validators, accepted   m member      a CA          l revocation list (DER) by CA key
//   c [record, DER] of a certificate    n channel     h head        w window        s revocation
//   p proposal      u upload            U member|offset be64 -> part            e channel|epoch be64 -> new_epoch
//   b height be64 -> block proof        k height be64 -> codes of the block's transactions
#pragma once
#include <optional>
#include <string>

#include "base/tables.hpp"
#include "ledger/draft.hpp"

namespace flora::ledger {

struct LastBlock {
  std::int64_t height = 0;
  base::Instant time;
  base::Hash app_hash;
};

base::Bytes block_proof_key(std::int64_t height);
base::Bytes block_codes_key(std::int64_t height);
base::Bytes encode_codes(const std::vector<base::Code>& codes);

// Everything the draft changes, as writes; `last` is written always.
void write_changes(const Draft& draft, const LastBlock& last, base::Batch& batch);
void write_genesis(base::ByteView genesis, base::Batch& batch);

std::optional<base::Bytes> read_genesis(const base::TableReader& tables);
// Fills records (federation and policy excepted). Errors: kCorrupt.
base::Result<LastBlock> read_records(const base::TableReader& tables, Records& records);

// The textual entries of the app hash that the draft changes.
std::vector<AppHashTree::Change> entry_changes(const Draft& draft);
// Encoded value of a textual entry other than genesis, federation and the trees.
std::optional<base::Bytes> entry_value(const Records& records, std::string_view entry);
// Changes of the three sparse trees.
std::vector<crypto::SmtUpdate> head_updates(const Draft& draft);
std::vector<crypto::SmtUpdate> window_updates(const Draft& draft);
std::vector<crypto::SmtUpdate> serial_updates(const Draft& draft);

}  // namespace flora::ledger
