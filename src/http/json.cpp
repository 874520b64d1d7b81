// SPDX-License-Identifier: EUPL-1.2
#include "http/json.hpp"

#include <fmt/format.h>

#include "calendar/calendar.hpp"

namespace flora::http {

using base::Json;
using base::JsonArray;
using base::JsonObject;

JsonArray json_of(const std::vector<std::string>& texts) {
  JsonArray out;
  out.reserve(texts.size());
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

JsonObject json_of(const package::Text& text) {
  JsonObject out;
  for (const auto& [language, words] : text) out[language] = words;
  return out;
}

Json json_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json_of_due(const std::optional<base::Instant>& due) {
  if (!due) return nullptr;
  const auto* zone = calendar::builtin_calendars().find_zone("Europe/Berlin");
  if (zone == nullptr) return Json(base::to_rfc3339(*due));
  const auto local = zone->to_local(*due);
  if (local.ns_of_day == 0) return Json(calendar::to_text(local.date.plus_days(-1)) + "T24:00");
  return Json(calendar::to_local_text(*zone, *due));
}

JsonObject json_of(const base::Error& error) {
  return {{"code", static_cast<std::uint32_t>(error.code)}, {"name", base::name_of(error.code)}, {"detail", error.detail}};
}

JsonObject json_of(const channel::FindingChange& change) {
  return {{"rule", change.rule},
          {"step", change.step},
          {"fact", change.fact.text()},
          {"stage", json_or_null(channel::to_text(change.stage))},
          {"level", package::to_text(change.level)},
          {"change", channel::to_text(change.change)},
          {"to", json_of(change.to)}};
}

JsonObject json_of(const channel::NoteSent& note) { return {{"rule", note.rule}, {"to", json_of(note.to)}}; }

JsonObject json_of(const channel::DutyChange& duty) {
  return {{"rule", duty.rule},      {"step", duty.step},           {"change", channel::to_text(duty.change)},
          {"by", json_of(duty.by)}, {"to", json_or_null(duty.to)}, {"due", json_of_due(duty.due)}};
}

JsonObject json_of(const std::vector<channel::AgencyCues>& cues) {
  JsonObject out;
  for (const auto& one : cues) out[one.agency] = json_of(one.steps);
  return out;
}

JsonObject json_of(const channel::Missing& missing) { return {{"step", missing.step}, {"by", json_of(missing.by)}}; }

namespace {

template <class List>
JsonArray list_of(const List& list) {
  JsonArray out;
  out.reserve(list.size());
  for (const auto& one : list) out.emplace_back(json_of(one));
  return out;
}

}  // namespace

JsonObject json_of(const Outcome& outcome, std::size_t number) {
  JsonObject out{{"n", number}};
  if (!outcome.case_id.is_zero()) out["case"] = outcome.case_id.text();
  if (!outcome.fact.is_zero()) out["fact"] = outcome.fact.text();
  if (outcome.error) {
    out["outcome"] = "refused";
    out["error"] = json_of(*outcome.error);
    return out;
  }
  out["outcome"] = "accepted";
  out["findings"] = list_of(outcome.effects.findings);
  out["notes"] = list_of(outcome.effects.notes);
  out["duties"] = list_of(outcome.effects.duties);
  out["cues"] = json_of(outcome.effects.cues);
  return out;
}

JsonObject json_of(const channel::Finding& finding) {
  return {{"rule", finding.rule},
          {"step", finding.step},
          {"fact", finding.fact.text()},
          {"stage", json_or_null(channel::to_text(finding.stage))},
          {"level", package::to_text(finding.level)},
          {"state", channel::to_text(finding.state)},
          {"opened", base::to_rfc3339(finding.opened)},
          {"to", json_of(finding.to)}};
}

JsonObject json_of(const channel::FindingShown& shown) {
  JsonObject out = json_of(shown.finding);
  JsonArray life;
  for (const auto& l : shown.life) {
    life.emplace_back(JsonObject{{"at", base::to_rfc3339(l.at)},
                                 {"change", channel::to_text(l.change)},
                                 {"level", package::to_text(l.level)},
                                 {"reason", json_or_null(l.reason)},
                                 {"by", json_or_null(l.role)}});
  }
  out["life"] = std::move(life);
  JsonArray facts;
  for (const auto& fact : shown.why.facts) facts.emplace_back(fact.text());
  out["facts"] = std::move(facts);
  return out;
}

JsonObject json_of(const channel::FactShown& fact) {
  JsonObject data;
  for (const auto& [field, cell] : fact.data) data[field] = channel::to_json(cell);
  const bool clock = fact.role.empty();
  return {{"fact", fact.id.text()},
          {"step", fact.step},
          {"by", json_or_null(fact.role)},
          {"agency", json_or_null(fact.agency)},
          {"at", base::to_rfc3339(fact.at)},
          {"entered", base::to_rfc3339(fact.entered)},
          {"data", std::move(data)},
          {"withheld", fact.fields_withheld},
          {"clock", clock},
          {"struck", fact.struck},
          {"repeated", fact.repeated},
          {"actor", fact.actor.is_zero() ? Json(nullptr) : Json(fact.actor.text())},
          {"height", fact.height},
          {"index", fact.index},
          {"receipt", fact.envelope.is_zero() ? Json(nullptr) : Json(base::to_hex(fact.envelope))}};
}

JsonObject json_of(const channel::Duty& duty) {
  return {{"rule", duty.rule},
          {"step", duty.step},
          {"by", json_of(duty.by)},
          {"to", json_or_null(duty.to)},
          {"due", json_of_due(duty.due)},
          {"overdue", duty.overdue},
          {"cue", duty.cue}};
}

JsonObject json_of(const channel::BlockedStep& blocked) {
  return {{"step", blocked.step}, {"missing", list_of(blocked.missing)}};
}

JsonObject json_of(const vault::Record& record) {
  return {{"family_name", record.family_name},
          {"given_names", record.given_names},
          {"birth_date", json_or_null(record.birth_date)},
          {"nationality", json_or_null(record.nationality)},
          {"file_number", json_or_null(record.file_number)},
          {"group", json_or_null(record.group)}};
}

JsonObject json_of(const Status& status) {
  return {{"height", status.height},
          {"ledger_time", base::to_rfc3339(status.ledger_time)},
          {"age_ms", status.age_ms},
          {"writable", status.writable},
          {"why_not_writable", json_or_null(status.why_not_writable)},
          {"ready", status.ready},
          {"demo", status.demo},
          {"build", status.build},
          {"chain", status.chain},
          {"queue", status.queue}};
}

}  // namespace flora::http
