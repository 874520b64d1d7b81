// SPDX-License-Identifier: EUPL-1.2
#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>

#include "base/limits.hpp"

namespace flora::base {
namespace {

namespace json = boost::json;

// "line 3, column 7" of an offset.
std::string place(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto begin = before.rfind('\n');
  const auto column = begin == std::string_view::npos ? before.size() + 1 : before.size() - begin;
  return fmt::format("line {}, column {}", line, column);
}

// Boost.JSON keeps the last of two members with one name; this handler builds the same values and refuses instead.
class StrictHandler {
 public:
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  bool duplicate = false;
  std::string duplicate_name;
  Json result;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return push(JsonObject{}); }
  bool on_object_end(std::size_t, json::error_code&) { return pop(); }
  bool on_array_begin(json::error_code&) { return push(JsonArray{}); }
  bool on_array_end(std::size_t, json::error_code&) { return pop(); }
  bool on_key_part(std::string_view part, std::size_t, json::error_code&) { return gather(part); }
  bool on_key(std::string_view part, std::size_t, json::error_code& error) {
    gather(part);
    auto& object = stack_.back().value.as_object();
    if (object.contains(text_)) {
      duplicate = true;
      duplicate_name = text_;
      error = json::error::syntax;
      return false;
    }
    stack_.back().key = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, json::error_code&) { return gather(part); }
  bool on_string(std::string_view part, std::size_t, json::error_code&) {
    gather(part);
    return put(Json(std::exchange(text_, {})));
  }
  bool on_number_part(std::string_view part, json::error_code&) { return gather(part); }
  bool on_int64(std::int64_t v, std::string_view, json::error_code&) {
    text_.clear();
    return put(Json(v));
  }
  bool on_uint64(std::uint64_t v, std::string_view, json::error_code&) {
    text_.clear();
    return put(Json(v));
  }
  // Boost.JSON 1.81 may be off by an ulp or more; std::from_chars rounds correctly.
  bool on_double(double v, std::string_view part, json::error_code& error) {
    gather(part);
    const std::string digits = std::exchange(text_, {});
    std::from_chars(digits.data(), digits.data() + digits.size(), v);
    if (!std::isfinite(v)) {  // 1e400: there is no way to write it again
      error = json::error::exponent_overflow;
      return false;
    }
    return put(Json(v));
  }
  bool on_bool(bool v, json::error_code&) { return put(Json(v)); }
  bool on_null(json::error_code&) { return put(Json(nullptr)); }
  bool on_comment_part(std::string_view, json::error_code&) { return true; }
  bool on_comment(std::string_view, json::error_code&) { return true; }

 private:
  struct Open {
    Json value;
    std::string key;  // of the member being read, if the value is an object
  };
  bool gather(std::string_view part) {
    text_.append(part);
    return true;
  }
  bool push(Json value) {
    stack_.push_back({std::move(value), {}});
    return true;
  }
  bool pop() {
    Json done = std::move(stack_.back().value);
    stack_.pop_back();
    return put(std::move(done));
  }
  bool put(Json value) {
    if (stack_.empty()) {
      result = std::move(value);
    } else if (auto* array = stack_.back().value.if_array()) {
      array->push_back(std::move(value));
    } else {
      stack_.back().value.as_object().emplace(std::exchange(stack_.back().key, {}), std::move(value));
    }
    return true;
  }
  std::vector<Open> stack_;
  std::string text_;
};

void write_canonical_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// ECMAScript's Number::toString: shortest digits that read back, positional between 1e-7 and 1e21.
void write_canonical_double(std::string& out, double value) {
  if (value == 0) {
    out += '0';
    return;
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific);
  std::string_view shortest(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const auto e = shortest.find('e');
  int exponent = 0;
  const auto exponent_text = shortest.substr(e + 1 + (shortest[e + 1] == '+' ? 1 : 0));
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string digits(shortest.substr(0, e));
  std::erase(digits, '.');
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the decimal point
  if (value < 0) out += '-';
  if (count <= point && point <= 21) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." + digits.substr(static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    out += digits.substr(0, 1) + (count > 1 ? "." + digits.substr(1) : "") + fmt::format("e{:+}", point - 1);
  }
}

// UTF-16 code unit order equals code point order except that U+E000..U+FFFF come after the supplementary planes.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::ranges::mismatch(a, b);
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  auto rank = [](char letter) {
    const int byte = static_cast<unsigned char>(letter);
    return byte >= 0xf0 ? byte - 2 : byte >= 0xee ? byte + 5 : byte;
  };
  return rank(*x) < rank(*y);
}

