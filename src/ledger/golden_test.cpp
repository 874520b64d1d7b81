// SPDX-License-Identifier: EUPL-1.2
#include "ledger/golden.hpp"

#include <gtest/gtest.h>

namespace flora::ledger {
namespace {

TEST(Golden, ThisBuildJudgesAsTheRulesDemand) {
  const auto status = judge_golden();
  EXPECT_TRUE(status.has_value()) << status.error().detail;
}

}  // namespace
}  // namespace flora::ledger
