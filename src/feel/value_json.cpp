// SPDX-License-Identifier: EUPL-1.2
#include "feel/value_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/limits.hpp"
#include "base/utf8.hpp"
#include "feel/functions.hpp"
#include "feel/lexer.hpp"

namespace flora::feel {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kJsonDepthMax = 4 * base::limits::kDepthMax;

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// RFC 8259, with numbers kept to the digit.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Result<Value> document() {
    if (!base::is_utf8(text_)) return malformed("the text is not UTF-8");
    FLORA_TRY(auto out, value(0));
    blanks();
    if (at_ != text_.size()) return malformed("something follows the value");
    return out;
  }

 private:
  tl::unexpected<base::Error> malformed(std::string_view why) const {
    return fail(Code::kJsonMalformed, fmt::format("byte {}: {}", at_ + 1, why));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  bool take(std::string_view what) {
    if (text_.substr(at_, what.size()) != what) return false;
    at_ += what.size();
    return true;
  }

  Result<Value> value(std::size_t depth) {
    if (depth > kJsonDepthMax) return fail(Code::kTooDeep, fmt::format("byte {}", at_ + 1));
    blanks();
    switch (peek()) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': {
        FLORA_TRY(auto text, string());
        return Value::string(std::move(text));
      }
      case 't':
        if (take("true")) return Value::boolean(true);
        break;
      case 'f':
        if (take("false")) return Value::boolean(false);
        break;
      case 'n':
        if (take("null")) return Value();
        break;
      default: return number();
    }
    return malformed("a value is expected");
  }

  Result<Value> number() {
    const std::size_t begin = at_;
    const auto digits = [&] {
      const std::size_t from = at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
      return at_ - from;
    };
    if (peek() == '-') ++at_;
    const bool zero = peek() == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return malformed("a value is expected");
    if (peek() == '.') {
      ++at_;
      if (digits() == 0) return malformed("a digit is expected");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (digits() == 0) return malformed("a digit is expected");
    }
    const auto parsed = Decimal::parse(text_.substr(begin, at_ - begin));
    if (!parsed) return fail(Code::kOutOfRange, fmt::format("byte {}: the number is too large", begin + 1));
    return Value::number(*parsed);
  }

  Result<std::uint32_t> hex4() {
    std::uint32_t out = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
      if (digit < 0) return malformed("four hexadecimal digits are expected");
      out = out * 16 + static_cast<std::uint32_t>(digit);
    }
    return out;
  }

  base::Status escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at_;
    if (const auto simple = kFrom.find(c); simple != std::string_view::npos && c != '\0') {
      out.push_back(kTo[simple]);
      return {};
    }
    if (c != 'u') return malformed("this escape does not exist");
    FLORA_TRY(auto unit, hex4());
    if (unit >= 0xDC00 && unit < 0xE000) return malformed("half a character");
    if (unit >= 0xD800 && unit < 0xDC00) {
      if (!take("\\u")) return malformed("half a character");
      FLORA_TRY(const auto low, hex4());
      if (low < 0xDC00 || low >= 0xE000) return malformed("half a character");
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, unit);
    return {};
  }

  Result<std::string> string() {
    if (!take("\"")) return malformed("a text is expected");
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return malformed("a control character stands in a text");
      ++at_;
      if (c == '\\') {
        FLORA_TRY(escape(out));
      } else {
        out.push_back(c);
      }
    }
    if (!take("\"")) return malformed("the text has no closing quote");
    return out;
  }

  Result<Value> array(std::size_t depth) {
    ++at_;
    List items;
    blanks();
    if (take("]")) return Value::list(std::move(items));
    while (true) {
      FLORA_TRY(auto item, value(depth + 1));
      items.push_back(std::move(item));
      blanks();
      if (take("]")) return Value::list(std::move(items));
      if (!take(",")) return malformed("\",\" or \"]\" is expected");
    }
  }

  Result<Value> object(std::size_t depth) {
    ++at_;
    Context entries;
    std::set<std::string> seen;
    blanks();
    if (take("}")) return Value::context(std::move(entries));
    while (true) {
      blanks();
      FLORA_TRY(auto name, string());
      if (!seen.insert(name).second) return fail(Code::kDuplicate, fmt::format("byte {}: \"{}\" stands twice", at_ + 1, name));
      blanks();
      if (!take(":")) return malformed("\":\" is expected");
      FLORA_TRY(auto item, value(depth + 1));
      entries.emplace_back(std::move(name), std::move(item));
      blanks();
      if (take("}")) return Value::context(std::move(entries));
      if (!take(",")) return malformed("\",\" or \"}\" is expected");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::array<std::string_view, 6> kWords = {"date", "time", "date_time", "duration", "range", "context"};
bool is_word(std::string_view name) { return std::find(kWords.begin(), kWords.end(), name) != kWords.end(); }

// One end of a range in its text form: a number or a temporal literal.
std::optional<Value> read_end(std::string_view text, const calendar::ZoneSource* zones) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text == "null") return Value();
  if (text.size() > 3 && text.starts_with("@\"") && text.ends_with('"'))
    return read_temporal(text.substr(2, text.size() - 3), zones);
  const auto number = Decimal::parse(text);
  return number ? std::optional(Value::number(*number)) : std::nullopt;
}

