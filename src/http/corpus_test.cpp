// SPDX-License-Identifier: EUPL-1.2
// Replays the fuzzers' inputs: nothing in them may crash, and what is refused stays refused.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "http/body.hpp"
#include "http/parser.hpp"

namespace flora::http {
namespace {

template <class Try>
std::size_t replay(const char* name, Try attempt) {
  std::size_t tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(FLORA_SOURCE_DIR) / "tests/corpus" / name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    attempt(content);
    ++tried;
  }
  return tried;
}

TEST(Corpus, OfHeadsIsReadInPieces) {
  EXPECT_GE(replay("http_head_fuzz",
                   [](const std::string& content) {
                     for (const std::size_t piece : {1UL, 7UL, 10'000UL}) {
                       RequestParser parser(ParseLimits{});
                       std::string received;
                       for (std::size_t at = 1; at < content.size(); at += piece) {
                         received += content.substr(at, piece);
                         const auto used = parser.feed(received);
                         if (!used) break;
                         received.erase(0, *used);
                       }
                     }
                   }),
            5U);
}

TEST(Corpus, OfTargetsAndBodiesIsRead) {
  EXPECT_GE(replay("http_query_fuzz", [](const std::string& content) { static_cast<void>(parse_target(content)); }), 4U);
  EXPECT_GE(replay("http_json_fuzz",
                   [](const std::string& content) {
                     Request request;
                     request.body = content;
                     static_cast<void>(read_object(request));
                   }),
            5U);
}

}  // namespace
}  // namespace flora::http
