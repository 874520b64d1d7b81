// SPDX-License-Identifier: EUPL-1.2
// Targets: path and query of a request, and the router that is asked with them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/utf8.hpp"
#include "http/router.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flora;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto target = http::parse_target(text);
  if (!target) return 0;
  if (target->path.empty() || target->path.front() != '/' || target->path.find('\0') != std::string::npos) std::abort();
  if (!base::is_utf8(target->path) || target->query.size() > http::kQueryPairsMax) std::abort();
  for (const auto& [name, value] : target->query) {
    if (!base::is_utf8(name) || !base::is_utf8(value)) std::abort();
  }
  http::Request request;
  request.path = target->path;
  request.query = std::move(target->query);
  for (const auto where : {http::Where::kMember, http::Where::kOperations}) {
    const auto route = http::find_route(where, true, request);
    if (route && (*route)->path.find('{') == std::string_view::npos && (*route)->path != request.path) std::abort();
  }
  return 0;
}
