// SPDX-License-Identifier: EUPL-1.2
#include "cli/bench_story.hpp"

#include <algorithm>

#include "calendar/calendar.hpp"
#include "node/package_files.hpp"

namespace flora::cli::bench {
namespace {

constexpr std::size_t kFactsMax = 24;
constexpr std::size_t kFirstSteps = 2;
constexpr std::uint64_t kDeviationEvery = 12;  // steps
constexpr std::int64_t kDaySeconds = 86400;

}  // namespace

process::Data Stories::random_data(package::StepIndex step, base::Instant now) {
  const auto& package = definition_->package();
  process::Data data;
  const std::int64_t today = now.ns / base::kNanosPerSecond / kDaySeconds;
  for (const auto& field : package.steps[step].data) {
    std::int64_t value = process::Data::kAbsent;
    if (field.required || random_.below(2) == 0) {
      switch (field.type) {
        case package::FieldType::kCode:
          value = static_cast<std::int64_t>(random_.below(package.find_codes(field.list)->codes.size()));
          break;
        case package::FieldType::kDate: value = today + 1 + static_cast<std::int64_t>(random_.below(20)); break;
        case package::FieldType::kTime: value = static_cast<std::int64_t>(random_.below(1440)) * 60; break;
        case package::FieldType::kInteger:
          value = field.min + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(field.max - field.min) + 1));
          break;
        case package::FieldType::kBoolean: value = static_cast<std::int64_t>(random_.below(2)); break;
        case package::FieldType::kToken: {
          const std::string token = "t" + std::to_string(random_.below(100'000));
          value = static_cast<std::int64_t>(data.tokens.size() * 128 + token.size());
          data.tokens += token;
          break;
        }
      }
    }
    data.values.push_back(value);
  }
  return data;
}

// A case begins with one of the first steps that may begin one; then it follows its cues.
std::optional<package::StepIndex> Stories::choose(const process::CaseState& state) {
  const auto& steps = definition_->package().steps;
  std::vector<package::StepIndex> found;
  const bool deviates = state.open && random_.below(kDeviationEvery) == 0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    if (steps[s].owners.empty() || steps[s].four_eyes) continue;
    const auto step = static_cast<package::StepIndex>(s);
    if (state.open ? deviates || state.cues.has(step) : steps[s].starts) found.push_back(step);
  }
  if (found.empty()) return std::nullopt;
  return found[random_.below(state.open ? found.size() : std::min(found.size(), kFirstSteps))];
}

bool Stories::try_step(process::CaseState& state, package::StepIndex step, base::Instant now, std::vector<StoryFact>& out) {
  const auto& owners = definition_->package().steps[step].owners;
  StoryFact fact{step, owners[random_.below(owners.size())], random_data(step, now)};
  const process::RecordFact command{.step = step, .by = fact.role, .at = {}, .data = fact.data};
  if (!process::decide(*definition_, state, {}, command, now, effects_)) return false;
  process::apply(*definition_, state, effects_);
  out.push_back(std::move(fact));
  return true;
}

std::vector<StoryFact> Stories::next(base::Instant now, bool open, std::size_t* bytes) {
  process::CaseState state = process::make_state(*definition_), last;
  std::vector<StoryFact> out;
  const std::size_t cut = open ? 1 + random_.below(8) : kFactsMax;
  for (std::size_t tries = 0; out.size() < cut && tries < 4 * kFactsMax; ++tries) {
    const auto step = choose(state);
    if (!step) break;
    if (open) last = state;
    if (!try_step(state, *step, now, out)) continue;
    if (!open || out.size() < 2 || !process::finished(*definition_, state)) continue;
    out.pop_back();
    state = last;
    break;
  }
  if (bytes != nullptr) *bytes = process::encode_state(*definition_, state).size();
  return out;
}

base::Result<std::shared_ptr<const process::Definition>> load_definition(const std::string& package_folder) {
  FLORA_TRY(auto package, node::load_package(package_folder));
  return process::Definition::compile(std::make_shared<const package::Package>(std::move(package)),
                                      calendar::builtin_calendars());
}

}  // namespace flora::cli::bench
