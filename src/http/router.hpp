// SPDX-License-Identifier: EUPL-1.2
// The route table: every address of the API with what it takes, answers and needs. Routing, the OpenAPI document and the
// tests that try every route are made from it and from nothing else. Two hops: this table (routes.cpp) -> its handler.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "http/message.hpp"

namespace flora::http {

class Api;  // http/api.hpp: what handlers work with

enum class Need : std::uint8_t {
  kNothing,   // anybody who reaches the origin
  kSignedIn,  // a person or a program of the origin's member
  kOperator,  // operations address only
};
enum class Where : std::uint8_t { kMember, kOperations };

struct Parameter {
  std::string_view name;    // ending in "*": any name with this beginning (filter.*)
  std::string_view schema;  // JSON Schema as text
  std::string_view help;
};

struct Route {
  Method method;
  std::string_view path;  // "/api/v1/cases/{case}"
  std::string_view id;    // operationId
  std::string_view tag;   // section of the documentation
  std::string_view summary;
  Need need = Need::kSignedIn;
  Where where = Where::kMember;
  bool write = false;      // needs Idempotency-Key, and the CSRF token for cookie sessions
  bool demo_only = false;  // exists only in a demo home
  bool csrf = false;       // needs the CSRF token although it writes nothing to the ledger
  std::vector<Parameter> query = {};
  std::string_view request_schema = {};   // name in schemas.cpp, or empty
  std::string_view response_schema = {};  // name, or empty: no JSON body
  std::string_view response_type = "application/json";
  void (*handler)(Api& api, Request request, Respond respond) = nullptr;
};

std::span<const Route> routes();

// Which route answers, with the values of its path template filled in. Errors: kHttpNotFound, kHttpMethod.
base::Result<const Route*> find_route(Where where, bool demo, Request& request);

// The API's description, OpenAPI 3.1, from the route table; deterministic. `demo`: with the routes of a demo home.
base::Json openapi(bool demo);
// The same, indented and with a final newline, for docs/reference/openapi.json.
std::string openapi_text(bool demo);
}  // namespace flora::http
