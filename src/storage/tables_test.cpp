// SPDX-License-Identifier: EUPL-1.2
// The contract of the Tables port, checked against both implementations, and what only one of them can do.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "base/random.hpp"
#include "storage/memory_tables.hpp"
#include "storage/rocks_tables.hpp"
#include "storage/schema.hpp"

namespace flora::storage {
namespace {

using base::Batch;
using base::Bytes;
using base::ByteView;
using base::Code;
using base::Table;

Bytes text(std::string_view s) { return base::to_bytes(base::as_bytes(s)); }

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "flora-storage-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string tables() const { return (path / "tables").string(); }
};

using List = std::vector<std::pair<Bytes, Bytes>>;

List collect(const base::TableReader& tables, Table table, ByteView prefix, ByteView from, bool down, std::size_t max = 1000) {
  List out;
  const auto visit = [&](ByteView key, ByteView value) {
    out.emplace_back(base::to_bytes(key), base::to_bytes(value));
    return out.size() < max;
  };
  if (down)
    tables.scan_back(table, prefix, from, visit);
  else
    tables.scan(table, prefix, from, visit);
  return out;
}

// What the port promises, in the plainest terms.
struct Model {
  std::map<Bytes, Bytes> entries;
  List list(ByteView prefix, ByteView from, bool down) const {
    List out;
    for (const auto& [key, value] : entries) {
      const bool inside = key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
      const auto order = base::compare(key, from);
      if (inside && (from.empty() || (down ? order <= 0 : order >= 0))) out.emplace_back(key, value);
    }
    if (down) std::reverse(out.begin(), out.end());
    return out;
  }
};

Bytes short_key(base::SeededRandom& random) {
  Bytes key(random.below(4));
  for (auto& byte : key) byte = static_cast<std::uint8_t>(random.below(3) == 0 ? 255 : random.below(3));
  return key;
}

void play(base::Tables& tables, std::uint64_t seed) {
  base::SeededRandom random(seed);
  std::array<Model, 3> now;
  std::vector<std::pair<std::shared_ptr<const base::TableReader>, std::array<Model, 3>>> kept;
  const auto check = [&](const base::TableReader& reader, const std::array<Model, 3>& models) {
    const auto t = random.below(3);
    const Bytes prefix = short_key(random), from = short_key(random);
    for (const bool down : {false, true}) {
      ASSERT_EQ(collect(reader, static_cast<Table>(t), prefix, from, down), models[t].list(prefix, from, down))
          << "seed " << seed << " prefix " << base::to_hex(prefix) << " from " << base::to_hex(from) << (down ? " down" : " up");
    }
    const auto found = reader.get(static_cast<Table>(t), from);
    const auto expected = models[t].entries.find(from);
    ASSERT_EQ(found.has_value(), expected != models[t].entries.end());
    if (found) ASSERT_EQ(*found, expected->second);
  };
  for (int round = 0; round < 120; ++round) {
    Batch batch;
    for (std::uint64_t i = random.below(8); i > 0; --i) {
      const auto t = random.below(3);
      Bytes key = short_key(random);
      if (random.below(3) == 0) {
        batch.erase(static_cast<Table>(t), key);
        now[t].entries.erase(key);
      } else {
        Bytes value = random.bytes(random.below(5));
        batch.put(static_cast<Table>(t), key, value);
        now[t].entries[key] = value;
      }
    }
    ASSERT_TRUE(tables.commit(batch, false));
    if (random.below(6) == 0) kept.emplace_back(tables.snapshot(), now);
    if (random.below(10) == 0 && !kept.empty()) kept.erase(kept.begin() + static_cast<long>(random.below(kept.size())));
    check(tables, now);
    for (const auto& [reader, models] : kept) check(*reader, models);
  }
}

TEST(Tables, MemoryKeepsTheContract) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    MemoryTables tables;
    play(tables, seed);
  }
}

TEST(Tables, RocksKeepsTheContract) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Folder folder;
    // The schema version stands in kMeta already, so it is cleared for the model's sake.
    auto tables = open_rocks(folder.tables());
    ASSERT_TRUE(tables) << tables.error().detail;
    Batch batch;
    batch.erase(Table::kMeta, text("schema"));
    ASSERT_TRUE((*tables)->commit(batch));
    play(**tables, seed);
  }
}

