// SPDX-License-Identifier: EUPL-1.2
// HOME/config.json: what an operator may change. Everything else about a home follows from its keys and its genesis.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace flora::node {

inline constexpr std::int64_t kConfigFormat = 1;

struct Config {
  bool demo = false;               // demo sign-in and demo clock; listens on loopback only
  std::string host = "127.0.0.1";  // of all listeners
  std::uint16_t port_base = 8440;  // operations; the members' origins follow in their order, one port each
  std::string web_root;            // folder of the web application; empty: none is served
  std::string log_level = "info";  // debug, info, warn, error
  friend bool operator==(const Config&, const Config&) = default;
};

std::string encode_config(const Config& config);  // JSON, indented
// Errors: kJsonMalformed, kUnknownField, kMissingField, kWrongType, kOutOfRange, kSchemaNewer; kForbidden if a demo would
// listen anywhere but on loopback.
base::Result<Config> parse_config(std::string_view json);

}  // namespace flora::node
