// SPDX-License-Identifier: EUPL-1.2
// Identifiers of the ledger: 16 random bytes, printed in lower-case Crockford base 32 (26 letters). Distinct types, so
// that a case cannot be passed where a channel is meant. Never a sequence number that would tell volumes.
#pragma once
#include <array>
#include <compare>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace flora::base {

template <class Tag>
struct Id {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Id&, const Id&) = default;
  operator ByteView() const { return bytes; }  // NOLINT(google-explicit-constructor)
  std::string text() const { return to_base32(bytes); }
  bool is_zero() const { return *this == Id{}; }

  static std::optional<Id> from(ByteView view) {
    if (view.size() != 16) return std::nullopt;
    Id id;
    std::memcpy(id.bytes.data(), view.data(), 16);
    return id;
  }
  static std::optional<Id> parse(std::string_view text) {
    auto raw = from_base32(text, 16);
    return raw ? from(*raw) : std::nullopt;
  }
};

using MemberId = Id<struct MemberTag>;
using ChannelId = Id<struct ChannelTag>;  // all zero: channel 0, the federation itself
using CaseId = Id<struct CaseTag>;        // the pseudonym of a case
using ActorId = Id<struct ActorTag>;      // HMAC(member key, case, person), cut to 16 bytes

inline constexpr ChannelId kFederationChannel{};

}  // namespace flora::base

template <class Tag>
struct std::hash<flora::base::Id<Tag>> {
  std::size_t operator()(const flora::base::Id<Tag>& id) const noexcept {
    std::size_t v;
    std::memcpy(&v, id.bytes.data(), sizeof v);
    return v;
  }
};