std::optional<Value> read_range(std::string_view text, const calendar::ZoneSource* zones) {
  const auto dots = text.find("..");
  if (text.size() < 4 || dots == std::string_view::npos) return std::nullopt;
  const char open = text.front(), close = text.back();
  if ((open != '[' && open != '(' && open != ']') || (close != ']' && close != ')' && close != '[')) return std::nullopt;
  const auto low = read_end(text.substr(1, dots - 1), zones),
             high = read_end(text.substr(dots + 2, text.size() - dots - 3), zones);
  if (!low || !high) return std::nullopt;
  Range out;
  if (!low->is_null()) out.low = *low;
  if (!high->is_null()) out.high = *high;
  out.low_included = open == '[';
  out.high_included = close == ']';
  return Value::range(std::move(out));
}

Result<Value> interpret_word(std::string_view word, const Value& inner, const calendar::ZoneSource* zones) {
  const auto* text = inner.as_string();
  std::optional<Value> out;
  if (text != nullptr && word == "range") out = read_range(*text, zones);
  if (text != nullptr && word != "range") {
    const Value read = read_temporal(*text, zones);
    const Kind kind = read.kind();
    const bool right = word == "date"        ? kind == Kind::kDate
                       : word == "time"      ? kind == Kind::kTime
                       : word == "date_time" ? kind == Kind::kDateTime
                                             : kind == Kind::kYearsMonths || kind == Kind::kDaysTime;
    if (right) out = read;
  }
  if (!out) return fail(Code::kMalformed, fmt::format("{} cannot be read", word));
  return *out;
}

std::string end_text(const std::optional<Value>& end) { return end ? to_text(*end) : "null"; }

}  // namespace

Result<Value> parse_plain_json(std::string_view text) { return JsonReader(text).document(); }

Result<Value> interpret_json(const Value& plain, const calendar::ZoneSource* zones) {
  if (const auto* list = plain.as_list()) {
    List out;
    for (const Value& item : *list) {
      FLORA_TRY(auto read, interpret_json(item, zones));
      out.push_back(std::move(read));
    }
    return Value::list(std::move(out));
  }
  const auto* context = plain.as_context();
  if (context == nullptr) return plain;
  const Context* entries = context;
  if (context->size() == 1 && is_word(context->front().first)) {
    const auto& [word, inner] = context->front();
    if (word != "context") return interpret_word(word, inner, zones);
    entries = inner.as_context();
    if (entries == nullptr) return fail(Code::kMalformed, "context cannot be read");
  }
  Context out;
  for (const auto& [name, item] : *entries) {
    FLORA_TRY(auto read, interpret_json(item, zones));
    out.emplace_back(name, std::move(read));
  }
  return Value::context(std::move(out));
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void append_json(std::string& out, const Value& value) {
  const auto wrapped = [&](std::string_view word, const std::string& text) {
    out += fmt::format("{{\"{}\":", word);
    append_json_string(out, text);
    out.push_back('}');
  };
  switch (value.kind()) {
    case Kind::kNull: out += "null"; return;
    case Kind::kBoolean: out += *value.as_boolean() ? "true" : "false"; return;
    case Kind::kNumber: out += value.as_number()->text(); return;
    case Kind::kString: return append_json_string(out, *value.as_string());
    case Kind::kDate: return wrapped("date", to_text(*value.get_if<Date>()));
    case Kind::kTime: return wrapped("time", to_text(*value.get_if<Time>()));
    case Kind::kDateTime: return wrapped("date_time", to_text(*value.get_if<DateTime>()));
    case Kind::kYearsMonths: return wrapped("duration", to_text(*value.get_if<YearsMonths>()));
    case Kind::kDaysTime: return wrapped("duration", to_text(*value.get_if<DaysTime>()));
    case Kind::kRange: return wrapped("range", to_text(value));
    case Kind::kList: {
      out.push_back('[');
      bool first = true;
      for (const Value& item : *value.as_list()) {
        if (!std::exchange(first, false)) out.push_back(',');
        append_json(out, item);
      }
      out.push_back(']');
      return;
    }
    case Kind::kContext: {
      const Context& context = *value.as_context();
      const bool wrap = context.size() == 1 && is_word(context.front().first);
      out += wrap ? "{\"context\":{" : "{";
      bool first = true;
      for (const auto& [name, item] : context) {
        if (!std::exchange(first, false)) out.push_back(',');
        append_json_string(out, name);
        out.push_back(':');
        append_json(out, item);
      }
      out += wrap ? "}}" : "}";
      return;
    }
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case Kind::kDate: return fmt::format("@\"{}\"", to_text(*value.get_if<Date>()));
    case Kind::kTime: return fmt::format("@\"{}\"", to_text(*value.get_if<Time>()));
    case Kind::kDateTime: return fmt::format("@\"{}\"", to_text(*value.get_if<DateTime>()));
    case Kind::kYearsMonths: return fmt::format("@\"{}\"", to_text(*value.get_if<YearsMonths>()));
    case Kind::kDaysTime: return fmt::format("@\"{}\"", to_text(*value.get_if<DaysTime>()));
    case Kind::kRange: {
      const Range& range = *value.as_range();
      return fmt::format("{}{}..{}{}", range.low_included ? '[' : '(', end_text(range.low), end_text(range.high),
                         range.high_included ? ']' : ')');
    }
    case Kind::kList: {
      std::string out = "[";
      for (const Value& item : *value.as_list()) out += (out.size() > 1 ? ", " : "") + to_text(item);
      return out + "]";
    }
    case Kind::kContext: {
      std::string out = "{";
      for (const auto& [name, item] : *value.as_context()) {
        out += out.size() > 1 ? ", " : "";
        if (is_simple_name(name)) {
          out += name;
        } else {
          append_json_string(out, name);
        }
        out += ": " + to_text(item);
      }
      return out + "}";
    }
    default: return to_json(value);
  }
}

}  // namespace flora::feel
