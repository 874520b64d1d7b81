// SPDX-License-Identifier: EUPL-1.2
// Where the rows of a channel stand. Drawn in docs/reference/formats-channel.md, "Tables". Internal to the module.
//
//   kChannel     channel | entry key                          under the state digest; entry key = kind letter and parts
//   kDigestNodes channel | page key of the sparse tree
//   kViewRows    channel | list | sort key | case [| step]
//   kFindings    channel | list | level, critical first | opened | case | finding
//   kViewIndex   channel | kind letter | parts                 not under the digest: follows from the rest
//   kJournal     channel | height | position
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "channel/commands.hpp"

namespace flora::channel {

// Names a list (a view of a package, an agency's inbox ...) or a counter: 8 bytes of a hash of its names.
struct ListKey {
  std::array<std::uint8_t, 8> bytes{};
  friend auto operator<=>(const ListKey&, const ListKey&) = default;
  operator base::ByteView() const { return bytes; }  // NOLINT(google-explicit-constructor)
};
ListKey list_key(std::initializer_list<std::string_view> names);

namespace entry {                       // entry keys of Table::kChannel
inline constexpr char kCase = 'c';      // case -> case record
inline constexpr char kPackage = 'p';   // version hash -> package record
inline constexpr char kBinding = 'b';   // package id | 00 | agency -> member
inline constexpr char kMessage = 'm';   // message id -> idempotency entry; bound to the digest through kMessages
inline constexpr char kMessages = 'i';  // height -> message ids of that block, each with the hash of its entry
inline constexpr char kTally = 't';     // package id | 00 | tally | 00 | key -> count or set
inline constexpr char kResults = 'r';   // height -> result root
inline constexpr char kProgress = 'g';  // commands since the last checkpoint
}  // namespace entry

namespace place {                          // kinds of Table::kViewIndex
inline constexpr char kPlaced = 's';       // case -> where its rows stand
inline constexpr char kDue = 'd';          // due | case -> nothing
inline constexpr char kCounter = 'n';      // list key -> count
inline constexpr char kHistory = 'h';      // case | number -> what happened
inline constexpr char kAttestation = 'a';  // height | member -> digest
inline constexpr char kCheckpoint = 'k';   // height -> digest
inline constexpr char kMeta = 'z';         // -> height, time, digest
}  // namespace place

// The parts one after the other, in one allocation.
base::Bytes joined(std::initializer_list<base::ByteView> parts);
base::Bytes entry_key(char kind, std::initializer_list<base::ByteView> parts);
// channel | key
base::Bytes in_channel(const base::ChannelId& channel, base::ByteView key);
base::Bytes index_key(const base::ChannelId& channel, char kind, std::initializer_list<base::ByteView> parts);
base::Bytes list_prefix(const base::ChannelId& channel, const ListKey& list);

// Instants and numbers so that bytewise order is their order.
std::array<std::uint8_t, 8> ordered(std::int64_t value);
std::int64_t from_ordered(base::ByteView eight_bytes);
inline std::array<std::uint8_t, 8> height_key(std::int64_t height) { return base::be64(static_cast<std::uint64_t>(height)); }
std::array<std::uint8_t, 2> be16(std::uint16_t value);
std::uint16_t read_be16(base::ByteView two_bytes);
std::uint32_t read_be32(base::ByteView four_bytes);

// Not for security: tells whether a derived row changed.
std::uint64_t fingerprint(base::ByteView bytes);

}  // namespace flora::channel
