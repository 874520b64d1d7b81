// SPDX-License-Identifier: EUPL-1.2
// Graded facts a second on one core, with findings, duties and cues, on the asylum package: one straight case and one with a
// deviation of nearly every kind, over and over.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>

#include "calendar/calendar.hpp"
#include "package/load.hpp"
#include "process/engine.hpp"
#include "process/scenario.hpp"

namespace {
std::size_t allocations = 0;
}
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace flora::process {
namespace {

// `plain`: without the rules whose guards compute with dates; what is left is the engine.
std::shared_ptr<const Definition> asylum(bool plain) {
  const std::filesystem::path root = std::filesystem::path(FLORA_SOURCE_DIR) / "packages/asylum-dresden";
  package::Sources sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    sources[std::filesystem::relative(entry.path(), root).string()] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  auto loaded = package::load(sources, false);
  if (!loaded.ok()) throw std::runtime_error("packages/asylum-dresden does not load");
  if (plain) {
    std::erase_if(loaded.package.rules, [](const package::Rule& r) {
      return r.when && r.kind == package::RuleKind::kReport && r.when->source.find("count(") == std::string::npos;
    });
  }
  return *Definition::compile(std::make_shared<const package::Package>(std::move(loaded.package)), calendar::builtin_calendars());
}

struct Input {
  Command command;
  base::Instant now;
};

constexpr std::string_view kStraight =
    "given forwarded by lds_system ; registered by lds_intake ; avb_offered by bamf_maris with date=2021-03-02\n"
    " ; id_check_done by bamf_avs with result=clear ; avb_done by bamf_avs with result=attended ; ready_for_file by lds_intake\n"
    " ; file_date_planned by bamf_avs with date=2021-03-05 ; file_opened by bamf_maris ; hearing_planned by bamf_maris with "
    "date=2021-03-19, mailed_on=2021-03-02\n"
    " ; hearing_held by bamf_maris ; hearing_settled by bamf_maris with ground=held\n";
constexpr std::string_view kCrooked =
    "given registered by lds_intake ; ready_for_file by lds_intake ; file_date_planned by bamf_avs with date=2021-03-03\n"
    " ; file_not_opened by bamf_maris with reason=absent ; file_date_planned by bamf_avs with date=2021-03-04\n"
    " ; file_not_opened by bamf_maris with reason=absent ; file_date_planned by bamf_avs with date=2021-03-05 ; file_opened by "
    "bamf_maris\n"
    " ; id_check_done by bamf_avs with result=clear ; hearing_planned by bamf_maris with date=2021-03-08, mailed_on=2021-03-05 ; "
    "hearing_missed by bamf_maris with reason=absent\n"
    " ; hearing_planned by bamf_maris with date=2021-03-12, mailed_on=2021-03-05 ; hearing_held by bamf_maris ; hearing_settled "
    "by bamf_maris with ground=held\n";

// The facts of a scenario as commands; unknown codes are replaced by the first of their list.
std::vector<Input> inputs_of(const Definition& d, std::string_view text) {
  std::string script(text);
  for (const auto& step : d.package().steps) {
    for (const auto& field : step.data) {
      const auto* list = d.package().find_codes(field.list);
      if (list == nullptr) continue;
      const std::string name = step.id + " by ";
      for (std::size_t at = script.find(name); at != std::string::npos; at = script.find(name, at + 1)) {
        const std::size_t value = script.find(field.id + "=", at), end = std::min(script.find(';', at), script.size());
        if (value >= end) continue;
        const std::size_t begin = value + field.id.size() + 1, stop = script.find_first_of(" ,\n", begin);
        const std::string code = script.substr(begin, stop - begin);
        bool known = false;
        for (const auto& c : list->codes) known = known || c.id == code;
        if (!known) script.replace(begin, stop - begin, list->codes.front().id);
      }
    }
  }
  const auto parsed = parse_scenario(d, {"bench", script, {"bench", 1, 1}});
  if (!parsed) throw std::runtime_error(parsed.error().detail);
  std::vector<Input> out;
  for (const auto& action : parsed->blocks.front().actions) {
    RecordFact fact;
    fact.step = *d.package().find_step(action.step);
    fact.by = *d.package().find_role(action.role);
    fact.at = action.at;
    fact.data = *parse_data(d, fact.step, base::Json(action.data));
    out.push_back({std::move(fact), action.entered});
  }
  return out;
}

enum class How { kExecute, kDecideApply };

void run(benchmark::State& bench, std::string_view script, How how, bool plain = false) {
  const auto definition = asylum(plain);
  const Definition& d = *definition;
  const auto inputs = inputs_of(d, script);
  const CaseState fresh = make_state(d);
  CaseState state = fresh;
  Effects effects;
  std::size_t facts = 0, findings = 0, duties = 0, cues = 0, allocated = 0;
  bool warm = false;
  for (auto _ : bench) {
    const std::size_t before = allocations;
    state = fresh;
    for (const auto& input : inputs) {
      if (how == How::kExecute) {
        if (!execute(d, state, {}, input.command, input.now, effects)) std::abort();
      } else {
        if (!decide(d, state, {}, input.command, input.now, effects)) std::abort();
        apply(d, state, effects);
      }
      findings += effects.report.findings.size();
      duties += effects.report.duties.size();
      cues += effects.report.new_cues.size();
    }
    facts += inputs.size();
    if (warm) allocated += allocations - before;
    warm = true;
  }
  bench.SetItemsProcessed(static_cast<std::int64_t>(facts));
  const auto per_fact = [&](std::size_t n) { return static_cast<double>(n) / static_cast<double>(facts); };
  bench.counters["findings/fact"] = per_fact(findings);
  bench.counters["duties/fact"] = per_fact(duties);
  bench.counters["cues/fact"] = per_fact(cues);
  bench.counters["allocations"] = static_cast<double>(allocated);
  bench.counters["state_bytes"] = static_cast<double>(encode_state(d, state).size());
}

void execute_straight(benchmark::State& bench) { run(bench, kStraight, How::kExecute); }
void execute_crooked(benchmark::State& bench) { run(bench, kCrooked, How::kExecute); }
void decide_apply_straight(benchmark::State& bench) { run(bench, kStraight, How::kDecideApply); }
void decide_apply_crooked(benchmark::State& bench) { run(bench, kCrooked, How::kDecideApply); }
void execute_crooked_plain(benchmark::State& bench) { run(bench, kCrooked, How::kExecute, true); }
BENCHMARK(execute_straight);
BENCHMARK(execute_crooked_plain);
BENCHMARK(execute_crooked);
BENCHMARK(decide_apply_straight);
BENCHMARK(decide_apply_crooked);

}  // namespace
}  // namespace flora::process
