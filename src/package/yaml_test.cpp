// SPDX-License-Identifier: EUPL-1.2
#include "package/yaml.hpp"

#include <gtest/gtest.h>

#include "package/readers.hpp"

namespace flora::package::yaml {
namespace {

// The only fault of a text, as "line:column sentence"; "" if there is none.
std::string fault_of(std::string_view text) {
  const Parsed parsed = parse(text, relation_keys());
  if (parsed.faults.empty()) return "";
  const Fault& f = parsed.faults.front();
  return std::to_string(f.line) + ":" + std::to_string(f.column) + " " + f.sentence;
}

TEST(Yaml, GivesEveryNodeItsPlace) {
  const Parsed parsed = parse("# comment\nsteps:\n  ä: {code: \"E01\", n: [a, 'b']}\n");
  ASSERT_TRUE(parsed.root.has_value());
  ASSERT_TRUE(parsed.faults.empty());
  const Node* steps = parsed.root->find("steps");
  ASSERT_NE(steps, nullptr);
  ASSERT_EQ(steps->keys.size(), 1u);
  EXPECT_EQ(steps->keys[0].text, "ä");
  EXPECT_EQ(steps->keys[0].line, 3u);
  EXPECT_EQ(steps->keys[0].column, 3u);
  const Node& step = steps->items[0];
  const Node* code = step.find("code");
  ASSERT_NE(code, nullptr);
  EXPECT_TRUE(code->quoted);
  EXPECT_EQ(code->column, 13u);
  EXPECT_EQ(code->text_column, 14u);
  const Node* list = step.find("n");
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[1].text, "b");
  EXPECT_EQ(list->items[1].column, 27u);
}

TEST(Yaml, KeepsScalarsAsTextAndKnowsNull) {
  const Parsed parsed = parse("a: yes\nb: 010\nc: 2021-07-01\nd:\ne: ~\nf: 'null'\ng: |\n  two\n  lines\n");
  ASSERT_TRUE(parsed.root.has_value());
  EXPECT_EQ(parsed.root->find("a")->text, "yes");
  EXPECT_EQ(parsed.root->find("b")->text, "010");
  EXPECT_EQ(parsed.root->find("c")->text, "2021-07-01");
  EXPECT_TRUE(parsed.root->find("d")->is_null());
  EXPECT_EQ(parsed.root->find("d")->line, 4u);
  EXPECT_TRUE(parsed.root->find("e")->is_null());
  EXPECT_FALSE(parsed.root->find("f")->is_null());
  EXPECT_EQ(parsed.root->find("g")->text, "two\nlines\n");
}

TEST(Yaml, ReadsRelationsInTheirShortFormWithTheirColumns) {
  const std::string line = "- {id: A4, condition: [aa, bb] before cc, level: x}  # [no] relation: [here] at all\n";
  const Parsed parsed = parse(line, relation_keys());
  ASSERT_TRUE(parsed.root.has_value()) << fault_of(line);
  const Node& rule = parsed.root->items[0];
  EXPECT_EQ(rule.find("condition")->text, "[aa, bb] before cc");
  EXPECT_EQ(rule.find("condition")->text_column, line.find("[aa") + 1);
  EXPECT_EQ(rule.find_key("level")->column, line.find("level") + 1);
}

TEST(Yaml, ReadsEveryShortFormLikeItsQuotedForm) {
  const struct {
    const char *shorter, *quoted;
  } cases[] = {
      {"{response: a -> [b, c], to: [d]}", "{response: 'a -> [b, c]', to: [d]}"},
      {"{in_order: a, b, to: [d]}", "{in_order: 'a, b', to: [d]}"},
      {"{in_order: a, b}", "{in_order: 'a, b'}"},
      {"{note: a to [b, c]}", "{note: 'a to [b, c]'}"},
      {"{x: 1, condition: any_of [a, b] before [c, d], escalate: 2 workdays to [e]}",
       "{x: 1, condition: 'any_of [a, b] before [c, d]', escalate: '2 workdays to [e]'}"},
      {"condition: [a] before b\nlevel: c\n", "condition: '[a] before b'\nlevel: c\n"},
      {"{condition: \"[a] before b\", to: [c]}", "{condition: '[a] before b', to: [c]}"},
      {"{in_order: [a, b], to: [c]}", "{in_order: [a, b], to: [c]}"},
  };
  for (const auto& c : cases) {
    const Parsed a = parse(c.shorter, relation_keys()), b = parse(c.quoted, relation_keys());
    ASSERT_TRUE(a.root && b.root) << c.shorter;
    ASSERT_EQ(a.root->keys.size(), b.root->keys.size()) << c.shorter;
    for (std::size_t i = 0; i < a.root->keys.size(); ++i) {
      EXPECT_EQ(a.root->keys[i].text, b.root->keys[i].text) << c.shorter;
      EXPECT_EQ(a.root->items[i].text, b.root->items[i].text) << c.shorter;
    }
  }
}

TEST(Yaml, RefusesWhatCouldSurpriseAReader) {
  EXPECT_EQ(fault_of("a: 1\nb: 2\na: 3\n"), "3:1 The key 'a' stands here twice.");
  EXPECT_EQ(fault_of("a: &x 1\nb: *x\n"), "1:7 Anchors and aliases are not allowed.");
  EXPECT_EQ(fault_of("a: !!int 1\n"), "1:10 Tags (!...) are not allowed.");
  EXPECT_EQ(fault_of("%YAML 1.2\n---\na: 1\n"), "1:1 Directives (%...) are not allowed.");
  EXPECT_EQ(fault_of("a: 1\n---\nb: 1\n"), "2:1 A file holds one document.");
  EXPECT_EQ(fault_of(""), "1:1 The file is empty.");
  EXPECT_EQ(fault_of("# only a comment\n"), "1:1 The file is empty.");
  EXPECT_EQ(fault_of("{[a]: b}\n"), "1:2 A key must be a plain word, not a list or a mapping.");
  EXPECT_EQ(fault_of("a: \xff\n"), "1:4 The text is not UTF-8.");
  EXPECT_EQ(fault_of("a: \xc0\x80\n"), "1:4 The text is not UTF-8.");
  EXPECT_EQ(fault_of("a: \xed\xa0\x80\n"), "1:4 The text is not UTF-8.");
  EXPECT_EQ(fault_of("\xef\xbb\xbf"
                     "a: 1\n"),
            "1:1 The character U+FEFF is not allowed.");
  EXPECT_EQ(fault_of("a: x\xe2\x80\xaey\n"), "1:5 The character U+202E is not allowed.");
  EXPECT_EQ(fault_of("a: \x01\n"), "1:4 The character U+0001 is not allowed.");
}

TEST(Yaml, NamesThePlaceOfASyntaxFault) {
  EXPECT_TRUE(fault_of("a: 1\n b: 2\n").starts_with("1:4 ")) << fault_of("a: 1\n b: 2\n");
  EXPECT_TRUE(fault_of("a: [1, 2\nb: 3\n").starts_with("3:1 ")) << fault_of("a: [1, 2\nb: 3\n");
  EXPECT_TRUE(fault_of("a: 'x\n").find("not valid YAML") != std::string::npos) << fault_of("a: 'x\n");
}

TEST(Yaml, RefusesWhatWouldCostMuchBeforeItCosts) {
  EXPECT_EQ(fault_of(std::string(kFileBytesMax + 1, 'a')), "1:1 The file is larger than 524288 bytes.");
  EXPECT_EQ(fault_of("a: " + std::string(kLineBytesMax, 'a')), "1:1 The line is longer than 8192 bytes.");
  std::string deep, brackets, many = "[";
  for (int i = 0; i < 30; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(fault_of(deep), "25:25 The data is nested deeper than 24 levels.");
  for (int i = 0; i < 300; ++i) brackets += "[\n";
  EXPECT_EQ(fault_of(brackets), "257:1 More than 256 brackets are open here.");
  for (int i = 0; i < 60'000; ++i) many += "a,\n";
  EXPECT_EQ(fault_of(many + "]"), "50000:1 The file has more than 50000 values.");
}

}  // namespace
}  // namespace flora::package::yaml
