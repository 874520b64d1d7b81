// SPDX-License-Identifier: EUPL-1.2
// Every input that fuzzing kept is replayed, so that what was mended once stays so.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/fuzz_entry.hpp"

namespace flora::ledger {
namespace {

std::size_t replay(const std::string& name, void (*entry)(base::ByteView)) {
  std::size_t n = 0;
  for (const auto& file : std::filesystem::directory_iterator(std::string(FLORA_SOURCE_DIR "/tests/corpus/") + name)) {
    std::ifstream in(file.path(), std::ios::binary);
    const base::Bytes bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    entry(bytes);
    // Near misses of the input, too.
    for (std::size_t i = 0; i < bytes.size(); i += 1 + bytes.size() / 200) {
      base::Bytes changed = bytes;
      changed[i] ^= 1;
      entry(changed);
    }
    ++n;
  }
  return n;
}

TEST(Corpus, EnvelopesAreReplayed) { EXPECT_GE(replay("ledger_envelope_fuzz", testing::fuzz_envelope), 5u); }
TEST(Corpus, ReceiptsAreReplayed) { EXPECT_GE(replay("ledger_receipt_fuzz", testing::fuzz_receipt), 4u); }

}  // namespace
}  // namespace flora::ledger
