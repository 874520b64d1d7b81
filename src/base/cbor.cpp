// SPDX-License-Identifier: EUPL-1.2
#include "base/cbor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/utf8.hpp"

namespace flora::base {
namespace {

enum Major : std::uint8_t {
  kMajorUint,
  kMajorNegative,
  kMajorBytes,
  kMajorText,
  kMajorArray,
  kMajorMap,
  kMajorTag,
  kMajorSimple
};

struct Head {
  std::uint8_t major = 0;
  std::uint8_t info = 0;  // the low five bits
  std::uint64_t argument = 0;
  std::size_t size = 0;  // bytes of the head itself
};

// Reads one head; nullopt if the input ends inside it, or its form is reserved or indefinite.
std::optional<Head> read_head(ByteView input) {
  if (input.empty()) return std::nullopt;
  Head head{static_cast<std::uint8_t>(input[0] >> 5), static_cast<std::uint8_t>(input[0] & 31), 0, 1};
  if (head.info < 24) {
    head.argument = head.info;
    return head;
  }
  if (head.info > 27) return std::nullopt;
  const std::size_t more = std::size_t{1} << (head.info - 24);
  if (input.size() < 1 + more) return std::nullopt;
  for (std::size_t i = 0; i < more; ++i) head.argument = (head.argument << 8) | input[1 + i];
  head.size = 1 + more;
  return head;
}

bool is_shortest(const Head& head) {
  switch (head.info) {
    case 24: return head.argument >= 24;
    case 25: return head.argument > 0xff;
    case 26: return head.argument > 0xffff;
    case 27: return head.argument > 0xffffffff;
    default: return true;
  }
}

// Walks one item. The recursion is bounded by limits::kDepthMax, which counts containers and tags alike.
class Checker {
 public:
  Checker(ByteView input, const CborRules& rules) : input_(input), rules_(rules) {}

  Status run() {
    FLORA_TRY(item(0));
    if (at_ != input_.size()) return malformed("bytes after the end of the item");
    return {};
  }

 private:
  tl::unexpected<Error> malformed(std::string_view why) const {
    return fail(Code::kCborMalformed, fmt::format("offset {}: {}", at_, why));
  }
  tl::unexpected<Error> not_canonical(std::string_view why) const {
    return fail(Code::kCborNotCanonical, fmt::format("offset {}: {}", at_, why));
  }

  Status item(std::size_t depth) {
    const auto head = read_head(input_.subspan(at_));
    if (!head) return malformed("no complete, definite head");
    if (rules_.deterministic && head->major != kMajorSimple && !is_shortest(*head)) return not_canonical("not the shortest head");
    switch (head->major) {
      case kMajorBytes:
      case kMajorText: return string(*head);
      case kMajorArray:
      case kMajorMap:
      case kMajorTag: return container(*head, depth);
      case kMajorSimple: return simple(*head);
      default: at_ += head->size; return {};
    }
  }

  Status string(const Head& head) {
    if (head.argument > input_.size() - at_ - head.size) return malformed("a string runs past the end");
    const auto content = input_.subspan(at_ + head.size, head.argument);
    if (head.major == kMajorText && !is_utf8(as_text(content))) return malformed("a text is not UTF-8");
    at_ += head.size + head.argument;
    return {};
  }

  Status container(const Head& head, std::size_t depth) {
    if (depth >= limits::kDepthMax) return fail(Code::kTooDeep, fmt::format("offset {}: deeper than {}", at_, limits::kDepthMax));
    at_ += head.size;
    if (head.major == kMajorTag) return item(depth + 1);
    // Each item needs at least one byte, so a count beyond the input is refused before anything is walked.
    const std::size_t room = (input_.size() - at_) / (head.major == kMajorMap ? 2 : 1);
    if (head.argument > room) return malformed("more items announced than bytes follow");
    if (head.major == kMajorMap) return map(head.argument, depth);
    for (std::uint64_t i = 0; i < head.argument; ++i) FLORA_TRY(item(depth + 1));
    return {};
  }

