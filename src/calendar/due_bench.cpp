// SPDX-License-Identifier: EUPL-1.2
#include "calendar/due.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace flora;

void due_after(benchmark::State& state, const char* within) {
  const auto& calendar = *calendar::builtin_calendars().find("de-sn");
  const auto term = calendar::parse_term(within).value();
  base::Instant from = base::parse_rfc3339("2021-04-01T09:00:00Z").value();
  for (auto _ : state) {
    from = from.plus_seconds(3);
    benchmark::DoNotOptimize(calendar::due(calendar, from, term));
  }
}
BENCHMARK_CAPTURE(due_after, workdays, "3 workdays");
BENCHMARK_CAPTURE(due_after, many_workdays, "200 workdays");
BENCHMARK_CAPTURE(due_after, months, "6 months");
BENCHMARK_CAPTURE(due_after, hours, "48 hours");

}  // namespace
