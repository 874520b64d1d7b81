// SPDX-License-Identifier: EUPL-1.2
#include "http/schema_check.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "http/schemas.hpp"

namespace flora::http {
namespace {

using base::Json;
using base::JsonObject;

// The members that a schema and its parts name; nullopt: any.
void collect(const JsonObject& schema_object, std::set<std::string>& names, bool& open) {
  if (const auto* ref = schema_object.if_contains("$ref")) {
    const std::string_view name = ref->get_string();
    collect(schema(name.substr(name.rfind('/') + 1)).get_object(), names, open);
  }
  if (const auto* more = schema_object.if_contains("additionalProperties");
      more != nullptr && !(more->is_bool() && !more->get_bool()))
    open = true;
  if (const auto* properties = schema_object.if_contains("properties")) {
    for (const auto& member : properties->get_object()) names.emplace(member.key());
  }
  if (const auto* all = schema_object.if_contains("allOf")) {
    for (const auto& part : all->get_array()) collect(part.get_object(), names, open);
  }
}

bool is_type(const Json& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

std::string check(const Json& value, const JsonObject& wanted, const std::string& at, bool part);

std::string check_type(const Json& value, const Json& type, const std::string& at) {
  bool fits = false;
  if (const auto* list = type.if_array()) {
    fits = std::ranges::any_of(*list, [&](const Json& one) { return is_type(value, one.get_string()); });
  } else {
    fits = is_type(value, type.get_string());
  }
  return fits ? "" : fmt::format("{}: {} is not of type {}", at, base::to_json(value), base::to_json(type));
}

std::string check_object(const JsonObject& object, const JsonObject& wanted, const std::string& at, bool part) {
  if (const auto* required = wanted.if_contains("required")) {
    for (const auto& name : required->get_array()) {
      if (!object.contains(name.get_string())) return fmt::format("{}: {} is missing", at, std::string_view(name.get_string()));
    }
  }
  const auto* properties = wanted.if_contains("properties");
  const auto* more = wanted.if_contains("additionalProperties");
  for (const auto& member : object) {
    const std::string place = fmt::format("{}/{}", at, std::string_view(member.key()));
    if (properties != nullptr && properties->get_object().contains(member.key())) {
      if (auto fault = check(member.value(), properties->get_object().at(member.key()).get_object(), place, false);
          !fault.empty())
        return fault;
    } else if (more != nullptr && more->is_object()) {
      if (auto fault = check(member.value(), more->get_object(), place, false); !fault.empty()) return fault;
    }
  }
  if (part) return {};
  std::set<std::string> names;
  bool open = false;
  collect(wanted, names, open);
  if (open || names.empty()) return {};
  for (const auto& member : object) {
    if (!names.contains(std::string(member.key())))
      return fmt::format("{}: {} is not in the schema", at, std::string_view(member.key()));
  }
  return {};
}

// `part`: of an allOf, whose other parts name further members.
std::string check(const Json& value, const JsonObject& wanted, const std::string& at, bool part) {
  if (const auto* ref = wanted.if_contains("$ref")) {
    const std::string_view name = ref->get_string();
    return check(value, schema(name.substr(name.rfind('/') + 1)).get_object(), at, part);
  }
  if (const auto* one_of = wanted.if_contains("oneOf")) {
    std::string fault;
    for (const auto& choice : one_of->get_array()) {
      const auto found = check(value, choice.get_object(), at, part);
      if (found.empty()) return {};
      if (fault.empty()) fault = found;
    }
    return fault;
  }
  if (const auto* all = wanted.if_contains("allOf")) {
    for (const auto& one : all->get_array()) {
      if (auto fault = check(value, one.get_object(), at, true); !fault.empty()) return fault;
    }
  }
  if (const auto* type = wanted.if_contains("type")) {
    if (auto fault = check_type(value, *type, at); !fault.empty()) return fault;
  }
  if (const auto* values = wanted.if_contains("enum")) {
    if (std::ranges::find(values->get_array(), value) == values->get_array().end())
      return fmt::format("{}: {} is not in the list", at, base::to_json(value));
  }
  if (const auto* object = value.if_object()) return check_object(*object, wanted, at, part);
  const auto* items = wanted.if_contains("items");
  if (const auto* array = value.if_array(); array != nullptr && items != nullptr) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (auto fault = check((*array)[i], items->get_object(), fmt::format("{}/{}", at, i), false); !fault.empty()) return fault;
    }
  }
  return {};
}

TEST(SchemaCheck, FindsWhatDoesNotFit) {
  const auto fits = [](const char* text, const char* name) { return check_schema(*base::parse_json(text), name); };
  EXPECT_EQ(fits(R"({"code":1,"name":"x","detail":""})", "Error"), "");
  EXPECT_NE(fits(R"({"code":"1","name":"x","detail":""})", "Error"), "");
  EXPECT_NE(fits(R"({"code":1,"name":"x"})", "Error"), "");
  EXPECT_NE(fits(R"({"code":1,"name":"x","detail":"","more":1})", "Error"), "");
}

}  // namespace

std::string check_schema(const Json& value, std::string_view schema_name) {
  return check(value, schema(schema_name).get_object(), std::string(schema_name), false);
}

}  // namespace flora::http
