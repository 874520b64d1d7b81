// SPDX-License-Identifier: EUPL-1.2
// What every subcommand of `flora` is handed. Exit status: 0 in order, 1 the thing examined is not in order, 2 usage or
// unreadable input, 3 the environment failed.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace flora::cli {

inline constexpr int kInOrder = 0, kNotInOrder = 1, kUsage = 2, kEnvironment = 3;

struct Context {
  bool json = false;   // --json: one JSON document (or JSON Lines where the command says so) on stdout
  bool quiet = false;  // --quiet: no progress
  int exit_status = kInOrder;
};

// The whole file, or standard input for "-". Errors: kFileUnreadable, kTooLarge.
base::Result<std::string> read_input(std::string_view path, std::size_t bytes_max = 256UL * 1024 * 1024);
base::Status write_output(std::string_view path, std::string_view content);  // "-" is standard output
// Prints "flora: ..." to stderr with code and name, and sets the exit status that fits the code's family.
void report(Context& context, const base::Error& error);

}  // namespace flora::cli
