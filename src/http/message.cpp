// SPDX-License-Identifier: EUPL-1.2
#include "http/message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace flora::http {

using base::Code;
using base::Error;
using base::fail;
using base::JsonObject;

std::string_view to_text(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kDelete: return "DELETE";
    case Method::kOptions: return "OPTIONS";
  }
  return "GET";
}

std::string_view Request::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, [](const auto& h) { return std::string_view(h.first); });
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view Request::path_value(std::string_view name) const {
  const auto found = std::ranges::find(path_values, name, [](const auto& v) { return std::string_view(v.first); });
  return found == path_values.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  const auto found = std::ranges::find(query, name, [](const auto& v) { return std::string_view(v.first); });
  if (found == query.end()) return std::nullopt;
  return std::string_view(found->second);
}

// RFC 6265 section 5.4: name=value pairs divided by "; ".
std::string_view Request::cookie(std::string_view name) const {
  for (const auto& [header_name, value] : headers) {
    if (header_name != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      while (!pair.empty() && pair.front() == ' ') pair.remove_prefix(1);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    }
  }
  return {};
}

Response Response::json(const base::Json& value, int status) {
  Response out;
  out.status = status;
  out.body = base::to_json(value);
  return out;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

int status_of(Code code) {
  switch (code) {
    case Code::kOk: return 200;
    case Code::kTooLarge: return 413;
    case Code::kHttpMethod: return 405;
    case Code::kHttpNotFound: return 404;
    case Code::kHttpMedia: return 415;
    case Code::kNotSignedIn: return 401;
    case Code::kUnknownCase:
    case Code::kUnknownView:
    case Code::kUnknownFact:
    case Code::kUnknownFinding: return 404;
    case Code::kInFlight: return 409;
    case Code::kIdempotencyConflict: return 422;
    case Code::kBusy: return 429;
    case Code::kInternal: return 500;
    case Code::kTimeout: return 504;
    default: break;
  }
  const auto number = static_cast<std::uint32_t>(code);
  if (number < 2000) return 400;
  if (number < 3000) return 403;
  if (number < 9000) return 409;
  return 503;
}

namespace {

// What a caller may rely on after this answer.
std::string_view safe_text(int status, Code code) {
  if (code == Code::kTimeout) return "It may or may not have been recorded; the same key gives the same answer.";
  if (code == Code::kInFlight) return "The first request with this key goes on.";
  if (code == Code::kIdempotencyConflict) return "The first request with this key stands; this one changed nothing.";
  if (status == 500) return "What was acknowledged before stands.";
  return "Nothing was changed.";
}

}  // namespace

Response problem(const Error& error, std::string_view trace, std::string_view pointer) {
  return problem(status_of(error.code), error, trace, pointer);
}

Response problem(int status, const Error& error, std::string_view trace, std::string_view pointer) {
  const auto& entry = base::describe(error.code);
  JsonObject body{{"type", fmt::format("urn:flora:problem:{}", entry.name)},
                  {"title", entry.what},
                  {"status", status},
                  {"code", static_cast<std::uint32_t>(error.code)},
                  {"name", entry.name}};
  if (!error.detail.empty()) body["detail"] = error.detail;
  body["safe"] = safe_text(status, error.code);
  body["todo"] = entry.todo;
  body["trace"] = trace;
  if (!pointer.empty()) body["pointer"] = pointer;
  Response out = Response::json(std::move(body), status);
  out.content_type = "application/problem+json";
  if (status == 429 || status == 503) out.headers.emplace_back("Retry-After", "1");
  if (status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

base::Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return fail(Code::kHttpMalformed, fmt::format("a bad escape at letter {} of the target", i + 1));
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return fail(Code::kHttpMalformed, "a zero byte in the target");
    out += c;
  }
  if (!base::is_utf8(out)) return fail(Code::kHttpMalformed, "the target is not UTF-8");
  return out;
}

base::Status check_segments(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return fail(Code::kHttpMalformed, "dot segments in the path");
    path.remove_prefix(segment.size());
  }
  return {};
}

}  // namespace

base::Result<Target> parse_target(std::string_view target) {
  if (target.empty() || target.front() != '/') return fail(Code::kHttpMalformed, "the target must begin with a slash");
  if (target.find('#') != std::string_view::npos) return fail(Code::kHttpMalformed, "a fragment in the target");
  Target out;
  const auto mark = target.find('?');
  FLORA_TRY(out.path, percent_decode(target.substr(0, mark), false));
  FLORA_TRY(check_segments(out.path));
  if (mark == std::string_view::npos) return out;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (pair.empty()) continue;
    if (out.query.size() >= kQueryPairsMax) return fail(Code::kTooLarge, "too many query parameters");
    const auto equals = pair.find('=');
    FLORA_TRY(auto name, percent_decode(pair.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      FLORA_TRY(value, percent_decode(pair.substr(equals + 1), true));
    }
    out.query.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

}  // namespace flora::http
