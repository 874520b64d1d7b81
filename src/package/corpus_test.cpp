// SPDX-License-Identifier: EUPL-1.2
#include <gtest/gtest.h>

#include "package/files_test.hpp"
#include "package/fuzz_one.hpp"

namespace flora::package {
namespace {

TEST(Corpus, EveryInputIsTakenOrRefusedInOrder) {
  const std::filesystem::path root = std::filesystem::path(FLORA_SOURCE_DIR) / "tests/corpus/package_yaml";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    fuzz_one(base::as_bytes(read_file(entry.path())));
    ++files;
  }
  EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace flora::package
