// SPDX-License-Identifier: EUPL-1.2
#include "channel/effects.hpp"

#include <array>

#include "base/cbor.hpp"
#include "calendar/calendar.hpp"

namespace flora::channel {
namespace {

using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;

constexpr std::array<std::string_view, 8> kFindingVerbs{"",          "opened",    "acknowledged", "healed",
                                                        "justified", "withdrawn", "escalated",    "closed"};
constexpr std::array<std::string_view, 9> kDutyVerbs{"",          "owed",     "renewed", "warned",   "done",
                                                     "cancelled", "released", "overdue", "escalated"};
constexpr std::array<std::string_view, 3> kStages{"", "due", "grace"};

template <class Enum, std::size_t N>
base::Result<Enum> read_enum(CborReader& r, const std::array<std::string_view, N>&, std::uint64_t min) {
  FLORA_TRY(const auto value, r.uint());
  if (value < min || value >= N) return fail(Code::kOutOfRange, "a number of the effects is out of range");
  return static_cast<Enum>(value);
}

void write_texts(CborWriter& w, const std::vector<std::string>& texts) {
  w.array(texts.size());
  for (const auto& text : texts) w.text(text);
}

base::Result<std::vector<std::string>> read_texts(CborReader& r) {
  FLORA_TRY(const auto n, r.array());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(const auto text, r.text());
    out.emplace_back(text);
  }
  return out;
}

base::Status read_text(CborReader& r, std::string& into) {
  FLORA_TRY(const auto text, r.text());
  into = text;
  return {};
}

base::Status read_fact(CborReader& r, FactId& into) {
  FLORA_TRY(const auto bytes, r.bytes(16));
  into = *FactId::from(bytes);
  return {};
}

base::Result<FindingChange> read_finding(CborReader& r) {
  FindingChange f;
  FLORA_TRY(r.array(7));
  FLORA_TRY(read_text(r, f.rule));
  FLORA_TRY(read_text(r, f.step));
  FLORA_TRY(read_fact(r, f.fact));
  FLORA_TRY(f.stage, read_enum<Stage>(r, kStages, 0));
  FLORA_TRY(const auto level, r.uint());
  if (level > 4) return fail(Code::kOutOfRange, "a level is out of range");
  f.level = static_cast<package::Level>(level);
  FLORA_TRY(f.change, read_enum<FindingVerb>(r, kFindingVerbs, 1));
  FLORA_TRY(f.to, read_texts(r));
  return f;
}

base::Result<NoteSent> read_note(CborReader& r) {
  NoteSent n;
  FLORA_TRY(r.array(2));
  FLORA_TRY(read_text(r, n.rule));
  FLORA_TRY(n.to, read_texts(r));
  return n;
}

base::Result<DutyChange> read_duty(CborReader& r) {
  DutyChange d;
  FLORA_TRY(r.array(6));
  FLORA_TRY(read_text(r, d.rule));
  FLORA_TRY(read_text(r, d.step));
  FLORA_TRY(d.change, read_enum<DutyVerb>(r, kDutyVerbs, 1));
  FLORA_TRY(d.by, read_texts(r));
  FLORA_TRY(read_text(r, d.to));
  if (r.peek() == base::CborType::kNull) {
    FLORA_TRY(r.null());
  } else {
    FLORA_TRY(const auto ns, r.integer());
    d.due = base::Instant{ns};
  }
  return d;
}

base::Result<AgencyCues> read_cues(CborReader& r) {
  AgencyCues c;
  FLORA_TRY(r.array(2));
  FLORA_TRY(read_text(r, c.agency));
  FLORA_TRY(c.steps, read_texts(r));
  return c;
}

base::Result<ClockFact> read_clock(CborReader& r) {
  ClockFact c;
  FLORA_TRY(r.array(4));
  FLORA_TRY(read_fact(r, c.fact));
  FLORA_TRY(read_text(r, c.step));
  FLORA_TRY(const auto ns, r.integer());
  c.at = base::Instant{ns};
  FLORA_TRY(c.struck, r.boolean());
  return c;
}

base::Result<Effects::First> read_first(CborReader& r) {
  Effects::First first;
  FLORA_TRY(r.array(3));
  FLORA_TRY(const auto height, r.uint());
  if (height > INT64_MAX) return fail(Code::kOutOfRange, "a height is out of range");
  first.height = static_cast<std::int64_t>(height);
  FLORA_TRY(const auto hash, r.bytes(32));
  first.envelope = *base::Hash::from(hash);
  FLORA_TRY(const auto index, r.uint());
  if (index > UINT32_MAX) return fail(Code::kOutOfRange, "an index is out of range");
  first.index = static_cast<std::uint32_t>(index);
  return first;
}

// A list of at least one element.
template <class T>
base::Status read_list(CborReader& r, std::vector<T>& into, base::Result<T> (*read)(CborReader&)) {
  FLORA_TRY(const auto n, r.array());
  if (n == 0) return fail(Code::kOutOfRange, "an empty list of the effects is left out");
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(auto item, read(r));
    into.push_back(std::move(item));
  }
  return {};
}