void write_canonical(std::string& out, const Json& value) {
  switch (value.kind()) {
    case json::kind::null: out += "null"; break;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case json::kind::int64: out += fmt::format("{}", value.get_int64()); break;
    case json::kind::uint64: out += fmt::format("{}", value.get_uint64()); break;
    case json::kind::double_: write_canonical_double(out, value.get_double()); break;
    case json::kind::string: write_canonical_string(out, value.get_string()); break;
    case json::kind::array: {
      out += '[';
      bool first = true;
      for (const auto& item : value.get_array()) {
        if (!std::exchange(first, false)) out += ',';
        write_canonical(out, item);
      }
      out += ']';
      break;
    }
    case json::kind::object: {
      std::vector<const JsonObject::value_type*> members;
      for (const auto& member : value.get_object()) members.push_back(&member);
      std::ranges::sort(members, [](auto* a, auto* b) { return utf16_less(a->key(), b->key()); });
      out += '{';
      bool first = true;
      for (const auto* member : members) {
        if (!std::exchange(first, false)) out += ',';
        write_canonical_string(out, member->key());
        out += ':';
        write_canonical(out, member->value());
      }
      out += '}';
      break;
    }
  }
}

Result<const Json*> member_of(const JsonObject& object, std::string_view member) {
  const auto* value = object.if_contains(member);
  if (value == nullptr) return fail(Code::kMissingField, std::string(member));
  return value;
}

tl::unexpected<Error> wrong(std::string_view member, std::string_view wanted) {
  return fail(Code::kWrongType, fmt::format("{}: expected {}", member, wanted));
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return fail(Code::kTooLarge, fmt::format("{} bytes, at most {}", text.size(), bytes_max));
  json::parse_options options;
  options.max_depth = limits::kDepthMax * 2;
  json::basic_parser<StrictHandler> parser(options);
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  const auto& handler = parser.handler();
  if (handler.duplicate) {
    return fail(Code::kDuplicate, fmt::format("{}: the member {} stands twice", place(text, read), handler.duplicate_name));
  }
  if (error == json::error::too_deep) return fail(Code::kTooDeep, place(text, read));
  if (!error && read < text.size()) error = json::error::extra_data;
  if (error) return fail(Code::kJsonMalformed, fmt::format("{}: {}", place(text, read), error.message()));
  return std::move(parser.handler().result);
}

std::string to_json(const Json& value) { return json::serialize(value); }

std::string canonical_json(const Json& value) {
  std::string out;
  write_canonical(out, value);
  return out;
}

Result<std::string> json_text(const JsonObject& object, std::string_view member) {
  FLORA_TRY(const Json* value, member_of(object, member));
  if (!value->is_string()) return wrong(member, "a string");
  return std::string(value->get_string());
}

Result<std::int64_t> json_integer(const JsonObject& object, std::string_view member) {
  FLORA_TRY(const Json* value, member_of(object, member));
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return fail(Code::kOutOfRange, std::string(member));
  return wrong(member, "an integer");
}

Result<const JsonObject*> json_object(const JsonObject& object, std::string_view member) {
  FLORA_TRY(const Json* value, member_of(object, member));
  if (!value->is_object()) return wrong(member, "an object");
  return &value->get_object();
}

Result<const JsonArray*> json_array(const JsonObject& object, std::string_view member) {
  FLORA_TRY(const Json* value, member_of(object, member));
  if (!value->is_array()) return wrong(member, "an array");
  return &value->get_array();
}

Status json_only(const JsonObject& object, std::initializer_list<std::string_view> allowed) {
  for (const auto& member : object) {
    if (std::ranges::find(allowed, std::string_view(member.key())) == allowed.end()) {
      return fail(Code::kUnknownField, std::string(member.key()));
    }
  }
  return {};
}

}  // namespace flora::base
