// SPDX-License-Identifier: EUPL-1.2
#include "node/journal_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/cbor.hpp"
#include "crypto/hash.hpp"
#include "storage/memory_tables.hpp"

namespace flora::node {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Code;
using base::Result;
using base::Status;
using base::Table;

namespace {

constexpr std::array kTables = {Table::kBlocks,  Table::kCommits,     Table::kTransactions, Table::kLedger,
                                Table::kChannel, Table::kDigestNodes, Table::kViewIndex,    Table::kJournal};

// Appends records, hashing what it writes.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path)
      : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~Writer() {
    if (file_ >= 0) ::close(file_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Status raw(ByteView bytes) {
    hash_.update(bytes);
    base::append(buffer_, bytes);
    return buffer_.size() < 1024 * 1024 ? Status{} : flush();
  }
  Status record(const Bytes& item) {
    FLORA_TRY(raw(base::be32(static_cast<std::uint32_t>(item.size()))));
    return raw(item);
  }
  base::Hash hash() { return hash_.finish(); }
  Status finish() {
    FLORA_TRY(flush());
    return ::fsync(file_) == 0 ? Status{} : failed();
  }

 private:
  Status flush() {
    ByteView left = buffer_;
    while (!left.empty()) {
      const auto written = ::write(file_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return failed();
      left = left.subspan(static_cast<std::size_t>(written));
    }
    buffer_.clear();
    return {};
  }
  Status failed() const {
    return base::fail(errno == ENOSPC ? Code::kDiskFull : Code::kFileUnwritable, path_.string() + ": " + std::strerror(errno));
  }

  std::filesystem::path path_;
  int file_;
  crypto::Sha256 hash_;
  Bytes buffer_;
};

base::Error broken(std::uint64_t offset, std::string_view what) {
  return {Code::kMalformed, fmt::format("record at offset {}: {}", offset, what)};
}

struct Row {
  Table table;
  Bytes key, value;
};

Result<Row> read_row(CborReader& r) {
  Row row;
  FLORA_TRY(const auto table, r.uint());
  row.table = static_cast<Table>(table);
  if (table >= base::kTableCount || std::find(kTables.begin(), kTables.end(), row.table) == kTables.end()) {
    return base::fail(Code::kMalformed, "a table that no journal has");
  }
  FLORA_TRY(const auto key, r.bytes());
  FLORA_TRY(const auto value, r.bytes());
  row.key = base::to_bytes(key);
  row.value = base::to_bytes(value);
  FLORA_TRY(r.end());
  return row;
}

// Reads record after record into `out`.
class Loader {
 public:
  explicit Loader(Journal& out) : out_(out) {}
  bool ended() const { return ended_; }
  // Keeps what was read so far.
  Status stop(base::Error why) {
    FLORA_TRY(flush());
    return tl::unexpected(std::move(why));
  }

  Status take(ByteView item, const base::Hash& before) {
    if (ended_) return base::fail(Code::kMalformed, "something stands after the end");
    FLORA_TRY(auto r, CborReader::open(item));
    FLORA_TRY(const auto count, r.array());
    if (!has_genesis_) return take_genesis(r, count);
    if (count == 3 && r.peek() == base::CborType::kText) return take_end(r, before);
    if (count != 3) return base::fail(Code::kMalformed, "not a row");
    FLORA_TRY(auto row, read_row(r));
    ++rows_;
    batch_.put(row.table, std::move(row.key), std::move(row.value));
    if (batch_.changes.size() >= 4096) FLORA_TRY(flush());
    return {};
  }

 private:
  Status take_genesis(CborReader& r, std::size_t count) {
    FLORA_TRY(const auto word, count == 2 ? r.text() : Result<std::string_view>(""));
    if (word != "genesis") return base::fail(Code::kMalformed, "the genesis comes first");
    FLORA_TRY(const auto genesis, r.bytes());
    out_.genesis = base::to_bytes(genesis);
    has_genesis_ = true;
    return r.end();
  }
  Status take_end(CborReader& r, const base::Hash& before) {
    FLORA_TRY(const auto word, r.text());
    FLORA_TRY(const auto rows, r.uint());
    FLORA_TRY(const auto hash, r.bytes(32));
    if (word != "end") return base::fail(Code::kMalformed, "not a row");
    ended_ = true;
    FLORA_TRY(flush());
    if (rows != rows_ || !base::equal(hash, before)) return base::fail(Code::kCorrupt, "the journal's bytes were changed");
    return r.end();
  }
  Status flush() {
    FLORA_TRY(out_.tables->commit(batch_, true));
    batch_ = {};
    return {};
  }

  Journal& out_;
  base::Batch batch_;
  std::uint64_t rows_ = 0;
  bool has_genesis_ = false, ended_ = false;
};

}  // namespace

Result<std::uint64_t> write_journal(const base::TableReader& tables, ByteView genesis, const std::filesystem::path& file) {
  Writer out(file);
  FLORA_TRY(out.raw(base::as_bytes(kJournalMagic)));
  FLORA_TRY(out.record(CborWriter().array(2).text("genesis").bytes(genesis).take()));
  std::uint64_t rows = 0;
  Status status;
  for (const auto table : kTables) {
    tables.scan(table, {}, {}, [&](ByteView key, ByteView value) {
      ++rows;
      status = out.record(CborWriter().array(3).uint(static_cast<std::uint64_t>(table)).bytes(key).bytes(value).take());
      return status.has_value();
    });
    FLORA_TRY(status);
  }
  const auto hash = out.hash();
  FLORA_TRY(out.record(CborWriter().array(3).text("end").uint(rows).bytes(hash).take()));
  FLORA_TRY(out.finish());
  return rows;
}

namespace {

// Reads records up to the end. Errors: kMalformed with the offset, kCorrupt.
Status read_records(std::istream& in, Journal& out) {
  Loader loader(out);
  crypto::Sha256 running;
  running.update(base::as_bytes(kJournalMagic));
  std::uint64_t offset = kJournalMagic.size();
  while (!loader.ended()) {
    std::array<std::uint8_t, 4> head{};
    if (!in.read(reinterpret_cast<char*>(head.data()), 4)) return loader.stop({Code::kCorrupt, "the journal is cut off"});
    const std::size_t size = (std::size_t{head[0]} << 24) | (std::size_t{head[1]} << 16) | (std::size_t{head[2]} << 8) | head[3];
    if (size > kJournalRecordBytesMax) return loader.stop(broken(offset, "longer than a record may be"));
    Bytes item(size);
    if (!in.read(reinterpret_cast<char*>(item.data()), static_cast<std::streamsize>(size))) {
      return loader.stop({Code::kCorrupt, "the journal is cut off"});
    }
    const bool last = size > 4 && item[0] == 0x83 && item[1] == 0x63;  // an array of three that begins with a text: the end
    const auto before = last ? running.finish() : base::Hash{};
    if (const auto taken = loader.take(item, before); !taken) {
      return loader.stop(taken.error().code == Code::kCorrupt ? taken.error() : broken(offset, taken.error().detail));
    }
    if (!last) running.update(head).update(item);
    offset += 4 + size;
  }
  if (in.peek() == std::istream::traits_type::eof()) return {};
  return tl::unexpected(broken(offset, "something stands after the end"));
}

}  // namespace

Result<Journal> read_journal(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return base::fail(Code::kFileUnreadable, file.string());
  std::string magic(kJournalMagic.size(), '\0');
  if (!in.read(magic.data(), static_cast<std::streamsize>(magic.size())) || magic != kJournalMagic) {
    return base::fail(Code::kMalformed, file.string() + " is no journal");
  }
  Journal out{{}, std::make_unique<storage::MemoryTables>(), std::nullopt};
  if (const auto whole = read_records(in, out); !whole) out.damage = whole.error();
  return out;
}

bool is_journal(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string magic(kJournalMagic.size(), '\0');
  return in.read(magic.data(), static_cast<std::streamsize>(magic.size())) && magic == kJournalMagic;
}

}  // namespace flora::node
