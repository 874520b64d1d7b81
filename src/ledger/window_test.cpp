// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "ledger/records.hpp"

namespace flora::ledger {
namespace {

constexpr std::uint64_t kBits = base::limits::kReplayWindowBits;

// What a window means, said with a set.
struct Model {
  std::set<std::uint64_t> used;
  bool use(std::uint64_t n) {
    const std::uint64_t highest = used.empty() ? 0 : *used.rbegin();
    if (n <= highest && highest - n >= kBits) return false;
    return used.insert(n).second;
  }
};

TEST(Window, EveryNumberCountsOnce) {
  WindowRecord window;
  EXPECT_TRUE(window.use(1));
  EXPECT_FALSE(window.use(1));
  EXPECT_TRUE(window.use(5));
  EXPECT_TRUE(window.use(2)) << "gaps and disorder are fine";
  EXPECT_FALSE(window.use(5));
  EXPECT_TRUE(window.use(kBits + 4));
  EXPECT_EQ(window.state(4), WindowRecord::State::kBelow);
  EXPECT_EQ(window.state(5), WindowRecord::State::kUsed);
  EXPECT_EQ(window.state(6), WindowRecord::State::kFree);
}

TEST(Window, EndsOfTheNumberRangeWork) {
  WindowRecord window;
  EXPECT_TRUE(window.use(0));
  EXPECT_FALSE(window.use(0));
  EXPECT_TRUE(window.use(UINT64_MAX));
  EXPECT_FALSE(window.use(UINT64_MAX));
  EXPECT_TRUE(window.use(UINT64_MAX - kBits + 1));
  EXPECT_FALSE(window.use(UINT64_MAX - kBits));
  EXPECT_FALSE(window.use(0));
}

TEST(Window, AgreesWithASetOverRandomUse) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    base::SeededRandom random(seed);
    WindowRecord window;
    Model model;
    std::uint64_t around = seed % 2 == 0 ? 0 : random.next() >> 1;
    for (int i = 0; i < 4000; ++i) {
      const std::uint64_t spread = std::uint64_t{1} << random.below(15);
      std::uint64_t n = around + random.below(spread);
      if (random.below(3) == 0) n = around > spread ? around - random.below(spread) : 0;
      ASSERT_EQ(window.use(n), model.use(n)) << "seed " << seed << " step " << i << " number " << n;
      ASSERT_EQ(window.highest, model.used.empty() ? 0 : *model.used.rbegin());
      if (random.below(20) == 0) around += random.below(2 * kBits);
    }
    WindowRecord again;
    ASSERT_TRUE(decode(encode(window), again));
    ASSERT_EQ(again, window);
  }
}

}  // namespace
}  // namespace flora::ledger
