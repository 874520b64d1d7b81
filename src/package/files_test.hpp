// SPDX-License-Identifier: EUPL-1.2
// Reads the packages of the repository, for tests only: the module itself never touches a file.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "package/load.hpp"

namespace flora::package {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline Sources read_package(const std::string& name) {
  const std::filesystem::path root = std::filesystem::path(FLORA_SOURCE_DIR) / "packages" / name;
  Sources out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = std::filesystem::relative(entry.path(), root).generic_string();
    if (path.ends_with(".yaml") || path.ends_with(".txt")) out[path] = read_file(entry.path());
  }
  return out;
}

}  // namespace flora::package
