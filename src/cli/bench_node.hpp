// SPDX-License-Identifier: EUPL-1.2
// A node of our own in a temporary home, and the load it is given: what `ledger`, `facts`, `worklist`, `receipt`, `replay`,
// `memory` and `growth` have in common. One thread, unless said otherwise.
#pragma once
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "cli/bench.hpp"
#include "cli/bench_story.hpp"
#include "node/node.hpp"
#include "orderer/pace.hpp"

namespace flora::cli::bench {

// A folder that goes away with this.
class Scratch {
 public:
  // Errors: kFileUnwritable.
  static base::Result<std::unique_ptr<Scratch>> make(const std::string& below);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit Scratch(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

struct Played {
  std::size_t envelopes = 0, commands = 0;  // answered
  std::size_t refused = 0;                  // commands the channel refused, or whose envelope failed
  double seconds = 0;
};

// A demo home whose members take part in the package's process, with the node that serves it. Time is real.
class Bed {
 public:
  // Errors: those of the package and of make_demo.
  static base::Result<std::unique_ptr<Bed>> make(const Run& run);
  ~Bed();

  // Starts the node, on other tables than the home's own if given. Errors: those of Node::start.
  base::Status start(std::unique_ptr<base::Tables> tables = nullptr);
  void stop() { node_.reset(); }

  node::Node& node() { return *node_; }
  std::filesystem::path home() const { return scratch_->path() / "home"; }
  const std::filesystem::path& folder() const { return scratch_->path(); }
  const std::shared_ptr<const process::Definition>& definition() const { return definition_; }
  orderer::SystemPace& pace() { return pace_; }
  std::size_t member_of(package::RoleIndex role) const;  // index in Home::members

  channel::RecordFact command(const base::CaseId& id, const StoryFact& fact) const;
  http::Submission submission(std::size_t member, std::vector<channel::RecordFact> facts);

  // Hands everything to the node with so many submissions in flight, and waits for the last answer.
  Played play(std::vector<http::Submission> submissions, std::size_t in_flight, std::vector<base::Hash>* envelopes = nullptr);

 private:
  Bed() = default;
  std::unique_ptr<Scratch> scratch_;
  std::shared_ptr<const process::Definition> definition_;
  std::vector<std::size_t> member_of_role_;
  std::vector<base::MemberId> members_;
  base::SeededRandom random_{99};
  std::uint64_t keys_ = 0;
  orderer::SystemPace pace_;
  std::unique_ptr<node::Node> node_;
};

// An endless stream of facts over a pool of cases, each pass taking the next fact of every case in it; a case that has come to
// its end makes room for a new one. So no two facts of one case are under way at once while less than a pass is in flight.
class Flow {
 public:
  Flow(Bed& bed, std::size_t pool, std::uint64_t seed = 5) : bed_(bed), stories_(bed.definition(), seed), pool_(pool) {}
  // At least so many facts, `per_envelope` of one member in each submission (fewer at the end of a pass).
  std::vector<http::Submission> take(std::size_t facts, std::size_t per_envelope);

 private:
  struct Case {
    base::CaseId id;
    std::vector<StoryFact> facts;
    std::size_t next = 0;
  };
  Bed& bed_;
  Stories stories_;
  std::size_t pool_;
  std::deque<Case> cases_;
};

// So many new open cases, each with some of its facts, in submissions of up to 500 commands; every command stands after those
// of its case. `sizes`: of the states written out. `ids`: of the cases.
std::vector<std::vector<http::Submission>> open_cases(Bed& bed, Stories& stories, std::size_t count,
                                                      std::vector<std::size_t>* sizes, std::vector<base::CaseId>* ids);

}  // namespace flora::cli::bench
