// SPDX-License-Identifier: EUPL-1.2
// A package's folder, read into the form the pure loader takes. Follows no link out of the folder.
#pragma once
#include <filesystem>

#include "base/result.hpp"
#include "package/load.hpp"

namespace flora::node {

// Every regular file below the folder that a package consists of (*.yaml, *.txt, *.md), by its path inside it.
// Errors: kFileUnreadable, kTooLarge.
base::Result<package::Sources> read_package_files(const std::filesystem::path& folder);

// Errors: those above; kPackageWrong with the first problem's place and sentence.
base::Result<package::Package> load_package(const std::filesystem::path& folder);

}  // namespace flora::node
