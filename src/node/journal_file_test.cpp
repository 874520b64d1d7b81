// SPDX-License-Identifier: EUPL-1.2
#include "node/journal_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/random.hpp"
#include "storage/memory_tables.hpp"

namespace flora::node {
namespace {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::Table;
namespace fs = std::filesystem;

struct JournalFile : testing::Test {
  fs::path folder, file;
  storage::MemoryTables tables;
  std::size_t rows = 0;
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "flora-journal-XXXXXX").string();
    folder = mkdtemp(name.data());
    file = folder / "journal";
    base::SeededRandom random(1);
    base::Batch batch;
    for (int i = 0; i < 5000; ++i) {
      const auto table = static_cast<Table>(random.below(base::kTableCount));
      batch.put(table, random.bytes(8), random.bytes(random.below(200)));
    }
    ASSERT_TRUE(tables.commit(batch));
    const auto written = write_journal(tables, base::as_bytes("the genesis"), file);
    ASSERT_TRUE(written);
    rows = *written;
  }
  void TearDown() override { fs::remove_all(folder); }
};

TEST_F(JournalFile, IsReadBackWhole) {
  EXPECT_TRUE(is_journal(file));
  const auto journal = read_journal(file);
  ASSERT_TRUE(journal) << journal.error().detail;
  EXPECT_FALSE(journal->damage) << journal->damage->detail;
  EXPECT_EQ(base::as_text(journal->genesis), "the genesis");
  std::size_t found = 0;
  for (std::size_t t = 0; t < base::kTableCount; ++t) {
    journal->tables->scan(static_cast<Table>(t), {}, {}, [&](ByteView key, ByteView value) {
      EXPECT_EQ(tables.get(static_cast<Table>(t), key), base::to_bytes(value));
      return ++found > 0;
    });
  }
  EXPECT_EQ(found, rows);
  bool secret = false;
  journal->tables->scan(Table::kSecrets, {}, {}, [&](ByteView, ByteView) { return secret = true; });
  EXPECT_FALSE(secret);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(JournalFile, NoticesEveryFlippedByteAndEveryCut) {
  std::ifstream in(file, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  base::SeededRandom random(2);
  const auto broken = folder / "broken";
  for (int i = 0; i < 150; ++i) {
    std::string bytes = whole;
    if (i % 3 == 0)
      bytes.resize(random.below(bytes.size()));
    else
      bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
    if (i % 3 == 2) bytes = whole + "x";
    std::ofstream(broken, std::ios::binary) << bytes;
    const auto journal = read_journal(broken);
    EXPECT_TRUE(!journal || journal->damage) << i;
  }
  EXPECT_EQ(read_journal(folder / "none").error().code, Code::kFileUnreadable);
  EXPECT_FALSE(is_journal(folder));
}

}  // namespace
}  // namespace flora::node