  Status map(std::uint64_t pairs, std::size_t depth) {
    std::vector<ByteView> keys;  // only where order does not already tell duplicates
    ByteView previous;
    for (std::uint64_t i = 0; i < pairs; ++i) {
      const std::size_t begin = at_;
      FLORA_TRY(item(depth + 1));
      const ByteView key = input_.subspan(begin, at_ - begin);
      if (!rules_.deterministic) {
        keys.push_back(key);
      } else if (i > 0) {
        const auto order = compare_keys(previous, key);
        if (order == 0) return malformed("a map key stands twice");
        if (order > 0) return not_canonical("map keys are not in order");
      }
      previous = key;
      FLORA_TRY(item(depth + 1));
    }
    std::ranges::sort(keys, [](ByteView a, ByteView b) { return compare_keys(a, b) < 0; });
    const auto twice = std::ranges::adjacent_find(keys, [](ByteView a, ByteView b) { return equal(a, b); });
    if (twice != keys.end()) return malformed("a map key stands twice");
    return {};
  }

  Status simple(const Head& head) {
    if (head.info >= 25) {
      if (!rules_.allow_floats) return not_canonical("a float");
    } else if (head.info == 24 && head.argument < 32) {
      return malformed("a two-byte simple value below 32");
    } else if ((head.info < 20 || head.info > 22) && !rules_.allow_simple) {
      return not_canonical("a simple value other than false, true, null");
    }
    at_ += head.size;
    return {};
  }

  // RFC 8949, 4.2.1: bytewise lexicographic order of the encodings.
  static std::strong_ordering compare_keys(ByteView a, ByteView b) { return compare(a, b); }

  ByteView input_;
  CborRules rules_;
  std::size_t at_ = 0;
};

tl::unexpected<Error> wrong_type(std::size_t offset, std::string_view wanted) {
  return fail(Code::kWrongType, fmt::format("offset {}: expected {}", offset, wanted));
}

void diagnose(CborReader& reader, std::string& out);

void diagnose_list(CborReader& reader, std::size_t count, bool is_map, std::string& out) {
  out += is_map ? "{" : "[";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    diagnose(reader, out);
    if (is_map) {
      out += ": ";
      diagnose(reader, out);
    }
  }
  out += is_map ? "}" : "]";
}

void diagnose(CborReader& reader, std::string& out) {
  switch (reader.peek()) {
    case CborType::kUint: out += fmt::format("{}", *reader.uint()); break;
    case CborType::kNegative: {
      const auto value = reader.integer();
      out += value ? fmt::format("{}", *value) : "(below int64)";
      if (!value) (void)reader.skip();
      break;
    }
    case CborType::kBytes: out += "h'" + to_hex(*reader.bytes()) + "'"; break;
    case CborType::kText: out += fmt::format("\"{}\"", *reader.text()); break;
    case CborType::kArray: diagnose_list(reader, *reader.array(), false, out); break;
    case CborType::kMap: diagnose_list(reader, *reader.map(), true, out); break;
    case CborType::kBoolean: out += *reader.boolean() ? "true" : "false"; break;
    case CborType::kNull:
      out += "null";
      (void)reader.null();
      break;
    case CborType::kTag: {
      const ByteView item = *reader.raw();
      const auto head = read_head(item);
      auto inner = CborReader::open(item.subspan(head->size));
      out += fmt::format("{}(", head->argument);
      if (inner) diagnose(*inner, out);
      out += ")";
      break;
    }
    case CborType::kEnd: break;
  }
}

}  // namespace

Status check_cbor(ByteView input, const CborRules& rules) { return Checker(input, rules).run(); }

std::string cbor_diagnostic(ByteView input) {
  auto reader = CborReader::open(input);
  if (!reader) return "(" + reader.error().detail + ")";
  std::string out;
  diagnose(*reader, out);
  return out;
}

// ---- writer ----------------------------------------------------------------------------------------------------------

void CborWriter::item_begins() {
  if (out_.capacity() == 0) {  // one allocation each for most of what we write
    out_.reserve(128);
    open_.reserve(6);
  }
  if (after_tag_) return;  // the tag began the item
  if (open_.empty()) return;
  Open& top = open_.back();
  FLORA_CHECK(top.left > 0, "a container receives more items than it announced");
  if (top.is_map && top.left % 2 == 0) top.key_begin = out_.size();
}

