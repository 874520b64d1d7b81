// SPDX-License-Identifier: EUPL-1.2
// One channel: its journal against the envelopes of the chain, the results against the journal, the state digest against the
// entries. How rows stand in the tables: docs/reference/formats-channel.md, "Tables".
#include <fmt/format.h>

#include <set>

#include "crypto/hash.hpp"
#include "crypto/merkle.hpp"
#include "crypto/smt.hpp"
#include "verify/audit_parts.hpp"
#include "verify/fields.hpp"

namespace flora::verify {
namespace {

using base::Bytes;
using base::ByteView;
using base::CborReader;
using base::CborWriter;
using base::Hash;
using base::Table;

constexpr std::uint32_t kClockPosition = 0xffffffff;

struct JournalItem {
  Command command;
  std::uint64_t code = 0;
  Bytes effects;
};
struct JournalEntry {
  Hash envelope;
  base::MemberId author;
  base::Instant time;
  std::uint64_t code = 0;
  std::vector<JournalItem> items;
};

base::Result<JournalItem> item_field(CborReader& r) {
  JournalItem out;
  FLORA_TRY(r.array(5));
  FLORA_TRY(out.command.salt, hash_field(r));
  FLORA_TRY(out.command.message_id, hash_field(r));
  FLORA_TRY(out.command.command, bytes_field(r));
  FLORA_TRY(out.code, r.uint());
  FLORA_TRY(out.effects, bytes_field(r));
  return out;
}

base::Result<JournalEntry> read_entry(ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  JournalEntry out;
  FLORA_TRY(r.array(6));
  FLORA_TRY(r.skip());  // format
  FLORA_TRY(out.envelope, hash_field(r));
  FLORA_TRY(out.author, id_field<base::MemberId>(r));
  FLORA_TRY(out.time, instant_field(r));
  FLORA_TRY(out.code, r.uint());
  FLORA_TRY(out.items, list_field<JournalItem>(r, item_field));
  FLORA_TRY(r.end());
  return out;
}

class ChannelAudit {
 public:
  ChannelAudit(const base::TableReader& tables, const base::ChannelId& channel, AuditReport& report)
      : tables_(tables), channel_(channel), report_(report), findings_(report) {}

  void run(const std::vector<Accepted>& accepted) {
    read_entries();
    for (const auto& envelope : accepted) check_envelope(envelope);
    finish_results();
    check_journal_is_complete(accepted);
    check_answers();
    check_digest();
  }

 private:
  std::string name() const { return "channel " + channel_.text(); }
  void wrong(const std::string& where, std::string why) { findings_.add(name() + ", " + where, std::move(why)); }

  void read_entries() {
    tables_.scan(Table::kChannel, channel_, {}, [&](ByteView key, ByteView value) {
      const ByteView entry = key.subspan(16);
      if (entry.empty()) return true;
      ++report_.entries;
      if (entry[0] == 'm') {
        answers_[base::to_bytes(entry.subspan(1))] = crypto::sha256(value);
        return true;
      }
      updates_.push_back({crypto::sha256(entry), crypto::sha256(value)});
      if (entry[0] == 'r') roots_[static_cast<std::int64_t>(base::read_be64(entry.subspan(1)))] = base::to_bytes(value);
      if (entry[0] == 'i') {
        for (std::size_t at = 8; at + 64 <= value.size(); at += 64) {
          listed_.insert({base::to_bytes(value.subspan(at, 32)), base::to_bytes(value.subspan(at + 32, 32))});
        }
      }
      return true;
    });
  }

  void check_envelope(const Accepted& envelope) {
    const std::string where = fmt::format("block {}, transaction {}", envelope.height, envelope.position);
    Bytes key = base::to_bytes(channel_);
    base::append(key, base::be64(static_cast<std::uint64_t>(envelope.height)));
    base::append(key, base::be32(envelope.position));
    const auto stored = tables_.get(Table::kJournal, key);
    if (!stored) return wrong(where, "is missing in the journal");
    const auto entry = read_entry(*stored);
    if (!entry) return wrong(where, "its journal entry cannot be read: " + entry.error().detail);
    if (entry->envelope != envelope.envelope || entry->author != envelope.author || entry->time != envelope.time) {
      wrong(where, "its journal entry is of another envelope, author or time");
    }
    if (envelope.height != height_) finish_results();
    height_ = envelope.height;
    if (entry->code != 0) {
      leaves_.push_back(CborWriter().array(4).bytes(envelope.envelope).null().uint(entry->code).null().take());
      return;
    }
    std::vector<Command> commands;
    for (std::size_t i = 0; i < entry->items.size(); ++i) {
      const auto& item = entry->items[i];
      commands.push_back(item.command);
      ++report_.commands;
      if (!base::check_cbor(item.effects)) {
        wrong(where, fmt::format("the effects of command {} cannot be read", i));
        continue;
      }
      const Hash told = crypto::sha256(CborWriter().array(2).bytes(item.command.salt).raw(item.effects).take());
      leaves_.push_back(CborWriter().array(4).bytes(envelope.envelope).uint(i).uint(item.code).bytes(told).take());
    }
    if (!all_cbor(commands) || root_of(commands) != envelope.command_root) {
      wrong(where, "its journal entry holds other commands than were signed");
    }
  }

