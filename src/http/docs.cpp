// SPDX-License-Identifier: EUPL-1.2
#include "http/docs.hpp"

#include <fmt/format.h>

#include <set>

#include "crypto/hash.hpp"
#include "http/router.hpp"
#include "http/schemas.hpp"

namespace flora::http {

namespace {

constexpr std::string_view kStyle =
    "body{font-family:system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 "
    "1rem;line-height:1.5;color:#111;background:#fff}"
    "section{border-top:1px solid #767676;padding:.5rem 0}code,pre{font-family:ui-monospace,monospace}"
    "pre{background:#f3f3f3;padding:1rem;overflow:auto}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem "
    ".2rem 0;vertical-align:top}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}pre{background:#262626}a{color:#9cf}}";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string shape(std::string_view label, std::string_view name) {
  if (name.empty()) return {};
  return fmt::format("<p>{}: <a href=\"#{}\"><code>{}</code></a></p>\n", label, name, name);
}

std::string operation(const Route& route) {
  std::string out = fmt::format("<section id=\"{}\"><h3><code>{} {}</code></h3>\n<p>{}.</p>\n", route.id, to_text(route.method),
                                escaped(route.path), escaped(route.summary));
  if (route.need == Need::kSignedIn) out += "<p>Needs a session or a bearer credential.</p>\n";
  if (route.write) out += "<p>Needs <code>Idempotency-Key</code>, and <code>X-CSRF-Token</code> with a session cookie.</p>\n";
  if (!route.query.empty()) {
    out += "<table><tr><th>Parameter</th><th>Schema</th><th>Meaning</th></tr>\n";
    for (const auto& p : route.query) {
      out += fmt::format("<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>\n", escaped(p.name),
                         escaped(p.schema), escaped(p.help));
    }
    out += "</table>\n";
  }
  out += shape("Request", route.request_schema) + shape("Answer", route.response_schema);
  if (route.response_type != "application/json")
    out += fmt::format("<p>Content type: <code>{}</code></p>\n", route.response_type);
  return out + "</section>\n";
}

}  // namespace

std::string docs_page(bool demo) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>FLORA API</title><style>{}</style></head>\n<body><main><h1>FLORA API</h1>\n"
      "<p>The same as <a href=\"/api/openapi.json\">openapi.json</a> (OpenAPI 3.1), for reading.</p>\n",
      kStyle);
  std::set<std::string_view> tags;
  for (const auto& route : routes()) {
    if (route.demo_only && !demo) continue;
    if (tags.insert(route.tag).second) out += fmt::format("<h2>{}</h2>\n", route.tag);
    out += operation(route);
  }
  out += "<h2>Shapes</h2>\n";
  for (const auto& [name, value] : schemas()) {
    out += fmt::format("<section id=\"{}\"><h3><code>{}</code></h3><pre>{}</pre></section>\n", name, name,
                       escaped(indented_json(value)));
  }
  return out + "</main></body></html>\n";
}

std::string_view docs_policy() {
  static const std::string policy =
      fmt::format("default-src 'none'; style-src 'sha256-{}'; frame-ancestors 'none'; base-uri 'none'",
                  base::to_base64(crypto::sha256(base::as_bytes(kStyle))));
  return policy;
}

}  // namespace flora::http
