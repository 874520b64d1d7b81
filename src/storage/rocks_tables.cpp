// SPDX-License-Identifier: EUPL-1.2
// The one file that sees RocksDB. Left alone on purpose, because 7.8 is wrong there: DeleteRange, compression of the log.
#include "storage/rocks_tables.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "base/check.hpp"
#include "storage/schema.hpp"

namespace flora::storage {

using base::Batch;
using base::Bytes;
using base::ByteView;
using base::Code;
using base::Status;
using base::Table;

namespace {

// Never with a null pointer: Debian's library is built with its assertions on.
rocksdb::Slice slice(ByteView bytes) {
  return bytes.empty() ? rocksdb::Slice("", 0) : rocksdb::Slice(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}
ByteView view(const rocksdb::Slice& s) { return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()}; }

// Names of the column families. The number keeps its meaning for ever, the word is for people who look with other tools.
constexpr std::array<const char*, base::kTableCount> kNames = {
    "00-meta",  "01-blocks",     "02-commits", "03-transactions", "04-ledger",  "05-channel",  "06-digest-nodes",
    "07-views", "08-view-index", "09-journal", "10-outbox",       "11-secrets", "12-sessions", "13-findings"};

// The least string that is greater than every string with this prefix; empty: there is none.
Bytes after_prefix(ByteView prefix) {
  Bytes out = base::to_bytes(prefix);
  while (!out.empty() && out.back() == 0xff) out.pop_back();
  if (!out.empty()) ++out.back();
  return out;
}

base::Error error_of(const rocksdb::Status& status) {
  // Busy: RocksDB itself looks every five seconds whether there is space again.
  if (status.IsNoSpace() || status.IsBusy()) return {Code::kDiskFull, "no space left for the tables"};
  if (status.IsCorruption()) return {Code::kCorrupt, status.ToString()};
  return {Code::kStorageFailed, status.ToString()};
}

std::size_t bytes_of(const Batch& batch) {
  std::size_t bytes = 64;
  for (const auto& change : batch.changes) bytes += change.key.size() + (change.value ? change.value->size() : 0) + 12;
  return bytes;
}

// Ascending keys are inserted into the memtable several times as fast as scattered ones. Of several changes of a key the last
// remains.
std::vector<const Batch::Change*> in_key_order(const Batch& batch) {
  std::vector<const Batch::Change*> order;
  order.reserve(batch.changes.size());
  for (const auto& change : batch.changes) order.push_back(&change);
  const auto compare = [](const Batch::Change& a, const Batch::Change& b) {
    return a.table != b.table ? a.table <=> b.table : base::compare(a.key, b.key);
  };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) { return compare(*a, *b) < 0; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i + 1 < order.size() && compare(*order[i], *order[i + 1]) == 0) continue;
    order[kept++] = order[i];
  }
  order.resize(kept);
  return order;
}

// The open database; lives until the last snapshot of it is gone.
struct Database {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> all;                         // every family found, in order of opening
  std::array<rocksdb::ColumnFamilyHandle*, base::kTableCount> tables{};  // ours among them

  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    if (!db) return;
    for (auto* handle : all) db->DestroyColumnFamilyHandle(handle);
    db->Close();
  }

  std::optional<Bytes> get(Table table, ByteView key, const rocksdb::Snapshot* snapshot) const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    rocksdb::PinnableSlice value;
    const auto status = db->Get(options, tables[static_cast<std::size_t>(table)], slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    FLORA_CHECK(status.ok(), status.ToString());
    return base::to_bytes(view(value));
  }

  using Visit = std::function<bool(ByteView, ByteView)>;
  void scan(Table table, ByteView prefix, ByteView from, bool down, const Visit& visit, const rocksdb::Snapshot* snapshot) const {
    const Bytes end = after_prefix(prefix);
    const rocksdb::Slice lower = slice(prefix), upper = slice(end);
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    options.iterate_lower_bound = &lower;
    if (!end.empty()) options.iterate_upper_bound = &upper;
    std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(options, tables[static_cast<std::size_t>(table)]));
    const bool past_end = !end.empty() && base::compare(from, end) >= 0;
    if (!down) {
      if (past_end) return;
      if (from.empty() || base::compare(from, prefix) < 0)
        it->SeekToFirst();
      else
        it->Seek(slice(from));
    } else if (from.empty() || past_end) {
      it->SeekToLast();
    } else {
      it->SeekForPrev(slice(from));
    }
    for (; it->Valid(); down ? it->Prev() : it->Next()) {
      if (!visit(view(it->key()), view(it->value()))) break;
    }
    FLORA_CHECK(it->status().ok(), it->status().ToString());
  }
};

