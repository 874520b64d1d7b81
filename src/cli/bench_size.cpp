// SPDX-License-Identifier: EUPL-1.2
// `memory`: what an open case keeps resident. `growth`: what a fact costs when there are many already.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <numeric>

#include "cli/bench_node.hpp"
#include "storage/rocks_tables.hpp"

namespace flora::cli::bench {

using base::Status;

namespace {

constexpr std::size_t kInFlight = 8;  // submissions of up to 500 commands

// After what was freed went back to the system; without mapped files, which are the kernel's cache.
double resident_bytes() {
  malloc_trim(0);
  std::ifstream in("/proc/self/statm");
  std::size_t size = 0, resident = 0, of_files = 0;
  in >> size >> resident >> of_files;
  return static_cast<double>(resident - of_files) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Small caches, full after the first cases, so that what grows afterwards is the cases.
base::Result<std::unique_ptr<base::Tables>> small_tables(const Bed& bed) {
  storage::RocksOptions options;
  options.block_cache_bytes = 4UL * 1024 * 1024;
  options.memtable_bytes = 12UL * 1024 * 1024;
  return storage::open_rocks((bed.home() / "tables").string(), options);
}

Status play_waves(Bed& bed, std::vector<std::vector<http::Submission>> waves) {
  for (auto& wave : waves) {
    const auto played = bed.play(std::move(wave), kInFlight);
    if (played.refused * 50 > played.commands) return base::fail(base::Code::kInternal, "the node refused");
  }
  return {};
}

}  // namespace

Status run_memory(Run& run) {
  FLORA_TRY(const auto bed, Bed::make(run));
  FLORA_TRY(auto tables, small_tables(*bed));
  FLORA_TRY(bed->start(std::move(tables)));
  Stories stories(bed->definition(), 11);
  const std::size_t first = run.scaled(10'000, 20), all = run.scaled(100'000, 120);
  const std::size_t step = (all - first) / static_cast<std::size_t>(run.rounds());
  run.progress(fmt::format("filling a node with {} open cases", all));
  FLORA_TRY(play_waves(*bed, open_cases(*bed, stories, first, nullptr, nullptr)));
  Metric metric{"resident_bytes_per_open_case_100k", "the case's state written out, bytes", {}, {}};
  double before = resident_bytes();
  for (int round = 0; round < run.rounds(); ++round) {
    std::vector<std::size_t> sizes;
    FLORA_TRY(play_waves(*bed, open_cases(*bed, stories, step, &sizes, nullptr)));
    const auto count = static_cast<double>(sizes.size());
    const auto encoded = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), std::size_t{0})) / count;
    sizes = {};
    const double after = resident_bytes();
    metric.samples.push_back((after - before) / count);
    metric.limit_samples.push_back(encoded);
    before = after;
  }
  run.tell(metric);
  return {};
}

Status run_growth(Run& run) {
  struct Size {
    std::size_t facts;
    const char* name;
  };
  std::vector<Size> sizes{
      {run.scaled(10'000, 300), "10k"}, {run.scaled(100'000, 600), "100k"}, {run.scaled(1'000'000, 900), "1M"}};
  if (run.settings().long_run) sizes.push_back({run.scaled(10'000'000, 1200), "10M"});
  struct Grown {
    std::unique_ptr<Bed> bed;
    std::unique_ptr<Flow> flow;
    Metric metric;
  };
  std::vector<Grown> grown;
  const std::size_t pool = run.scaled(4096, 64);
  for (const auto& size : sizes) {
    FLORA_TRY(auto bed, Bed::make(run));
    FLORA_TRY(bed->start());
    run.progress(fmt::format("filling a home with {} facts", size.facts));
    auto flow = std::make_unique<Flow>(*bed, pool);
    for (std::size_t done = 0; done < size.facts;) {
      const auto played = bed->play(flow->take(std::min<std::size_t>(size.facts - done, 50'000), 100), 16);
      done += played.commands;
    }
    grown.push_back(
        {std::move(bed), std::move(flow), {fmt::format("fact_us_at_{}", size.name), "the same at 10k facts, us", {}, {}}});
  }
  double per_second = 10'000;
  const double seconds = run.slice(static_cast<int>(sizes.size()));
  for (int round = 0; round < run.rounds(); ++round) {
    double first = 0;
    for (auto& one : grown) {
      // Small: the smallest home must not grow out of its size while it is measured.
      const auto facts = std::clamp<std::size_t>(static_cast<std::size_t>(per_second * seconds), 100, 4000);
      const auto played = one.bed->play(one.flow->take(facts, 100), 16);
      per_second = static_cast<double>(played.commands) / played.seconds;
      one.metric.samples.push_back(1e6 / per_second);
      if (&one == &grown.front()) first = 1e6 / per_second;
      one.metric.limit_samples.push_back(first);
    }
  }
  for (const auto& one : grown) run.tell(one.metric);
  return {};
}

}  // namespace flora::cli::bench
