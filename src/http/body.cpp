// SPDX-License-Identifier: EUPL-1.2
#include "http/body.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flora::http {

using base::Code;
using base::Json;
using base::JsonArray;

tl::unexpected<BadBody> Fields::wrong(std::string_view name, Code code, std::string detail) const {
  return tl::unexpected(BadBody{{code, fmt::format("{}: {}", name, detail)}, fmt::format("{}/{}", pointer_, name)});
}

Body<std::string> Fields::text(std::string_view name, std::size_t bytes_max) const {
  const Json* value = find(name);
  if (value == nullptr) return wrong(name, Code::kMissingField, "is needed");
  if (!value->is_string()) return wrong(name, Code::kWrongType, "expected a string");
  const auto& text = value->get_string();
  if (text.size() > bytes_max) return wrong(name, Code::kOutOfRange, fmt::format("longer than {} bytes", bytes_max));
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return wrong(name, Code::kOutOfRange, "control characters");
  }
  return std::string(text);
}

Body<std::string> Fields::text_or(std::string_view name, std::string_view fallback, std::size_t bytes_max) const {
  if (!has(name)) return std::string(fallback);
  return text(name, bytes_max);
}

Body<bool> Fields::flag_or(std::string_view name, bool fallback) const {
  const Json* value = find(name);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) return wrong(name, Code::kWrongType, "expected true or false");
  return value->get_bool();
}

Body<std::optional<base::Instant>> Fields::time(std::string_view name) const {
  if (!has(name)) return std::optional<base::Instant>{};
  auto given = text(name);
  if (!given) return tl::unexpected(given.error());
  const auto instant = base::parse_rfc3339(*given);
  if (!instant) return wrong(name, Code::kMalformed, "expected a time as in RFC 3339");
  return instant;
}

Body<base::CaseId> Fields::case_id(std::string_view name) const {
  auto given = text(name);
  if (!given) return tl::unexpected(given.error());
  const auto id = base::CaseId::parse(*given);
  if (!id || id->is_zero()) return wrong(name, Code::kMalformed, "expected the pseudonym of a case");
  return *id;
}

Body<Fields> Fields::object(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return wrong(name, Code::kMissingField, "is needed");
  if (!value->is_object()) return wrong(name, Code::kWrongType, "expected an object");
  return Fields(value->get_object(), fmt::format("{}/{}", pointer_, name));
}

Body<const JsonArray*> Fields::array(std::string_view name, std::size_t least, std::size_t most) const {
  const Json* value = find(name);
  if (value == nullptr) return wrong(name, Code::kMissingField, "is needed");
  if (!value->is_array()) return wrong(name, Code::kWrongType, "expected an array");
  const auto& array = value->get_array();
  if (array.size() < least || array.size() > most) {
    return wrong(name, Code::kOutOfRange, fmt::format("{} to {} elements", least, most));
  }
  return &array;
}

Body<Fields> Fields::element(const JsonArray& array, std::string_view array_name, std::size_t index) const {
  const std::string name = fmt::format("{}/{}", array_name, index);
  if (!array[index].is_object()) return wrong(name, Code::kWrongType, "expected an object");
  return Fields(array[index].get_object(), fmt::format("{}/{}", pointer_, name));
}

Body<bool> Fields::only(std::initializer_list<std::string_view> names) const {
  for (const auto& member : *object_) {
    if (std::ranges::find(names, std::string_view(member.key())) == names.end()) {
      // RFC 6901 escapes; the name itself is the sender's own text.
      std::string escaped;
      for (const char c : std::string_view(member.key())) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      return wrong(escaped.substr(0, 64), Code::kUnknownField, "is not known here");
    }
  }
  return true;
}

Body<Json> read_object(const Request& request) {
  auto parsed = base::parse_json(request.body);
  if (!parsed) return tl::unexpected(BadBody{parsed.error(), ""});
  if (!parsed->is_object()) return tl::unexpected(BadBody{{Code::kWrongType, "expected an object"}, ""});
  return *std::move(parsed);
}

bool is_reason_code(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace flora::http
