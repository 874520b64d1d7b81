// SPDX-License-Identifier: EUPL-1.2
#include "base/cbor.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace flora::base {
namespace {

Code judge(std::string_view hex, const CborRules& rules = {}) {
  const auto status = check_cbor(*from_hex(hex), rules);
  return status ? Code::kOk : status.error().code;
}

TEST(Cbor, AcceptsTheShortestFormOfEverythingItWrites) {
  for (const auto* hex : {"00",
                          "17",
                          "1818",
                          "1864",
                          "1903e8",
                          "1a000f4240",
                          "1b000000e8d4a51000",
                          "1bffffffffffffffff",
                          "20",
                          "3863",
                          "40",
                          "4401020304",
                          "60",
                          "6449455446",
                          "80",
                          "83010203",
                          "a0",
                          "a201020304",
                          "f4",
                          "f5",
                          "f6",
                          "c11a514b67b0",
                          "d28443a10126a0f640"}) {
    EXPECT_EQ(judge(hex), Code::kOk) << hex;
  }
}

TEST(Cbor, RefusesWhatIsNotShortest) {
  for (const auto* hex :
       {"1817", "190017", "1a00000017", "1b0000000000000017", "3817", "5800", "7800", "9800", "b800", "d80100"}) {
    EXPECT_EQ(judge(hex), Code::kCborNotCanonical) << hex;
    EXPECT_EQ(judge(hex, {.deterministic = false}), Code::kOk) << hex;
  }
}

TEST(Cbor, RefusesIndefiniteReservedAndIncompleteForms) {
  for (const auto* hex :
       {"",     "18",     "5f4100ff", "7f6161ff", "9fff", "bfff", "1c",   "1d",   "1e",   "1f",     "3c",       "ff",        "41",
        "6261", "8101ff", "82 01",    "a101",     "c1",   "1900", "f800", "f81f", "61ff", "62c080", "63eda080", "64f4908080"}) {
    std::string clean(hex);
    std::erase(clean, ' ');
    EXPECT_EQ(judge(clean), Code::kCborMalformed) << hex;
  }
}

TEST(Cbor, RefusesTrailingBytesDuplicatesAndDisorder) {
  EXPECT_EQ(judge("0000"), Code::kCborMalformed);
  EXPECT_EQ(judge("a201000100"), Code::kCborMalformed);
  EXPECT_EQ(judge("a202000100"), Code::kCborNotCanonical);
  EXPECT_EQ(judge("a202000200", {.deterministic = false}), Code::kCborMalformed);
  EXPECT_EQ(judge("a202000100", {.deterministic = false}), Code::kOk);
}

TEST(Cbor, RefusesFloatsAndUnknownSimpleValuesUnlessAllowed) {
  for (const auto* hex : {"f93c00", "fa47c35000", "fb3ff199999999999a"}) {
    EXPECT_EQ(judge(hex), Code::kCborNotCanonical);
    EXPECT_EQ(judge(hex, {.allow_floats = true}), Code::kOk);
  }
  for (const auto* hex : {"f7", "f0", "f8ff"}) {
    EXPECT_EQ(judge(hex), Code::kCborNotCanonical);
    EXPECT_EQ(judge(hex, {.allow_simple = true}), Code::kOk);
  }
}

TEST(Cbor, RefusesDepthBeyondTheLimitAndHugeCounts) {
  EXPECT_EQ(judge("81818181818181818181818181818181"
                  "00"),
            Code::kOk);
  EXPECT_EQ(judge("8181818181818181818181818181818181"
                  "00"),
            Code::kTooDeep);
  EXPECT_EQ(judge("9bffffffffffffffff"), Code::kCborMalformed);
  EXPECT_EQ(judge("bbffffffffffffffff"), Code::kCborMalformed);
  std::string tags;
  for (int i = 0; i < 100000; ++i) tags += "c1";
  EXPECT_EQ(judge(tags), Code::kTooDeep);
}

TEST(Cbor, ReadsBackWhatItWrote) {
  CborWriter w;
  w.array(4).uint(1000).integer(-500).map(2).uint(1).text("a").text("k").bytes(Bytes{1, 2}).tag(18).array(2).boolean(true).null();
  const Bytes encoded = w.take();
  auto r = *CborReader::open(encoded);
  ASSERT_TRUE(r.array(4));
  EXPECT_EQ(*r.uint(), 1000U);
  EXPECT_EQ(*r.integer(), -500);
  ASSERT_TRUE(r.map(2));
  EXPECT_EQ(*r.uint(), 1U);
  EXPECT_EQ(*r.text(), "a");
  EXPECT_EQ(*r.text(), "k");
  EXPECT_EQ(to_bytes(*r.bytes(2)), (Bytes{1, 2}));
  ASSERT_TRUE(r.tag(18));
  ASSERT_TRUE(r.array(2));
  EXPECT_TRUE(*r.boolean());
  ASSERT_TRUE(r.null());
  EXPECT_TRUE(r.end());
  EXPECT_EQ(cbor_diagnostic(encoded), "[1000, -500, {1: \"a\", \"k\": h'0102'}, 18([true, null])]");
}

TEST(Cbor, WrongTypesAreErrorsAndMoveNothing) {
  const Bytes encoded = *from_hex("6161");
  auto r = *CborReader::open(encoded);
  EXPECT_EQ(r.uint().error().code, Code::kWrongType);
  EXPECT_EQ(r.bytes().error().code, Code::kWrongType);
  EXPECT_EQ(*r.text(), "a");
  EXPECT_EQ(r.uint().error().code, Code::kWrongType);
}

TEST(CborDeathTest, WriterStopsOnDisorderedKeys) {
  EXPECT_DEATH(
      {
        CborWriter w;
        w.map(2).uint(2).null().uint(1).null();
      },
      "out of order");
}

// Random trees: what the writer emits is deterministic, and any single changed byte either still is well-formed or is refused
// without a crash.
Bytes random_tree(SeededRandom& random, int depth) {
  CborWriter w;
  switch (random.below(depth > 4 ? 4 : 6)) {
    case 0: w.uint(random.next() >> random.below(64)); break;
    case 1: w.integer(-static_cast<std::int64_t>(random.next() >> (1 + random.below(62)))); break;
    case 2: w.bytes(random.bytes(random.below(40))); break;
    case 3: w.text("t" + std::to_string(random.below(1000))); break;
    case 4: {
      const auto n = random.below(4);
      w.array(n);
      for (std::size_t i = 0; i < n; ++i) w.raw(random_tree(random, depth + 1));
      break;
    }
    default: {
      const auto n = random.below(4);
      w.map(n);
      for (std::size_t i = 0; i < n; ++i) w.uint(i * 100).raw(random_tree(random, depth + 1));
    }
  }
  return w.take();
}

TEST(Cbor, RandomTreesAreDeterministicAndMutantsAreHarmless) {
  SeededRandom random(7);
  for (int i = 0; i < 2000; ++i) {
    Bytes tree = random_tree(random, 0);
    ASSERT_TRUE(check_cbor(tree)) << to_hex(tree);
    if (tree.empty()) continue;
    tree[random.below(tree.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    if (check_cbor(tree)) {
      EXPECT_FALSE(cbor_diagnostic(tree).empty());
    }
  }
}

}  // namespace
}  // namespace flora::base