void CborWriter::item_ends() {
  after_tag_ = false;
  while (!open_.empty()) {
    Open& top = open_.back();
    if (top.is_map && top.left % 2 == 0) {
      const ByteView key(out_.data() + top.key_begin, out_.size() - top.key_begin);
      if (top.has_last) {
        const ByteView last(out_.data() + top.last_begin, top.last_end - top.last_begin);
        FLORA_CHECK(compare(last, key) < 0, "map keys are written out of order or twice");
      }
      top.has_last = true;
      top.last_begin = top.key_begin;
      top.last_end = out_.size();
    }
    if (--top.left > 0) return;
    open_.pop_back();
  }
}

void CborWriter::head(std::uint8_t major, std::uint64_t argument) {
  const auto initial = static_cast<std::uint8_t>(major << 5);
  if (argument < 24) {
    out_.push_back(static_cast<std::uint8_t>(initial | argument));
    return;
  }
  const unsigned size_log = argument <= 0xff ? 0 : argument <= 0xffff ? 1 : argument <= 0xffffffff ? 2 : 3;
  out_.push_back(static_cast<std::uint8_t>(initial | (24 + size_log)));
  for (int shift = (8 << size_log) - 8; shift >= 0; shift -= 8) out_.push_back(static_cast<std::uint8_t>(argument >> shift));
}

CborWriter& CborWriter::uint(std::uint64_t value) {
  item_begins();
  head(kMajorUint, value);
  item_ends();
  return *this;
}

CborWriter& CborWriter::integer(std::int64_t value) {
  if (value >= 0) return uint(static_cast<std::uint64_t>(value));
  item_begins();
  head(kMajorNegative, static_cast<std::uint64_t>(-(value + 1)));
  item_ends();
  return *this;
}

CborWriter& CborWriter::bytes(ByteView value) {
  item_begins();
  head(kMajorBytes, value.size());
  append(out_, value);
  item_ends();
  return *this;
}

CborWriter& CborWriter::text(std::string_view value) {
  FLORA_CHECK(is_utf8(value), "a text must be UTF-8");
  item_begins();
  head(kMajorText, value.size());
  append(out_, as_bytes(value));
  item_ends();
  return *this;
}

CborWriter& CborWriter::boolean(bool value) {
  item_begins();
  out_.push_back(value ? 0xf5 : 0xf4);
  item_ends();
  return *this;
}

CborWriter& CborWriter::null() {
  item_begins();
  out_.push_back(0xf6);
  item_ends();
  return *this;
}

CborWriter& CborWriter::tag(std::uint64_t number) {
  item_begins();
  head(kMajorTag, number);
  after_tag_ = true;
  return *this;
}

CborWriter& CborWriter::array(std::size_t items) {
  item_begins();
  head(kMajorArray, items);
  after_tag_ = false;
  if (items == 0) {
    item_ends();
  } else {
    open_.push_back({items, false, false, 0, 0, 0});
  }
  return *this;
}

CborWriter& CborWriter::map(std::size_t pairs) {
  item_begins();
  head(kMajorMap, pairs);
  after_tag_ = false;
  if (pairs == 0) {
    item_ends();
  } else {
    open_.push_back({pairs * 2, true, false, 0, 0, 0});
  }
  return *this;
}

CborWriter& CborWriter::raw(ByteView one_encoded_item) {
  item_begins();
  append(out_, one_encoded_item);
  item_ends();
  return *this;
}

Bytes CborWriter::take() {
  FLORA_CHECK(open_.empty() && !after_tag_, "a container was left incomplete");
  return std::move(out_);
}

// ---- reader ----------------------------------------------------------------------------------------------------------

Result<CborReader> CborReader::open(ByteView input) {
  FLORA_TRY(check_cbor(input));
  return CborReader(input);
}

CborType CborReader::peek() const {
  const auto head = read_head(input_.subspan(at_));
  if (!head) return CborType::kEnd;
  switch (head->major) {
    case kMajorUint: return CborType::kUint;
    case kMajorNegative: return CborType::kNegative;
    case kMajorBytes: return CborType::kBytes;
    case kMajorText: return CborType::kText;
    case kMajorArray: return CborType::kArray;
    case kMajorMap: return CborType::kMap;
    case kMajorTag: return CborType::kTag;
    default: return head->info == 22 ? CborType::kNull : CborType::kBoolean;
  }
}

Result<std::uint64_t> CborReader::uint() {
  if (peek() != CborType::kUint) return wrong_type(at_, "an unsigned integer");
  const auto head = read_head(input_.subspan(at_));
  at_ += head->size;
  return head->argument;
}

