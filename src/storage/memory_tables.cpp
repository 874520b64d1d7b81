// SPDX-License-Identifier: EUPL-1.2
#include "storage/memory_tables.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

namespace flora::storage {

using base::Batch;
using base::Bytes;
using base::ByteView;
using base::Code;
using base::Status;
using base::Table;

namespace {

struct BytewiseLess {
  using is_transparent = void;
  bool operator()(ByteView a, ByteView b) const { return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end()); }
};

struct Version {
  std::uint64_t commit;
  std::optional<Bytes> value;
};
using Versions = std::vector<Version>;  // ascending by commit

const Bytes* value_at(const Versions& versions, std::uint64_t commit) {
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (it->commit <= commit) return it->value ? &*it->value : nullptr;
  }
  return nullptr;
}

bool begins_with(ByteView key, ByteView prefix) {
  return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

}  // namespace

struct MemoryTables::Core {
  mutable std::shared_mutex mutex;
  std::array<std::map<Bytes, Versions, BytewiseLess>, base::kTableCount> tables;
  std::uint64_t last = 0;                        // applied commits
  mutable std::multiset<std::uint64_t> read_at;  // what live snapshots see
  std::uint64_t attempts = 0;
  std::map<std::uint64_t, Code> failures;
  std::optional<Code> failing;
  std::optional<std::pair<std::uint64_t, bool>> crash;
  bool crashed = false;
  Batch durable_state_changes;  // everything up to the last durable commit
  std::vector<Batch> not_yet_durable;

  using Visit = std::function<bool(ByteView, ByteView)>;

  std::optional<Bytes> get(Table table, ByteView key, std::uint64_t at) const {
    std::shared_lock lock(mutex);
    const auto& map = tables[static_cast<std::size_t>(table)];
    const auto it = map.find(key);
    if (it == map.end()) return std::nullopt;
    const Bytes* value = value_at(it->second, at);
    return value == nullptr ? std::nullopt : std::optional<Bytes>(*value);
  }

  // The visitor runs without the lock, on copies, so that it may read the tables itself.
  void scan(Table table, ByteView prefix, ByteView from, bool down, const Visit& visit, std::uint64_t at) const {
    std::optional<Bytes> last_seen;
    for (;;) {
      Bytes key, value;
      {
        std::shared_lock lock(mutex);
        const auto found = down ? before(table, prefix, from, last_seen, at) : after(table, prefix, from, last_seen, at);
        if (!found) return;
        key = *found->first;
        value = *found->second;
      }
      if (!visit(key, value)) return;
      last_seen = std::move(key);
    }
  }

  using Entry = std::pair<const Bytes*, const Bytes*>;

  std::optional<Entry> after(Table table, ByteView prefix, ByteView from, const std::optional<Bytes>& seen,
                             std::uint64_t at) const {
    const auto& map = tables[static_cast<std::size_t>(table)];
    const bool from_prefix = BytewiseLess{}(from, prefix);
    auto it = seen ? map.upper_bound(ByteView(*seen)) : map.lower_bound(from_prefix ? prefix : from);
    for (; it != map.end() && begins_with(it->first, prefix); ++it) {
      if (const Bytes* value = value_at(it->second, at)) return Entry{&it->first, value};
    }
    return std::nullopt;
  }

  std::optional<Entry> before(Table table, ByteView prefix, ByteView from, const std::optional<Bytes>& seen,
                              std::uint64_t at) const {
    const auto& map = tables[static_cast<std::size_t>(table)];
    auto it = map.end();
    if (seen) {
      it = map.lower_bound(ByteView(*seen));
    } else {
      if (!from.empty()) it = map.upper_bound(from);
      while (it != map.begin() && !begins_with(std::prev(it)->first, prefix) && BytewiseLess{}(prefix, std::prev(it)->first))
        --it;
    }
    while (it != map.begin()) {
      --it;
      if (!begins_with(it->first, prefix)) return std::nullopt;
      if (const Bytes* value = value_at(it->second, at)) return Entry{&it->first, value};
    }
    return std::nullopt;
  }

  void apply(const Batch& batch) {
    ++last;
    const std::uint64_t oldest = read_at.empty() ? last : *read_at.begin();
    for (const auto& change : batch.changes) {
      auto& map = tables[static_cast<std::size_t>(change.table)];
      auto& versions = map[change.key];
      if (!versions.empty() && versions.back().commit == last) versions.pop_back();
      versions.push_back({last, change.value});
      // Drop what no snapshot can see: everything before the newest version that the oldest reader sees.
      std::size_t keep = versions.size() - 1;
      while (keep > 0 && versions[keep].commit > oldest) --keep;
      versions.erase(versions.begin(), versions.begin() + static_cast<std::ptrdiff_t>(keep));
      if (versions.size() == 1 && !versions.front().value) map.erase(change.key);
    }
  }

