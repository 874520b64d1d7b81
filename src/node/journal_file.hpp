// SPDX-License-Identifier: EUPL-1.2
// A home's evidence in one file: everything the independent audit reads, and nothing that opens what is sealed. It contains
// the channels' opened commands (pseudonymous, no personal data), so it is confidential to their members.
//
//   journal = "FLORA journal 1" LF, record*
//   record  = length (4 bytes, big-endian), one item of deterministic CBOR
//   first   = ["genesis", bytes]          then   row = [table: uint, key: bytes, value: bytes], ascending table and key
//   last    = ["end", rows: uint, SHA-256 of every byte before this record]
//
// Tables: blocks, commits, transactions, ledger, channel, digest nodes, view index, journal (numbers of base/tables.hpp).
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"

namespace flora::node {

inline constexpr std::string_view kJournalMagic = "FLORA journal 1\n";
inline constexpr std::size_t kJournalRecordBytesMax = 64UL * 1024 * 1024;

// Writes the file anew, readable by its owner only; `rows` counts what was written. Errors: kFileUnwritable, kDiskFull.
base::Result<std::uint64_t> write_journal(const base::TableReader& tables, base::ByteView genesis,
                                          const std::filesystem::path& file);

struct Journal {
  base::Bytes genesis;
  std::unique_ptr<base::Tables> tables;  // in memory: what could be read
  // Set if these are not the bytes that were written: cut off, a record that cannot be read (with its offset; nothing after it
  // was taken), or a wrong sum. The audit of what was read says more.
  std::optional<base::Error> damage;
};
// Errors: kFileUnreadable, kMalformed (no journal at all).
base::Result<Journal> read_journal(const std::filesystem::path& file);

// Whether a file begins as a journal does.
bool is_journal(const std::filesystem::path& file);

}  // namespace flora::node
