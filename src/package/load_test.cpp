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

}  // namespace
}  // namespace flora::package
