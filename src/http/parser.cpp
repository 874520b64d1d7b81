// SPDX-License-Identifier: EUPL-1.2
// The only file that knows Beast. Only its push parser is used: the composed operations cost 40 seconds and a gigabyte to
// compile and are slower at run time.
#include "http/parser.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace flora::http {

namespace beast_http = boost::beast::http;
using base::Code;
using base::Error;

struct RequestParser::Impl {
  explicit Impl(const ParseLimits& given) : limits(given) {
    parser.header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    parser.body_limit(limits.body_bytes);
    parser.eager(false);
  }
  ParseLimits limits;
  beast_http::request_parser<beast_http::string_body> parser;
  Request head;
  bool head_taken = false;
  bool keep_alive = false;
  bool expects_continue = false;
  bool dropping = false;
};

RequestParser::RequestParser(const ParseLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

namespace {

ParseError refuse(int status, std::string detail) { return {status, Error{Code::kHttpMalformed, std::move(detail)}}; }

ParseError translate(const boost::beast::error_code& error, const ParseLimits& limits) {
  using E = beast_http::error;
  if (error == E::header_limit) {
    return {431, Error{Code::kTooLarge, fmt::format("the head is larger than {} bytes", limits.head_bytes)}};
  }
  if (error == E::body_limit) {
    return {413, Error{Code::kTooLarge, fmt::format("the body is larger than {} bytes", limits.body_bytes)}};
  }
  if (error == E::bad_version) return {505, Error{Code::kHttpMalformed, "only HTTP/1.1 is spoken here"}};
  return refuse(400, error.message());
}

std::optional<Method> method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get: return Method::kGet;
    case beast_http::verb::head: return Method::kHead;
    case beast_http::verb::post: return Method::kPost;
    case beast_http::verb::put: return Method::kPut;
    case beast_http::verb::delete_: return Method::kDelete;
    case beast_http::verb::options: return Method::kOptions;
    default: return std::nullopt;
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// What Beast lets pass and we do not.
std::optional<ParseError> check_head(const beast_http::request<beast_http::string_body>& message) {
  if (message.version() != 11 && message.version() != 10) return ParseError{505, {Code::kHttpMalformed, "only HTTP/1.1"}};
  const auto hosts = message.count(beast_http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) return refuse(400, "exactly one Host is needed");
  if (message.count(beast_http::field::transfer_encoding) > 0) {
    if (message.version() == 10) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (lower({message[beast_http::field::transfer_encoding].data(), message[beast_http::field::transfer_encoding].size()}) != "chunked") {
      return ParseError{501, {Code::kHttpMalformed, "the only transfer coding is chunked"}};
    }
  }
  if (message.count(beast_http::field::content_length) > 1) return refuse(400, "Content-Length stands twice");
  if (message.count(beast_http::field::authorization) > 1) return refuse(400, "Authorization stands twice");
  return std::nullopt;
}

std::optional<ParseError> read_head(const beast_http::request<beast_http::string_body>& message, const ParseLimits& limits,
                                    Request& out) {
  if (auto wrong = check_head(message)) return wrong;
  const auto method = method_of(message.method());
  if (!method) return ParseError{501, {Code::kHttpMethod, "the method is not known here"}};
  out.method = *method;
  out.target.assign(message.target().data(), message.target().size());
  for (const auto& field : message) {
    if (out.headers.size() >= limits.header_count) {
      return ParseError{431, {Code::kTooLarge, fmt::format("more than {} header fields", limits.header_count)}};
    }
    out.headers.emplace_back(lower({field.name_string().data(), field.name_string().size()}),
                             std::string(field.value().data(), field.value().size()));
  }
  return std::nullopt;
}

}  // namespace

tl::expected<std::size_t, ParseError> RequestParser::feed(std::string_view bytes) {
  auto& parser = impl_->parser;
  std::size_t used = 0;
  while (!parser.is_done() && used < bytes.size()) {
    const bool head_before = parser.is_header_done();
    boost::beast::error_code error;
    const std::size_t n = parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
    used += n;
    if (impl_->dropping) parser.get().body().clear();
    if (error == beast_http::error::need_more) {
      const std::size_t unread = bytes.size() - used;
      if (unread > impl_->limits.head_bytes) return tl::unexpected(refuse(400, "a line without an end"));
      break;
    }
    if (error) return tl::unexpected(translate(error, impl_->limits));
    if (!head_before && parser.is_header_done()) {
      if (auto wrong = read_head(parser.get(), impl_->limits, impl_->head)) return tl::unexpected(std::move(*wrong));
      impl_->keep_alive = parser.keep_alive();
      const auto expect = impl_->head.header("expect");
      if (!expect.empty() && lower(expect) != "100-continue") {
        return tl::unexpected(ParseError{417, {Code::kHttpMalformed, "an expectation that is not known"}});
      }
      impl_->expects_continue = !expect.empty();
      break;
    }
    if (n == 0) break;
  }
  return used;
}

bool RequestParser::head_done() const { return impl_->parser.is_header_done(); }
bool RequestParser::done() const { return impl_->parser.is_done(); }
bool RequestParser::keep_alive() const { return impl_->keep_alive; }
bool RequestParser::expects_continue() const { return impl_->expects_continue && has_body(); }

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = impl_->parser.content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool RequestParser::has_body() const { return impl_->parser.chunked() || content_length().value_or(0) > 0; }

Request RequestParser::take_head() { return std::move(impl_->head); }
std::string RequestParser::take_body() { return std::move(impl_->parser.get().body()); }
void RequestParser::drop_body() {
  impl_->dropping = true;
  impl_->parser.get().body().clear();
}

}  // namespace flora::http
