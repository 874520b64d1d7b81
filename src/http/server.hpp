// SPDX-License-Identifier: EUPL-1.2
// The HTTP server: one listener per member origin and one operations address, all in one process. HTTP/1.1 without TLS
// (TLS ends in the proxy before it, or comes with the federation). Every request is bounded in size, time and memory.
//
//   listener -> connection (coroutine) -> head -> route -> admission -> body -> handler (worker thread) -> answer
//
// A connection holds at most one request; reading stops while it is answered. Requests beyond what admission allows are
// answered 429 with Retry-After at once, so that no queue grows.
#pragma once
#include <cstdint>
#include <memory>

#include "base/random.hpp"
#include "base/result.hpp"
#include "http/backend.hpp"
#include "http/config.hpp"

namespace flora::http {

class Server {
 public:
  // Listens and serves when it returns. Backend and random must outlive the server.
  // Errors: kAddressInUse, kMalformed (a demo on another address than loopback, an unreadable host).
  static base::Result<std::unique_ptr<Server>> start(Config config, Backend& backend, base::Random& random);
  virtual ~Server() = default;  // stops at once if stop() was not called

  // Ports in use, in order of Config::origins; the operations address.
  virtual std::uint16_t port(std::size_t origin) const = 0;
  virtual std::uint16_t operations_port() const = 0;

  // Graceful: no new connections, idle ones are closed, requests under way are answered (Limits::drain_ms), streams end.
  // Blocks; call from a thread of the caller. Idempotent.
  virtual void stop() = 0;
};

}  // namespace flora::http