TEST(RocksTables, KeepsWhatWasCommittedOverAReopening) {
  Folder folder;
  {
    auto tables = open_rocks(folder.tables());
    ASSERT_TRUE(tables);
    Batch batch;
    batch.put(Table::kBlocks, base::be64(7), text("seven"));
    ASSERT_TRUE((*tables)->commit(batch));
  }
  auto tables = open_rocks(folder.tables(), {.must_exist = true});
  ASSERT_TRUE(tables);
  EXPECT_EQ((*tables)->get(Table::kBlocks, base::be64(7)), text("seven"));
}

TEST(RocksTables, SaysWhatIsWrongWithAHome) {
  Folder folder;
  EXPECT_EQ(open_rocks(folder.tables(), {.must_exist = true}).error().code, Code::kHomeMissing);
  {
    auto first = open_rocks(folder.tables());
    ASSERT_TRUE(first);
    EXPECT_EQ(open_rocks(folder.tables()).error().code, Code::kHomeLocked);
    Batch batch;
    batch.put(Table::kMeta, text("schema"), base::be64(kSchemaVersion + 1));
    ASSERT_TRUE((*first)->commit(batch));
  }
  EXPECT_EQ(open_rocks(folder.tables()).error().code, Code::kSchemaNewer);
}

TEST(Schema, RefusesOlderAndUnmarkedContents) {
  MemoryTables old;
  Batch batch;
  batch.put(Table::kMeta, text("schema"), base::be64(0));
  ASSERT_TRUE(old.commit(batch));
  EXPECT_EQ(check_schema(old).error().code, Code::kSchemaOlder);

  MemoryTables unmarked;
  Batch some;
  some.put(Table::kLedger, text("a"), text("b"));
  ASSERT_TRUE(unmarked.commit(some));
  EXPECT_EQ(check_schema(unmarked).error().code, Code::kCorrupt);

  MemoryTables fresh;
  ASSERT_TRUE(check_schema(fresh));
  ASSERT_TRUE(check_schema(fresh));
}

