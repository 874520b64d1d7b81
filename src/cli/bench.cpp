// SPDX-License-Identifier: EUPL-1.2
// flora bench NAME...: measures the product against its peers and prints what came out.
#include "cli/bench.hpp"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>

#include "base/json.hpp"
#include "cli/commands.hpp"

namespace flora::cli {
namespace bench {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// The commit of the checkout we stand in; "unknown" outside of one.
std::string commit_here() {
  std::error_code error;
  for (fs::path folder = fs::current_path(error); !folder.empty(); folder = folder.parent_path()) {
    const fs::path git = folder / ".git";
    if (fs::is_directory(git, error)) {
      const std::string head = first_line(git / "HEAD");
      if (!head.starts_with("ref: ")) return head.substr(0, 12);
      const std::string name = head.substr(5);
      if (const auto direct = first_line(git / name); !direct.empty()) return direct.substr(0, 12);
      std::ifstream packed(git / "packed-refs");
      for (std::string line; std::getline(packed, line);) {
        if (line.size() > 41 && line.substr(41) == name) return line.substr(0, 12);
      }
    }
    if (folder == folder.parent_path()) break;
  }
  return "unknown";
}

std::string proc_value(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

const base::JsonObject& machine() {
  static const base::JsonObject value = [] {
    const auto memory = proc_value("/proc/meminfo", "MemTotal");
    return base::JsonObject{{"cpu", proc_value("/proc/cpuinfo", "model name")},
                            {"cores", std::thread::hardware_concurrency()},
                            {"memory", static_cast<std::int64_t>(std::strtoll(memory.c_str(), nullptr, 10)) * 1024}};
  }();
  return value;
}

// Four significant digits: more is noise.
double rounded(double value) { return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr); }

std::string shown(double value) {
  const double magnitude = value < 0 ? -value : value;
  if (magnitude >= 1000) return fmt::format("{:.0f}", rounded(value));
  return fmt::format("{:.4g}", value);
}

struct Entry {
  const char* name;
  base::Status (*run)(Run&);  // null: not in this version
  const char* what;
};

constexpr Entry kBenchmarks[] = {
    {"verify", run_verify, "signature checks through our code"},
    {"ledger", run_ledger, "signed, sealed, durable envelopes a second"},
    {"facts", run_facts, "facts a second, 100 an envelope"},
    {"decide", run_decide, "graded facts a second on one core"},
    {"worklist", run_worklist, "pages, search and counts of the views"},
    {"receipt", run_receipt, "offline receipt checks a second"},
    {"replay", run_replay, "a journal into an empty home; start of a full one"},
    {"memory", run_memory, "resident bytes per open case"},
    {"growth", run_growth, "cost of a fact as the ledger grows"},
    {"check", nullptr, "the state search of a package"},
    {"federation", nullptr, "four nodes on one machine"},
};

const Entry* find(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kBenchmarks), std::end(kBenchmarks), [&](const Entry& e) { return e.name == name; });
  return found == std::end(kBenchmarks) ? nullptr : found;
}

bool is_usable(const std::string& name) {
  const Entry* entry = find(name);
  if (entry == nullptr)
    fmt::print(stderr, "flora: there is no benchmark {}; see flora bench --help\n", name);
  else if (entry->run == nullptr)
    fmt::print(stderr, "flora: the benchmark {} ({}) is not in this version\n", name, entry->what);
  return entry != nullptr && entry->run != nullptr;
}

// The first folder under ./packages that has a process.
std::string default_package() {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it("packages", error); !error && it != fs::directory_iterator(); it.increment(error)) {
    if (fs::exists(it->path() / "process.yaml", error)) found.push_back(it->path().string());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? "" : found.front();
}

void warn_of_memory_disk(const std::string& scratch) {
  constexpr long kTmpfs = 0x01021994;
  struct statfs info{};
  if (statfs(scratch.c_str(), &info) == 0 && info.f_type == kTmpfs) {
    fmt::print(stderr, "flora: {} is a disk in memory: durable writes cost nothing there, give --scratch\n", scratch);
  }
}

