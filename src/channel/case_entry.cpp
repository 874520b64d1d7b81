// SPDX-License-Identifier: EUPL-1.2
#include "channel/case_entry.hpp"

#include <algorithm>

#include "base/cbor.hpp"
#include "channel/keys.hpp"
#include "crypto/hash.hpp"
#include "process/engine.hpp"

namespace flora::channel {
namespace {

using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;

constexpr std::uint64_t kFormat = 1;

tl::unexpected<base::Error> corrupt() { return fail(Code::kCorrupt, "a stored case cannot be read"); }

base::Result<std::uint64_t> read_below(CborReader& r, std::uint64_t bound) {
  FLORA_TRY(const auto value, r.uint());
  if (value >= bound) return fail(Code::kOutOfRange, "a number of a stored row is out of range");
  return value;
}
template <class Number>
base::Status read_number(CborReader& r, Number& into) {
  FLORA_TRY(const auto value, read_below(r, std::uint64_t{std::numeric_limits<Number>::max()} + 1));
  into = static_cast<Number>(value);
  return {};
}
base::Status read_u64(CborReader& r, std::uint64_t& into) {
  FLORA_TRY(into, r.uint());
  return {};
}
template <class IdType>
base::Status read_bytes(CborReader& r, IdType& into) {
  FLORA_TRY(const auto bytes, r.bytes(into.bytes.size()));
  std::copy(bytes.begin(), bytes.end(), into.bytes.begin());
  return {};
}

template <class Index>
void write_indexes(CborWriter& w, const std::vector<Index>& indexes) {
  w.array(indexes.size());
  for (const auto index : indexes) w.uint(index);
}
template <class Index>
base::Status read_indexes(CborReader& r, std::vector<Index>& into) {
  FLORA_TRY(const auto n, r.array());
  for (std::size_t i = 0; i < n; ++i) {
    Index index = 0;
    FLORA_TRY(read_number(r, index));
    into.push_back(index);
  }
  return {};
}

base::Result<std::unique_ptr<CaseEntry>> read_case(const base::CaseId& id, base::ByteView record, const Catalog& catalog) {
  FLORA_TRY(auto r, CborReader::open(record));
  FLORA_TRY(r.array(4));
  FLORA_TRY(read_below(r, kFormat + 1));
  auto entry = std::make_unique<CaseEntry>();
  entry->id = id;
  base::Hash hash;
  FLORA_TRY(read_bytes(r, hash));
  entry->version = catalog.share(hash);
  if (!entry->version) return corrupt();
  FLORA_TRY(const auto names, r.bytes());
  FLORA_TRY(const auto state, r.raw());
  FLORA_TRY(entry->state, process::decode_state(*entry->version->definition, state));
  if (names.size() != entry->state.facts.size() * FactId{}.bytes.size()) return corrupt();
  for (std::size_t at = 0; at < names.size(); at += 16) entry->facts.push_back(*FactId::from(names.subspan(at, 16)));
  return entry;
}

}  // namespace

base::Bytes encode_case(const CaseEntry& entry) {
  static_assert(sizeof(FactId) == 16, "the names of the facts lie one after the other");
  const base::ByteView names(reinterpret_cast<const std::uint8_t*>(entry.facts.data()), entry.facts.size() * sizeof(FactId));
  CborWriter w;
  w.array(4).uint(kFormat).bytes(entry.version->hash).bytes(names);
  w.raw(process::encode_state(*entry.version->definition, entry.state));
  return w.take();
}

base::Result<std::unique_ptr<CaseEntry>> decode_case(const base::CaseId& id, base::ByteView record, const Catalog& catalog) {
  auto entry = read_case(id, record, catalog);
  if (!entry) return corrupt();
  return entry;
}

base::Result<std::unique_ptr<CaseEntry>> load_case(const base::TableReader& tables, const base::ChannelId& channel,
                                                   const base::CaseId& id, const Catalog& catalog) {
  const auto record = tables.get(base::Table::kChannel, index_key(channel, entry::kCase, {id}));
  if (!record) return std::unique_ptr<CaseEntry>();
  FLORA_TRY(auto entry, decode_case(id, *record, catalog));
  if (auto placed = tables.get(base::Table::kViewIndex, index_key(channel, place::kPlaced, {id}))) {
    entry->placed = *std::move(placed);
  }
  const auto due = process::next_due(*entry->version->definition, entry->state);
  entry->due = due ? due->ns : process::kNever;
  return entry;
}

FactId name_of(const process::Definition& definition, const process::CaseState& state, std::span<const FactId> entered,
               process::FactRef fact) {
  if (fact.is_none()) return {};
  if (!fact.is_clock()) return fact.index() < entered.size() ? entered[fact.index()] : FactId{};
  if (fact.index() >= state.clock.size()) return {};
  const process::ClockFact& clock = state.clock[fact.index()];
  const FactId cause = name_of(definition, state, entered, clock.cause);
  static constexpr std::array<std::uint8_t, 1> kZero{};
  const base::Hash hash = crypto::sha256(
      {base::as_bytes("flora/clock-fact/1"), base::as_bytes(definition.rule_id(clock.rule)), base::ByteView(kZero), cause});
  return *FactId::from(base::ByteView(hash).first(16));
}

std::optional<process::FactRef> find_fact(const CaseEntry& entry, const FactId& id) {
  const auto it = std::find(entry.facts.begin(), entry.facts.end(), id);
  if (it != entry.facts.end()) return process::FactRef::entered(static_cast<std::size_t>(it - entry.facts.begin()));
  for (std::size_t i = 0; i < entry.state.clock.size(); ++i) {
    const auto ref = process::FactRef::clock(i);
    if (name_of(*entry.version->definition, entry.state, entry.facts, ref) == id) return ref;
  }
  return std::nullopt;
}

base::Bytes encode_placed(const Placed& s) {
  CborWriter w;
  w.array(4).uint(s.history).array(s.rows.size());
  for (const auto& row : s.rows) w.array(3).uint(row.view).bytes(base::as_bytes(row.sort)).uint(row.print);
  w.array(s.findings.size());
  for (const auto& f : s.findings) {
    w.array(7).uint(f.finding).uint(static_cast<std::uint64_t>(f.level)).boolean(f.unacknowledged).integer(f.opened);
    write_indexes(w, f.agencies);
    write_indexes(w, f.roles);
    w.uint(f.print);
  }
  w.array(s.cues.size());
  for (const auto& c : s.cues) w.array(3).uint(c.agency).uint(c.step).integer(c.due);
  return w.take();
}

base::Result<Placed> decode_placed(base::ByteView bytes) {
  Placed s;
  if (bytes.empty()) return s;
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(r.array(4));
  FLORA_TRY(read_number(r, s.history));
  FLORA_TRY(const auto rows, r.array());
  s.rows.resize(rows);
  for (auto& row : s.rows) {
    FLORA_TRY(r.array(3));
    FLORA_TRY(read_number(r, row.view));
    FLORA_TRY(const auto sort, r.bytes());
    row.sort = base::as_text(sort);
    FLORA_TRY(read_u64(r, row.print));
  }
  FLORA_TRY(const auto findings, r.array());
  s.findings.resize(findings);
  for (auto& f : s.findings) {
    FLORA_TRY(r.array(7));
    FLORA_TRY(read_number(r, f.finding));
    FLORA_TRY(const auto level, read_below(r, 5));
    f.level = static_cast<package::Level>(level);
    FLORA_TRY(f.unacknowledged, r.boolean());
    FLORA_TRY(f.opened, r.integer());
    FLORA_TRY(read_indexes(r, f.agencies));
    FLORA_TRY(read_indexes(r, f.roles));
    FLORA_TRY(read_u64(r, f.print));
  }
  FLORA_TRY(const auto cues, r.array());
  s.cues.resize(cues);
  for (auto& c : s.cues) {
    FLORA_TRY(r.array(3));
    FLORA_TRY(read_number(r, c.agency));
    FLORA_TRY(read_number(r, c.step));
    FLORA_TRY(c.due, r.integer());
  }
  return s;
}

base::Bytes encode_history(const HistoryRow& h) {
  CborWriter w;
  w.array(12).uint(static_cast<std::uint64_t>(h.kind)).integer(h.time.ns).uint(static_cast<std::uint64_t>(h.height));
  w.bytes(h.envelope).uint(h.index).bytes(h.message_id).bytes(h.member).bytes(h.actor).uint(h.role).uint(h.fact.value);
  w.text(h.reason).array(h.moves.size());
  for (const auto& m : h.moves) {
    w.array(7).uint(m.rule.value).uint(m.step).uint(m.fact.value).uint(static_cast<std::uint64_t>(m.stage));
    w.uint(static_cast<std::uint64_t>(m.level)).uint(static_cast<std::uint64_t>(m.verb)).integer(m.at);
  }
  return w.take();
}

base::Result<HistoryRow> decode_history(base::ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(r.array(12));
  HistoryRow h;
  FLORA_TRY(const auto kind, read_below(r, 5));
  h.kind = static_cast<HistoryRow::Kind>(kind);
  FLORA_TRY(h.time.ns, r.integer());
  FLORA_TRY(const auto height, read_below(r, INT64_MAX));
  h.height = static_cast<std::int64_t>(height);
  FLORA_TRY(read_bytes(r, h.envelope));
  FLORA_TRY(read_number(r, h.index));
  FLORA_TRY(read_bytes(r, h.message_id));
  FLORA_TRY(read_bytes(r, h.member));
  FLORA_TRY(read_bytes(r, h.actor));
  FLORA_TRY(read_number(r, h.role));
  FLORA_TRY(read_number(r, h.fact.value));
  FLORA_TRY(const auto reason, r.text());
  h.reason = reason;
  FLORA_TRY(const auto moves, r.array());
  h.moves.resize(moves);
  for (auto& m : h.moves) {
    FLORA_TRY(r.array(7));
    FLORA_TRY(read_number(r, m.rule.value));
    FLORA_TRY(read_number(r, m.step));
    FLORA_TRY(read_number(r, m.fact.value));
    FLORA_TRY(const auto stage, read_below(r, 3));
    m.stage = static_cast<Stage>(stage);
    FLORA_TRY(const auto level, read_below(r, 5));
    m.level = static_cast<package::Level>(level);
    FLORA_TRY(const auto verb, read_below(r, 8));
    m.verb = static_cast<FindingVerb>(verb);
    FLORA_TRY(m.at, r.integer());
  }
  return h;
}

}  // namespace flora::channel
