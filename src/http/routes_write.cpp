// SPDX-License-Identifier: EUPL-1.2
// Writes to the ledger: from JSON to commands, and from what they came to back to JSON. What can be judged without the
// ledger (a step that does not exist, data outside its schema, a role the caller does not hold) is refused here, fact by
// fact; everything else is the executor's to decide.
#include <fmt/format.h>

#include <algorithm>

#include "http/api.hpp"
#include "http/body.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"
#include "process/data.hpp"

namespace flora::http {

using base::Code;
using base::Error;
using base::Json;
using base::JsonArray;
using base::JsonObject;

namespace {

// One line of the request on its way: a command to be sent, or refused already.
struct Draft {
  base::CaseId case_id;
  std::optional<channel::Command> command;
  std::optional<Error> refusal;
};

struct Writing {
  Api& api;
  const Request& request;
  Reading reading;
  Author author;
  std::string key;

  // The role a line is recorded under.
  base::Result<std::string> role(const std::string& named) const {
    if (named.empty()) return request.caller->role();
    if (!request.caller->has_role(named))
      return base::fail(Code::kForbidden, fmt::format("the caller does not hold the role {}", named));
    return named;
  }
};

#define FLORA_BODY(name, expression)                            \
  auto name##_read = (expression);                              \
  if (!name##_read) return tl::unexpected(name##_read.error()); \
  auto& name = *name##_read

Body<base::CaseId> case_of_fact(const Writing& w, const Fields& fields, std::size_t index) {
  FLORA_BODY(fresh, fields.flag_or("new_case", false));
  if (fresh == fields.has("case")) return fields.wrong("case", Code::kMissingField, "either a case, or new_case true");
  if (!fresh) return fields.case_id("case");
  return w.api.backend.new_case(w.author, w.key, index);
}

// Data as the step's schema has it. Errors: kUnknownStep, kDataRefused.
base::Result<base::Bytes> encode_data(const Reading& reading, const std::string& step_id, const Json* data) {
  const auto step = reading.package().find_step(step_id);
  if (!step) return base::fail(Code::kUnknownStep, step_id);
  const auto& definition = *reading.version->definition;
  FLORA_TRY(const auto parsed, process::parse_data(definition, *step, data == nullptr ? Json(JsonObject{}) : *data));
  return process::encode_data(definition, *step, parsed);
}

Body<Draft> draft_fact(const Writing& w, const Fields& fields, std::size_t index) {
  FLORA_BODY(known, fields.only({"case", "new_case", "step", "at", "by", "data"}));
  static_cast<void>(known);
  FLORA_BODY(case_id, case_of_fact(w, fields, index));
  FLORA_BODY(step, fields.text("step", 128));
  FLORA_BODY(at, fields.time("at"));
  FLORA_BODY(by, fields.text_or("by", "", 128));
  const Json* data = fields.find("data");
  if (data != nullptr && !data->is_object()) return fields.wrong("data", Code::kWrongType, "expected an object");

  Draft draft{.case_id = case_id, .command = {}, .refusal = {}};
  auto role = w.role(by);
  auto bytes = encode_data(w.reading, step, data);
  if (!role) {
    draft.refusal = role.error();
  } else if (!bytes) {
    draft.refusal = bytes.error();
  } else {
    channel::RecordFact fact{.case_id = case_id,
                             .package = {},
                             .step = step,
                             .role = *role,
                             .actor = w.api.backend.actor(w.author, case_id),
                             .at = at,
                             .data = *std::move(bytes)};
    if (fields.has("new_case")) fact.package = w.reading.version->hash;
    draft.command = std::move(fact);
  }
  return draft;
}

Body<Draft> draft_act(const Writing& w, const Fields& fields, std::size_t) {
  FLORA_BODY(known, fields.only({"case", "finding", "do", "by", "reason"}));
  static_cast<void>(known);
  FLORA_BODY(case_id, fields.case_id("case"));
  FLORA_BODY(finding, fields.object("finding"));
  FLORA_BODY(known_too, finding.only({"rule", "step", "fact"}));
  static_cast<void>(known_too);
  FLORA_BODY(rule, finding.text("rule", 128));
  FLORA_BODY(step, finding.text("step", 128));
  FLORA_BODY(fact_text, finding.text("fact", 64));
  FLORA_BODY(verb, fields.text("do", 16));
  FLORA_BODY(by, fields.text_or("by", "", 128));
  FLORA_BODY(reason, fields.text_or("reason", "", 64));
  const auto fact = channel::FactId::parse(fact_text);
  if (!fact) return finding.wrong("fact", Code::kMalformed, "expected the id of a fact");
  channel::FindingAct act;
  if (verb == "acknowledge")
    act = channel::FindingAct::kAcknowledge;
  else if (verb == "justify")
    act = channel::FindingAct::kJustify;
  else if (verb == "close")
    act = channel::FindingAct::kClose;
  else
    return fields.wrong("do", Code::kOutOfRange, "acknowledge, justify or close");
  if (!(reason.empty() && act == channel::FindingAct::kAcknowledge) && !is_reason_code(reason)) {
    return fields.wrong("reason", reason.empty() ? Code::kMissingField : Code::kOutOfRange,
                        "a code of 1 to 64 letters of a-z, 0-9, _");
  }
  Draft draft{.case_id = case_id, .command = {}, .refusal = {}};
  auto role = w.role(by);
  if (role) {
    draft.command = channel::ActOnFinding{.case_id = case_id,
                                          .rule = rule,
                                          .step = step,
                                          .fact = *fact,
                                          .act = act,
                                          .reason = reason,
                                          .role = *role,
                                          .actor = w.api.backend.actor(w.author, case_id)};
  } else {
    draft.refusal = role.error();
  }
  return draft;
}

using DraftOne = Body<Draft> (*)(const Writing&, const Fields&, std::size_t);

Body<std::vector<Draft>> draft_list(const Writing& w, const Json& body, std::string_view name, DraftOne draft_one) {
  const Fields fields(body.get_object(), "");
  FLORA_BODY(known, fields.only({name}));
  static_cast<void>(known);
  FLORA_BODY(array, fields.array(name, 1, base::limits::kCommandsPerEnvelopeMax));
  std::vector<Draft> drafts;
  drafts.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    FLORA_BODY(element, fields.element(*array, name, i));
    FLORA_BODY(draft, draft_one(w, element, i));
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

Body<std::vector<Draft>> draft_cancel(const Writing& w, const Json& body) {
  const Fields fields(body.get_object(), "");
  FLORA_BODY(known, fields.only({"reason", "by"}));
  static_cast<void>(known);
  FLORA_BODY(reason, fields.text("reason", 64));
  FLORA_BODY(by, fields.text_or("by", "", 128));
  if (!is_reason_code(reason)) return fields.wrong("reason", Code::kOutOfRange, "a code of 1 to 64 letters of a-z, 0-9, _");
  const auto case_id = base::CaseId::parse(w.request.path_value("case"));
  if (!case_id) return tl::unexpected(BadBody{{Code::kUnknownCase, "this is no pseudonym"}, ""});
  Draft draft{.case_id = *case_id, .command = {}, .refusal = {}};
  auto role = w.role(by);
  if (role) {
    draft.command = channel::CancelCase{
        .case_id = *case_id, .reason = reason, .role = *role, .actor = w.api.backend.actor(w.author, *case_id)};
  } else {
    draft.refusal = role.error();
  }
  return std::vector<Draft>{std::move(draft)};
}

#undef FLORA_BODY

// ---- sending ----------------------------------------------------------------------------------------------------------
Submission submission_of(const Writing& w, const std::vector<Draft>& drafts) {
  Submission out{.author = w.author, .idempotency_key = w.key, .commands = {}};
  for (const auto& draft : drafts) {
    if (draft.command) out.commands.push_back(*draft.command);
  }
  return out;
}

// What came back, put beside what was refused here, in the order of the request.
std::vector<Outcome> in_order(const std::vector<Draft>& drafts, std::vector<Outcome> sent) {
  std::vector<Outcome> out;
  out.reserve(drafts.size());
  std::size_t next = 0;
  for (const auto& draft : drafts) {
    if (draft.command && next < sent.size()) {
      out.push_back(std::move(sent[next++]));
      if (out.back().case_id.is_zero()) out.back().case_id = draft.case_id;
      continue;
    }
    Outcome refused;
    refused.case_id = draft.case_id;
    refused.error = draft.refusal ? *draft.refusal : Error{Code::kInternal, "no answer for this line"};
    out.push_back(std::move(refused));
  }
  return out;
}

Json acknowledgement_json(const Acknowledgement& given) {
  return JsonObject{{"receipt", base::to_hex(given.envelope)},
                    {"height", given.height},
                    {"position", given.position},
                    {"ledger_time", base::to_rfc3339(given.ledger_time)}};
}

Response answer_of(Api& api, std::string_view kind, const std::vector<Outcome>& outcomes, bool preview, std::int64_t height,
                   Json acknowledgement) {
  JsonArray results;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    results.emplace_back(json_of(outcomes[i], i + 1));
    if (outcomes[i].error) ++refused;
  }
  if (!preview) {
    api.metrics.commands(kind, true, outcomes.size() - refused);
    api.metrics.commands(kind, false, refused);
  }
  auto out = Response::json(JsonObject{{"preview", preview},
                                       {"acknowledgement", std::move(acknowledgement)},
                                       {"height", height},
                                       {"accepted", outcomes.size() - refused},
                                       {"refused", refused},
                                       {"results", std::move(results)}});
  out.headers.emplace_back("Flora-Height", fmt::format("{}", height));
  return out;
}

void send(const Writing& w, std::vector<Draft> drafts, std::string_view kind, const Respond& respond) {
  Api& api = w.api;
  auto submission = submission_of(w, drafts);
  if (submission.commands.empty()) {
    return respond(answer_of(api, kind, in_order(drafts, {}), is_preview(w.request), w.reading.snapshot.height, nullptr));
  }
  if (is_preview(w.request)) {
    auto previewed = api.backend.preview(submission);
    if (!previewed) return respond(problem(previewed.error(), w.request.trace));
    return respond(answer_of(api, kind, in_order(drafts, std::move(previewed->outcomes)), true, previewed->height, nullptr));
  }
  const auto sent = std::make_shared<const std::vector<Draft>>(std::move(drafts));
  auto finish = [self = api.shared_from_this(), kind, trace = w.request.trace, sent,
                 respond](base::Result<Submitted>& submitted) {
    if (!submitted) return respond(problem(submitted.error(), trace));
    // The ledger remembers keys longer than this process does.
    for (const auto& outcome : submitted->outcomes) {
      if (outcome.error && outcome.error->code == Code::kIdempotencyConflict) return respond(problem(*outcome.error, trace));
    }
    const auto& given = submitted->acknowledgement;
    respond(answer_of(*self, kind, in_order(*sent, std::move(submitted->outcomes)), false, given.height,
                      acknowledgement_json(given)));
  };
  auto done = [self = api.shared_from_this(), finish](base::Result<Submitted> submitted) {
    auto result = std::make_shared<base::Result<Submitted>>(std::move(submitted));
    if (self->defer) {
      self->defer([finish, result] { finish(*result); });
    } else {
      finish(*result);
    }
  };
  api.backend.submit(std::move(submission), std::move(done));
}

template <class Draw>
void write(Api& api, const Request& request, std::string_view kind, const Respond& respond, Draw draw) {
  auto body = read_object(request);
  if (!body) return respond(problem(body.error().error, request.trace, body.error().pointer));
  auto reading = read_as(api, request);
  if (!reading) return respond(problem(reading.error(), request.trace));
  const Writing w{.api = api,
                  .request = request,
                  .reading = *std::move(reading),
                  .author = author_of(*request.caller),
                  .key = idempotency_key(request)};
  auto drafts = draw(w, *body);
  if (!drafts) return respond(problem(drafts.error().error, request.trace, drafts.error().pointer));
  send(w, *std::move(drafts), kind, respond);
}

}  // namespace

void post_facts(Api& api, Request request, Respond respond) {
  write(api, request, "fact", respond,
        [](const Writing& w, const Json& body) { return draft_list(w, body, "facts", draft_fact); });
}

void post_acts(Api& api, Request request, Respond respond) {
  write(api, request, "act", respond, [](const Writing& w, const Json& body) { return draft_list(w, body, "acts", draft_act); });
}

void post_cancel(Api& api, Request request, Respond respond) { write(api, request, "cancel", respond, draft_cancel); }

}  // namespace flora::http
