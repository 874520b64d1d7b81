// SPDX-License-Identifier: EUPL-1.2
// Facts in ledger order, for the agencies' own systems.
#include <algorithm>
#include <unordered_map>

#include "channel/journal.hpp"
#include "channel/keys.hpp"
#include "channel/reading.hpp"

namespace flora::channel {
namespace {

// Where an event stands: height, position, index of its command.
struct EventPlace {
  std::int64_t height = 0;
  std::uint32_t position = 0, index = 0;
  friend auto operator<=>(const EventPlace&, const EventPlace&) = default;
};

std::string cursor_at(const EventPlace& place) {
  base::Bytes bytes = base::to_bytes(height_key(place.height));
  base::append(bytes, base::be32(place.position));
  base::append(bytes, base::be32(place.index));
  return cursor_of(bytes);
}

base::Result<EventPlace> place_of(const std::string& cursor) {
  FLORA_TRY(const auto bytes, parse_cursor(cursor));
  if (bytes.size() != 16) return base::fail(base::Code::kOutOfRange, "the cursor is none of ours");
  const base::ByteView view(bytes);
  return EventPlace{static_cast<std::int64_t>(base::read_be64(view.first(8))), read_be32(view.subspan(8, 4)),
                    read_be32(view.subspan(12))};
}

bool is_for(const FindingChange& change, const package::Package& package, package::AgencyIndex agency) {
  return std::any_of(change.to.begin(), change.to.end(), [&](const std::string& to) {
    if (package.agencies[agency].id == to) return true;
    const auto role = package.find_role(to);
    return role && package.roles[*role].agency == agency;
  });
}

// Cases of one page of events, each read once.
class Cases {
 public:
  Cases(const base::TableReader& tables, const base::ChannelId& channel, const Catalog& catalog, const Asker& asker)
      : tables_(tables), channel_(channel), catalog_(catalog), asker_(asker) {}

  struct Known {
    ReadableCase readable;
    std::vector<HistoryRow> history;
  };
  // nullptr: the agency may not read it.
  const Known* find(const base::CaseId& id) {
    const auto [it, first] = cases_.try_emplace(id);
    if (first) {
      auto readable = open_case(tables_, channel_, catalog_, asker_, id);
      if (readable) it->second = std::make_unique<Known>(Known{*std::move(readable), read_history(tables_, channel_, id)});
    }
    return it->second.get();
  }

 private:
  const base::TableReader& tables_;
  const base::ChannelId& channel_;
  const Catalog& catalog_;
  const Asker& asker_;
  std::unordered_map<base::CaseId, std::unique_ptr<Known>> cases_;
};

std::optional<Event> make_event(Cases& cases, const JournalItem& item, const EventPlace& place) {
  if (item.code != base::Code::kOk) return std::nullopt;
  const auto command = parse_command(item.command);
  if (!command || !std::holds_alternative<RecordFact>(*command)) return std::nullopt;
  const auto effects = decode_effects(item.effects);
  if (!effects || effects->repeats) return std::nullopt;
  const Cases::Known* known = cases.find(std::get<RecordFact>(*command).case_id);
  if (known == nullptr) return std::nullopt;
  const CaseEntry& entry = *known->readable.entry;
  const auto fact = find_fact(entry, fact_id(item.message_id));
  if (!fact) return std::nullopt;
  const auto row = std::find_if(known->history.begin(), known->history.end(),
                                [&](const HistoryRow& r) { return r.kind == HistoryRow::Kind::kFact && r.fact == *fact; });
  Event event;
  event.case_id = entry.id;
  event.package = entry.version->hash;
  event.message_id = item.message_id;
  event.fact = show_fact(entry, *fact, row == known->history.end() ? nullptr : &*row, known->readable.asker.agency);
  for (const auto& change : effects->findings) {
    if (is_for(change, *entry.version->package, known->readable.asker.agency)) event.findings.push_back(change);
  }
  event.cursor = cursor_at(place);
  return event;
}

}  // namespace

base::Result<Events> Reader::events(const Asking& asking, std::int64_t since_height, const std::string& after,
                                    std::size_t limit) const {
  FLORA_TRY(const auto asker, ask(*catalog_, asking));
  FLORA_TRY(check_limit(limit));
  EventPlace from{std::max<std::int64_t>(since_height, 0), kClockPosition, 0};
  if (!after.empty()) {
    FLORA_TRY(from, place_of(after));
  }
  Events out;
  out.standing = standing();
  Cases cases(*tables_, channel_, *catalog_, asker);
  EventPlace last = from;
  std::size_t examined = 0;
  scan_journal(*tables_, channel_, from.height, [&](std::int64_t height, std::uint32_t position, const JournalEntry& entry) {
    for (std::size_t i = 0; i < entry.items.size(); ++i) {
      const EventPlace place{height, position, static_cast<std::uint32_t>(i)};
      if (place <= from) continue;
      if (out.events.size() == limit || examined == kRowsExaminedMax) return false;
      ++examined;
      last = place;
      if (auto event = make_event(cases, entry.items[i], place)) out.events.push_back(*std::move(event));
    }
    return true;
  });
  out.next = cursor_at(last);
  return out;
}

}  // namespace flora::channel
