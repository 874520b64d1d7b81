// SPDX-License-Identifier: EUPL-1.2
#include "node/package_files.hpp"

#include <fmt/format.h>

#include "base/limits.hpp"
#include "node/files.hpp"

namespace flora::node {

using base::Code;
using base::Result;
namespace fs = std::filesystem;

Result<package::Sources> read_package_files(const fs::path& folder) {
  std::error_code error;
  package::Sources sources;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto extension = it->path().extension();
    if (!it->is_regular_file(error) || (extension != ".yaml" && extension != ".txt" && extension != ".md")) continue;
    if (it->file_size(error) > base::limits::kPackageFileBytesMax) return base::fail(Code::kTooLarge, it->path().string());
    FLORA_TRY(auto content, read_file(it->path()));
    sources[fs::relative(it->path(), folder, error).generic_string()] = std::move(content);
  }
  if (error || sources.empty()) return base::fail(Code::kFileUnreadable, folder.string());
  return sources;
}

Result<package::Package> load_package(const fs::path& folder) {
  FLORA_TRY(const auto sources, read_package_files(folder));
  auto loaded = package::load(sources);
  for (const auto& problem : loaded.problems) {
    if (problem.severity != package::Severity::kError) continue;
    return base::fail(Code::kPackageWrong,
                      fmt::format("{}/{}:{}: {}", folder.string(), problem.place.file, problem.place.line, problem.sentence));
  }
  return std::move(loaded.package);
}

}  // namespace flora::node
