// SPDX-License-Identifier: EUPL-1.2
#include "http/persons.hpp"

#include "http/json.hpp"

namespace flora::http {

using base::Code;
using base::Json;
using base::JsonArray;
using base::JsonObject;

base::Result<Persons> Persons::of(Api& api, const base::MemberId& member, std::span<const base::CaseId> cases) {
  Persons out;
  if (cases.empty()) return out;
  FLORA_TRY(auto records, api.backend.vault(member).get_many(cases));
  for (auto& record : records) {
    const auto id = record.case_id;
    out.records_.emplace(id, std::move(record));
  }
  return out;
}

const vault::Record* Persons::find(const base::CaseId& case_id) const {
  const auto found = records_.find(case_id);
  return found == records_.end() ? nullptr : &found->second;
}

Json Persons::json(const base::CaseId& case_id) const {
  const auto* record = find(case_id);
  return record == nullptr ? Json(nullptr) : Json(json_of(*record));
}

namespace {

JsonObject unknown_to_the_ledger(const base::CaseId& case_id, Json person) {
  return {{"case", case_id.text()}, {"person", std::move(person)}, {"status", nullptr}, {"since", nullptr},
          {"level", "none"},        {"cues", JsonArray{}},         {"finished", false}};
}

JsonObject summary(const channel::Summary& of, Json person) {
  return {{"case", of.case_id.text()},
          {"person", std::move(person)},
          {"status", json_or_null(of.status)},
          {"since", base::to_rfc3339(of.since)},
          {"level", package::to_text(of.level)},
          {"cues", json_of(of.cues)},
          {"finished", of.finished}};
}

// Kept in the vault, but no fact of it was recorded yet. What exists and may not be read stays unsaid.
bool is_unknown(const Reading& reading, const base::CaseId& case_id) {
  const auto shown = reading.reader->show(reading.asking, case_id);
  return !shown && shown.error().code == Code::kUnknownCase;
}

}  // namespace

base::Result<JsonArray> summaries(Api& api, const Reading& reading, std::span<const base::CaseId> cases) {
  FLORA_TRY(const auto persons, Persons::of(api, reading.asking.member, cases));
  FLORA_TRY(const auto known, reading.reader->summaries(reading.asking, cases));
  JsonArray out;
  auto next = known.begin();
  for (const auto& id : cases) {
    if (next != known.end() && next->case_id == id) {
      out.emplace_back(summary(*next++, persons.json(id)));
    } else if (is_unknown(reading, id)) {
      out.emplace_back(unknown_to_the_ledger(id, persons.json(id)));
    }
  }
  return out;
}

}  // namespace flora::http