class RocksSnapshot final : public base::TableReader {
 public:
  explicit RocksSnapshot(std::shared_ptr<const Database> data) : data_(std::move(data)), at_(data_->db->GetSnapshot()) {}
  ~RocksSnapshot() override { data_->db->ReleaseSnapshot(at_); }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;

  std::optional<Bytes> get(Table table, ByteView key) const override { return data_->get(table, key, at_); }
  void scan(Table table, ByteView prefix, ByteView from, const Database::Visit& visit) const override {
    data_->scan(table, prefix, from, false, visit, at_);
  }
  void scan_back(Table table, ByteView prefix, ByteView from, const Database::Visit& visit) const override {
    data_->scan(table, prefix, from, true, visit, at_);
  }

 private:
  std::shared_ptr<const Database> data_;
  const rocksdb::Snapshot* at_;
};

class RocksTables final : public base::Tables {
 public:
  RocksTables(std::shared_ptr<Database> data, std::string path, const RocksOptions& options)
      : data_(std::move(data)), path_(std::move(path)), reserve_(options.reserve_bytes), faults_(options.faults) {}

  ~RocksTables() override {
    // An empty log makes the next start immediate. On a full disk this fails, and the log is read instead.
    rocksdb::FlushOptions options;
    options.wait = true;
    std::vector<rocksdb::ColumnFamilyHandle*> handles(data_->tables.begin(), data_->tables.end());
    if (has_space(0)) (void)data_->db->Flush(options, handles);
  }

  Status commit(const Batch& batch, bool durable) override {
    FLORA_TRY(reach(faults_, "storage.before_write"));
    rocksdb::WriteBatch out(bytes_of(batch));
    for (const auto* change : in_key_order(batch)) {
      auto* family = data_->tables[static_cast<std::size_t>(change->table)];
      const auto status =
          change->value ? out.Put(family, slice(change->key), slice(*change->value)) : out.Delete(family, slice(change->key));
      FLORA_CHECK(status.ok(), "a write batch takes every change");
    }
    if (!has_space(out.GetDataSize())) return base::fail(Code::kDiskFull, "the space kept in reserve is reached");
    FLORA_TRY(resume());
    rocksdb::WriteOptions options;
    options.sync = durable;
    const auto status = data_->db->Write(options, &out);
    if (!status.ok()) {
      stopped_ = true;
      return tl::unexpected(error_of(status));
    }
    return reach(faults_, "storage.after_write");
  }

  std::shared_ptr<const base::TableReader> snapshot() const override { return std::make_shared<RocksSnapshot>(data_); }
  std::optional<Bytes> get(Table table, ByteView key) const override { return data_->get(table, key, nullptr); }
  void scan(Table table, ByteView prefix, ByteView from, const Database::Visit& visit) const override {
    data_->scan(table, prefix, from, false, visit, nullptr);
  }
  void scan_back(Table table, ByteView prefix, ByteView from, const Database::Visit& visit) const override {
    data_->scan(table, prefix, from, true, visit, nullptr);
  }

 private:
  bool has_space(std::size_t batch_bytes) const {
    struct statvfs fs{};
    if (::statvfs(path_.c_str(), &fs) != 0) return true;  // the write itself will say what is wrong
    return static_cast<std::uint64_t>(fs.f_bavail) * fs.f_frsize >= reserve_ + 2 * batch_bytes;
  }

  // After a failed write RocksDB refuses all writes until it is told that the medium is well again. Resuming flushes and
  // starts a new log, so that what the failed write left at the end of the old one is never read.
  Status resume() {
    if (!stopped_) return {};
    std::lock_guard lock(resume_mutex_);
    if (!stopped_) return {};
    const auto status = data_->db->Resume();
    if (!status.ok()) return tl::unexpected(error_of(status));
    stopped_ = false;
    return {};
  }