  void record(const Batch& batch, bool durable) {
    not_yet_durable.push_back(batch);
    if (!durable) return;
    for (auto& pending : not_yet_durable) {
      auto& all = durable_state_changes.changes;
      all.insert(all.end(), pending.changes.begin(), pending.changes.end());
    }
    not_yet_durable.clear();
  }
};

namespace {

class MemorySnapshot final : public base::TableReader {
 public:
  explicit MemorySnapshot(std::shared_ptr<MemoryTables::Core> core) : core_(std::move(core)) {
    std::unique_lock lock(core_->mutex);
    at_ = core_->last;
    core_->read_at.insert(at_);
  }
  ~MemorySnapshot() override {
    std::unique_lock lock(core_->mutex);
    core_->read_at.erase(core_->read_at.find(at_));
  }
  MemorySnapshot(const MemorySnapshot&) = delete;
  MemorySnapshot& operator=(const MemorySnapshot&) = delete;

  std::optional<Bytes> get(Table table, ByteView key) const override { return core_->get(table, key, at_); }
  void scan(Table table, ByteView prefix, ByteView from, const MemoryTables::Core::Visit& visit) const override {
    core_->scan(table, prefix, from, false, visit, at_);
  }
  void scan_back(Table table, ByteView prefix, ByteView from, const MemoryTables::Core::Visit& visit) const override {
    core_->scan(table, prefix, from, true, visit, at_);
  }

 private:
  std::shared_ptr<MemoryTables::Core> core_;
  std::uint64_t at_;
};

constexpr std::uint64_t kNow = ~std::uint64_t{0};

}  // namespace

MemoryTables::MemoryTables() : core_(std::make_shared<Core>()) {}
MemoryTables::~MemoryTables() = default;

Status MemoryTables::commit(const Batch& batch, bool durable) {
  std::unique_lock lock(core_->mutex);
  if (core_->crashed) return base::fail(Code::kStorageFailed, "the power is gone");
  const std::uint64_t n = ++core_->attempts;
  if (core_->crash && core_->crash->first == n) {
    core_->crashed = true;
    if (core_->crash->second) core_->record(batch, true);
    return base::fail(Code::kStorageFailed, "the power is gone");
  }
  if (core_->failing) return base::fail(*core_->failing, "as the test asked");
  if (const auto it = core_->failures.find(n); it != core_->failures.end()) return base::fail(it->second, "as the test asked");
  core_->apply(batch);
  core_->record(batch, durable);
  return {};
}

std::shared_ptr<const base::TableReader> MemoryTables::snapshot() const { return std::make_shared<MemorySnapshot>(core_); }
std::optional<Bytes> MemoryTables::get(Table table, ByteView key) const { return core_->get(table, key, kNow); }
void MemoryTables::scan(Table table, ByteView prefix, ByteView from, const Core::Visit& visit) const {
  core_->scan(table, prefix, from, false, visit, kNow);
}
void MemoryTables::scan_back(Table table, ByteView prefix, ByteView from, const Core::Visit& visit) const {
  core_->scan(table, prefix, from, true, visit, kNow);
}

std::uint64_t MemoryTables::commits() const {
  std::shared_lock lock(core_->mutex);
  return core_->attempts;
}
void MemoryTables::fail_commit(std::uint64_t nth, Code code) {
  std::unique_lock lock(core_->mutex);
  core_->failures[nth] = code;
}
void MemoryTables::fail_all(std::optional<Code> code) {
  std::unique_lock lock(core_->mutex);
  core_->failing = code;
}
void MemoryTables::crash_at(std::uint64_t nth, bool reached_disk) {
  std::unique_lock lock(core_->mutex);
  core_->crash = {nth, reached_disk};
}
bool MemoryTables::crashed() const {
  std::shared_lock lock(core_->mutex);
  return core_->crashed;
}

std::unique_ptr<MemoryTables> MemoryTables::reboot(base::SeededRandom* random) const {
  auto out = std::make_unique<MemoryTables>();
  std::shared_lock lock(core_->mutex);
  auto& next = *out->core_;
  next.apply(core_->durable_state_changes);
  next.durable_state_changes = core_->durable_state_changes;
  const std::size_t kept = random == nullptr ? core_->not_yet_durable.size()
                                             : static_cast<std::size_t>(random->below(core_->not_yet_durable.size() + 1));
  for (std::size_t i = 0; i < kept; ++i) {
    next.apply(core_->not_yet_durable[i]);
    next.record(core_->not_yet_durable[i], true);
  }
  return out;
}

}  // namespace flora::storage
