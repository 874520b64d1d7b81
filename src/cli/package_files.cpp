// SPDX-License-Identifier: EUPL-1.2
#include "cli/package_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/limits.hpp"

namespace flora::cli {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFilesMax = 1000;

Status read_folder(const fs::path& root, const std::string& folder, std::string_view ending, package::Sources& out) {
  std::error_code error;
  const fs::path path = folder.empty() ? root : root / folder;
  if (!folder.empty() && !fs::exists(path, error)) return {};
  std::vector<fs::path> files;
  fs::directory_iterator it(path, error);
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    if (it->path().extension() == ending && it->is_regular_file(error)) files.push_back(it->path());
  }
  if (error) return fail(Code::kFileUnreadable, fmt::format("{}: {}", path.string(), error.message()));
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    if (out.size() >= kFilesMax) return fail(Code::kTooLarge, fmt::format("{}: more than {} files", root.string(), kFilesMax));
    FLORA_TRY(auto content, read_input(file.string(), base::limits::kPackageFileBytesMax));
    out.emplace(folder.empty() ? file.filename().string() : folder + "/" + file.filename().string(), std::move(content));
  }
  return {};
}

}  // namespace

Result<package::Sources> read_sources(std::string_view directory) {
  const fs::path root{std::string(directory)};
  std::error_code error;
  if (!fs::is_directory(root, error)) return fail(Code::kFileUnreadable, fmt::format("{}: no directory", directory));
  package::Sources out;
  FLORA_TRY(read_folder(root, "", ".yaml", out));
  FLORA_TRY(read_folder(root, "codes", ".yaml", out));
  FLORA_TRY(read_folder(root, "texts", ".yaml", out));
  FLORA_TRY(read_folder(root, "scenarios", ".txt", out));
  return out;
}

void print_problems(std::string_view directory, const std::vector<package::Problem>& problems) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.remove_suffix(1);
  for (const auto& p : problems) {
    const std::string place = p.place.line == 0
                                  ? std::string(directory)
                                  : fmt::format("{}/{}:{}:{}", directory, p.place.file, p.place.line, p.place.column);
    fmt::print(stderr, "{}: {}: {}{}{} ({})\n", place, p.severity == package::Severity::kError ? "error" : "warning",
               p.element.empty() ? "" : p.element + ": ", p.sentence, p.run.empty() ? "" : " Run: " + p.run, p.check);
    if (!p.hint.empty()) fmt::print(stderr, "    {}\n", p.hint);
  }
}

Result<package::Package> load_directory(std::string_view directory, bool minimal, bool with_warnings) {
  FLORA_TRY(const auto sources, read_sources(directory));
  auto loaded = package::load(sources, minimal);
  auto shown = loaded.problems;
  if (!with_warnings) {
    std::erase_if(shown, [](const package::Problem& p) { return p.severity == package::Severity::kWarning; });
  }
  print_problems(directory, shown);
  if (!loaded.ok()) return fail(Code::kPackageWrong, fmt::format("{} is not in order", directory));
  return std::move(loaded.package);
}

}  // namespace flora::cli