TEST(RocksTables, KeepsSyncedBatchesWholeWhenKilled) {
  struct Killer final : FaultHook {
    int left;
    std::string where;
    Killer(int n, std::string w) : left(n), where(std::move(w)) {}
    base::Status reached(std::string_view point) override {
      if (point == where && --left == 0) ::kill(::getpid(), SIGKILL);
      return {};
    }
  };
  for (const std::string where : {"storage.before_write", "storage.after_write"}) {
    Folder folder;
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Killer killer(20, where);
      auto tables = open_rocks(folder.tables(), {.faults = &killer});
      for (std::uint64_t i = 0;; ++i) {
        Batch batch;
        for (std::uint64_t k = 0; k < 50; ++k) batch.put(static_cast<Table>(k % 5 + 1), base::be64(k), base::be64(i));
        if (!(*tables)->commit(batch)) ::_exit(1);
        if (::write(acknowledged[1], &i, sizeof i) != sizeof i) ::_exit(1);
      }
    }
    ::close(acknowledged[1]);
    std::uint64_t last = 0, seen = 0;
    while (::read(acknowledged[0], &seen, sizeof seen) == sizeof seen) last = seen;
    ::close(acknowledged[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    auto tables = open_rocks(folder.tables());
    ASSERT_TRUE(tables);
    const auto found = base::read_be64(*(*tables)->get(Table::kBlocks, base::be64(0)));
    EXPECT_GE(found, last);
    EXPECT_LE(found, last + 1);
    for (std::uint64_t k = 0; k < 50; ++k) {
      EXPECT_EQ((*tables)->get(static_cast<Table>(k % 5 + 1), base::be64(k)), base::to_bytes(base::be64(found)));
    }
  }
}

TEST(RocksTables, DamageInTheMiddleOfTheLogIsNoticed) {
  Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    auto tables = open_rocks(folder.tables());
    for (std::uint64_t i = 0; i < 200; ++i) {
      Batch batch;
      batch.put(Table::kBlocks, base::be64(i), Bytes(500, 7));
      if (!(*tables)->commit(batch)) ::_exit(1);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  for (const auto& file : std::filesystem::directory_iterator(folder.tables())) {
    if (file.path().extension() != ".log" || file.file_size() < 60'000) continue;
    std::fstream log(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(50'000);
    log.put('\x55');
  }
  const auto tables = open_rocks(folder.tables());
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().code, Code::kCorrupt);
}

// A small file system of its own, where the machine allows it.
struct SmallDisk {
  Folder folder;
  bool mounted;
  explicit SmallDisk(const char* size) : mounted(::mount("tmpfs", folder.path.c_str(), "tmpfs", 0, size) == 0) {}
  ~SmallDisk() {
    if (mounted) ::umount(folder.path.c_str());
  }
};

// `reserve` 0: the medium itself refuses; otherwise ours does before.
void fill_and_go_on(std::size_t reserve) {
  SmallDisk disk("size=24m");
  if (!disk.mounted) GTEST_SKIP() << "may not mount a file system here";
  auto tables = open_rocks(disk.folder.tables(), {.memtable_bytes = 6UL << 20, .reserve_bytes = reserve});
  ASSERT_TRUE(tables) << tables.error().detail;
  std::uint64_t stored = 0;
  const auto store = [&](std::uint64_t i) {
    base::SeededRandom random(i);
    Batch batch;
    batch.put(Table::kBlocks, base::be64(i), random.bytes(60'000));
    batch.put(Table::kMeta, text("last"), base::be64(i));
    return (*tables)->commit(batch);
  };
  base::Status status;
  const auto ballast = disk.folder.path / "ballast";
  std::ofstream(ballast) << std::string(10 << 20, 'x');
  while ((status = store(stored))) ASSERT_LT(++stored, 1000u);
  EXPECT_EQ(status.error().code, Code::kDiskFull) << status.error().detail;
  ASSERT_GT(stored, 5u);
  const auto whole = [&] {
    EXPECT_EQ((*tables)->get(Table::kMeta, text("last")), base::to_bytes(base::be64(stored - 1)));
    EXPECT_EQ(collect(**tables, Table::kBlocks, {}, {}, false).size(), stored);
  };
  whole();
  EXPECT_FALSE(store(stored));
  whole();
  std::filesystem::remove(ballast);
  for (int tries = 0; tries < 600 && !(status = store(stored)); ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(status) << status.error().detail;
  ++stored;
  ASSERT_TRUE(store(stored));
  ++stored;
  whole();
  tables->reset();
  tables = open_rocks(disk.folder.tables(), {.reserve_bytes = 0});
  ASSERT_TRUE(tables) << tables.error().detail;
  whole();
}

TEST(RocksTables, StopsBeforeTheReserveAndGoesOn) { fill_and_go_on(2UL << 20); }
TEST(RocksTables, SurvivesAMediumThatIsFull) { fill_and_go_on(0); }

TEST(MemoryTables, FailsAndCrashesWhereTold) {
  MemoryTables tables;
  Batch batch;
  batch.put(Table::kMeta, text("a"), text("1"));
  tables.fail_commit(1, Code::kDiskFull);
  EXPECT_EQ(tables.commit(batch).error().code, Code::kDiskFull);
  EXPECT_FALSE(tables.get(Table::kMeta, text("a")));
  ASSERT_TRUE(tables.commit(batch));
  tables.fail_all(Code::kDiskFull);
  EXPECT_FALSE(tables.commit(batch));
  tables.fail_all(std::nullopt);

  Batch lazy;
  lazy.put(Table::kMeta, text("lazy"), text("2"));
  ASSERT_TRUE(tables.commit(lazy, false));
  Batch second;
  second.put(Table::kMeta, text("b"), text("2"));
  tables.crash_at(5, true);
  EXPECT_EQ(tables.commit(second).error().code, Code::kStorageFailed);
  EXPECT_TRUE(tables.crashed());
  EXPECT_FALSE(tables.commit(second));
  const auto after = tables.reboot();
  EXPECT_EQ(after->get(Table::kMeta, text("a")), text("1"));
  EXPECT_EQ(after->get(Table::kMeta, text("b")), text("2"));
  EXPECT_TRUE(after->commit(second));
}

TEST(MemoryTables, LosesOnlyWhatWasNotDurable) {
  MemoryTables tables;
  Batch durable, lazy;
  durable.put(Table::kMeta, text("durable"), text("1"));
  lazy.put(Table::kMeta, text("lazy"), text("1"));
  ASSERT_TRUE(tables.commit(durable));
  ASSERT_TRUE(tables.commit(lazy, false));
  tables.crash_at(3, false);
  ASSERT_FALSE(tables.commit(durable));
  bool lost = false, kept = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    base::SeededRandom random(seed);
    const auto after = tables.reboot(&random);
    EXPECT_TRUE(after->get(Table::kMeta, text("durable")));
    (after->get(Table::kMeta, text("lazy")) ? kept : lost) = true;
  }
  EXPECT_TRUE(lost);
  EXPECT_TRUE(kept);
}

}  // namespace
}  // namespace flora::storage
