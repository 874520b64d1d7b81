// SPDX-License-Identifier: EUPL-1.2
#include "orderer/queue.hpp"

#include <gtest/gtest.h>

namespace flora::orderer {
namespace {

using base::Bytes;
using base::Code;
using base::MemberId;

MemberId member(std::uint8_t n) {
  MemberId id;
  id.bytes[0] = n;
  return id;
}
std::vector<Bytes> items(std::size_t count, std::uint8_t tag, std::size_t size = 10) {
  return std::vector<Bytes>(count, Bytes(size, tag));
}

TEST(Queue, TakesFromAllMembersInTurn) {
  Queue queue;
  ASSERT_TRUE(queue.put(member(1), items(100, 1)));
  ASSERT_TRUE(queue.put(member(2), items(3, 2)));
  const auto first = queue.take(60);
  ASSERT_EQ(first.size(), 6u);
  EXPECT_EQ(std::count(first.begin(), first.end(), Bytes(10, 2)), 3);
  const auto rest = queue.take(100000);
  EXPECT_EQ(rest.size(), 97u);
  EXPECT_TRUE(queue.empty());
}

TEST(Queue, RefusesAMemberThatAsksTooMuchAndServesTheOthers) {
  Queue queue({.transactions_per_member = 10, .bytes_per_member = 1000, .bytes = 1500});
  ASSERT_TRUE(queue.put(member(1), items(10, 1)));
  EXPECT_EQ(queue.put(member(1), items(1, 1)).error().code, Code::kBusy);
  ASSERT_TRUE(queue.put(member(2), items(1, 2)));
  EXPECT_EQ(queue.put(member(2), items(2, 2, 700)).error().code, Code::kBusy);
  EXPECT_EQ(queue.size(), 11u);
  EXPECT_EQ(queue.take(1 << 20).size(), 11u);
  EXPECT_TRUE(queue.put(member(1), items(1, 1)));
}

TEST(Queue, TakesALargeOneAlone) {
  Queue queue;
  ASSERT_TRUE(queue.put(member(1), items(2, 1, 500)));
  EXPECT_EQ(queue.take(100).size(), 1u);
  EXPECT_EQ(queue.take(100).size(), 1u);
  EXPECT_TRUE(queue.take(100).empty());
}

}  // namespace
}  // namespace flora::orderer
