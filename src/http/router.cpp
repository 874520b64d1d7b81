// SPDX-License-Identifier: EUPL-1.2
#include "http/router.hpp"

#include <fmt/format.h>

namespace flora::http {

using base::Code;
using base::fail;

namespace {

// Matches "/a/{b}/c" against a decoded path, one segment a name; nullopt if it does not fit.
std::optional<std::vector<std::pair<std::string, std::string>>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::pair<std::string, std::string>> values;
  while (!pattern.empty() && !path.empty()) {
    pattern.remove_prefix(1);  // both begin with a slash
    path.remove_prefix(1);
    const auto expected = pattern.substr(0, pattern.find('/'));
    const auto given = path.substr(0, path.find('/'));
    if (expected.starts_with('{')) {
      if (given.empty()) return std::nullopt;
      values.emplace_back(expected.substr(1, expected.size() - 2), given);
    } else if (expected != given) {
      return std::nullopt;
    }
    pattern.remove_prefix(expected.size());
    path.remove_prefix(given.size());
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return values;
}

bool answers(Method wanted, Method given) { return wanted == given || (wanted == Method::kGet && given == Method::kHead); }

}  // namespace

base::Result<const Route*> find_route(Where where, bool demo, Request& request) {
  std::string allowed;
  for (const auto& route : routes()) {
    if (route.where != where || (route.demo_only && !demo)) continue;
    auto values = match(route.path, request.path);
    if (!values) continue;
    if (!answers(route.method, request.method)) {
      allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", to_text(route.method));
      continue;
    }
    request.path_values = std::move(*values);
    return &route;
  }
  if (!allowed.empty()) return fail(Code::kHttpMethod, std::move(allowed));
  return fail(Code::kHttpNotFound);
}

}  // namespace flora::http