base::JsonArray json_texts(const std::vector<std::string>& texts) {
  base::JsonArray out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

base::JsonObject json_finding(const FindingChange& f) {
  base::JsonObject o;
  o["rule"] = f.rule;
  o["step"] = f.step;
  o["fact"] = f.fact.text();
  o["stage"] = f.stage == Stage::kNone ? base::Json(nullptr) : base::Json(to_text(f.stage));
  o["level"] = package::to_text(f.level);
  o["change"] = to_text(f.change);
  o["to"] = json_texts(f.to);
  return o;
}

base::JsonObject json_duty(const DutyChange& d) {
  base::JsonObject o;
  o["rule"] = d.rule;
  o["step"] = d.step;
  o["change"] = to_text(d.change);
  o["by"] = json_texts(d.by);
  o["to"] = d.to;
  o["due"] = d.due ? base::Json(local_text(*d.due)) : base::Json(nullptr);
  return o;
}

}  // namespace

std::string_view to_text(FindingVerb verb) { return kFindingVerbs[static_cast<std::size_t>(verb)]; }
std::string_view to_text(DutyVerb verb) { return kDutyVerbs[static_cast<std::size_t>(verb)]; }
std::string_view to_text(Stage stage) { return kStages[static_cast<std::size_t>(stage)]; }

std::string local_text(base::Instant instant) {
  static const calendar::Zone* const zone = calendar::builtin_calendars().find_zone("Europe/Berlin");
  if (zone == nullptr) return base::to_rfc3339(instant);
  const calendar::LocalTime local = zone->to_local(instant);
  if (local.ns_of_day == 0) return calendar::to_text(local.date.plus_days(-1)) + "T24:00";
  return calendar::to_local_text(*zone, instant);
}

base::Bytes encode_effects(const Effects& e) {
  CborWriter w;
  w.map((e.findings.empty() ? 0 : 1) + (e.notes.empty() ? 0 : 1) + (e.duties.empty() ? 0 : 1) + (e.cues.empty() ? 0 : 1) +
        (e.clock.empty() ? 0 : 1) + (e.repeats ? 1 : 0));
  if (!e.findings.empty()) {
    w.uint(0).array(e.findings.size());
    for (const auto& f : e.findings) {
      w.array(7).text(f.rule).text(f.step).bytes(f.fact).uint(static_cast<std::uint64_t>(f.stage));
      w.uint(static_cast<std::uint64_t>(f.level)).uint(static_cast<std::uint64_t>(f.change));
      write_texts(w, f.to);
    }
  }
  if (!e.notes.empty()) {
    w.uint(1).array(e.notes.size());
    for (const auto& n : e.notes) {
      w.array(2).text(n.rule);
      write_texts(w, n.to);
    }
  }
  if (!e.duties.empty()) {
    w.uint(2).array(e.duties.size());
    for (const auto& d : e.duties) {
      w.array(6).text(d.rule).text(d.step).uint(static_cast<std::uint64_t>(d.change));
      write_texts(w, d.by);
      w.text(d.to);
      d.due ? w.integer(d.due->ns) : w.null();
    }
  }
  if (!e.cues.empty()) {
    w.uint(3).array(e.cues.size());
    for (const auto& c : e.cues) {
      w.array(2).text(c.agency);
      write_texts(w, c.steps);
    }
  }
  if (!e.clock.empty()) {
    w.uint(4).array(e.clock.size());
    for (const auto& c : e.clock) w.array(4).bytes(c.fact).text(c.step).integer(c.at.ns).boolean(c.struck);
  }
  if (e.repeats) {
    w.uint(5).array(3).uint(static_cast<std::uint64_t>(e.repeats->height)).bytes(e.repeats->envelope).uint(e.repeats->index);
  }
  return w.take();
}

base::Result<Effects> decode_effects(base::ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(const auto pairs, r.map());
  Effects e;
  for (std::size_t i = 0; i < pairs; ++i) {
    FLORA_TRY(const auto key, r.uint());
    switch (key) {
      case 0: FLORA_TRY(read_list(r, e.findings, read_finding)); break;
      case 1: FLORA_TRY(read_list(r, e.notes, read_note)); break;
      case 2: FLORA_TRY(read_list(r, e.duties, read_duty)); break;
      case 3: FLORA_TRY(read_list(r, e.cues, read_cues)); break;
      case 4: FLORA_TRY(read_list(r, e.clock, read_clock)); break;
      case 5: {
        FLORA_TRY(e.repeats, read_first(r));
        break;
      }
      default: return fail(Code::kUnknownField, "a field of the effects is not known");
    }
  }
  return e;
}

base::Json to_json(const Effects& e) {
  base::JsonObject o;
  base::JsonArray findings, notes, duties;
  for (const auto& f : e.findings) findings.emplace_back(json_finding(f));
  for (const auto& n : e.notes) notes.emplace_back(base::JsonObject{{"rule", n.rule}, {"to", json_texts(n.to)}});
  for (const auto& d : e.duties) duties.emplace_back(json_duty(d));
  base::JsonObject cues;
  for (const auto& c : e.cues) cues[c.agency] = json_texts(c.steps);
  o["findings"] = std::move(findings);
  o["notes"] = std::move(notes);
  o["duties"] = std::move(duties);
  o["cues"] = std::move(cues);
  if (!e.clock.empty()) {
    base::JsonArray clock;
    for (const auto& c : e.clock) {
      clock.emplace_back(
          base::JsonObject{{"fact", c.fact.text()}, {"step", c.step}, {"at", local_text(c.at)}, {"struck", c.struck}});
    }
    o["clock"] = std::move(clock);
  }
  return o;
}

}  // namespace flora::channel
