// SPDX-License-Identifier: EUPL-1.2
#include "channel/journal.hpp"

#include "base/cbor.hpp"
#include "channel/keys.hpp"
#include "crypto/hash.hpp"

namespace flora::channel {
namespace {

using base::CborReader;
using base::CborWriter;
using base::Code;

base::Status read_hash(CborReader& r, base::Hash& into) {
  FLORA_TRY(const auto bytes, r.bytes(32));
  into = *base::Hash::from(bytes);
  return {};
}

base::Status read_code(CborReader& r, Code& into) {
  FLORA_TRY(const auto code, r.uint());
  if (code >= 9000) return base::fail(Code::kOutOfRange, "a local code does not stand in a journal");
  into = static_cast<Code>(code);
  return {};
}

base::Result<JournalItem> read_item(CborReader& r) {
  FLORA_TRY(r.array(5));
  JournalItem item;
  FLORA_TRY(read_hash(r, item.salt));
  FLORA_TRY(read_hash(r, item.message_id));
  FLORA_TRY(const auto command, r.bytes());
  item.command = base::to_bytes(command);
  FLORA_TRY(read_code(r, item.code));
  FLORA_TRY(const auto effects, r.bytes());
  item.effects = base::to_bytes(effects);
  return item;
}

}  // namespace

base::Bytes encode_journal(const JournalEntry& e) {
  CborWriter w;
  w.array(6).uint(1).bytes(e.envelope).bytes(e.author).integer(e.time.ns).uint(static_cast<std::uint64_t>(e.code));
  w.array(e.items.size());
  for (const auto& item : e.items) {
    // As byte strings: a foreign command may be nested as deeply as is allowed.
    w.array(5).bytes(item.salt).bytes(item.message_id).bytes(item.command).uint(static_cast<std::uint64_t>(item.code));
    w.bytes(item.effects);
  }
  return w.take();
}

base::Result<JournalEntry> decode_journal(base::ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(r.array(6));
  FLORA_TRY(const auto format, r.uint());
  if (format != 1) return base::fail(Code::kCorrupt, "a journal entry has an unknown format");
  JournalEntry e;
  FLORA_TRY(read_hash(r, e.envelope));
  FLORA_TRY(const auto author, r.bytes(16));
  e.author = *base::MemberId::from(author);
  FLORA_TRY(e.time.ns, r.integer());
  FLORA_TRY(read_code(r, e.code));
  FLORA_TRY(const auto n, r.array());
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(auto item, read_item(r));
    e.items.push_back(std::move(item));
  }
  return e;
}

base::Bytes journal_key(const base::ChannelId& channel, std::int64_t height, std::uint32_t position) {
  base::Bytes key = base::to_bytes(channel);
  base::append(key, height_key(height));
  base::append(key, base::be32(position));
  return key;
}

std::optional<JournalEntry> read_journal(const base::TableReader& tables, const base::ChannelId& channel, std::int64_t height,
                                         std::uint32_t position) {
  const auto bytes = tables.get(base::Table::kJournal, journal_key(channel, height, position));
  if (!bytes) return std::nullopt;
  auto entry = decode_journal(*bytes);
  return entry ? std::optional<JournalEntry>(*std::move(entry)) : std::nullopt;
}

void scan_journal(const base::TableReader& tables, const base::ChannelId& channel, std::int64_t height,
                  const std::function<bool(std::int64_t, std::uint32_t, const JournalEntry&)>& visit) {
  tables.scan(base::Table::kJournal, channel, journal_key(channel, height, 0), [&](base::ByteView key, base::ByteView value) {
    if (key.size() != 28) return true;
    const std::uint32_t position = read_be32(key.subspan(24));
    if (position == kClockPosition) return true;
    const auto entry = decode_journal(value);
    return !entry || visit(static_cast<std::int64_t>(base::read_be64(key.subspan(16, 8))), position, *entry);
  });
}

std::optional<JournalItem> read_answer(const base::TableReader& tables, const base::ChannelId& channel,
                                       const Effects::First& first) {
  std::optional<JournalItem> out;
  scan_journal(tables, channel, first.height, [&](std::int64_t height, std::uint32_t, const JournalEntry& entry) {
    if (height != first.height) return false;
    if (entry.envelope != first.envelope) return true;
    if (first.index < entry.items.size()) out = entry.items[first.index];
    return false;
  });
  return out;
}

base::Bytes result_leaf(const base::Hash& envelope, std::uint32_t index, const JournalItem& item) {
  CborWriter told;
  told.array(2).bytes(item.salt).raw(item.effects);
  CborWriter w;
  w.array(4).bytes(envelope).uint(index).uint(static_cast<std::uint64_t>(item.code)).bytes(crypto::sha256(told.view()));
  return w.take();
}

base::Bytes unopened_leaf(const base::Hash& envelope, base::Code code) {
  CborWriter w;
  w.array(4).bytes(envelope).null().uint(static_cast<std::uint64_t>(code)).null();
  return w.take();
}

std::vector<base::Bytes> result_leaves(std::span<const JournalEntry> entries) {
  std::vector<base::Bytes> leaves;
  for (const auto& entry : entries) {
    if (entry.code != Code::kOk) leaves.push_back(unopened_leaf(entry.envelope, entry.code));
    for (std::size_t i = 0; i < entry.items.size(); ++i) {
      leaves.push_back(result_leaf(entry.envelope, static_cast<std::uint32_t>(i), entry.items[i]));
    }
  }
  return leaves;
}

}  // namespace flora::channel
