// SPDX-License-Identifier: EUPL-1.2
// Text forms of bytes, ids and instants; JSON; the table of errors.
#include <gtest/gtest.h>

#include <set>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace flora::base {
namespace {

TEST(Bytes, TextFormsFollowTheirRfc) {
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");
  EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff}), "-_8");
  EXPECT_EQ(to_hex(as_bytes("foobar")), "666f6f626172");
  EXPECT_EQ(*from_hex("DEadBEef"), (Bytes{0xde, 0xad, 0xbe, 0xef}));
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_FALSE(from_base64("Zm9vYg="));
  EXPECT_FALSE(from_base64("Zm9vYh=="));  // bits left over
  EXPECT_FALSE(from_base64url("Zm9vYg=="));
  EXPECT_FALSE(from_base64url("A"));
}

TEST(Bytes, EveryTextFormReadsBack) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes raw = random.bytes(size);
    EXPECT_EQ(*from_hex(to_hex(raw)), raw);
    EXPECT_EQ(*from_base64(to_base64(raw)), raw);
    EXPECT_EQ(*from_base64url(to_base64url(raw)), raw);
    EXPECT_EQ(*from_base32(to_base32(raw), size), raw);
  }
}

TEST(Ids, PrintAsTwentySixLettersAndReadBackStrictly) {
  SeededRandom random(2);
  const auto id = random.id<CaseId>();
  EXPECT_EQ(id.text().size(), 26U);
  EXPECT_EQ(CaseId::parse(id.text()), id);
  EXPECT_FALSE(CaseId::parse("0"));
  EXPECT_FALSE(CaseId::parse(std::string(26, 'z')));  // surplus bits
  EXPECT_FALSE(CaseId::parse(std::string(26, 'i')));  // not a letter of the alphabet
}

TEST(Time, ReadsAndWritesRfc3339) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z")->ns, 0);
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2021-04-07T09:00:00+02:00")), "2021-04-07T07:00:00Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2026-11-22T19:16:47.727694732Z")), "2026-11-22T19:16:47.727694732Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("1969-12-31T23:59:59.5Z")), "1969-12-31T23:59:59.5Z");
  EXPECT_EQ(to_rfc3339(*parse_rfc3339("2000-02-29T00:00:00Z")), "2000-02-29T00:00:00Z");
  for (const auto* wrong :
       {"", "2021-04-07", "2021-04-07T09:00:00", "2021-13-07T09:00:00Z", "2021-02-29T09:00:00Z", "2021-04-07T24:00:00Z",
        "2021-04-07T09:00:60Z", "2021-04-07T09:00:00.Z", "2021-04-07 09:00:00Z", "2021-04-07T09:00:00.1234567891Z",
        "2021-04-07T09:00:00+2:00", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(wrong)) << wrong;
  }
}

TEST(Json, RefusesWithLineAndColumn) {
  const auto twice = parse_json("{\"a\":1,\n \"a\":2}");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::kDuplicate);
  EXPECT_NE(twice.error().detail.find("line 2"), std::string::npos) << twice.error().detail;
  EXPECT_EQ(parse_json("{\"a\":}").error().code, Code::kJsonMalformed);
  EXPECT_EQ(parse_json("1 2").error().code, Code::kJsonMalformed);
  EXPECT_EQ(parse_json("").error().code, Code::kJsonMalformed);
  EXPECT_EQ(parse_json("[1,").error().code, Code::kJsonMalformed);
  EXPECT_EQ(parse_json(std::string(100000, '[')).error().code, Code::kTooDeep);
  EXPECT_EQ(parse_json("\"\xff\"").error().code, Code::kJsonMalformed);
  EXPECT_EQ(parse_json("[1,2]", 4).error().code, Code::kTooLarge);
}

TEST(Json, CanonicalFormFollowsRfc8785) {
  EXPECT_EQ(canonical_json(
                *parse_json(R"({"b":[1.0,-0.0,1e21,333333333.33333329,1E-7,0.000001,4.50,2e-3],"a":"\u20ac$\u000f\nA'\"\\/"})")),
            "{\"a\":\"\xe2\x82\xac$\\u000f\\nA'\\\"\\\\/\",\"b\":[1,0,1e+21,333333333.3333333,1e-7,0.000001,4.5,0.002]}");
  // Sorted by UTF-16 code units: U+1F600 (surrogates) before U+FB33.
  EXPECT_EQ(canonical_json(*parse_json("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2,\"\\u0080\":3}")),
            "{\"\xc2\x80\":3,\"\xf0\x9f\x98\x80\":2,\"\xef\xac\xb3\":1}");
}

TEST(Json, TypedAccessNamesTheMember) {
  const auto value = *parse_json(R"({"n":5,"s":"x"})");
  const auto& object = value.as_object();
  EXPECT_EQ(*json_integer(object, "n"), 5);
  EXPECT_EQ(json_integer(object, "s").error().code, Code::kWrongType);
  EXPECT_EQ(json_text(object, "t").error().code, Code::kMissingField);
  EXPECT_EQ(json_only(object, {"n"}).error().detail, "s");
}

TEST(Errors, NumbersAndNamesAreUniqueAndInFamilies) {
  std::set<unsigned> numbers;
  std::set<std::string_view> names;
  unsigned last = 0;
  for (const auto& entry : all_errors()) {
    const auto number = static_cast<unsigned>(entry.code);
    EXPECT_TRUE(numbers.insert(number).second) << number;
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_TRUE(number == 0 || (number / 1000 >= 1 && number / 1000 <= 3) || number / 1000 == 9) << number;
    EXPECT_GE(number, last) << "the table is in order";
    last = number;
    EXPECT_FALSE(entry.what.empty());
    EXPECT_EQ(&describe(entry.code), &entry);
  }
}

}  // namespace
}  // namespace flora::base
