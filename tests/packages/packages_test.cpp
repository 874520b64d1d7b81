// SPDX-License-Identifier: EUPL-1.2
// The packages of the repository: in order, complete in their words, shown in scenarios; and the published schemas know what the
// loader knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "package/files_test.hpp"
#include "package/load.hpp"
#include "package/readers.hpp"
#include "package/sample_test.hpp"

namespace flora::package {
namespace {

Package in_order(const std::string& name) {
  Loaded loaded = load(read_package(name));
  for (const auto& p : loaded.problems) ADD_FAILURE() << name << "/" << line_of(p);
  return std::move(loaded.package);
}

std::vector<std::string> titles(const Package& p, std::string_view agency, bool write) {
  std::vector<std::string> out;
  for (const auto& view : p.views) {
    if (p.agencies[view.agency].id == agency && view.write == write) out.push_back(view.title.at("de"));
  }
  return out;
}

using Strings = std::vector<std::string>;

TEST(Packages, HoldTheViewsOfThePilotUnderTheirNames) {
  const Package p = in_order("asylum-dresden");
  EXPECT_EQ(titles(p, "lds", false), (Strings{"Offene Weiterleitungen nach Dresden", "Erfolgte ID-Checks",
                                              "Geplante Termine der allgemeinen AVB der Stufe 1", "Geplante Aktenanlagetermine",
                                              "Erfolgte und nicht erfolgte Aktenanlagen", "Geplante Anhörungstermine",
                                              "Erfolgte und nicht erfolgte Anhörungen", "Erledigte Anhörungen"}));
  EXPECT_EQ(titles(p, "lds", true), (Strings{"Registrierung abgeschlossen", "Easy-Abteilung", "Bereit für Aktenanlage"}));
  EXPECT_EQ(titles(p, "bamf", false),
            (Strings{"Weiterleitungen nach Dresden", "Fehlende ID-Checks", "Nicht für die Aktenanlage bereite Registrierungen",
                     "Registrierungen ohne AVB-Angebot", "Geplante Asylverfahrensberatungen",
                     "Für die Aktenanlage bereite Asylgesuche", "Geplante Aktenanlagetermine",
                     "Mehrfach nicht erschienen zur Aktenanlage", "Offene Anhörungen", "Geplante Anhörungstermine"}));
  EXPECT_EQ(titles(p, "bamf", true), (Strings{"ID-Check abgeschlossen", "AVB abgeschlossen", "Termin für Aktenanlage geplant"}));
}

TEST(Packages, WordEveryRuleOfThePilotInThreeWaysWithItsBasis) {
  const Package p = in_order("asylum-dresden");
  std::set<std::string> numbers;
  for (const auto& rule : p.rules) {
    for (const char* language : {"de", "en", "plain"}) EXPECT_TRUE(rule.text.contains(language)) << rule.id << " " << language;
    for (const char* language : {"de", "en"}) EXPECT_TRUE(rule.basis.contains(language)) << rule.id << " " << language;
    numbers.insert(rule.number);
  }
  for (const char* number : {"W1", "W2/A2", "W2/A3", "W3", "W4",  "W5",  "W6", "W7", "W8", "A1", "A4", "A5",
                             "A6", "A7",    "A8",    "A9", "A10", "A11", "K1", "K2", "K3", "K4", "K5", "K7"}) {
    EXPECT_TRUE(numbers.contains(number)) << number;
  }
  for (const auto& step : p.steps) EXPECT_TRUE(step.title.contains("plain")) << step.id;
}

TEST(Packages, ShowThemselvesInScenarios) {
  EXPECT_GE(in_order("asylum-dresden").scenarios.size(), 30u);
  EXPECT_GE(in_order("synthetic").scenarios.size(), 10u);
}

TEST(Packages, UseEveryKindOfRuleAndQueryAndColumnInTheSyntheticOne) {
  const Package p = in_order("synthetic");
  std::set<RuleKind> kinds;
  for (const auto& rule : p.rules) kinds.insert(rule.kind);
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(RuleKind::kNote) + 1);
  std::set<FieldType> fields;
  for (const auto& step : p.steps) {
    for (const auto& field : step.data) fields.insert(field.type);
  }
  EXPECT_EQ(fields.size(), static_cast<std::size_t>(FieldType::kToken) + 1);
}

// ---- the published schemas -------------------------------------------------------------------------------------------------

base::JsonObject schema(const std::string& name) {
  const auto text = read_file(std::filesystem::path(FLORA_SOURCE_DIR) / "docs/reference/schema" / name);
  const auto json = base::parse_json(text);
  EXPECT_TRUE(json.has_value()) << name << ": " << json.error().detail;
  return json ? json->as_object() : base::JsonObject{};
}

std::set<std::string> properties(const base::JsonObject& definition) {
  std::set<std::string> out;
  for (const auto& member : definition.at("properties").as_object()) out.emplace(member.key());
  return out;
}

// The keys the loader names when it meets one it does not know: "Possible here: a, b, c."
std::set<std::string> known_to_loader(const Sources& sources) {
  for (const auto& p : load(sources).problems) {
    const std::string_view begin = "Possible here: ";
    if (p.check != "unknown_key" || !p.hint.starts_with(begin)) continue;
    std::set<std::string> out;
    std::string word;
    for (const char c : p.hint.substr(begin.size())) {
      if (c == ',' || c == '.') {
        out.insert(word);
        word.clear();
      } else if (c != ' ') {
        word.push_back(c);
      }
    }
    return out;
  }
  return {};
}

TEST(Schemas, KnowTheKeysTheLoaderKnows) {
  const auto process = schema("process.schema.json");
  const auto& definitions = process.at("definitions").as_object();
  for (const auto& [kind, keys] : rule_keys()) {
    std::set<std::string> expected(keys.begin(), keys.end());
    EXPECT_EQ(properties(definitions.at("rule_" + std::string(kind)).as_object()), expected) << kind;
  }
  EXPECT_EQ(properties(definitions.at("step").as_object()),
            known_to_loader(spoilt("process.yaml", "once: true", "qqqqqqqqq: true")));
  EXPECT_EQ(properties(definitions.at("field").as_object()),
            known_to_loader(spoilt("process.yaml", "{type: date,", "{qqqqqqqqq: 1, type: date,")));
  EXPECT_EQ(properties(process), known_to_loader(spoilt("process.yaml", "process: sample", "process: sample\nqqqqqqqqq: 1")));
  EXPECT_EQ(properties(schema("package.schema.json")),
            known_to_loader(spoilt("package.yaml", "id: sample", "id: sample\nqqqqqqqqq: 1")));
  const auto views = schema("views.schema.json");
  EXPECT_EQ(properties(views.at("definitions").at("view").as_object()),
            known_to_loader(spoilt("views.yaml", "kind: read", "kind: read\n    qqqqqqqqq: 1")));
}

TEST(Schemas, AreNamedInEveryFileOfThePackages) {
  for (const char* name : {"asylum-dresden", "synthetic"}) {
    for (const auto& [path, text] : read_package(name)) {
      if (!path.ends_with(".yaml")) continue;
      const std::string mark = "# yaml-language-server: $schema=";
      const std::size_t at = text.find(mark);
      ASSERT_NE(at, std::string::npos) << path;
      const std::string relative = text.substr(at + mark.size(), text.find('\n', at) - at - mark.size());
      const auto file =
          std::filesystem::path(FLORA_SOURCE_DIR) / "packages" / name / std::filesystem::path(path).parent_path() / relative;
      EXPECT_TRUE(std::filesystem::exists(file)) << path << " names " << relative;
    }
  }
}

}  // namespace
}  // namespace flora::package