  std::shared_ptr<Database> data_;
  std::string path_;
  std::size_t reserve_;
  FaultHook* faults_;
  std::atomic<bool> stopped_ = false;
  std::mutex resume_mutex_;
};

rocksdb::DBOptions database_options(const RocksOptions& options) {
  rocksdb::DBOptions out;
  out.create_if_missing = !options.must_exist;
  out.create_missing_column_families = true;
  out.max_background_jobs = 2;
  out.rate_limiter.reset(rocksdb::NewGenericRateLimiter(96L * 1024 * 1024));  // compaction leaves the commit its disk
  out.bytes_per_sync = 1024UL * 1024;
  out.db_write_buffer_size = options.memtable_bytes;
  out.max_total_wal_size = options.log_bytes_max;
  // Synced batches must return, so an error in the middle of the log is an error; only a torn end is normal.
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  out.recycle_log_file_num = 0;
  out.allow_mmap_reads = true;
  out.paranoid_checks = true;
  out.max_open_files = 512;
  out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  out.keep_log_file_num = 3;
  out.max_log_file_size = 4UL * 1024 * 1024;
  out.stats_dump_period_sec = 0;
  out.stats_persist_period_sec = 0;
  return out;
}

rocksdb::ColumnFamilyOptions family_options(const RocksOptions& options, const std::shared_ptr<rocksdb::Cache>& cache,
                                            Table table) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  blocks.block_size = 4096;
  blocks.format_version = 5;
  blocks.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  blocks.cache_index_and_filter_blocks = false;
  rocksdb::ColumnFamilyOptions out;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  out.level_compaction_dynamic_level_bytes = true;
  out.write_buffer_size = options.memtable_bytes / 3;
  // Hashes and sealed bodies do not shrink; without compression they are read straight from the mapped file.
  const bool incompressible = table == Table::kDigestNodes || table == Table::kBlocks || table == Table::kOutbox ||
                              table == Table::kTransactions || table == Table::kSecrets;
  out.compression = incompressible ? rocksdb::kNoCompression : rocksdb::kLZ4Compression;
  return out;
}

base::Result<std::shared_ptr<Database>> open_database(const std::string& path, const RocksOptions& options) {
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  const auto db_options = database_options(options);
  std::vector<std::string> names;
  // Families of a newer program must be opened too, or RocksDB refuses; the schema version then says what they are.
  if (!rocksdb::DB::ListColumnFamilies(db_options, path, &names).ok()) names.clear();
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t t = 0; t < base::kTableCount; ++t) {
    families.emplace_back(kNames[t], family_options(options, cache, static_cast<Table>(t)));
    std::erase(names, kNames[t]);
  }
  std::erase(names, rocksdb::kDefaultColumnFamilyName);
  // The largest write buffer is also the space RocksDB wants to see free before it recovers from a full disk.
  rocksdb::ColumnFamilyOptions unused;
  unused.write_buffer_size = 64 * 1024;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, unused);
  for (const auto& name : names) families.emplace_back(name, unused);

  auto data = std::make_shared<Database>();
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(db_options, path, families, &data->all, &db);
  if (!status.ok()) {
    const auto text = status.ToString();
    if (text.find("lock ") != std::string::npos || text.find("LOCK") != std::string::npos) {
      return base::fail(Code::kHomeLocked, path);
    }
    return tl::unexpected(error_of(status));
  }
  data->db.reset(db);
  for (std::size_t t = 0; t < base::kTableCount; ++t) data->tables[t] = data->all[t];
  return data;
}

}  // namespace

base::Result<std::unique_ptr<base::Tables>> open_rocks(const std::string& path, const RocksOptions& options) {
  struct stat info{};
  if (options.must_exist && ::stat(path.c_str(), &info) != 0) return base::fail(Code::kHomeMissing, path);
  FLORA_TRY(auto data, open_database(path, options));
  auto tables = std::make_unique<RocksTables>(std::move(data), path, options);
  FLORA_TRY(check_schema(*tables));
  return std::unique_ptr<base::Tables>(std::move(tables));
}

}  // namespace flora::storage
