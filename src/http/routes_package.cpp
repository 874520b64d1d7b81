// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "http/api.hpp"
#include "http/handlers.hpp"

namespace flora::http {

void get_package(Api& api, Request request, Respond respond) {
  const auto reading = read_as(api, request);
  if (!reading) return respond(problem(reading.error(), request.trace));
  const std::string etag = fmt::format("\"{}\"", base::to_hex(base::ByteView(reading->version->hash).first(12)));
  Response out;
  out.headers = {{"ETag", etag}, {"Cache-Control", "private, no-cache"}};
  if (request.header("if-none-match") == etag) {
    out.status = 304;
  } else {
    out.shared_body = api.package_json(*reading->version);
  }
  respond(std::move(out));
}

}  // namespace flora::http
