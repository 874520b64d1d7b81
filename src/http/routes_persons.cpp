// SPDX-License-Identifier: EUPL-1.2
// Persons: kept in the caller's own vault, never on the ledger.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "calendar/civil.hpp"
#include "http/api.hpp"
#include "http/body.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "http/persons.hpp"

namespace flora::http {

using base::Code;
using base::fail;
using base::Json;
using base::JsonArray;
using base::JsonObject;

namespace {

constexpr std::size_t kPersonsMax = 1000;

#define FLORA_BODY(name, expression)                            \
  auto name##_read = (expression);                              \
  if (!name##_read) return tl::unexpected(name##_read.error()); \
  auto& name = *name##_read

// ISO 8601, or with unknown parts as officially entered: 1990-00-00.
bool is_birth_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  std::string filled(text);
  if (filled.substr(5, 2) == "00") filled.replace(5, 2, "01");
  if (filled.substr(8, 2) == "00") filled.replace(8, 2, "01");
  return calendar::parse_date(filled).has_value();
}

Body<vault::Record> read_person(Api& api, const Request& request, const Fields& fields, std::size_t index) {
  FLORA_BODY(known, fields.only({"case", "family_name", "given_names", "birth_date", "nationality", "file_number", "group"}));
  static_cast<void>(known);
  vault::Record record;
  if (fields.has("case")) {
    FLORA_BODY(case_id, fields.case_id("case"));
    record.case_id = case_id;
  } else {
    record.case_id = api.backend.new_case(author_of(*request.caller), idempotency_key(request), index);
  }
  FLORA_BODY(family_name, fields.text("family_name", 200));
  FLORA_BODY(given_names, fields.text("given_names", 200));
  FLORA_BODY(birth_date, fields.text_or("birth_date", "", 10));
  FLORA_BODY(nationality, fields.text_or("nationality", "", 60));
  FLORA_BODY(file_number, fields.text_or("file_number", "", 60));
  FLORA_BODY(group, fields.text_or("group", "", 60));
  if (family_name.empty()) return fields.wrong("family_name", Code::kOutOfRange, "is empty");
  if (!birth_date.empty() && !is_birth_date(birth_date)) {
    return fields.wrong("birth_date", Code::kOutOfRange, "expected YYYY-MM-DD, unknown parts as 00");
  }
  record.family_name = family_name;
  record.given_names = given_names;
  record.birth_date = birth_date;
  record.nationality = nationality;
  record.file_number = file_number;
  record.group = group;
  return record;
}

struct NewPersons {
  std::vector<vault::Record> records;
  std::vector<std::string> share;
};

Body<NewPersons> read_persons(Api& api, const Request& request, const Json& body, const package::Package& package) {
  const Fields fields(body.get_object(), "");
  FLORA_BODY(known, fields.only({"persons", "share"}));
  static_cast<void>(known);
  FLORA_BODY(array, fields.array("persons", 1, kPersonsMax));
  NewPersons out;
  std::set<base::CaseId> seen;
  for (std::size_t i = 0; i < array->size(); ++i) {
    FLORA_BODY(element, fields.element(*array, "persons", i));
    FLORA_BODY(record, read_person(api, request, element, i));
    if (!seen.insert(record.case_id).second) return element.wrong("case", Code::kDuplicate, "stands twice");
    out.records.push_back(std::move(record));
  }
  if (!fields.has("share")) return out;
  FLORA_BODY(share, fields.array("share", 0, package.agencies.size()));
  for (std::size_t i = 0; i < share->size(); ++i) {
    const auto& agency = (*share)[i];
    const std::string place = fmt::format("share/{}", i);
    if (!agency.is_string()) return fields.wrong(place, Code::kWrongType, "expected the id of an agency");
    const std::string id(agency.get_string());
    if (!package.find_agency(id)) return fields.wrong(place, Code::kUnknownReference, "no agency of the package");
    out.share.push_back(id);
  }
  return out;
}

#undef FLORA_BODY

base::Status keep(Api& api, const base::MemberId& member, const NewPersons& given) {
  FLORA_TRY(api.backend.vault(member).put_many(given.records));
  if (given.share.empty()) return {};
  auto handed = given.records;
  for (auto& record : handed) record.file_number.clear();  // the member's own number means nothing elsewhere
  for (const auto& agency : given.share) {
    if (agency == api.agency_of(member)) continue;
    FLORA_TRY(api.backend.hand_over(member, agency, handed));
  }
  return {};
}

base::Result<Response> by_file_number(Api& api, const Request& request) {
  const auto number = request.query_value("file_number").value_or("");
  if (number.empty()) return fail(Code::kMissingField, "file_number");
  auto& vault = api.backend.vault(request.origin);
  FLORA_TRY(const auto cases, vault.search(number, vault::kSearchRowsMax));
  FLORA_TRY(const auto records, vault.get_many(cases));
  JsonArray persons;
  for (const auto& record : records) {
    if (record.file_number == number)
      persons.emplace_back(JsonObject{{"case", record.case_id.text()}, {"person", json_of(record)}});
  }
  auto out = Response::json(JsonObject{{"persons", std::move(persons)}});
  return out;
}

base::Result<Response> group(Api& api, const Request& request) {
  const std::string token(request.path_value("token"));
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(auto members, api.backend.vault(request.origin).group_members(token));
  if (members.size() > base::limits::kPageRowsMax) members.resize(base::limits::kPageRowsMax);
  FLORA_TRY(auto cases, summaries(api, reading, members));
  return listed(request, reading.reader->standing(), {{"group", token}, {"cases", std::move(cases)}});
}

void answer(base::Result<Response> result, const Request& request, const Respond& respond) {
  respond(result ? *std::move(result) : problem(result.error(), request.trace));
}

}  // namespace

void post_persons(Api& api, Request request, Respond respond) {
  const auto body = read_object(request);
  if (!body) return respond(problem(body.error().error, request.trace, body.error().pointer));
  const auto reading = read_as(api, request);
  if (!reading) return respond(problem(reading.error(), request.trace));
  const auto given = read_persons(api, request, *body, reading->package());
  if (!given) return respond(problem(given.error().error, request.trace, given.error().pointer));
  if (!is_preview(request)) {
    if (const auto kept = keep(api, request.origin, *given); !kept) return respond(problem(kept.error(), request.trace));
  }
  JsonArray persons;
  for (const auto& record : given->records) persons.emplace_back(JsonObject{{"case", record.case_id.text()}});
  respond(Response::json(JsonObject{{"persons", std::move(persons)}}));
}

void get_persons(Api& api, Request request, Respond respond) { answer(by_file_number(api, request), request, respond); }
void get_group(Api& api, Request request, Respond respond) { answer(group(api, request), request, respond); }

}  // namespace flora::http
