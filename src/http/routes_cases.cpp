// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "http/api.hpp"
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

constexpr std::size_t kSearchLettersMin = 2;

base::Result<base::CaseId> case_of(const Request& request) {
  const auto id = base::CaseId::parse(request.path_value("case"));
  if (!id) return fail(Code::kUnknownCase, "this is no pseudonym");
  return *id;
}

template <class List>
JsonArray list_json(const List& list) {
  JsonArray out;
  for (const auto& one : list) out.emplace_back(json_of(one));
  return out;
}

base::Result<Response> case_detail(Api& api, const Request& request) {
  FLORA_TRY(const auto id, case_of(request));
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(const auto shown, reading.reader->show(reading.asking, id));
  const base::CaseId ids[] = {shown.case_id};
  FLORA_TRY(const auto persons, Persons::of(api, request.origin, ids));
  JsonArray phases, offers;
  for (const auto& phase : shown.phases) phases.emplace_back(JsonObject{{"phase", phase.phase}, {"closed", phase.closed}});
  for (const auto& offer : shown.offers) {
    offers.emplace_back(JsonObject{{"step", offer.step}, {"view", json_or_null(offer.view)}, {"cue", offer.cue}});
  }
  return listed(request, shown.standing,
                {{"case", shown.case_id.text()},
                 {"person", persons.json(shown.case_id)},
                 {"package", base::to_hex(shown.package)},
                 {"opened", base::to_rfc3339(shown.opened)},
                 {"finished", shown.finished},
                 {"cancelled", shown.cancelled},
                 {"level", package::to_text(shown.level)},
                 {"facts", list_json(shown.facts)},
                 {"duties", list_json(shown.duties)},
                 {"findings", list_json(shown.findings)},
                 {"cues", json_of(shown.cues)},
                 {"blocked", list_json(shown.blocked)},
                 {"phases", std::move(phases)},
                 {"offers", std::move(offers)}});
}

base::Result<Response> why(Api& api, const Request& request) {
  FLORA_TRY(const auto id, case_of(request));
  channel::WhyQuery query{.rule = std::string(request.query_value("rule").value_or("")),
                          .step = std::string(request.query_value("step").value_or("")),
                          .fact = {}};
  if (query.rule.empty() && query.step.empty()) return fail(Code::kMissingField, "rule or step is needed");
  if (const auto fact = request.query_value("fact")) {
    query.fact = channel::FactId::parse(*fact);
    if (!query.fact) return fail(Code::kMalformed, "fact");
  }
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(const auto found, reading.reader->why(reading.asking, id, query));
  JsonArray reasons;
  for (const auto& reason : found) {
    reasons.emplace_back(JsonObject{{"rule", reason.rule},
                                    {"number", reason.number.empty() ? reason.rule : reason.number},
                                    {"sentence", json_of(reason.sentence)},
                                    {"basis", json_of(reason.basis)},
                                    {"level", package::to_text(reason.level)},
                                    {"facts", list_json(reason.facts)},
                                    {"missing", list_json(reason.missing)}});
  }
  return listed(request, reading.reader->standing(), {{"reasons", std::move(reasons)}});
}

base::Result<Response> events(Api& api, const Request& request) {
  FLORA_TRY(const auto after, query_number(request, "after", 0, 0, std::numeric_limits<std::int64_t>::max()));
  FLORA_TRY(const auto limit, page_limit(request));
  FLORA_TRY(const auto reading, read_as(api, request));
  const std::string cursor(request.query_value("cursor").value_or(""));
  FLORA_TRY(const auto page, reading.reader->events(reading.asking, after, cursor, limit));
  JsonArray out;
  for (const auto& event : page.events) {
    out.emplace_back(JsonObject{{"height", event.fact.height},
                                {"case", event.case_id.text()},
                                {"fact", json_of(event.fact)},
                                {"findings", list_json(event.findings)}});
  }
  return listed(request, page.standing, {{"events", std::move(out)}, {"next", page.next}});
}

base::Result<Response> search(Api& api, const Request& request) {
  const auto text = request.query_value("q").value_or("");
  if (text.size() < kSearchLettersMin) return fail(Code::kOutOfRange, "q: at least two letters");
  FLORA_TRY(const auto limit, page_limit(request));
  FLORA_TRY(const auto reading, read_as(api, request));
  FLORA_TRY(const auto cases, api.backend.vault(request.origin).search(text, std::min(limit, vault::kSearchRowsMax)));
  FLORA_TRY(auto results, summaries(api, reading, cases));
  return listed(request, reading.reader->standing(), {{"results", std::move(results)}});
}

void answer(base::Result<Response> result, const Request& request, const Respond& respond) {
  respond(result ? *std::move(result) : problem(result.error(), request.trace));
}

}  // namespace

void get_case(Api& api, Request request, Respond respond) { answer(case_detail(api, request), request, respond); }
void get_why(Api& api, Request request, Respond respond) { answer(why(api, request), request, respond); }
void get_events(Api& api, Request request, Respond respond) { answer(events(api, request), request, respond); }
void get_search(Api& api, Request request, Respond respond) { answer(search(api, request), request, respond); }

}  // namespace flora::http
