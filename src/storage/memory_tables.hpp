// SPDX-License-Identifier: EUPL-1.2
// The Tables port in memory, for tests and simulation: same contract, with faults at chosen or seeded commits. Snapshots
// cost nothing when taken; old values are kept as long as a snapshot can see them.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "base/random.hpp"
#include "base/tables.hpp"

namespace flora::storage {

class MemoryTables final : public base::Tables {
 public:
  MemoryTables();
  ~MemoryTables() override;

  // base::Tables; commit and snapshot on any thread.
  base::Status commit(const base::Batch& batch, bool durable = true) override;
  std::shared_ptr<const base::TableReader> snapshot() const override;
  std::optional<base::Bytes> get(base::Table table, base::ByteView key) const override;
  void scan(base::Table table, base::ByteView prefix, base::ByteView from,
            const std::function<bool(base::ByteView, base::ByteView)>& visit) const override;
  void scan_back(base::Table table, base::ByteView prefix, base::ByteView from,
                 const std::function<bool(base::ByteView, base::ByteView)>& visit) const override;

  // ---- faults. Commits are counted from 1 since this object was made.
  std::uint64_t commits() const;
  // Commit number `nth` fails with `code` and changes nothing; later ones work.
  void fail_commit(std::uint64_t nth, base::Code code);
  // While set, every commit fails with `code` (a full disk) and changes nothing.
  void fail_all(std::optional<base::Code> code);
  // Power is lost in commit number `nth`, before or after it reached the disk. It and all later ones answer kStorageFailed.
  void crash_at(std::uint64_t nth, bool reached_disk);
  bool crashed() const;
  // What a restart finds: every durable commit, and of those not durable after the last durable one a prefix that `random`
  // chooses (all of them without it).
  std::unique_ptr<MemoryTables> reboot(base::SeededRandom* random = nullptr) const;

  struct Core;  // shared with snapshots

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace flora::storage
