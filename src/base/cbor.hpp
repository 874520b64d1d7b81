// SPDX-License-Identifier: EUPL-1.2
// Deterministic CBOR, RFC 8949 section 4.2.1, and nothing else: shortest heads, definite lengths, map keys in bytewise
// order of their encoding and without duplicates, no floats, depth at most limits::kDepthMax, no trailing bytes. Everything
// that is signed or hashed is written and read here; the shapes stand as CDDL in docs/reference/formats.md.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace flora::base {

// Writes one item after the other. Stops the process (FLORA_CHECK) if a map's keys come out of order or twice, or if a
// container is left open: that would be our own bug.
class CborWriter {
 public:
  CborWriter& uint(std::uint64_t value);
  CborWriter& integer(std::int64_t value);
  CborWriter& bytes(ByteView value);
  CborWriter& text(std::string_view value);  // must be UTF-8
  CborWriter& boolean(bool value);
  CborWriter& null();
  CborWriter& tag(std::uint64_t number);
  CborWriter& array(std::size_t items);        // then `items` items
  CborWriter& map(std::size_t pairs);          // then `pairs` times key, value
  CborWriter& raw(ByteView one_encoded_item);  // must itself be deterministic
  const Bytes& view() const { return out_; }
  Bytes take();  // all containers must be complete

 private:
  struct Open {
    std::size_t left;  // items still to come
    bool is_map;
    bool has_last;
    std::size_t key_begin;  // where the key being written begins in out_
    std::size_t last_begin, last_end;
  };
  void head(std::uint8_t major, std::uint64_t argument);
  void item_begins();
  void item_ends();
  Bytes out_;
  std::vector<Open> open_;
  bool after_tag_ = false;
};

enum class CborType : std::uint8_t { kUint, kNegative, kBytes, kText, kArray, kMap, kTag, kBoolean, kNull, kEnd };

// Pulls items out of bytes that were checked as a whole when the reader was opened, so that later calls fail only for a
// wrong type or range. Views point into the input and live as long as it does.
class CborReader {
 public:
  // Errors: kCborMalformed, kCborNotCanonical, kTooDeep; detail names the offset.
  static Result<CborReader> open(ByteView input);

  CborType peek() const;
  std::size_t offset() const { return at_; }
  Result<std::uint64_t> uint();
  Result<std::int64_t> integer();
  Result<ByteView> bytes();
  Result<ByteView> bytes(std::size_t exact_size);
  Result<std::string_view> text();
  Result<bool> boolean();
  Status null();
  Status tag(std::uint64_t expected);
  Result<std::size_t> array();  // number of items
  Status array(std::size_t exact_items);
  Result<std::size_t> map();  // number of pairs
  Status map(std::size_t exact_pairs);
  Result<ByteView> raw();  // the next item with everything in it, encoded
  Status skip();
  Status end() const;  // kCborMalformed if items are left

 private:
  explicit CborReader(ByteView input) : input_(input) {}
  ByteView input_;
  std::size_t at_ = 0;
};

// What `rfc9052` messages of others may still do: a tagged or untagged item, not necessarily deterministic inside.
struct CborRules {
  bool deterministic = true;  // shortest heads, sorted keys
  bool allow_floats = false;
  bool allow_simple = false;  // simple values besides false, true, null
};
// Checks that `input` is exactly one well-formed item by these rules; duplicate keys, indefinite lengths, invalid UTF-8,
// depth and trailing bytes are refused always. Linear in the input; no recursion on hostile depth.
Status check_cbor(ByteView input, const CborRules& rules = {});

// Diagnostic notation (RFC 8949 section 8) of one checked item, for people and error messages.
std::string cbor_diagnostic(ByteView input);

}  // namespace flora::base
