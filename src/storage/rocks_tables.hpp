// SPDX-License-Identifier: EUPL-1.2
// The Tables port on disk: RocksDB 7.8, one column family per base::Table, one write-ahead log. A commit is one WriteBatch;
// a durable one returns after the log was synced. Commits may come from several threads: concurrent ones share a sync.
//
//   recovery ....... every synced batch returns; a torn record at the end of the log is dropped whole; a damaged one in the
//                    middle is an error, never a silent loss
//   disk full ...... a commit that could leave less than `reserve_bytes` free fails with kDiskFull before anything is
//                    written; if the medium refuses all the same, the log is closed at its last good record. Reading goes on,
//                    and the next commit after space returned succeeds
//   lock ........... one process per path; kHomeLocked for the second
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "base/tables.hpp"
#include "storage/faults.hpp"

namespace flora::storage {

struct RocksOptions {
  std::size_t block_cache_bytes = 64UL * 1024 * 1024;  // uncompressed blocks, shared by all tables
  std::size_t memtable_bytes = 96UL * 1024 * 1024;     // unflushed entries of all tables together
  std::size_t log_bytes_max = 96UL * 1024 * 1024;      // write-ahead log; bounds the time of a start after a crash
  std::size_t reserve_bytes = 64UL * 1024 * 1024;      // kept free for flushes and compaction
  bool must_exist = false;                             // kHomeMissing instead of making new tables
  FaultHook* faults = nullptr;                         // points: storage.before_write, storage.after_write
};

// Opens or makes the tables under the folder `path` (its parent must exist) and checks the schema version.
// Errors: kHomeMissing, kHomeLocked, kSchemaNewer, kSchemaOlder, kCorrupt, kDiskFull, kStorageFailed.
// Closing (the destructor) flushes, so that the next start reads no log; no snapshot need be released before.
base::Result<std::unique_ptr<base::Tables>> open_rocks(const std::string& path, const RocksOptions& options = {});

}  // namespace flora::storage
