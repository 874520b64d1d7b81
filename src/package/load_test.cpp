// SPDX-License-Identifier: EUPL-1.2
#include "package/load.hpp"

#include <gtest/gtest.h>

#include "package/sample_test.hpp"

namespace flora::package {
namespace {

std::string lines_of(const Loaded& loaded) {
  std::string out;
  for (const auto& p : loaded.problems) out += line_of(p) + "\n";
  return out;
}

TEST(Load, AcceptsTheSampleWithoutAWord) { EXPECT_EQ(lines_of(load(sample_sources())), ""); }

struct Wrong {
  const char* file;
  const char* what;
  const char* with;
  const char* lines;
};

const Wrong kWrong[] = {
#include "package/wrong_packages.inc"
};

TEST(Load, SaysWhatIsWrongWhereAndWhatToDo) {
  for (const auto& wrong : kWrong) {
    const Loaded loaded = load(spoilt(wrong.file, wrong.what, wrong.with));
    EXPECT_EQ(lines_of(loaded), wrong.lines) << wrong.with;
  }
}

TEST(Load, WantsTwoFilesOnlyWhereTheEngineAloneRuns) {
  Sources sources;
  sources["package.yaml"] =
      "id: conformance\nversion: 1\ntitle: {de: Prüffall, en: test case}\n"
      "agencies:\n  ag: {title: {de: Amt, en: agency}}\n"
      "roles:\n  ag_clerk: {agency: ag, title: {de: Sachbearbeitung, en: clerk}}\n";
  sources["process.yaml"] =
      "process: conformance\nsteps:\n"
      "  begin: { code: E00, title: {de: begin, en: begin}, owner: [ag_clerk], via: form }\n"
      "  e1: { code: E01, title: {de: e1, en: e1}, owner: [ag_clerk], via: form }\n"
      "rules:\n"
      "  - {id: C1, condition: begin before e1, level: attention, to: [ag_clerk]}\n"
      "  - {id: R1, response: begin -> e1, within: no limit, overdue: attention, to: [ag_clerk]}\n"
      "  - {id: I1, opens: begin -> e1, to: [ag_clerk]}\n"
      "  - {id: X1, closes: e1 -> e1, level: attention, to: [ag_clerk]}\n"
      "  - {id: M1, milestone: e1 settles before begin, level: attention, to: [ag_clerk]}\n";
  EXPECT_EQ(lines_of(load(sources, true)), "");
  EXPECT_EQ(load(sources, true).package.rules.size(), 5u);
  EXPECT_NE(lines_of(load(sources)).find("views.yaml:1:1 error missing_file"), std::string::npos);
  sources["process.yaml"] =
      "process: conformance\nsteps:\n  e1: { code: E01, title: {de: e1, en: e1}, owner: [ag_clerk], via: form }\nrules: []\n";
  EXPECT_EQ(lines_of(load(sources, true)), "");
}

TEST(Load, ReadsTheShortFormOfRelations) {
  const Package quoted =
      load(spoilt("process.yaml", "condition: ordered before [paid, sent]", "condition: \"[ordered, paid] before sent\""))
          .package;
  const Loaded shorter =
      load(spoilt("process.yaml", "condition: ordered before [paid, sent]", "condition: [ordered, paid] before sent"));
  EXPECT_EQ(lines_of(shorter), "");
  EXPECT_EQ(encode_package(shorter.package), encode_package(quoted));
}

TEST(Load, TellsEverythingOfEveryFileAtOnceInOrder) {
  Sources sources = spoilt("process.yaml", "via: system", "via: fax");
  sources["views.yaml"].replace(sources["views.yaml"].find("kind: read"), 10, "kind: raed");
  sources["package.yaml"].replace(sources["package.yaml"].find("de-be"), 5, "de-xx");
  sources["other.yaml"] = "a: 1\n";
  std::string files;
  for (const auto& p : load(sources).problems) files += p.place.file + " ";
  EXPECT_EQ(files, "other.yaml package.yaml process.yaml views.yaml ");
}

TEST(Load, KeepsScenariosAsTheyAreWritten) {
  Sources sources = sample_sources();
  sources["scenarios/a.txt"] =
      "# SPDX-License-Identifier: EUPL-1.2\n\n# One\ngiven ordered by clerk\nthen  none\n\n# Two\n## a remark\ngiven ordered by "
      "clerk\n";
  const Loaded loaded = load(sources);
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.package.scenarios.size(), 2u);
  EXPECT_EQ(loaded.package.scenarios[0].title, "One");
  EXPECT_EQ(loaded.package.scenarios[0].place.line, 3u);
  EXPECT_EQ(loaded.package.scenarios[1].text, "# Two\n## a remark\ngiven ordered by clerk\n");
  sources["scenarios/b.txt"] = "given ordered by clerk\n";
  EXPECT_EQ(
      lines_of(load(sources)),
      "scenarios/b.txt:1:1 error bad_scenario: A scenario begins with a line '# Title'. | Put the title above this line.\n");
}

TEST(Load, StopsComplainingBeforeItFillsTheMemory) {
  Sources sources = sample_sources();
  for (int i = 0; i < 5000; ++i)
    sources["process.yaml"] += "  - {id: Q" + std::to_string(i) + ", condition: nothing before ordered, level: hint}\n";
  const Loaded loaded = load(sources);
  EXPECT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.problems.size(), 1000u);
}

}  // namespace
}  // namespace flora::package
