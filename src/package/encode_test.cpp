// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "base/cbor.hpp"
#include "base/random.hpp"
#include "package/files_test.hpp"
#include "package/load.hpp"
#include "package/sample_test.hpp"

namespace flora::package {
namespace {

Package loaded(const Sources& sources) {
  Loaded out = load(sources);
  EXPECT_TRUE(out.ok());
  return std::move(out.package);
}

// All members that bind, as text, so that a member forgotten in the canonical form would show.
std::string fingerprint(const Package& p) {
  std::string out = base::cbor_diagnostic(encode_package(p));
  for (const auto& r : p.rules)
    out += r.id + std::to_string(r.sources.size()) + made_sentence(p, r, "de") + made_sentence(p, r, "en");
  return out;
}

TEST(CanonicalForm, ComesBackAsItWent) {
  for (const auto& sources : {sample_sources(), read_package("asylum-dresden"), read_package("synthetic")}) {
    const Package before = loaded(sources);
    const base::Bytes bytes = encode_package(before);
    const auto after = decode_package(bytes);
    ASSERT_TRUE(after.has_value()) << after.error().detail;
    EXPECT_EQ(fingerprint(*after), fingerprint(before));
    EXPECT_EQ(encode_package(*after), bytes);
    EXPECT_EQ(after->steps.size(), before.steps.size());
    EXPECT_EQ(after->views.size(), before.views.size());
  }
}

TEST(CanonicalForm, DoesNotDependOnCommentsPlacesScenariosOrTheOrderOfRules) {
  const base::Bytes bytes = encode_package(loaded(sample_sources()));
  Sources other = sample_sources();
  other["process.yaml"] = "# a comment\n\n" + other["process.yaml"];
  other["scenarios/a.txt"] = "# One\ngiven ordered by clerk\nthen none\n";
  const std::string last = "  - {id: P7, milestone: paid settles before sent, level: refuse, to: [clerk]}\n";
  auto& process = other["process.yaml"];
  process.erase(process.find(last), last.size());
  process.insert(process.find("rules:\n") + 7, last);
  EXPECT_EQ(encode_package(loaded(other)), bytes);
}

TEST(CanonicalForm, ChangesWithEverythingThatBinds) {
  const base::Bytes bytes = encode_package(loaded(sample_sources()));
  const struct {
    const char *file, *what, *with;
  } changes[] = {
      {"package.yaml", "version: 1.0", "version: 1.1"},
      {"package.yaml", "en: sales", "en: selling"},
      {"codes/lists.yaml", "de: blau", "de: Blau"},
      {"process.yaml", "max: 9", "max: 8"},
      {"process.yaml", "3 workdays", "4 workdays"},
      {"process.yaml", "pieces > 5", "pieces > 6"},
      {"process.yaml", "until: paid", "until: paid, roll: false"},
      {"views.yaml", "sort: -at_ordered", "sort: at_ordered"},
      {"views.yaml", "{not: {has: sent}}", "{not: {has: paid}}"},
  };
  for (const auto& c : changes) EXPECT_NE(encode_package(loaded(spoilt(c.file, c.what, c.with))), bytes) << c.with;
}

TEST(CanonicalForm, RefusesWhatItWouldNotWrite) {
  using base::Code;
  EXPECT_EQ(decode_package({}).error().code, base::Code::kCborMalformed);
  base::CborWriter unknown;
  unknown.map(1).uint(99).text("x");
  EXPECT_EQ(decode_package(unknown.take()).error().code, base::Code::kUnknownField);
  base::CborWriter wrong;
  wrong.map(1).uint(1).uint(7);
  EXPECT_EQ(decode_package(wrong.take()).error().code, base::Code::kWrongType);
  base::CborWriter poor;
  poor.map(1).uint(1).text("x");
  EXPECT_EQ(decode_package(poor.take()).error().code, base::Code::kMissingField);
  Package p = loaded(sample_sources());
  p.rules[0].targets[0] = 99;
  EXPECT_EQ(decode_package(encode_package(p)).error().code, base::Code::kUnknownReference);
  p = loaded(sample_sources());
  std::swap(p.rules[0], p.rules[1]);
  EXPECT_EQ(decode_package(encode_package(p)).error().code, base::Code::kDuplicate);
  p = loaded(sample_sources());
  p.steps[1].id = p.steps[0].id;
  EXPECT_EQ(decode_package(encode_package(p)).error().code, base::Code::kDuplicate);
  p = loaded(sample_sources());
  p.views[0].sort_column = 77;
  EXPECT_EQ(decode_package(encode_package(p)).error().code, base::Code::kOutOfRange);
}

TEST(CanonicalForm, NeverReadsABrokenPackageAsAnother) {
  const base::Bytes good = encode_package(loaded(sample_sources()));
  base::SeededRandom random(7);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    base::Bytes bytes = good;
    const std::uint64_t edits = 1 + random.below(3);
    for (std::uint64_t e = 0; e < edits; ++e) {
      const std::size_t at = random.below(bytes.size());
      switch (random.below(3)) {
        case 0: bytes[at] = static_cast<std::uint8_t>(random.below(256)); break;
        case 1: bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at)); break;
        default: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random.below(256)));
      }
    }
    const auto read = decode_package(bytes);
    if (!read) continue;
    ++accepted;
    EXPECT_EQ(encode_package(*read), bytes);  // whatever is accepted is the one form of what it says
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace flora::package
