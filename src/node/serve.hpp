// SPDX-License-Identifier: EUPL-1.2
// A node that people and systems can reach: Node and the HTTP server over it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "node/home.hpp"
#include "node/log.hpp"

namespace flora::node {

struct Address {
  std::string what;  // title of the member, or "operations"
  std::string url;
};

class Serving {
 public:
  // Runs when it returns. Log must outlive it. Errors: those of Node::start; kAddressInUse; kForbidden (a demo that would
  // listen anywhere but on loopback).
  static base::Result<std::unique_ptr<Serving>> start(Home home, Log& log);
  virtual ~Serving() = default;  // as stop()

  virtual const std::vector<Address>& addresses() const = 0;
  // Answers what was asked, settles what was taken, closes the tables. Idempotent.
  virtual void stop() = 0;
};

}  // namespace flora::node
