// SPDX-License-Identifier: EUPL-1.2
// Reading HTTP/1.1 requests from bytes (RFC 9112), strictly: what is ambiguous is refused, so that no proxy before us can
// be led to see other borders between requests than we do. A push parser: whoever reads the socket feeds it. The library
// behind it is named in parser.cpp alone. One thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "http/message.hpp"

namespace flora::http {

struct ParseLimits {
  std::size_t head_bytes = base::limits::kHttpHeadBytesMax;
  std::size_t body_bytes = base::limits::kHttpBodyBytesMax;
  std::size_t header_count = 64;
};

// Why a request was refused before it was one; the connection ends after the answer, since its borders are unknown.
struct ParseError {
  int status = 400;  // 400, 408, 413, 414, 417, 431, 501, 505
  base::Error error;
};

class RequestParser {
 public:
  explicit RequestParser(const ParseLimits& limits);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // `bytes`: all bytes received and not consumed yet. Returns how many were consumed now; the rest is to be offered again
  // with more behind it. Stops after the head, and after the body.
  tl::expected<std::size_t, ParseError> feed(std::string_view bytes);

  bool head_done() const;
  bool done() const;  // head and body are complete
  bool keep_alive() const;
  bool expects_continue() const;  // the client waits for 100 before it sends the body
  std::optional<std::uint64_t> content_length() const;
  bool has_body() const;  // announced by Content-Length above 0 or by chunks

  // After the head: everything but the body. Empty values after the first call.
  Request take_head();
  std::string take_body();
  void drop_body();  // forget what was read of the body; it is read on without being kept

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flora::http
