// SPDX-License-Identifier: EUPL-1.2
#include "node/overlay.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "storage/memory_tables.hpp"

namespace flora::node {
namespace {

using base::Batch;
using base::Bytes;
using base::ByteView;
using base::Table;

using List = std::vector<std::pair<Bytes, Bytes>>;

List collect(const base::TableReader& reader, ByteView prefix, ByteView from, bool down, std::size_t max) {
  List out;
  const auto visit = [&](ByteView key, ByteView value) {
    out.emplace_back(base::to_bytes(key), base::to_bytes(value));
    return out.size() < max;
  };
  if (down)
    reader.scan_back(Table::kLedger, prefix, from, visit);
  else
    reader.scan(Table::kLedger, prefix, from, visit);
  return out;
}

Bytes short_key(base::SeededRandom& random) {
  Bytes key(random.below(4));
  for (auto& byte : key) byte = static_cast<std::uint8_t>(random.below(3));
  return key;
}

TEST(Overlay, ReadsAsIfTheBatchesWereWritten) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    base::SeededRandom random(seed);
    storage::MemoryTables beneath, written;
    Overlay overlay(beneath);
    std::vector<std::unique_ptr<Batch>> staged;
    for (int round = 0; round < 20; ++round) {
      auto batch = std::make_unique<Batch>();
      for (auto i = random.below(6); i > 0; --i) {
        const Bytes key = short_key(random);
        if (random.below(3) == 0)
          batch->erase(Table::kLedger, key);
        else
          batch->put(Table::kLedger, key, random.bytes(2));
      }
      ASSERT_TRUE(written.commit(*batch));
      if (random.below(3) == 0) {
        for (const auto& earlier : staged) ASSERT_TRUE(beneath.commit(*earlier));
        staged.clear();
        overlay.clear();
        ASSERT_TRUE(beneath.commit(*batch));
      } else {
        overlay.stage(*batch);
        staged.push_back(std::move(batch));
      }
      for (int look = 0; look < 5; ++look) {
        const Bytes prefix = short_key(random), from = short_key(random);
        const auto max = 1 + random.below(6);
        for (const bool down : {false, true}) {
          ASSERT_EQ(collect(overlay, prefix, from, down, max), collect(written, prefix, from, down, max)) << seed;
        }
        ASSERT_EQ(overlay.get(Table::kLedger, from), written.get(Table::kLedger, from));
      }
    }
  }
}

}  // namespace
}  // namespace flora::node
