// SPDX-License-Identifier: EUPL-1.2
#include "node/config.hpp"

#include <fmt/format.h>

#include "base/json.hpp"

namespace flora::node {

using base::Code;

std::string encode_config(const Config& c) {
  const auto text = [](const std::string& s) { return base::to_json(base::Json(s)); };
  return fmt::format(
      "{{\n  \"format\": {},\n  \"demo\": {},\n  \"host\": {},\n  \"port_base\": {},\n  \"web_root\": {},\n  \"log_level\": "
      "{}\n}}\n",
      kConfigFormat, c.demo, text(c.host), c.port_base, text(c.web_root), text(c.log_level));
}

base::Result<Config> parse_config(std::string_view json) {
  FLORA_TRY(const auto value, base::parse_json(json));
  const auto* object = value.if_object();
  if (object == nullptr) return base::fail(Code::kWrongType, "config.json is an object");
  FLORA_TRY(base::json_only(*object, {"format", "demo", "host", "port_base", "web_root", "log_level"}));
  FLORA_TRY(const auto format, base::json_integer(*object, "format"));
  if (format > kConfigFormat) return base::fail(Code::kSchemaNewer, fmt::format("config.json has format {}", format));
  Config c;
  const auto* demo = object->if_contains("demo");
  if (demo == nullptr || !demo->is_bool()) return base::fail(Code::kMissingField, "config.json: demo is true or false");
  c.demo = demo->get_bool();
  FLORA_TRY(c.host, base::json_text(*object, "host"));
  FLORA_TRY(const auto port, base::json_integer(*object, "port_base"));
  if (port < 0 || port > 65000) return base::fail(Code::kOutOfRange, "config.json: port_base is between 0 and 65000");
  c.port_base = static_cast<std::uint16_t>(port);
  FLORA_TRY(c.web_root, base::json_text(*object, "web_root"));
  FLORA_TRY(c.log_level, base::json_text(*object, "log_level"));
  if (c.demo && c.host != "127.0.0.1" && c.host != "::1") {
    return base::fail(Code::kForbidden, "config.json: a demo listens on 127.0.0.1 or ::1 only");
  }
  return c;
}

}  // namespace flora::node