void run_all(Context& context, const std::vector<std::string>& names, Settings settings) {
  if (const char* tiny = std::getenv("FLORA_BENCH_TINY"); tiny != nullptr && std::string_view(tiny) == "1") settings.tiny = true;
  bool good = true;
  for (const auto& name : names) good = is_usable(name) && good;
  if (settings.package.empty()) settings.package = default_package();
  if (good && !fs::exists(fs::path(settings.package) / "process.yaml")) {
    fmt::print(stderr, "flora: no package at \"{}\": give --package DIR\n", settings.package);
    good = false;
  }
  if (!good || settings.seconds <= 0) {
    context.exit_status = kUsage;
    return;
  }
  std::error_code error;
  if (settings.scratch.empty()) settings.scratch = fs::temp_directory_path(error).string();
  warn_of_memory_disk(settings.scratch);
  if (settings.commit.empty()) settings.commit = commit_here();
  Run run(context, std::move(settings));
  for (const auto& name : names) {
    run.begin(name);
    if (const auto done = find(name)->run(run); !done) return report(context, done.error());
  }
}

}  // namespace

unsigned Run::cores() const { return std::max(1u, std::thread::hardware_concurrency()); }

void Run::progress(const std::string& sentence) const {
  if (!context_.quiet) fmt::print(stderr, "{}: {}\n", name_, sentence);
}

void Run::tell(const Metric& metric) {
  const double value = median(metric.samples), limit = median(metric.limit_samples);
  const double least = *std::min_element(metric.samples.begin(), metric.samples.end());
  const double most = *std::max_element(metric.samples.begin(), metric.samples.end());
  const double ratio = limit > 0 ? value / limit : 0;
  if (context_.json) {
    const base::JsonObject line{{"bench", name_},
                                {"metric", metric.name},
                                {"value", rounded(value)},
                                {"min", rounded(least)},
                                {"max", rounded(most)},
                                {"limit", metric.limit},
                                {"limit_value", rounded(limit)},
                                {"ratio", rounded(ratio)},
                                {"rounds", metric.samples.size()},
                                {"machine", machine()},
                                {"commit", settings_.commit}};
    fmt::print("{}\n", base::to_json(line));
  } else {
    if (!headed_) {
      fmt::print("{} · {} cores · commit {} · median of the rounds\n", std::string_view(machine().at("cpu").as_string()), cores(),
                 settings_.commit);
      fmt::print("{:<10}{:<34}{:>12}{:>12}{:>12}{:>14}{:>8}  {}\n", "bench", "metric", "value", "min", "max", "limit", "ratio",
                 "limit is");
    }
    fmt::print("{:<10}{:<34}{:>12}{:>12}{:>12}{:>14}{:>8}  {}\n", name_, metric.name, shown(value), shown(least), shown(most),
               shown(limit), fmt::format("{:.3g}", ratio), metric.limit);
  }
  headed_ = true;
  std::fflush(stdout);
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto index = static_cast<std::size_t>(part * static_cast<double>(values.size()));
  return values[std::min(index, values.size() - 1)];
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : std::midpoint(values[half - 1], values[half]);
}

double rate(double seconds, unsigned threads, const std::function<std::size_t()>& step) {
  std::atomic<std::size_t> done = 0;
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> others;
    const auto work = [&] {
      std::size_t own = 0;
      do own += step();
      while (seconds_since(begin) < seconds);
      done += own;
    };
    for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  return static_cast<double>(done) / seconds_since(begin);
}

}  // namespace bench

void add_bench(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("bench", "measure the product against its peers and limits, in the same run");
  auto names = std::make_shared<std::vector<std::string>>();
  auto settings = std::make_shared<bench::Settings>();
  command->add_option("NAME", *names, "verify, ledger, facts, decide, worklist, receipt, replay, memory, growth")->required();
  command->add_option("--seconds", settings->seconds, "how long to measure, each benchmark")->capture_default_str();
  command->add_option("--rounds", settings->rounds, "rounds of thing and peer in turn")
      ->capture_default_str()
      ->check(CLI::Range(5, 1000));
  command->add_option("--package", settings->package, "folder of the package to play; default: the first under ./packages");
  command->add_option("--scratch", settings->scratch,
                      "folder for temporary homes, on the disk to be measured; default: the system's");
  command->add_option("--commit", settings->commit, "what to name as the program's commit; default: that of the checkout here");
  command->add_flag("--long", settings->long_run, "also the sizes that take minutes");
  command->add_flag("--tiny", settings->tiny, "smallest sizes, to see that everything runs");
  command->callback([&context, names, settings] { bench::run_all(context, *names, *settings); });
}

}  // namespace flora::cli
