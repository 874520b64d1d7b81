// SPDX-License-Identifier: EUPL-1.2
// What all benchmarks share: how long they may take, how a rate is taken, and the one form in which figures are told. A thing
// and its peer are measured in turn, round by round, so that a machine whose speed drifts moves both. Nothing here judges.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "cli/context.hpp"

namespace flora::cli::bench {

struct Settings {
  double seconds = 10;  // of measuring, for one benchmark, roughly
  int rounds = 5;
  bool tiny = false;      // the smallest form that still runs every line; its figures mean nothing
  bool long_run = false;  // also the sizes that take minutes
  std::string package;    // folder; empty: the first one with a process under ./packages
  std::string scratch;    // folder for temporary homes
  std::string commit;     // of the program, as told; empty: that of ./.git
};

// One figure and what it is held against; one sample each per round, in order.
struct Metric {
  std::string name;   // with its unit: facts_per_s, first_page_p99_ms_100k
  std::string limit;  // what limit_samples measure
  std::vector<double> samples, limit_samples;
};

class Run {
 public:
  Run(Context& context, Settings settings) : context_(context), settings_(std::move(settings)) {}
  const Settings& settings() const { return settings_; }
  int rounds() const { return settings_.rounds; }
  // Seconds for one of `parts` equal parts of one round.
  double slice(int parts) const { return settings_.seconds / settings_.rounds / parts; }
  std::size_t scaled(std::size_t full, std::size_t tiny) const { return settings_.tiny ? tiny : full; }
  unsigned cores() const;
  void begin(std::string name) { name_ = std::move(name); }
  void tell(const Metric& metric);                   // prints it
  void progress(const std::string& sentence) const;  // stderr, unless --quiet

 private:
  Context& context_;
  Settings settings_;
  std::string name_;
  bool headed_ = false;
};

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double median(std::vector<double> values);
// The value below which this part of them lies.
double quantile(std::vector<double> values, double part);

// Calls `step` on so many threads, again and again for so long; each call tells how much it did. Per second, of all threads.
double rate(double seconds, unsigned threads, const std::function<std::size_t()>& step);

base::Status run_verify(Run& run);
base::Status run_ledger(Run& run);
base::Status run_facts(Run& run);
base::Status run_decide(Run& run);
base::Status run_worklist(Run& run);
base::Status run_receipt(Run& run);
base::Status run_replay(Run& run);
base::Status run_memory(Run& run);
base::Status run_growth(Run& run);

}  // namespace flora::cli::bench
