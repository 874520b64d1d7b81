// SPDX-License-Identifier: EUPL-1.2
// What Prometheus sees. Labels come from fixed sets only: a route's template, a method, a class of status, a reason; never a
// path, a case or a person. Any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/backend.hpp"

namespace flora::http {

enum class Refused : std::uint8_t { kBusy, kMalformed, kTimeout, kConnections, kSlowReader };

class Metrics {
 public:
  Metrics();
  ~Metrics();

  // `route`: a template of the route table, "static" or "unknown".
  void answered(std::string_view route, std::string_view method, int status, std::int64_t micros, std::size_t bytes_in,
                std::size_t bytes_out);
  void refused(Refused reason);
  void commands(std::string_view kind, bool accepted, std::size_t count);

  struct Gauges {
    std::size_t connections = 0, streams = 0, reads = 0, writes = 0;
  };
  // The text exposition format, with the gauges as of now.
  std::string text(const Status& status, const Gauges& gauges);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flora::http