Result<std::int64_t> CborReader::integer() {
  const auto type = peek();
  if (type != CborType::kUint && type != CborType::kNegative) return wrong_type(at_, "an integer");
  const auto head = read_head(input_.subspan(at_));
  if (head->argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(Code::kOutOfRange, fmt::format("offset {}: beyond 64 bits", at_));
  }
  at_ += head->size;
  const auto magnitude = static_cast<std::int64_t>(head->argument);
  return type == CborType::kUint ? magnitude : -1 - magnitude;
}

Result<ByteView> CborReader::bytes() {
  if (peek() != CborType::kBytes) return wrong_type(at_, "a byte string");
  const auto head = read_head(input_.subspan(at_));
  const ByteView content = input_.subspan(at_ + head->size, head->argument);
  at_ += head->size + head->argument;
  return content;
}

Result<ByteView> CborReader::bytes(std::size_t exact_size) {
  const std::size_t begin = at_;
  FLORA_TRY(const ByteView content, bytes());
  if (content.size() != exact_size) {
    at_ = begin;
    return fail(Code::kOutOfRange, fmt::format("offset {}: {} bytes instead of {}", begin, content.size(), exact_size));
  }
  return content;
}

Result<std::string_view> CborReader::text() {
  if (peek() != CborType::kText) return wrong_type(at_, "a text");
  const auto head = read_head(input_.subspan(at_));
  const ByteView content = input_.subspan(at_ + head->size, head->argument);
  at_ += head->size + head->argument;
  return as_text(content);
}

Result<bool> CborReader::boolean() {
  if (peek() != CborType::kBoolean) return wrong_type(at_, "true or false");
  return input_[at_++] == 0xf5;
}

Status CborReader::null() {
  if (peek() != CborType::kNull) return wrong_type(at_, "null");
  ++at_;
  return {};
}

Status CborReader::tag(std::uint64_t expected) {
  const auto head = read_head(input_.subspan(at_));
  if (peek() != CborType::kTag || head->argument != expected) return wrong_type(at_, fmt::format("tag {}", expected));
  at_ += head->size;
  return {};
}

Result<std::size_t> CborReader::array() {
  if (peek() != CborType::kArray) return wrong_type(at_, "an array");
  const auto head = read_head(input_.subspan(at_));
  at_ += head->size;
  return static_cast<std::size_t>(head->argument);
}

Status CborReader::array(std::size_t exact_items) {
  const std::size_t begin = at_;
  FLORA_TRY(const std::size_t items, array());
  if (items != exact_items) {
    at_ = begin;
    return fail(Code::kOutOfRange, fmt::format("offset {}: {} items instead of {}", begin, items, exact_items));
  }
  return {};
}

Result<std::size_t> CborReader::map() {
  if (peek() != CborType::kMap) return wrong_type(at_, "a map");
  const auto head = read_head(input_.subspan(at_));
  at_ += head->size;
  return static_cast<std::size_t>(head->argument);
}

Status CborReader::map(std::size_t exact_pairs) {
  const std::size_t begin = at_;
  FLORA_TRY(const std::size_t pairs, map());
  if (pairs != exact_pairs) {
    at_ = begin;
    return fail(Code::kOutOfRange, fmt::format("offset {}: {} pairs instead of {}", begin, pairs, exact_pairs));
  }
  return {};
}

Result<ByteView> CborReader::raw() {
  const std::size_t begin = at_;
  FLORA_TRY(skip());
  return input_.subspan(begin, at_ - begin);
}

Status CborReader::skip() {
  if (at_ >= input_.size()) return fail(Code::kCborMalformed, fmt::format("offset {}: nothing left", at_));
  // The whole input was checked, so counting items is enough.
  for (std::uint64_t left = 1; left > 0; --left) {
    const auto head = read_head(input_.subspan(at_));
    at_ += head->size;
    if (head->major == kMajorBytes || head->major == kMajorText) at_ += head->argument;
    if (head->major == kMajorArray) left += head->argument;
    if (head->major == kMajorMap) left += 2 * head->argument;
    if (head->major == kMajorTag) left += 1;
  }
  return {};
}

Status CborReader::end() const {
  if (at_ != input_.size()) return fail(Code::kCborMalformed, fmt::format("offset {}: items are left", at_));
  return {};
}

}  // namespace flora::base
