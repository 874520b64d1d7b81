// SPDX-License-Identifier: EUPL-1.2
// How a server is set up. Plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "http/auth.hpp"

namespace flora::http {

// Times in milliseconds of the steady clock. The defaults are those of a node; tests make them small.
struct Limits {
  std::size_t head_bytes = base::limits::kHttpHeadBytesMax;
  std::size_t body_bytes = base::limits::kHttpBodyBytesMax;
  std::size_t header_count = 64;
  std::size_t connections = 1024;  // more are accepted and closed at once
  std::size_t requests_per_connection = 100'000;
  std::int64_t head_ms = 10'000;                 // from the first byte of a head to its end
  std::int64_t body_ms = 30'000;                 // from the end of the head to the end of the body
  std::int64_t idle_ms = 75'000;                 // between requests
  std::int64_t write_ms = 30'000;                // until the peer took an answer
  std::int64_t answer_ms = 60'000;               // until a handler answered; then 504, the work goes on
  std::int64_t heartbeat_ms = 15'000;            // comment line on event streams
  std::size_t stream_buffer_bytes = 256 * 1024;  // unsent events of one reader; a slower one is dropped
  std::size_t streams_per_member = 256;
  std::size_t streams_per_session = 8;
  std::size_t reads_in_flight_per_member = 64;
  std::size_t reads_in_flight_per_session = 16;
  std::size_t writes_in_flight_per_member = 256;  // tokens: one per request and one per 8 KiB of its body
  std::size_t writes_in_flight_per_session = 130;
  std::size_t bytes_in_flight = 64 * 1024 * 1024;  // bodies held by all connections
  std::int64_t drain_ms = 10'000;
};

struct AccessLine {
  std::string_view trace, method, route;  // the route's template, never the raw path
  base::MemberId origin;
  int status = 0;
  std::size_t bytes_in = 0, bytes_out = 0;
  std::int64_t micros = 0;
};

struct Origin {
  base::MemberId member;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port, see Server::port
};

struct Config {
  std::vector<Origin> origins;  // one per hosted member
  std::string operations_host = "127.0.0.1";
  std::uint16_t operations_port = 0;
  std::string web_root;           // directory of the web application; empty: none is served
  std::vector<Officer> officers;  // demo home only
  std::vector<SystemClient> clients;
  bool demo = false;            // demo sign-in; every host must then be a loopback address
  unsigned worker_threads = 2;  // handlers that read the store
  Limits limits;
  // One line per request for the log: no bodies, no names, no credentials. May be empty. Called on the server's threads.
  std::function<void(const AccessLine&)> access_log;
};

}  // namespace flora::http
