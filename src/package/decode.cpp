// SPDX-License-Identifier: EUPL-1.2
// Reading the canonical form. What is read is checked for its shape, then as a whole (structure.cpp), then written again: only
// the bytes that encode_package writes are accepted, so one package has one version.
#include <fmt/format.h>

#include <limits>
#include <type_traits>

#include "base/cbor.hpp"
#include "base/limits.hpp"
#include "package/load.hpp"
#include "package/members.hpp"
#include "package/structure.hpp"

namespace flora::package {

namespace {

using base::CborReader;
using ErrorCode = base::Code;
using base::fail;
using base::Status;

// As deep as the source form allows a query to be.
constexpr std::size_t kQueryDepthMax = 24;

template <class T>
Status read(CborReader& in, T& value);
template <class T>
Status read(CborReader& in, std::vector<T>& value);
template <class T>
Status read(CborReader& in, std::map<std::string, T>& value);

// Takes the members of a structure in the order of their numbers; those that are absent keep their defaults.
template <class S>
class MemberReader {
 public:
  MemberReader(CborReader& in, S& s, std::size_t pairs) : in_(in), s_(s), left_(pairs) { next_key(); }

  template <class T>
  MemberReader& operator()(int number, T S::* member) {
    if (status_ && has_key_ && key_ == static_cast<std::uint64_t>(number)) {
      status_ = read(in_, s_.*member);
      next_key();
    }
    return *this;
  }
  Status finish() {
    if (status_ && has_key_) return fail(ErrorCode::kUnknownField, fmt::format("member {} at byte {}", key_, in_.offset()));
    return status_;
  }

 private:
  void next_key() {
    has_key_ = false;
    if (!status_ || left_ == 0) return;
    --left_;
    if (auto key = in_.uint()) {
      key_ = *key;
      has_key_ = true;
    } else {
      status_ = tl::unexpected(key.error());
    }
  }

  CborReader& in_;
  S& s_;
  std::size_t left_;
  std::uint64_t key_ = 0;
  bool has_key_ = false;
  Status status_;
};

// Builds the tree again from its nodes, parents before children.
Status unflatten(const std::vector<QueryNode>& nodes, std::size_t& at, std::size_t depth, Query& out) {
  if (at >= nodes.size() || depth > kQueryDepthMax) return fail(ErrorCode::kTooDeep, "a query");
  const QueryNode& node = nodes[at++];
  out.op = node.op;
  out.step = node.step;
  out.steps = node.steps;
  out.count = node.count;
  out.phase = node.phase;
  out.level = node.level;
  for (std::uint32_t i = 0; i < node.children; ++i) {
    out.children.emplace_back();
    FLORA_TRY(unflatten(nodes, at, depth + 1, out.children.back()));
  }
  return {};
}

template <class T>
Status read_number(CborReader& in, T& value) {
  if constexpr (std::is_signed_v<T>) {
    FLORA_TRY(const std::int64_t number, in.integer());
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max())
      return fail(ErrorCode::kOutOfRange, "a number");
    value = static_cast<T>(number);
  } else {
    FLORA_TRY(const std::uint64_t number, in.uint());
    if (number > std::numeric_limits<T>::max()) return fail(ErrorCode::kOutOfRange, "a number");
    value = static_cast<T>(number);
  }
  return {};
}

template <class T>
Status read(CborReader& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    FLORA_TRY(value, in.boolean());
    return {};
  } else if constexpr (std::is_enum_v<T>) {
    FLORA_TRY(const std::uint64_t number, in.uint());
    if (number > last_of(T{})) return fail(ErrorCode::kOutOfRange, fmt::format("a choice at byte {}", in.offset()));
    value = static_cast<T>(number);
    return {};
  } else if constexpr (std::is_integral_v<T>) {
    return read_number(in, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    FLORA_TRY(const std::string_view text, in.text());
    value = text;
    return {};
  } else if constexpr (std::is_same_v<T, Query>) {
    std::vector<QueryNode> nodes;
    FLORA_TRY(read(in, nodes));
    std::size_t at = 0;
    FLORA_TRY(unflatten(nodes, at, 0, value));
    return at == nodes.size() ? Status{} : fail(ErrorCode::kMalformed, "a query has nodes to spare");
  } else if constexpr (requires { value.has_value(); }) {
    return read(in, value.emplace());
  } else {
    FLORA_TRY(const std::size_t pairs, in.map());
    MemberReader<T> reader(in, value, pairs);
    members(reader, static_cast<T*>(nullptr));
    return reader.finish();
  }
}

template <class T>
Status read(CborReader& in, std::vector<T>& value) {
  FLORA_TRY(const std::size_t count, in.array());
  for (std::size_t i = 0; i < count; ++i) {  // grows with what is really there
    T item{};
    FLORA_TRY(read(in, item));
    value.push_back(std::move(item));
  }
  return {};
}

template <class T>
Status read(CborReader& in, std::map<std::string, T>& value) {
  FLORA_TRY(const std::size_t count, in.map());
  for (std::size_t i = 0; i < count; ++i) {
    FLORA_TRY(const std::string_view key, in.text());
    FLORA_TRY(read(in, value[std::string(key)]));
  }
  return {};
}

}  // namespace

base::Result<Package> decode_package(base::ByteView canonical) {
  if (canonical.size() > base::limits::kPackageFileBytesMax) return fail(ErrorCode::kTooLarge, "the package");
  FLORA_TRY(CborReader in, CborReader::open(canonical));
  Package package;
  FLORA_TRY(read(in, package));
  FLORA_TRY(in.end());
  FLORA_TRY(check_structure(package));
  if (!base::equal(encode_package(package), canonical))
    return fail(ErrorCode::kCborNotCanonical, "the package is not in canonical form");
  return package;
}

}  // namespace flora::package
