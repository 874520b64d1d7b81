// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/api.hpp"
#include "http/body.hpp"
#include "http/docs.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"

namespace flora::http {

using base::Code;
using base::fail;

namespace {

base::Result<Response> receipt(Api& api, const Request& request) {
  const auto bytes = base::from_hex(request.path_value("id"));
  const auto envelope = bytes ? base::Hash::from(*bytes) : std::nullopt;
  if (!envelope) return fail(Code::kUnknownFact, "the id of a receipt has 64 hexadecimal digits");
  FLORA_TRY(auto found, api.backend.receipt(request.origin, *envelope));
  Response out;
  out.headers = {{"Cache-Control", "private, no-cache"}};
  if (request.header("accept").find("application/cose") != std::string_view::npos) {
    out.content_type = "application/cose";
    out.headers.emplace_back("Content-Disposition", "attachment; filename=\"receipt.cose\"");
    out.body.assign(reinterpret_cast<const char*>(found.cbor.data()), found.cbor.size());
  } else {
    out.body = std::move(found.json);
  }
  return out;
}

// The views that any of the caller's roles may open.
std::vector<std::string> views_of(const package::Package& package, const Caller& caller) {
  std::vector<std::string> out;
  for (const auto& view : package.views) {
    const bool mine = std::ranges::any_of(view.roles, [&](auto role) { return caller.has_role(package.roles[role].id); });
    if (mine) out.push_back(view.id);
  }
  return out;
}

base::Result<Response> stream(Api& api, const Request& request) {
  FLORA_TRY(const auto reading, read_as(api, request));
  EventFilter filter{.member = request.origin,
                     .package_id = reading.package().id,
                     .agency = api.agency_of(request.origin),
                     .roles = request.caller->roles,
                     .views = views_of(reading.package(), *request.caller)};
  auto source = std::make_shared<EventSource>(std::move(filter), api.limits.stream_buffer_bytes);
  if (const auto last = request.header("last-event-id"); !last.empty()) {
    std::int64_t height = 0;
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), height);
    if (error != std::errc{} || end != last.data() + last.size() || height < 0)
      return fail(Code::kOutOfRange, "Last-Event-ID is a height");
    source->after = height;
  }
  source->height = reading.snapshot.height;
  source->time = reading.snapshot.ledger_time;
  Response out;
  out.content_type = "text/event-stream";
  out.stream = std::move(source);
  return out;
}

base::Status move_clock(Api& api, const Request& request) {
  const auto body = read_object(request);
  if (!body) return fail(body.error().error.code, body.error().error.detail);
  const Fields fields(body->get_object(), "");
  if (const auto only = fields.only({"to", "run"}); !only) return tl::unexpected(only.error().error);
  const auto to = fields.time("to");
  if (!to) return tl::unexpected(to.error().error);
  if (!*to) return fail(Code::kMissingField, "to");
  const auto* run = body->get_object().if_contains("run");
  if (run != nullptr && !run->is_bool()) return fail(Code::kWrongType, "run");
  return api.backend.set_demo_clock(**to, run != nullptr && run->get_bool());
}

void answer(base::Result<Response> result, const Request& request, const Respond& respond) {
  respond(result ? *std::move(result) : problem(result.error(), request.trace));
}

}  // namespace

void get_receipt(Api& api, Request request, Respond respond) { answer(receipt(api, request), request, respond); }
void get_stream(Api& api, Request request, Respond respond) { answer(stream(api, request), request, respond); }

void get_status(Api& api, Request, Respond respond) { respond(Response::json(json_of(api.backend.status()))); }

void get_openapi(Api& api, Request, Respond respond) {
  Response out;
  out.shared_body = api.openapi_json();
  respond(std::move(out));
}

void get_docs(Api& api, Request, Respond respond) {
  Response out;
  out.content_type = "text/html; charset=utf-8";
  out.headers = {{"Content-Security-Policy", std::string(docs_policy())}};
  out.body = docs_page(api.demo);
  respond(std::move(out));
}

void get_health(Api&, Request, Respond respond) {
  Response out;
  out.content_type = "text/plain; charset=utf-8";
  out.body = "ok\n";
  respond(std::move(out));
}

void get_ready(Api& api, Request, Respond respond) {
  const Status status = api.backend.status();
  respond(Response::json(json_of(status), status.ready && status.writable ? 200 : 503));
}

void get_metrics(Api& api, Request, Respond respond) {
  Response out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = api.metrics.text(api.backend.status(), {.connections = api.connections ? api.connections() : 0,
                                                     .streams = api.hub.readers(),
                                                     .reads = api.admission().in_flight(Work::kRead),
                                                     .writes = api.admission().in_flight(Work::kWrite)});
  respond(std::move(out));
}

void post_clock(Api& api, Request request, Respond respond) {
  if (const auto moved = move_clock(api, request); !moved) return respond(problem(moved.error(), request.trace));
  respond(Response::json(json_of(api.backend.status())));
}

}  // namespace flora::http
