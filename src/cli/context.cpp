// SPDX-License-Identifier: EUPL-1.2
#include "cli/context.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

namespace flora::cli {

using base::Code;

base::Result<std::string> read_input(std::string_view path, std::size_t bytes_max) {
  std::string content;
  auto read_all = [&](std::istream& in) -> base::Status {
    char buffer[65536];
    while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
      content.append(buffer, static_cast<std::size_t>(in.gcount()));
      if (content.size() > bytes_max) return base::fail(Code::kTooLarge, fmt::format("{}: over {} bytes", path, bytes_max));
    }
    return {};
  };
  if (path == "-") {
    FLORA_TRY(read_all(std::cin));
    return content;
  }
  std::ifstream file{std::string(path), std::ios::binary};
  if (!file) return base::fail(Code::kFileUnreadable, std::string(path));
  FLORA_TRY(read_all(file));
  return content;
}

base::Status write_output(std::string_view path, std::string_view content) {
  if (path == "-") {
    return std::fwrite(content.data(), 1, content.size(), stdout) == content.size() && std::fflush(stdout) == 0
               ? base::Status{}
               : base::fail(Code::kFileUnwritable, "standard output");
  }
  std::ofstream file{std::string(path), std::ios::binary | std::ios::trunc};
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return base::fail(Code::kFileUnwritable, std::string(path));
  return {};
}

void report(Context& context, const base::Error& error) {
  const auto& entry = base::describe(error.code);
  fmt::print(stderr, "flora: {} ({} {}){}{}\n", error.detail.empty() ? entry.what : error.detail,
             static_cast<unsigned>(error.code), entry.name, entry.todo.empty() ? "" : ". ", entry.todo);
  const auto number = static_cast<unsigned>(error.code);
  context.exit_status = error.code == Code::kFileUnreadable ? kUsage
                        : number >= 9000                    ? kEnvironment
                        : number < 2000                     ? kUsage
                                                            : kNotInOrder;
}

}  // namespace flora::cli
