// SPDX-License-Identifier: EUPL-1.2
// Requests as a socket brings them: in pieces, several on one connection.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flora::http;
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0];  // the first byte says how the rest is cut
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string received;
  RequestParser parser({.head_bytes = 1024, .body_bytes = 2048, .header_count = 16});
  while (!rest.empty() || !received.empty()) {
    const auto n = std::min(piece, rest.size());
    received.append(rest.substr(0, n));
    rest.remove_prefix(n);
    const auto used = parser.feed(received);
    if (!used) return 0;
    if (*used > received.size()) std::abort();
    received.erase(0, *used);
    if (received.size() > 64 * 1024) std::abort();  // nothing is held beyond the limits
    if (parser.done()) {
      const Request request = parser.take_head();
      if (request.headers.size() > 16 || parser.take_body().size() > 2048) std::abort();
      static_cast<void>(parse_target(request.target));
      static_cast<void>(request.cookie("flora_session"));
      parser = RequestParser({.head_bytes = 1024, .body_bytes = 2048, .header_count = 16});
    } else if (*used == 0 && rest.empty()) {
      break;
    }
  }
  return 0;
}
