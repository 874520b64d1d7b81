// SPDX-License-Identifier: EUPL-1.2
#include "feel/evaluate.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "feel/functions.hpp"
#include "feel/guard.hpp"
#include "feel/value_json.hpp"

namespace flora::feel {
namespace {

Environment environment() { return {&calendar::builtin_calendars(), &calendar::builtin_calendars()}; }

Value context_of(std::string_view json) { return interpret_json(parse_plain_json(json).value(), environment().zones).value(); }

// The value as JSON, or "kind@column".
std::string written(const tl::expected<Value, Problem>& result) {
  if (result) return to_json(*result);
  return std::string(to_text(result.error().kind)) + "@" + std::to_string(result.error().column);
}
std::string feel(std::string_view expression, std::string_view context = "{}") {
  return written(evaluate(expression, context_of(context), environment()));
}
std::string unary(std::string_view tests, std::string_view input, std::string_view context = "{}") {
  return written(evaluate_unary(tests, input, context_of(context), environment()));
}

struct Case {
  const char *expression, *value;
};
class Feel : public testing::TestWithParam<Case> {};
TEST_P(Feel, IsWorth) {
  EXPECT_EQ(
      feel(GetParam().expression, R"({"a":1,"b":null,"s":"x","l":[1,2,3],"r":[{"n":1},{"n":2}],"d":{"date":"2021-04-09"}})"),
      GetParam().value)
      << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(Arithmetic, Feel,
                         testing::ValuesIn(std::vector<Case>{{"1 + 2 * 3", "7"},
                                                             {"(1 + 2) * 3", "9"},
                                                             {"10 - 4 - 3", "3"},
                                                             {"2 - -3", "5"},
                                                             {"- - 2", "2"},
                                                             {"1 / 3", "0.3333333333333333333333333333333333"},
                                                             {"0.1 + 0.2", "0.3"},
                                                             {"1 / 0", "null"},
                                                             {"1 + null", "null"},
                                                             {"1 + true", "null"},
                                                             {"a + 1", "2"},
                                                             {"missing + 1", "null"},
                                                             {"[1] + 1", "null"},
                                                             {"-s", "null"},
                                                             {"@\"P1D\" * 2.5", R"({"duration":"P2DT12H"})"},
                                                             {"-2.5 * @\"P1Y11M\"", R"({"duration":"-P4Y9M"})"},
                                                             {"@\"P10D\" / @\"P5D\"", "2"},
                                                             {"@\"P1D\" / 0", "null"}}));

INSTANTIATE_TEST_SUITE_P(Logic, Feel,
                         testing::ValuesIn(std::vector<Case>{{"true and null", "null"},
                                                             {"false and null", "false"},
                                                             {"null and false", "false"},
                                                             {"true or null", "true"},
                                                             {"null or false", "null"},
                                                             {"1 and true", "null"},
                                                             {"not(null)", "null"},
                                                             {"not(true)", "false"},
                                                             {"not(1)", "null"},
                                                             {"not()", "null"},
                                                             {"if null then 1 else 2", "2"},
                                                             {"if 1 then 1 else 2", "2"},
                                                             {"if true then 1 else missing.x", "1"},
                                                             {"a = 1 or b = 2 and false", "true"},
                                                             {"if a = 1 then \"y\" else \"n\"", "\"y\""}}));

INSTANTIATE_TEST_SUITE_P(Comparison, Feel,
                         testing::ValuesIn(std::vector<Case>{
                             {"1 = 1.0", "true"},
                             {"1 != 2", "true"},
                             {"1 = \"1\"", "null"},
                             {"null = null", "true"},
                             {"1 = null", "false"},
                             {"null != 1", "true"},
                             {"\"a\" = \"a\"", "true"},
                             {"[1, 2] = [1, 2]", "true"},
                             {"[1] = 1", "null"},
                             {"[] = null", "false"},
                             {"{a: 1, b: 2} = {b: 2, a: 1}", "true"},
                             {"{a: 1} = {a: 1, b: 2}", "false"},
                             {"[1..5] = [1..5]", "true"},
                             {"[1..5] = [1..5)", "false"},
                             {"1 < 2", "true"},
                             {"1 < null", "null"},
                             {"1 < \"a\"", "null"},
                             {"true < false", "null"},
                             {"5 between 1 and 10", "true"},
                             {"5 between 6 and 10", "false"},
                             {"5 between null and 4", "false"},
                             {"5 between null and 10", "null"},
                             {"d > @\"2021-04-08\"", "true"},
                             {"@\"2002-04-02T12:00:00-01:00\" = @\"2002-04-02T17:00:00+04:00\"", "true"},
                             {"@\"2002-04-02\" = @\"2002-04-02T00:00:00Z\"", "true"},
                             {"@\"2002-04-02T00:00:00\" = @\"2002-04-02T00:00:00Z\"", "false"},
                             {"@\"2002-04-02T00:00:00\" < @\"2002-04-02T00:00:00Z\"", "null"},
                             {"@\"2021-07-01T12:00:00@Europe/Berlin\" = @\"2021-07-01T10:00:00Z\"", "true"},
                             {"@\"P1Y\" = @\"P12M\"", "true"},
                             {"@\"P1Y\" = @\"P365D\"", "null"},
                             {"1 < 2 = true", "true"}}));

INSTANTIATE_TEST_SUITE_P(In, Feel,
                         testing::ValuesIn(std::vector<Case>{{"1 in [1, 2]", "true"},
                                                             {"1 in (1, 2)", "true"},
                                                             {"3 in (1, 2)", "false"},
                                                             {"3 in (1, > 2)", "true"},
                                                             {"3 in > 2", "true"},
                                                             {"3 in [1..3]", "true"},
                                                             {"3 in [1..3)", "false"},
                                                             {"3 in ]1..3]", "true"},
                                                             {"1 in ]1..3[", "false"},
                                                             {"1 in [[2..4], [1..3]]", "true"},
                                                             {"5 in [< 3, > 4]", "true"},
                                                             {"[1, 2] in [[1, 2], [3]]", "true"},
                                                             {"s in (\"x\", \"y\")", "true"},
                                                             {"s in [\"y\"]", "false"},
                                                             {"null in (null)", "true"},
                                                             {"a in l", "true"},
                                                             {"1 in [b..3]", "null"},
                                                             {"d in [@\"2021-04-01\"..@\"2021-04-30\"]", "true"},
                                                             {"1 in [3..1]", "false"},
                                                             {"5 in (? > 3)", "true"},
                                                             {"a in [1..2] and true", "true"},
                                                             {"not(a in (2, 3))", "true"},
                                                             {"1 in true", "null"}}));

INSTANTIATE_TEST_SUITE_P(Quantifiers, Feel,
                         testing::ValuesIn(std::vector<Case>{{"some x in l satisfies x > 2", "true"},
                                                             {"every x in l satisfies x > 0", "true"},
                                                             {"every x in l satisfies x > 1", "false"},
                                                             {"some x in [] satisfies true", "false"},
                                                             {"every x in [] satisfies false", "true"},
                                                             {"some x in [1, null] satisfies x > 2", "null"},
                                                             {"every x in [1, null] satisfies x > 0", "null"},
                                                             {"some x in l, y in l satisfies x + y = 6", "true"},
                                                             {"every x in l, y in [x, 4] satisfies x <= y", "true"},
                                                             {"some x in b satisfies true", "null"},
                                                             {"some x in 5 satisfies x = 5", "true"},
                                                             {"some x in r satisfies x.n = 2", "true"},
                                                             {"some a in l satisfies a = 3", "true"},
                                                             {"some x in l satisfies some y in l satisfies x < y", "true"}}));

INSTANTIATE_TEST_SUITE_P(Structures, Feel,
                         testing::ValuesIn(std::vector<Case>{
                             {"{a: 1, b: a + 1}.b", "2"},
                             {"{a: 1, a: 2}", "null"},
                             {"{}", "{}"},
                             {"{\"odd key\": 1}", R"({"odd key":1})"},
                             {"[1, [2, 3]]", "[1,[2,3]]"},
                             {"r.n", "[1,2]"},
                             {"r.m", "[null,null]"},
                             {"{date: 1}", R"({"context":{"date":1}})"},
                             {"d.year", "2021"},
                             {"d.weekday", "5"},
                             {"d.hour", "null"},
                             {"s.x", "null"},
                             {"@\"-P1DT2H\".hours", "-2"},
                             {"@\"10:30:01.5\".second", "1.5"},
                             {"@\"2021-01-01T00:00:00@Europe/Berlin\".timezone", "\"Europe/Berlin\""},
                             {"[d].month", "[4]"},
                             {"{a: {b: {c: 1}}}.a.b.c", "1"},
                             {"[1..5)", R"x({"range":"[1..5)"})x"},
                             {"[1..\"a\"]", "null"},
                             {"[@\"2021-01-01\"..@\"2021-01-02\"]", R"({"range":"[@\"2021-01-01\"..@\"2021-01-02\"]"})"}}));

INSTANTIATE_TEST_SUITE_P(Functions, Feel,
                         testing::ValuesIn(std::vector<Case>{
                             {"count(l)", "3"},
                             {"count([])", "0"},
                             {"count(null)", "null"},
                             {"count(5)", "1"},
                             {"count([null])", "1"},
                             {"count(1, 2)", "null"},
                             {"sum(l)", "6"},
                             {"sum(1, 2)", "3"},
                             {"sum([])", "null"},
                             {"sum([1, null])", "null"},
                             {"min(3, 1, 2)", "1"},
                             {"max(l)", "3"},
                             {"min([])", "null"},
                             {"max([1, true])", "null"},
                             {"max(@\"2021-01-01\", d)", R"({"date":"2021-04-09"})"},
                             {"min()", "null"},
                             {"min(\"b\", \"a\")", "\"a\""},
                             {"max([\"b\", 1])", "null"},
                             {"max([1, \"b\"])", "null"},
                             {"[1..5].end", "5"},
                             {"[1..5].length", "null"},
                             {"all([])", "true"},
                             {"any([])", "false"},
                             {"all([true, null])", "null"},
                             {"all([false, null])", "false"},
                             {"any([true, null])", "true"},
                             {"any([false, null])", "null"},
                             {"all([true, 1])", "null"},
                             {"list contains(l, 2)", "true"},
                             {"list contains([1, null], null)", "true"},
                             {"list contains(l, \"2\")", "false"},
                             {"list contains(null, 1)", "null"},
                             {"date(\"2021-02-29\")", "null"},
                             {"date(2021, 4, 9)", R"({"date":"2021-04-09"})"},
                             {"date(2021, 2, 29)", "null"},
                             {"date(2021, 4.5, 9)", "null"},
                             {"date(@\"2021-04-09T23:00:00-08:00\")", R"({"date":"2021-04-09"})"},
                             {"time(12, 59, 1.3, @\"-PT1H\")", R"({"time":"12:59:01.3-01:00"})"},
                             {"time(24, 0, 0)", "null"},
                             {"time(@\"2021-04-09T23:00:00Z\")", R"({"time":"23:00:00Z"})"},
                             {"date and time(d, @\"10:00:00\")", R"({"date_time":"2021-04-09T10:00:00"})"},
                             {"date and time(\"x\")", "null"},
                             {"duration(\"P1Y\")", R"({"duration":"P1Y"})"},
                             {"years and months duration(@\"2011-12-22\", @\"2013-08-24\")", R"({"duration":"P1Y8M"})"},
                             {"@\"nonsense\"", "null"},
                             {"date(1)", "null"}}));

INSTANTIATE_TEST_SUITE_P(Workdays, Feel,
                         testing::ValuesIn(std::vector<Case>{
                             {"workdays(@\"2021-04-01\", @\"2021-04-09\", \"de-sn\")", "4"},
                             {"workdays(@\"2021-04-09\", @\"2021-04-01\", \"de-sn\")", "-4"},
                             {"workdays(d, d, \"de-sn\")", "0"},
                             {"workdays(@\"2021-04-06T23:00:00Z\", @\"2021-04-08T21:59:59Z\", \"de-sn\")", "1"},
                             {"workdays(d, d, \"de-xx\")", "null"},
                             {"workdays(d, @\"2050-01-01\", \"de-sn\")", "null"},
                             {"workdays(d, null, \"de-sn\")", "null"},
                             {"workdays(d, 1, \"de-sn\")", "null"},
                             {"workdays(d, d)", "null"}}));

INSTANTIATE_TEST_SUITE_P(Outside, Feel,
                         testing::ValuesIn(std::vector<Case>{{"\"a\" < \"b\"", "not_in_profile@5"},
                                                             {"s < s", "not_in_profile@3"},
                                                             {"\"a\" + \"b\"", "not_in_profile@5"},
                                                             {"s in [\"a\"..\"z\"]", "not_in_profile@6"},
                                                             {"1e3", "not_in_profile@1"},
                                                             {"2 ** 3", "not_in_profile@3"},
                                                             {"l[1]", "not_in_profile@2"},
                                                             {"for x in l return x", "not_in_profile@1"},
                                                             {"1 instance of number", "not_in_profile@3"},
                                                             {"function(x) x", "not_in_profile@1"},
                                                             {"floor(1.5)", "not_in_profile@1"},
                                                             {"string length(s)", "not_in_profile@8"},
                                                             {"sum(list: l)", "not_in_profile@5"},
                                                             {"time offset", "not_in_profile@6"},
                                                             {"d.time offset", "not_in_profile@8"},
                                                             {"\"a\\n\"", "not_in_profile@1"},
                                                             {"\"\xC3\xA4\"", "not_in_profile@1"},
                                                             {"\xC3\xA4 + 1", "not_in_profile@1"},
                                                             {"(< 10)", "not_in_profile@2"},
                                                             {"5 in (null..10]", "not_in_profile@6"},
                                                             {"some i in 1..3 satisfies true", "not_in_profile@12"},
                                                             {"some i in [1..3] satisfies true", "not_in_profile@1"},
                                                             {"null()", "not_in_profile@5"},
                                                             {"day of year(d)", "not_in_profile@5"},
                                                             {"now()", "not_in_profile@1"},
                                                             {"1 +\n  2 ** 2", "not_in_profile@5"}}));

INSTANTIATE_TEST_SUITE_P(Syntax, Feel,
                         testing::ValuesIn(std::vector<Case>{{"", "syntax@1"},
                                                             {"1 +", "syntax@4"},
                                                             {"(1", "syntax@3"},
                                                             {"[1, ", "syntax@5"},
                                                             {"1 1", "syntax@3"},
                                                             {"if true then 1", "syntax@15"},
                                                             {"\"open", "syntax@1"},
                                                             {"1 /* open", "syntax@3"},
                                                             {"#", "syntax@1"},
                                                             {"{a 1}", "not_in_profile@4"},
                                                             {"1 between 2", "syntax@12"},
                                                             {"some x satisfies true", "syntax@8"},
                                                             {"some x l satisfies true", "not_in_profile@8"},
                                                             {"[1..2", "syntax@6"},
                                                             {"/* c */ 1 // end", "1"}}));

TEST(Feel, RefusesWhatNamesOfTheContextMakeAmbiguous) {
  EXPECT_EQ(feel("Date-Time.hour", R"({"Date-Time":{"date_time":"2021-04-09T10:00:00"}})"), "not_in_profile@1");
  EXPECT_EQ(feel("\"Date-Time\"", R"({"Date-Time":1})"), "\"Date-Time\"");
  EXPECT_EQ(feel("1 + 1 // Full Name", R"({"Full Name":1})"), "2");
  EXPECT_EQ(feel("x.a-b", R"({"x":{"a-b":1}})"), "not_in_profile@3");
  EXPECT_EQ(feel("{\"a-b\": 1}.a-b"), "not_in_profile@12");
  EXPECT_EQ(feel("{\"a-b\": \"a-b\"}"), R"({"a-b":"a-b"})");
}

TEST(Feel, IsBoundedInDepthLengthAndSteps) {
  EXPECT_EQ(feel(std::string(100, '(') + "1" + std::string(100, ')')).substr(0, 5), "bound");
  EXPECT_EQ(feel(std::string(200, '-') + "1").substr(0, 5), "bound");
  EXPECT_EQ(feel(std::string(5000, ' ')).substr(0, 5), "bound");
  std::string chain = "1";
  while (chain.size() < 4000) chain += "+1";
  EXPECT_EQ(feel(chain).substr(0, 5), "bound");
  std::string json = R"({"l":[0)";
  for (int i = 0; i < 400; ++i) json += ",0";
  EXPECT_EQ(feel("some x in l, y in l satisfies x + y = 1", json + "]}").substr(0, 5), "bound");
  EXPECT_EQ(feel("some x in l satisfies x = 1", json + "]}"), "false");
}

TEST(Unary, TestsItsInput) {
  const std::vector<std::array<const char*, 3>> cases = {{"-", "1", "true"},
                                                         {"<= 10", "10", "true"},
                                                         {"< 10", "10", "false"},
                                                         {"[1..5)", "5", "false"},
                                                         {"1, 2, 3", "2", "true"},
                                                         {"not(1, 2)", "3", "true"},
                                                         {"not(1, 2)", "2", "false"},
                                                         {"not(null)", "1", "true"},
                                                         {"? > 3", "5", "true"},
                                                         {"? > 3 and ? < 5", "5", "false"},
                                                         {"\"a\", \"b\"", "\"b\"", "true"},
                                                         {"true", "false", "false"},
                                                         {"false", "false", "true"},
                                                         {"count(l) > 2", "1", "true"},
                                                         {"l", "2", "true"},
                                                         {"= 5", "5", "true"},
                                                         {"!= 5", "5", "false"},
                                                         {"(= 5)", "5", "true"},
                                                         {"null", "null", "true"},
                                                         {"< 10", "null", "null"},
                                                         {"not(? = 1)", "1", "false"},
                                                         {"-5", "-5", "true"},
                                                         {"x", "5", "true"},
                                                         {"> x - 1", "5", "true"},
                                                         {"not(a) or b", "1", "true"}};
  for (const auto& [tests, input, value] : cases)
    EXPECT_EQ(unary(tests, input, R"({"l":[1,2,3],"x":5,"a":false,"b":false})"), value) << tests << " on " << input;
  EXPECT_EQ(unary("1,", "1"), "syntax@3");
  EXPECT_EQ(unary("", "1"), "syntax@1");
}

TEST(BatchLine, EchoesTheIdAndSaysWhatIsWrong) {
  const auto line = [](std::string_view text) {
    const auto answer = answer_batch_line(text, environment());
    return (answer.readable ? "" : "!") + answer.line;
  };
  EXPECT_EQ(line(R"({"id":"a","expr":"x + 1","context":{"x":1.10}})"), R"({"id":"a","value":2.1})");
  EXPECT_EQ(line(R"({"id":7,"unary":"< 3","input":"2"})"), R"({"id":7,"value":true})");
  EXPECT_EQ(line(R"({"id":"a","expr":"date","context":{"date":"x"}})"), R"({"id":"a","value":"x"})");
  EXPECT_EQ(line(R"({"id":"a","expr":"1 +"})"),
            R"({"id":"a","error":{"kind":"syntax","at":4,"message":"an expression is expected here, not the end"}})");
  EXPECT_EQ(line(R"({"id":"a","expr":"d","context":{"d":{"date":"no"}}})"),
            R"(!{"id":"a","error":{"kind":"malformed","at":1,"message":"date cannot be read"}})");
  EXPECT_EQ(line(R"({"expr":"1"})"),
            R"(!{"id":null,"error":{"kind":"malformed","at":1,"message":"a line is an object with an id"}})");
  EXPECT_EQ(line("{").substr(0, 1), "!");
  EXPECT_EQ(line(R"({"id":1})").substr(0, 1), "!");
}

TEST(Corpus, IsAnsweredWithoutHarm) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(FLORA_SOURCE_DIR) + "/tests/corpus/feel_feel_fuzz")) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    const std::string text = content.str();
    ++files;
    (void)feel(text);
    (void)unary(text, "1");
    (void)check_syntax(text);
    (void)Guard::compile(text, {}, Type());
    EXPECT_FALSE(answer_batch_line(text, environment()).line.empty());
  }
  EXPECT_GE(files, 10u);
}

TEST(Profile, IsGeneratedFromTheRegistry) {
  const std::string page = render_profile();
  for (const auto& f : all_functions()) EXPECT_NE(page.find(std::string(f.signature)), std::string::npos);
  std::ifstream in(std::string(FLORA_SOURCE_DIR) + "/docs/reference/feel-profile.md", std::ios::binary);
  std::ostringstream file;
  file << in.rdbuf();
  EXPECT_EQ(file.str(), page) << "run `flora docs feel-profile`";
}

}  // namespace
}  // namespace flora::feel
