// SPDX-License-Identifier: EUPL-1.2
// The OpenAPI 3.1 document, from the route table and the schemas.
#include <fmt/format.h>

#include <map>

#include "base/check.hpp"
#include "http/router.hpp"
#include "http/schemas.hpp"

namespace flora::http {
namespace {

using base::Json;
using base::JsonArray;
using base::JsonObject;

JsonObject reference(std::string_view name) {
  schema(name);  // exists
  return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

JsonObject content(std::string_view type, std::string_view schema_name) {
  JsonObject media;
  if (!schema_name.empty()) media["schema"] = reference(schema_name);
  return {{std::string(type), std::move(media)}};
}

Json parse_known(std::string_view text) {
  auto parsed = base::parse_json(text);
  FLORA_CHECK(parsed.has_value(), text);
  return *std::move(parsed);
}

JsonObject parameter(std::string_view name, std::string_view in, bool required, Json schema_value, std::string_view help) {
  return {{"name", name}, {"in", in}, {"required", required}, {"schema", std::move(schema_value)}, {"description", help}};
}

void add_path_parameters(const Route& route, JsonArray& out) {
  std::string_view rest = route.path;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    const auto close = rest.find('}', open);
    const auto name = rest.substr(open + 1, close - open - 1);
    out.push_back(parameter(name, "path", true, name == "case" ? Json(reference("CaseId")) : Json{{"type", "string"}}, name));
    rest.remove_prefix(close + 1);
  }
}

JsonArray parameters(const Route& route) {
  JsonArray out;
  add_path_parameters(route, out);
  for (const auto& p : route.query) {
    if (p.name.ends_with("*")) {  // an open family of names is one object parameter, written name=value
      JsonObject any{{"type", "object"}, {"additionalProperties", parse_known(p.schema)}};
      auto object = parameter(p.name, "query", false, std::move(any), p.help);
      object["style"] = "form";
      object["explode"] = true;
      out.push_back(std::move(object));
      continue;
    }
    out.push_back(parameter(p.name, "query", false, parse_known(p.schema), p.help));
  }
  if (route.write) {
    out.push_back(parameter("Idempotency-Key", "header", true, parse_known(R"({"type":"string","minLength":1,"maxLength":128})"),
                            "One per intended change; a repetition with the same body gets the same answer."));
  }
  if (route.write || route.csrf) {
    out.push_back(parameter("X-CSRF-Token", "header", false, Json{{"type", "string"}},
                            "`csrf` of the session; needed with the session cookie, not with a bearer credential."));
  }
  if (route.response_type == "text/event-stream") {
    out.push_back(parameter("Last-Event-ID", "header", false, Json{{"type", "integer"}}, "Height of the last event received."));
  }
  return out;
}

JsonObject answer(std::string_view status, const Route& route) {
  JsonObject ok{{"description", route.summary}};
  if (status == "204") return ok;
  if (!route.response_schema.empty() || route.response_type != "application/json") {
    ok["content"] = content(route.response_type, route.response_schema);
  }
  if (route.id == "getReceipt") ok["content"].as_object()["application/cose"] = JsonObject{};
  if (route.tag == "views" || route.tag == "cases" || route.tag == "findings") {
    ok["headers"] = JsonObject{{"Flora-Height", JsonObject{{"schema", reference("Height")}}},
                               {"ETag", JsonObject{{"schema", JsonObject{{"type", "string"}}}}}};
  }
  return ok;
}

// Problems that many routes share; named by their status.
constexpr std::pair<std::string_view, std::string_view> kProblems[] = {
    {"400", "The request cannot be read, or something in it is not known here"},
    {"401", "Nobody is signed in at this origin"},
    {"403", "This role may not do that, or the CSRF token is missing"},
    {"404", "There is no such thing"},
    {"409", "The same key is being worked on"},
    {"413", "The body is larger than 1 MiB"},
    {"422", "The same key was used with another body, or the content does not fit"},
    {"429", "More work than the node takes on; see Retry-After"},
    {"503", "The node cannot do that now; see `todo`"},
};

JsonObject responses(const Route& route) {
  const std::string_view ok = route.method == Method::kDelete ? "204" : "200";
  JsonObject out{{std::string(ok), answer(ok, route)}};
  for (const auto& [status, what] : kProblems) {
    if (status == "401" && route.need != Need::kSignedIn) continue;
    if (status == "403" && route.need != Need::kSignedIn && !route.write) continue;
    if (status == "404" && route.path.find('{') == std::string_view::npos) continue;
    if ((status == "409" || status == "413" || status == "422") && !route.write) continue;
    out[status] = JsonObject{{"$ref", fmt::format("#/components/responses/Problem{}", status)}};
  }
  return out;
}

JsonObject shared_responses() {
  JsonObject out;
  for (const auto& [status, what] : kProblems) {
    out[fmt::format("Problem{}", status)] =
        JsonObject{{"description", what}, {"content", content("application/problem+json", "Problem")}};
  }
  return out;
}

JsonObject operation(const Route& route) {
  JsonObject out{{"operationId", route.id}, {"tags", JsonArray{Json(route.tag)}}, {"summary", route.summary}};
  if (auto list = parameters(route); !list.empty()) out["parameters"] = std::move(list);
  if (!route.request_schema.empty()) {
    out["requestBody"] = JsonObject{{"required", true}, {"content", content("application/json", route.request_schema)}};
  }
  out["responses"] = responses(route);
  if (route.need == Need::kSignedIn) {
    out["security"] = JsonArray{Json(JsonObject{{"session", JsonArray{}}}), Json(JsonObject{{"system", JsonArray{}}})};
  } else {
    out["security"] = JsonArray{};
  }
  if (route.where == Where::kOperations)
    out["servers"] =
        JsonArray{Json(JsonObject{{"url", "http://127.0.0.1:8440"}, {"description", "operations address, loopback"}})};
  return out;
}

std::string lower(std::string_view method) {
  std::string out(method);
  for (auto& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

void indent(const Json& value, std::string& out, std::size_t depth) {
  const auto line = [&](std::size_t d) { out.append("\n").append(2 * d, ' '); };
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    bool first = true;
    for (const auto& member : *object) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      out += base::to_json(Json(member.key())) + ": ";
      indent(member.value(), out, depth + 1);
    }
    line(depth);
    out += '}';
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      line(depth + 1);
      indent((*array)[i], out, depth + 1);
    }
    line(depth);
    out += ']';
  } else {
    out += base::to_json(value);
  }
}

}  // namespace

