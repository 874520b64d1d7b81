// SPDX-License-Identifier: EUPL-1.2
// Steps through CBOR that base::check_cbor has found well formed, floats and simple values included, which CborReader does not
// read. For the bodies of this module only.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>

#include "base/bytes.hpp"

namespace flora::crypto {

enum class CborMajor : std::uint8_t { kUint, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple, kEnd };

class CborWalk {
 public:
  struct Head {
    CborMajor major;
    std::uint64_t argument;
  };

  explicit CborWalk(base::ByteView checked) : rest_(checked) {}

  base::ByteView rest() const { return rest_; }
  CborMajor peek() const { return rest_.empty() ? CborMajor::kEnd : static_cast<CborMajor>(rest_[0] >> 5); }

  Head head() {
    const std::uint8_t info = rest_[0] & 31;
    Head out{peek(), info};
    std::size_t more = 0;
    if (info >= 24) {
      more = std::size_t{1} << (info - 24);
      out.argument = 0;
      for (std::size_t i = 1; i <= more; ++i) out.argument = out.argument << 8 | rest_[i];
    }
    rest_ = rest_.subspan(1 + more);
    return out;
  }

  // Content of a byte or text string.
  base::ByteView string() {
    const auto size = static_cast<std::size_t>(head().argument);
    const auto content = rest_.first(size);
    rest_ = rest_.subspan(size);
    return content;
  }

  // The next item with all that is in it, encoded.
  base::ByteView item() {
    const auto begin = rest_;
    for (std::uint64_t open = 1; open > 0; --open) {
      const auto next = head();
      switch (next.major) {
        case CborMajor::kBytes:
        case CborMajor::kText: rest_ = rest_.subspan(static_cast<std::size_t>(next.argument)); break;
        case CborMajor::kArray: open += next.argument; break;
        case CborMajor::kMap: open += 2 * next.argument; break;
        case CborMajor::kTag: open += 1; break;
        default: break;
      }
    }
    return begin.first(begin.size() - rest_.size());
  }

  // nullopt if the next item is no integer or does not fit into 64 signed bits.
  std::optional<std::int64_t> integer() {
    if (peek() != CborMajor::kUint && peek() != CborMajor::kNegative) return std::nullopt;
    const auto next = head();
    if (next.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
    const auto value = static_cast<std::int64_t>(next.argument);
    return next.major == CborMajor::kUint ? value : -1 - value;
  }

 private:
  base::ByteView rest_;
};

}  // namespace flora::crypto
