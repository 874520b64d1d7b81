// SPDX-License-Identifier: EUPL-1.2
// The storage port: ordered tables of byte strings. The pure core reads through `TableReader` and answers with a
// `Batch`; whoever drives it writes the batch in one atomic, durable step. Implementations: storage/rocks_tables (disk),
// storage/memory_tables (tests, simulation).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::base {

// Append-only list: a number, once used, keeps its meaning (it is the name of a column family on disk).
enum class Table : std::uint8_t {
  kMeta = 0,          // schema version, chain id, last committed height, signing state
  kBlocks = 1,        // height be64 -> block bytes (CometBFT proto, section 7 of the engine recipe)
  kCommits = 2,       // height be64 -> commit over that block
  kTransactions = 3,  // envelope hash -> height be64 | position be32 | code be32
  kLedger = 4,        // federation state: members, certificates, channels, windows, proposals
  kChannel = 5,       // channel | entry key -> entry value: everything under the state digest
  kDigestNodes = 6,   // channel | node key -> node of the sparse Merkle tree
  kViewRows = 7,      // channel | view | sort key | case -> row
  kViewIndex = 8,     // channel | case -> where its rows stand
  kJournal = 9,       // channel | height | position -> opened commands and results
  kOutbox = 10,       // member | message id -> envelope bytes waiting for its block
  kSecrets = 11,      // epoch keys, wrapped under the node's storage key
  kSessions = 12,     // not used by the ledger: sign-ins, read audit positions
  kFindings = 13,     // channel | agency | level | case -> open findings, for inboxes
};
inline constexpr std::size_t kTableCount = 14;

// A consistent state of all tables. Const calls may run on many threads at once. A read that fails in the medium stops the
// process (a node must not go on with half a state), so there is no error to handle here.
class TableReader {
 public:
  virtual ~TableReader() = default;
  virtual std::optional<Bytes> get(Table table, ByteView key) const = 0;
  // Calls `visit` for every entry with key >= from that begins with `prefix`, in bytewise order, until it returns false.
  // The views are valid during the call only. `from` empty means from the beginning of the prefix.
  virtual void scan(Table table, ByteView prefix, ByteView from,
                    const std::function<bool(ByteView key, ByteView value)>& visit) const = 0;
  // The same downwards: every entry with key <= from (`from` empty: from the end of the prefix).
  virtual void scan_back(Table table, ByteView prefix, ByteView from,
                         const std::function<bool(ByteView key, ByteView value)>& visit) const = 0;
};

// Changes in the order they were made; the last write to a key wins. A plain value, owned by its maker.
struct Batch {
  struct Change {
    Table table;
    Bytes key;
    std::optional<Bytes> value;  // nullopt erases
  };
  std::vector<Change> changes;

  void put(Table table, ByteView key, ByteView value) { changes.push_back({table, to_bytes(key), to_bytes(value)}); }
  void put(Table table, Bytes&& key, Bytes&& value) { changes.push_back({table, std::move(key), std::move(value)}); }
  void erase(Table table, ByteView key) { changes.push_back({table, to_bytes(key), std::nullopt}); }
  bool empty() const { return changes.empty(); }
};

// The tables of one home. One thread writes; snapshots may be taken and read on any thread.
class Tables : public TableReader {
 public:
  // Applies the whole batch or nothing; when it returns, the batch survives a power failure (durable = true).
  // Errors: kDiskFull, kStorageFailed; then nothing was changed and reading goes on.
  virtual Status commit(const Batch& batch, bool durable = true) = 0;
  virtual std::shared_ptr<const TableReader> snapshot() const = 0;
};

}  // namespace flora::base