Json openapi(bool demo) {
  JsonObject paths;
  for (const auto& route : routes()) {
    if (route.demo_only && !demo) continue;
    auto& path = paths[route.path];
    if (!path.is_object()) path = JsonObject{};
    path.as_object()[lower(to_text(route.method))] = operation(route);
  }
  JsonObject components;
  for (const auto& [name, value] : schemas()) components[name] = value;
  return JsonObject{
      {"openapi", "3.1.0"},
      {"info", JsonObject{{"title", "FLORA"},
                          {"version", "1"},
                          {"license", JsonObject{{"name", "EUPL-1.2"}, {"identifier", "EUPL-1.2"}}},
                          {"description",
                           "One common, tamper-evident record of where each case stands. Guide: docs/reference/http.md."}}},
      {"servers", JsonArray{Json(JsonObject{{"url", "/"}, {"description", "origin of one member"}})}},
      {"paths", std::move(paths)},
      {"components",
       JsonObject{
           {"schemas", std::move(components)},
           {"responses", shared_responses()},
           {"securitySchemes",
            JsonObject{{"session", JsonObject{{"type", "apiKey"},
                                              {"in", "cookie"},
                                              {"name", "flora_session"},
                                              {"description",
                                               "The cookie's name goes on with _ and the first 8 letters of the member's id."}}},
                       {"system", JsonObject{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

std::string openapi_text(bool demo) { return indented_json(openapi(demo)) + "\n"; }

std::string indented_json(const Json& value) {
  std::string out;
  indent(value, out, 0);
  return out;
}

}  // namespace flora::http
