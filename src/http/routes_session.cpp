// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "http/api.hpp"
#include "http/body.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"

namespace flora::http {

using base::JsonArray;
using base::JsonObject;

namespace {

JsonObject session_json(const Api& api, const Caller& caller) {
  return {{"user", caller.user},
          {"display_name", caller.display_name},
          {"member", caller.member.text()},
          {"agency", api.agency_of(caller.member)},
          {"role", caller.role()},
          {"roles", json_of(caller.roles)},
          {"csrf", caller.csrf},
          {"demo", api.demo},
          {"system", caller.system}};
}

std::string cookie(const Api& api, const base::MemberId& member, std::string_view value, std::string_view age) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}", api.cookie_name(member), value, age);
}

}  // namespace

void get_demo_users(Api& api, Request request, Respond respond) {
  const Snapshot snapshot = api.backend.snapshot();
  const auto* version = version_for(snapshot, request.origin);
  const std::string agency = api.agency_of(request.origin);
  JsonObject out{{"member", request.origin.text()}, {"agency", agency}};
  if (version != nullptr) {
    if (const auto index = version->package->find_agency(agency)) {
      out["agency_title"] = json_of(version->package->agencies[*index].title);
    }
  }
  JsonArray users;
  for (const auto& officer : api.sign_in.officers(request.origin)) {
    JsonObject title;
    if (version != nullptr) {
      if (const auto role = version->package->find_role(officer.role)) title = json_of(version->package->roles[*role].title);
    }
    users.emplace_back(JsonObject{{"user", officer.user},
                                  {"display_name", officer.display_name},
                                  {"role", officer.role},
                                  {"role_title", std::move(title)}});
  }
  out["users"] = std::move(users);
  respond(Response::json(std::move(out)));
}

void post_session(Api& api, Request request, Respond respond) {
  const auto body = read_object(request);
  if (!body) return respond(problem(body.error().error, request.trace, body.error().pointer));
  const Fields fields(body->get_object(), "");
  if (const auto only = fields.only({"user"}); !only)
    return respond(problem(only.error().error, request.trace, only.error().pointer));
  const auto user = fields.text("user");
  if (!user) return respond(problem(user.error().error, request.trace, user.error().pointer));
  const auto signed_in = api.sign_in.sign_in(request.origin, *user);
  if (!signed_in) return respond(problem(signed_in.error(), request.trace, "/user"));
  Response out = Response::json(session_json(api, signed_in->caller));
  out.headers.emplace_back("Set-Cookie", cookie(api, request.origin, signed_in->cookie, "; Max-Age=43200"));
  respond(std::move(out));
}

void get_session(Api& api, Request request, Respond respond) { respond(Response::json(session_json(api, *request.caller))); }

void delete_session(Api& api, Request request, Respond respond) {
  api.sign_in.sign_out(request.cookie(api.cookie_name(request.origin)));
  Response out;
  out.status = 204;
  out.headers.emplace_back("Set-Cookie", cookie(api, request.origin, "", "; Max-Age=0"));
  respond(std::move(out));
}

}  // namespace flora::http
