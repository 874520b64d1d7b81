// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "feel/evaluate.hpp"
#include "feel/value_json.hpp"

namespace flora::feel {
namespace {

TableSource table(std::string policy, std::string aggregation = "") {
  TableSource out;
  out.hit_policy = std::move(policy);
  out.aggregation = std::move(aggregation);
  out.inputs = {{"age", "number", std::nullopt}, {"risk", "string", "\"high\", \"low\""}};
  out.outputs = {{"fee", "number", "30, 20, 10", std::nullopt}};
  out.rules = {
      {{">= 18", "\"low\""}, {"10"}}, {{"< 18", "-"}, {"20"}}, {{"-", "\"high\""}, {"30"}}, {{"[60..70]", ""}, {"age / 2"}}};
  return out;
}
std::string decided(const TableSource& source, std::string_view context) {
  const auto out = evaluate_table(source, interpret_json(parse_plain_json(context).value(), nullptr).value(), {});
  return out ? to_json(*out) : std::string(to_text(out.error().kind)) + ": " + out.error().message;
}

TEST(DecisionTable, AppliesItsHitPolicy) {
  const auto* both = R"({"age":10,"risk":"high"})";
  const auto* one = R"({"age":20,"risk":"low"})";
  EXPECT_EQ(decided(table("U"), one), "10");
  EXPECT_EQ(decided(table("U"), both), "null");
  EXPECT_EQ(decided(table("A"), both), "null");
  EXPECT_EQ(decided(table("F"), both), "20");
  EXPECT_EQ(decided(table("P"), both), "30");
  EXPECT_EQ(decided(table("R"), both), "[20,30]");
  EXPECT_EQ(decided(table("C"), both), "[20,30]");
  EXPECT_EQ(decided(table("C", "SUM"), both), "50");
  EXPECT_EQ(decided(table("C", "MIN"), both), "20");
  EXPECT_EQ(decided(table("C", ">"), both), "30");
  EXPECT_EQ(decided(table("C", "#"), both), "2");
  EXPECT_EQ(decided(table("R"), R"({"age":65,"risk":"low"})"), "[10,32.5]");
}

TEST(DecisionTable, AgreesWhereHitsAgree) {
  TableSource same = table("A");
  same.rules[2].then[0] = "20.0";
  EXPECT_EQ(decided(same, R"({"age":10,"risk":"high"})"), "20");
}

TEST(DecisionTable, HasNoValueForInputsOutsideTheirList) {
  EXPECT_EQ(decided(table("F"), R"({"age":10,"risk":"middling"})"), "null");
  EXPECT_EQ(decided(table("F"), R"({"age":10})"), "null");
}

TEST(DecisionTable, FallsBackOnDefaults) {
  TableSource source = table("U");
  source.rules.resize(1);
  EXPECT_EQ(decided(source, R"({"age":1,"risk":"low"})"), "null");
  source.outputs[0].default_value = "99";
  EXPECT_EQ(decided(source, R"({"age":1,"risk":"low"})"), "99");
  EXPECT_EQ(decided(source, R"({"age":20,"risk":"low"})"), "10");
  TableSource count = table("C", "COUNT");
  count.rules.resize(1);
  EXPECT_EQ(decided(count, R"({"age":1,"risk":"low"})"), "0");
}

TEST(DecisionTable, YieldsAContextForSeveralOutputs) {
  TableSource source;
  source.hit_policy = "P";
  source.inputs = {{"x", "", std::nullopt}};
  source.outputs = {{"level", "", "\"b\", \"a\"", std::nullopt}, {"n", "", "2, 1", std::nullopt}};
  source.rules = {{{"> 0"}, {"\"a\"", "2"}}, {{"> 1"}, {"\"b\"", "1"}}, {{"> 2"}, {"\"b\"", "2"}}};
  EXPECT_EQ(decided(source, R"({"x":1})"), R"({"level":"a","n":2})");
  EXPECT_EQ(decided(source, R"({"x":2})"), R"({"level":"b","n":1})");
  EXPECT_EQ(decided(source, R"({"x":3})"), R"({"level":"b","n":2})");
}

TEST(DecisionTable, NamesTheCellThatIsWrong) {
  TableSource source = table("U");
  source.rules[1].when[0] = "< ";
  EXPECT_EQ(decided(source, "{}"), "syntax: rule 2, input 1: an expression is expected here, not the end");
  source = table("U");
  source.rules[3].then[0] = "floor(1)";
  EXPECT_EQ(decided(source, "{}").substr(0, 32), "not_in_profile: rule 4, output 1");
  source = table("O");
  EXPECT_EQ(decided(source, "{}"), "not_in_profile: hit policy O is not in the profile");
  EXPECT_EQ(decided(table("X"), "{}").substr(0, 6), "syntax");
  EXPECT_EQ(decided(table("U", "SUM"), "{}").substr(0, 6), "syntax");
  source = table("U");
  source.rules[0].when.pop_back();
  EXPECT_EQ(decided(source, "{}"), "syntax: rule 1 does not have one cell per column");
}

}  // namespace
}  // namespace flora::feel
