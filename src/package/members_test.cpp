// SPDX-License-Identifier: EUPL-1.2
// Holds docs/reference/formats-package.md to the members that are written.
#include "package/members.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <map>

#include "package/files_test.hpp"

namespace flora::package {
namespace {

struct Numbers {
  std::vector<int> seen;
  template <class S, class T>
  Numbers& operator()(int number, T S::*) {
    seen.push_back(number);
    return *this;
  }
};

template <class S>
std::vector<int> numbers() {
  Numbers out;
  members(out, static_cast<S*>(nullptr));
  return out.seen;
}

// The numbers of each structure on the page.
std::map<std::string, std::vector<int>> documented() {
  const std::string page = read_file(std::filesystem::path(FLORA_SOURCE_DIR) / "docs/reference/formats-package.md");
  std::map<std::string, std::vector<int>> out;
  std::string open;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = std::min(page.find('\n', at), page.size());
    const std::string line = page.substr(at, end - at);
    at = end + 1;
    if (line.ends_with(" = {")) open = line.substr(0, line.size() - 4);
    const std::size_t first = line.find_first_not_of(" ?");
    if (!line.starts_with("  ") || first == std::string::npos) continue;
    int number = 0;
    const auto [stop, failure] = std::from_chars(line.data() + first, line.data() + line.size(), number);
    if (failure == std::errc() && *stop == ':') out[open].push_back(number);
  }
  return out;
}

TEST(Members, AreDocumentedWithTheirNumbers) {
  const std::map<std::string, std::vector<int>> expected = {
      {"package", numbers<Package>()},     {"agency", numbers<Agency>()},
      {"role", numbers<Role>()},           {"phase", numbers<Phase>()},
      {"code", numbers<Code>()},           {"code-list", numbers<CodeList>()},
      {"field", numbers<Field>()},         {"term", numbers<Term>()},
      {"recipient", numbers<Recipient>()}, {"guard", numbers<Guard>()},
      {"four-eyes", numbers<FourEyes>()},  {"step", numbers<Step>()},
      {"rule", numbers<Rule>()},           {"tally", numbers<Tally>()},
      {"link", numbers<Link>()},           {"query-node", numbers<QueryNode>()},
      {"column", numbers<Column>()},       {"view", numbers<View>()}};
  EXPECT_EQ(documented(), expected);
}

}  // namespace
}  // namespace flora::package
