// SPDX-License-Identifier: EUPL-1.2
#include "cli/batch.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>

namespace flora::cli {

using base::Code;
using base::JsonObject;

base::JsonObject error_json(const base::Error& error) {
  return {{"code", static_cast<std::uint32_t>(error.code)}, {"name", base::name_of(error.code)}, {"detail", error.detail}};
}

namespace {

// The line's answer, and whether the line could be read.
std::pair<JsonObject, bool> answer_line(const std::string& line, const Answer& answer) {
  auto parsed = base::parse_json(line, 64UL * 1024 * 1024);
  if (!parsed) return {JsonObject{{"id", nullptr}, {"error", error_json(parsed.error())}}, false};
  const auto* request = parsed->if_object();
  if (request == nullptr || !request->contains("id")) {
    return {JsonObject{{"id", nullptr}, {"error", error_json({Code::kMissingField, "a line is an object with an id"})}}, false};
  }
  JsonObject out{{"id", request->at("id")}};
  for (auto& member : answer(*request)) out[member.key()] = member.value();
  return {std::move(out), true};
}

}  // namespace

void run_batch(Context& context, std::string_view path, const Answer& answer) {
  std::ifstream file;
  if (path != "-") {
    file.open(std::string(path), std::ios::binary);
    if (!file) {
      report(context, {Code::kFileUnreadable, std::string(path)});
      return;
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto [out, readable] = answer_line(line, answer);
    if (!readable) context.exit_status = kUsage;
    const std::string text = base::to_json(base::Json(std::move(out))) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  std::fflush(stdout);
}

}  // namespace flora::cli
