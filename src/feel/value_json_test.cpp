// SPDX-License-Identifier: EUPL-1.2
#include "feel/value_json.hpp"

#include <gtest/gtest.h>

namespace flora::feel {
namespace {

std::string there_and_back(std::string_view text) {
  const auto plain = parse_plain_json(text);
  if (!plain) return std::string(base::name_of(plain.error().code));
  const auto value = interpret_json(*plain, nullptr);
  return value ? to_json(*value) : std::string(base::name_of(value.error().code));
}

TEST(ValueJson, KeepsWhatItReads) {
  for (const auto* text : {"null", "true", "false", "1", "-0.5", "12345678901234567890.1234567890123", "\"a\\\"b\\\\\"", "[]",
                           "[1,[2,{}]]", R"({"a":1,"b":[null]})", R"({"date":"2021-04-09"})", R"({"time":"09:00:00Z"})",
                           R"({"date_time":"2021-04-09T09:00:00+02:00"})", R"({"duration":"P1DT2H"})", R"({"duration":"P1Y2M"})",
                           R"x({"range":"[1..5)"})x", R"({"range":"(null..@\"2021-04-09\"]"})", R"({"context":{"date":1}})",
                           R"({"date":{"date":"2021-04-09"},"x":1})"}) {
    EXPECT_EQ(there_and_back(text), text);
  }
  EXPECT_EQ(there_and_back(" { \"a\" : [ 1e2 , 1.50 ] } "), R"({"a":[100,1.5]})");
  EXPECT_EQ(there_and_back("\"\\u00e4\\ud83d\\ude00\\n\""), "\"\xC3\xA4\xF0\x9F\x98\x80\\u000a\"");
}

TEST(ValueJson, RefusesWhatIsNoJson) {
  for (const auto* text : {"", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", ".5", "+1", "nul", "'a'", "\"\n\"", "\"\\x\"",
                           "\"\\ud800\"", "\"\\udc00\"", "1 2", "\"\xff\"", "-", "1e"}) {
    EXPECT_EQ(there_and_back(text), "json_malformed") << text;
  }
  EXPECT_EQ(there_and_back(R"({"a":1,"a":2})"), "duplicate");
  EXPECT_EQ(there_and_back("1e9999"), "out_of_range");
  EXPECT_EQ(there_and_back(std::string(1000, '[')), "too_deep");
  for (const auto* text : {R"({"date":"2021-02-30"})", R"({"date":"09:00:00"})", R"({"time":1})", R"({"duration":"P"})",
                           R"({"range":"1..2"})", R"({"range":"[1..x]"})", R"({"context":1})"}) {
    EXPECT_EQ(there_and_back(text), "malformed") << text;
  }
}

}  // namespace
}  // namespace flora::feel