  static bool all_cbor(const std::vector<Command>& commands) {
    for (const auto& command : commands) {
      if (!base::check_cbor(command.command)) return false;
    }
    return true;
  }

  // At the end of a height: the results root under the state digest.
  void finish_results() {
    if (leaves_.empty()) return;
    const auto root = roots_.find(height_);
    if (root == roots_.end() || !base::equal(root->second, crypto::merkle_root(leaves_))) {
      wrong(fmt::format("block {}", height_), "its results are not those under the state digest");
    }
    leaves_.clear();
  }

  void check_journal_is_complete(const std::vector<Accepted>& accepted) {
    std::set<std::pair<std::int64_t, std::uint32_t>> known;
    for (const auto& envelope : accepted) known.insert({envelope.height, envelope.position});
    tables_.scan(Table::kJournal, channel_, {}, [&](ByteView key, ByteView value) {
      const auto height = static_cast<std::int64_t>(base::read_be64(key.subspan(16, 8)));
      const auto position = static_cast<std::uint32_t>(base::read_be64(key.subspan(20, 8)) & 0xffffffff);
      if (position == kClockPosition) {
        if (!base::check_cbor(value)) wrong(fmt::format("block {}, clock", height), "its journal entry cannot be read");
      } else if (!known.contains({height, position})) {
        wrong(fmt::format("block {}, transaction {}", height, position), "stands in the journal, but not in the chain");
      }
      return true;
    });
  }

  void check_answers() {
    for (const auto& [id, hash] : answers_) {
      if (!listed_.contains({id, base::to_bytes(hash)}))
        wrong("answer " + base::to_hex(id), "is not the one under the state digest");
    }
  }

  void check_digest() {
    const auto nothing = [](ByteView) { return std::optional<Bytes>(); };
    const auto tree = crypto::smt_update(crypto::smt_empty_root(), nothing, updates_);
    if (!tree) return wrong("state", "the digest cannot be recomputed");
    Bytes key = base::to_bytes(channel_);
    key.push_back('z');
    const auto meta = tables_.get(Table::kViewIndex, key);
    if (!meta || !ends_with(*meta, tree->root)) {
      wrong("state", "its entries do not lead to the state digest; an entry was changed");
    }
    std::map<Bytes, Bytes> pages;
    for (const auto& change : tree->changes) {
      if (change.page) pages[change.page_key] = *change.page;
    }
    tables_.scan(Table::kDigestNodes, channel_, {}, [&](ByteView page, ByteView value) {
      const auto expected = pages.find(base::to_bytes(page.subspan(16)));
      if (expected == pages.end() || !base::equal(expected->second, value)) {
        wrong("page " + base::to_hex(page.subspan(16)) + " of the state tree", "does not follow from the entries");
      } else {
        pages.erase(expected);
      }
      return true;
    });
    for (const auto& [missing, _] : pages) wrong("page " + base::to_hex(missing) + " of the state tree", "is missing");
  }

  static bool ends_with(const Bytes& bytes, const Hash& hash) {
    return bytes.size() >= 32 && base::equal(ByteView(bytes).last(32), hash);
  }

  const base::TableReader& tables_;
  base::ChannelId channel_;
  AuditReport& report_;
  Findings findings_;
  std::vector<crypto::SmtUpdate> updates_;
  std::map<std::int64_t, Bytes> roots_;       // height -> results root
  std::map<Bytes, Hash> answers_;             // message id -> hash of its entry
  std::set<std::pair<Bytes, Bytes>> listed_;  // the same, from the lists under the digest
  std::vector<Bytes> leaves_;
  std::int64_t height_ = 0;
};

}  // namespace

void audit_channel(const base::TableReader& tables, const base::ChannelId& channel, const std::vector<Accepted>& accepted,
                   AuditReport& report) {
  ChannelAudit(tables, channel, report).run(accepted);
}

}  // namespace flora::verify
