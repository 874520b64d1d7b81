// SPDX-License-Identifier: EUPL-1.2
// Strict JSON (RFC 8259): duplicate names, depth over limits::kDepthMax*2 and sizes are refused, with line and column.
#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace flora::base {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Errors: kJsonMalformed (detail: line, column, reason), kTooLarge, kTooDeep, kDuplicate.
Result<Json> parse_json(std::string_view text, std::size_t bytes_max = 1024 * 1024);

// Compact, members in the order they have; for answers and logs.
std::string to_json(const Json& value);
// RFC 8785 (members sorted by UTF-16 code units, ECMAScript numbers); for anything that is hashed or compared.
std::string canonical_json(const Json& value);

// Typed access with an error that names the member: kMissingField, kWrongType, kOutOfRange.
Result<std::string> json_text(const JsonObject& object, std::string_view member);
Result<std::int64_t> json_integer(const JsonObject& object, std::string_view member);
Result<const JsonObject*> json_object(const JsonObject& object, std::string_view member);
Result<const JsonArray*> json_array(const JsonObject& object, std::string_view member);
// Refuses members that are not listed: kUnknownField.
Status json_only(const JsonObject& object, std::initializer_list<std::string_view> allowed);

}  // namespace flora::base
