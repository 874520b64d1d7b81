// SPDX-License-Identifier: EUPL-1.2
// The files of a package directory, as the loader wants them.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/context.hpp"
#include "package/load.hpp"

namespace flora::cli {

// package.yaml, process.yaml, views.yaml, codes/*.yaml, texts/*.yaml, scenarios/*.txt; other files are not read. Follows no
// link out of the directory. Errors: kFileUnreadable, kTooLarge.
base::Result<package::Sources> read_sources(std::string_view directory);

// One line per problem on stderr: "packages/x/process.yaml:12:7: error: ... (check)", and its hint below.
void print_problems(std::string_view directory, const std::vector<package::Problem>& problems);

// Reads and loads; prints the problems. Errors: those of read_sources; kPackageWrong if the package has an error.
base::Result<package::Package> load_directory(std::string_view directory, bool minimal, bool with_warnings = true);

}  // namespace flora::cli
