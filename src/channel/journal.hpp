// SPDX-License-Identifier: EUPL-1.2
// The journal of a channel: what its members opened, and what it came to. Together with the blocks it is all an auditor
// needs. Drawn in docs/reference/formats-channel.md. Pure; any thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "base/time.hpp"
#include "channel/effects.hpp"

namespace flora::channel {

struct JournalItem {
  base::Hash salt, message_id;
  base::Bytes command;
  base::Code code = base::Code::kOk;
  base::Bytes effects;  // encode_effects
  friend bool operator==(const JournalItem&, const JournalItem&) = default;
};
// One accepted envelope. `code` not ok: it could not be opened and has no items.
struct JournalEntry {
  base::Hash envelope;
  base::MemberId author;
  base::Instant time;
  base::Code code = base::Code::kOk;
  std::vector<JournalItem> items;
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};
base::Bytes encode_journal(const JournalEntry& entry);
base::Result<JournalEntry> decode_journal(base::ByteView bytes);

base::Bytes journal_key(const base::ChannelId& channel, std::int64_t height, std::uint32_t position);
// The position under which the block's acts of the clock stand: [1, [* [case, due, effects]]].
inline constexpr std::uint32_t kClockPosition = 0xffffffff;

std::optional<JournalEntry> read_journal(const base::TableReader& tables, const base::ChannelId& channel, std::int64_t height,
                                         std::uint32_t position);
// Every envelope's entry of the heights from `height` on, in order, until `visit` returns false.
void scan_journal(const base::TableReader& tables, const base::ChannelId& channel, std::int64_t height,
                  const std::function<bool(std::int64_t height, std::uint32_t position, const JournalEntry&)>& visit);
// What a repeated command was answered the first time; nullopt if it was erased.
std::optional<JournalItem> read_answer(const base::TableReader& tables, const base::ChannelId& channel,
                                       const Effects::First& first);

// ---- results --------------------------------------------------------------------------------------------------------------
// Content of a leaf of the result tree: CBOR [envelope hash, index, code, SHA-256 of the CBOR array [salt, effects]]; of an
// envelope that could not be opened [envelope hash, null, code, null].
base::Bytes result_leaf(const base::Hash& envelope, std::uint32_t index, const JournalItem& item);
base::Bytes unopened_leaf(const base::Hash& envelope, base::Code code);
// All leaves of a block, in order of position and index; the root is crypto::merkle_root over them.
std::vector<base::Bytes> result_leaves(std::span<const JournalEntry> entries);

}  // namespace flora::channel
