// SPDX-License-Identifier: EUPL-1.2
// The only file that knows Beast, and only its push parser, and only for heads: its composed operations cost 40 seconds and a
// gigabyte to compile and are slower at run time, and its reader of chunks stops the process on some bytes that come in
// pieces.
#include "http/parser.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "http/chunked.hpp"

namespace flora::http {

namespace beast_http = boost::beast::http;
using base::Code;
using base::Error;

struct RequestParser::Impl {
  explicit Impl(const ParseLimits& given) : limits(given) {
    parser.header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    parser.body_limit(boost::none);
    parser.skip(true);  // the head is all it reads
  }
  ParseLimits limits;
  beast_http::request_parser<beast_http::empty_body> parser;
  Request head;
  bool keep_alive = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> length;  // as announced
  std::optional<ChunkedReader> chunks;  // instead of it
  bool dropping = false;
  std::uint64_t left = 0;  // of the announced length
  std::string body;

  tl::expected<std::size_t, ParseError> feed_head(std::string_view bytes);
  tl::expected<std::size_t, ParseError> feed_body(std::string_view bytes);
  bool body_done() const { return chunks ? chunks->state() == ChunkedReader::State::kDone : left == 0; }
};

RequestParser::RequestParser(const ParseLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

namespace {

ParseError refuse(int status, std::string detail) { return {status, Error{Code::kHttpMalformed, std::move(detail)}}; }

ParseError too_large(const ParseLimits& limits) {
  return {413, Error{Code::kTooLarge, fmt::format("the body is larger than {} bytes", limits.body_bytes)}};
}

ParseError translate(const boost::beast::error_code& error, const ParseLimits& limits) {
  using E = beast_http::error;
  if (error == E::header_limit) {
    return {431, Error{Code::kTooLarge, fmt::format("the head is larger than {} bytes", limits.head_bytes)}};
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
std::optional<ParseError> check_head(const beast_http::request<beast_http::empty_body>& message) {
  if (message.version() != 11 && message.version() != 10) return ParseError{505, {Code::kHttpMalformed, "only HTTP/1.1"}};
  const auto hosts = message.count(beast_http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() == 11)) return refuse(400, "exactly one Host is needed");
  if (message.count(beast_http::field::transfer_encoding) > 0) {
    if (message.version() == 10) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (lower({message[beast_http::field::transfer_encoding].data(), message[beast_http::field::transfer_encoding].size()}) !=
        "chunked") {
      return ParseError{501, {Code::kHttpMalformed, "the only transfer coding is chunked"}};
    }
  }
  if (message.count(beast_http::field::content_length) > 1) return refuse(400, "Content-Length stands twice");
  if (message.count(beast_http::field::authorization) > 1) return refuse(400, "Authorization stands twice");
  return std::nullopt;
}

std::optional<ParseError> read_head(const beast_http::request<beast_http::empty_body>& message, const ParseLimits& limits,
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

tl::expected<std::size_t, ParseError> RequestParser::Impl::feed_head(std::string_view bytes) {
  boost::beast::error_code error;
  const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == beast_http::error::need_more) return used;
  if (error) return tl::unexpected(translate(error, limits));
  if (!parser.is_header_done()) return used;
  if (auto wrong = read_head(parser.get(), limits, head)) return tl::unexpected(std::move(*wrong));
  keep_alive = parser.keep_alive();
  if (parser.chunked()) {
    chunks.emplace(limits.body_bytes);
  } else if (const auto announced = parser.content_length()) {
    length = left = *announced;
  }
  if (left > limits.body_bytes) return tl::unexpected(too_large(limits));
  const auto expect = head.header("expect");
  if (!expect.empty() && lower(expect) != "100-continue") {
    return tl::unexpected(ParseError{417, {Code::kHttpMalformed, "an expectation that is not known"}});
  }
  expects_continue = !expect.empty();
  return used;
}

tl::expected<std::size_t, ParseError> RequestParser::Impl::feed_body(std::string_view bytes) {
  if (!chunks) {
    const std::size_t n = std::min<std::uint64_t>(left, bytes.size());
    if (!dropping) body.append(bytes.substr(0, n));
    left -= n;
    return n;
  }
  const std::size_t used = chunks->feed(bytes, dropping ? nullptr : &body);
  if (chunks->state() == ChunkedReader::State::kTooLarge) return tl::unexpected(too_large(limits));
  if (chunks->state() == ChunkedReader::State::kMalformed) return tl::unexpected(refuse(400, "a chunk that cannot be read"));
  return used;
}

tl::expected<std::size_t, ParseError> RequestParser::feed(std::string_view bytes) {
  if (bytes.empty()) return 0;
  return head_done() ? impl_->feed_body(bytes) : impl_->feed_head(bytes);
}

bool RequestParser::head_done() const { return impl_->parser.is_header_done(); }
bool RequestParser::done() const { return head_done() && impl_->body_done(); }
bool RequestParser::keep_alive() const { return impl_->keep_alive; }
bool RequestParser::expects_continue() const { return impl_->expects_continue && has_body(); }
std::optional<std::uint64_t> RequestParser::content_length() const { return impl_->length; }
bool RequestParser::has_body() const { return impl_->chunks.has_value() || impl_->length.value_or(0) > 0; }

Request RequestParser::take_head() { return std::move(impl_->head); }
std::string RequestParser::take_body() { return std::move(impl_->body); }
void RequestParser::drop_body() {
  impl_->dropping = true;
  impl_->body.clear();
}

}  // namespace flora::http
