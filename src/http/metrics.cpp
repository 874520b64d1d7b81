// SPDX-License-Identifier: EUPL-1.2
#include "http/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>

namespace flora::http {

namespace {

std::string status_class(int status) { return std::string(1, static_cast<char>('0' + status / 100)) + "xx"; }

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter().Name("flora_http_requests_total").Help("Requests answered.").Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                           .Name("flora_http_request_seconds")
                                                           .Help("From the head to the last byte of the answer.")
                                                           .Register(registry);
  prometheus::Family<prometheus::Counter>& refused = prometheus::BuildCounter()
                                                         .Name("flora_http_refused_total")
                                                         .Help("Requests, connections and readers turned away.")
                                                         .Register(registry);
  prometheus::Family<prometheus::Counter>& commands =
      prometheus::BuildCounter().Name("flora_commands_total").Help("Commands answered through the API.").Register(registry);
  prometheus::Family<prometheus::Counter>& bytes =
      prometheus::BuildCounter().Name("flora_http_bytes_total").Help("Bytes of bodies.").Register(registry);
  prometheus::Family<prometheus::Gauge>& gauges =
      prometheus::BuildGauge().Name("flora_http_open").Help("Connections, streams and requests under way.").Register(registry);
  prometheus::Family<prometheus::Gauge>& ledger =
      prometheus::BuildGauge()
          .Name("flora_ledger")
          .Help("Height, age of the last block in seconds, waiting envelopes, writable.")
          .Register(registry);

  prometheus::Counter& bytes_in = bytes.Add({{"direction", "in"}});
  prometheus::Counter& bytes_out = bytes.Add({{"direction", "out"}});
  std::array<prometheus::Counter*, 5> refusals = {
      &refused.Add({{"reason", "busy"}}), &refused.Add({{"reason", "malformed"}}), &refused.Add({{"reason", "timeout"}}),
      &refused.Add({{"reason", "connections"}}), &refused.Add({{"reason", "slow_reader"}})};

  std::mutex mutex;  // guards the two caches: Family::Add hashes its labels at every call
  std::map<std::string, prometheus::Counter*, std::less<>> request_counters;
  std::map<std::string, prometheus::Histogram*, std::less<>> route_seconds;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::answered(std::string_view route, std::string_view method, int status, std::int64_t micros, std::size_t bytes_in,
                       std::size_t bytes_out) {
  auto& m = *impl_;
  m.bytes_in.Increment(static_cast<double>(bytes_in));
  m.bytes_out.Increment(static_cast<double>(bytes_out));
  const std::string kind = status_class(status);
  std::string key = std::string(route) + ' ' + std::string(method) + ' ' + kind;
  const std::lock_guard lock(m.mutex);
  auto& counter = m.request_counters[std::move(key)];
  if (counter == nullptr) {
    counter = &m.requests.Add({{"route", std::string(route)}, {"method", std::string(method)}, {"status", kind}});
  }
  counter->Increment();
  auto& histogram = m.route_seconds[std::string(route)];
  if (histogram == nullptr) {
    histogram = &m.seconds.Add({{"route", std::string(route)}},
                               prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5});
  }
  histogram->Observe(static_cast<double>(micros) / 1e6);
}

void Metrics::refused(Refused reason) { impl_->refusals[static_cast<std::size_t>(reason)]->Increment(); }

void Metrics::commands(std::string_view kind, bool accepted, std::size_t count) {
  if (count == 0) return;
  impl_->commands.Add({{"kind", std::string(kind)}, {"outcome", accepted ? "accepted" : "refused"}})
      .Increment(static_cast<double>(count));
}

std::string Metrics::text(const Status& status, const Gauges& gauges) {
  auto& m = *impl_;
  const auto set = [](prometheus::Family<prometheus::Gauge>& family, const char* what, double value) {
    family.Add({{"what", what}}).Set(value);
  };
  set(m.gauges, "connections", static_cast<double>(gauges.connections));
  set(m.gauges, "streams", static_cast<double>(gauges.streams));
  set(m.gauges, "reads", static_cast<double>(gauges.reads));
  set(m.gauges, "writes", static_cast<double>(gauges.writes));
  set(m.ledger, "height", static_cast<double>(status.height));
  set(m.ledger, "age_seconds", static_cast<double>(status.age_ms) / 1000.0);
  set(m.ledger, "queue", static_cast<double>(status.queue));
  set(m.ledger, "writable", status.writable ? 1 : 0);
  return prometheus::TextSerializer().Serialize(m.registry.Collect());
}

}  // namespace flora::http
