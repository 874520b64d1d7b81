// SPDX-License-Identifier: EUPL-1.2
// Requests and responses as plain values, after reading and before writing.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "http/auth.hpp"

namespace flora::http {

class EventSource;  // http/events.hpp: one reader of server-sent events

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions };
std::string_view to_text(Method method);

// A request after the head was checked and the body was read whole. Plain value.
struct Request {
  Method method = Method::kGet;
  std::string target;                                        // as sent: path and query
  std::string path;                                          // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;    // percent-decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string trace;                                             // our reference number, 16 hex digits
  std::vector<std::pair<std::string, std::string>> path_values;  // {case} -> value, filled by the router
  base::MemberId origin;                                         // whose listener; zero at the operations address
  std::optional<Caller> caller;                                  // set where the route needs a sign-in

  std::string_view header(std::string_view lower_case_name) const;  // empty if absent
  std::string_view path_value(std::string_view name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;  // the first
  std::string_view cookie(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // instead of body: static files, cached documents
  std::shared_ptr<EventSource> stream;             // instead of both: server-sent events

  static Response json(const base::Json& value, int status = 200);
};

// Called exactly once, from any thread.
using Respond = std::function<void(Response)>;

// The text of a status code, for the first line of an answer.
std::string_view reason_of(int status);
// The status that an error code is answered with.
int status_of(base::Code code);

// RFC 9457. `safe` and `todo` come from the code's family and table entry; `pointer` names the place in the body.
Response problem(const base::Error& error, std::string_view trace, std::string_view pointer = {});
Response problem(int status, const base::Error& error, std::string_view trace, std::string_view pointer = {});

// ---- targets (RFC 9112 section 3.2, RFC 3986) ---------------------------------------------------------------------
struct Target {
  std::string path;                                        // decoded; begins with /, no . or .. segments, no NUL
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; + is a space
};
inline constexpr std::size_t kQueryPairsMax = 64;
// Errors: kHttpMalformed (not origin-form, bad escapes, not UTF-8, dot segments), kTooLarge (pairs).
base::Result<Target> parse_target(std::string_view target);

}  // namespace flora::http
