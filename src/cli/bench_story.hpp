// SPDX-License-Identifier: EUPL-1.2
// What the benchmarks play, made from any package: cases that follow their cues to the end as people would, with a deviation
// now and then. Everything is drawn from one seed. Not thread safe.
#pragma once
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "process/engine.hpp"

namespace flora::cli::bench {

struct StoryFact {
  package::StepIndex step = 0;
  package::RoleIndex role = 0;
  process::Data data;
};

class Stories {
 public:
  explicit Stories(std::shared_ptr<const process::Definition> definition, std::uint64_t seed = 1)
      : definition_(std::move(definition)), random_(seed) {}

  // The facts of one case from its first step until nothing is owed any more, accepted by the engine one after the other, all
  // at ledger time `now`. With `open`: cut somewhere before the case is finished. `bytes`: size of the state written out.
  std::vector<StoryFact> next(base::Instant now, bool open = false, std::size_t* bytes = nullptr);

  const process::Definition& definition() const { return *definition_; }
  base::SeededRandom& random() { return random_; }

 private:
  bool try_step(process::CaseState& state, package::StepIndex step, base::Instant now, std::vector<StoryFact>& out);
  std::optional<package::StepIndex> choose(const process::CaseState& state);
  process::Data random_data(package::StepIndex step, base::Instant now);

  std::shared_ptr<const process::Definition> definition_;
  base::SeededRandom random_;
  process::Effects effects_;
};

// Loads and compiles. Errors: those of the loader.
base::Result<std::shared_ptr<const process::Definition>> load_definition(const std::string& package_folder);

}  // namespace flora::cli::bench
