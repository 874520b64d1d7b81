// SPDX-License-Identifier: EUPL-1.2
#include "cli/bench_node.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "node/log.hpp"

namespace flora::cli::bench {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kOpenPerEnvelope = 500;

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make(const std::string& below) {
  std::string name = (fs::path(below) / "flora-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) return base::fail(Code::kFileUnwritable, below);
  return std::unique_ptr<Scratch>(new Scratch(name));
}

Scratch::~Scratch() {
  std::error_code error;
  fs::remove_all(path_, error);
}

Result<std::unique_ptr<Bed>> Bed::make(const Run& run) {
  std::unique_ptr<Bed> bed(new Bed);
  FLORA_TRY(bed->scratch_, Scratch::make(run.settings().scratch));
  FLORA_TRY(bed->definition_, load_definition(run.settings().package));
  base::SystemRandom random;
  FLORA_TRY(node::make_demo(bed->home(), {{run.settings().package}}, {}, bed->pace_.now(), random, node::no_log()));
  FLORA_TRY(const auto home, node::load_home(bed->home()));
  const auto& package = bed->definition_->package();
  for (const auto& member : home.members) bed->members_.push_back(member.id);
  for (const auto& role : package.roles) {
    const auto& agency = package.agencies[role.agency].id;
    const auto at = std::find_if(home.members.begin(), home.members.end(), [&](const auto& m) { return m.agency == agency; });
    if (at == home.members.end()) return base::fail(Code::kCorrupt, "an agency without a member");
    bed->member_of_role_.push_back(static_cast<std::size_t>(at - home.members.begin()));
  }
  return bed;
}

Bed::~Bed() = default;

Status Bed::start(std::unique_ptr<base::Tables> tables) {
  node_.reset();
  FLORA_TRY(auto home, node::load_home(this->home()));
  node::NodeOptions options;
  options.pace = &pace_;
  options.tables = std::move(tables);
  FLORA_TRY(node_, node::Node::start(std::move(home), std::move(options)));
  return {};
}

std::size_t Bed::member_of(package::RoleIndex role) const { return member_of_role_[role]; }

channel::RecordFact Bed::command(const base::CaseId& id, const StoryFact& fact) const {
  const auto& package = definition_->package();
  channel::RecordFact out;
  out.case_id = id;
  out.step = package.steps[fact.step].id;
  out.role = package.roles[fact.role].id;
  out.actor.bytes = id.bytes;
  out.data = process::encode_data(*definition_, fact.step, fact.data);
  return out;
}

http::Submission Bed::submission(std::size_t member, std::vector<channel::RecordFact> facts) {
  http::Submission out{{members_[member], "officer", "bench"}, fmt::format("{:x}-{}", random_.next(), ++keys_), {}};
  for (auto& fact : facts) out.commands.emplace_back(std::move(fact));
  return out;
}

Played Bed::play(std::vector<http::Submission> submissions, std::size_t in_flight, std::vector<base::Hash>* envelopes) {
  std::mutex mutex;
  std::condition_variable wake;
  Played played;
  std::size_t under_way = 0;
  const auto begin = Clock::now();
  for (auto& submission : submissions) {
    const std::size_t commands = submission.commands.size();
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return under_way < in_flight; });
      ++under_way;
    }
    node_->backend().submit(std::move(submission), [&, commands](Result<http::Submitted> answer) {
      std::lock_guard lock(mutex);
      --under_way;
      ++played.envelopes;
      played.commands += commands;
      if (!answer)
        played.refused += commands;
      else
        played.refused +=
            static_cast<std::size_t>(std::ranges::count_if(answer->outcomes, [](const auto& o) { return o.error.has_value(); }));
      if (answer && envelopes != nullptr) envelopes->push_back(answer->acknowledgement.envelope);
      // Woken now and then only: a wake for every answer costs more than the answer.
      if (under_way == 0 || under_way == in_flight - in_flight / 4 - 1) wake.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  wake.wait(lock, [&] { return under_way == 0; });
  played.seconds = seconds_since(begin);
  return played;
}

std::vector<http::Submission> Flow::take(std::size_t facts, std::size_t per_envelope) {
  const auto now = bed_.pace().now();
  std::vector<http::Submission> out;
  for (std::size_t taken = 0; taken < facts;) {
    while (cases_.size() < pool_) {
      auto facts = stories_.next(now);
      if (!facts.empty()) cases_.push_back({stories_.random().id<base::CaseId>(), std::move(facts)});
    }
    std::map<std::size_t, std::vector<channel::RecordFact>> waiting;
    std::deque<Case> left;
    for (auto& one : cases_) {
      const StoryFact& fact = one.facts[one.next++];
      const std::size_t member = bed_.member_of(fact.role);
      auto& group = waiting[member];
      group.push_back(bed_.command(one.id, fact));
      ++taken;
      if (group.size() == per_envelope) out.push_back(bed_.submission(member, std::exchange(group, {})));
      if (one.next < one.facts.size()) left.push_back(std::move(one));
    }
    for (auto& [member, group] : waiting) {
      if (!group.empty()) out.push_back(bed_.submission(member, std::move(group)));
    }
    cases_ = std::move(left);
  }
  return out;
}

std::vector<std::vector<http::Submission>> open_cases(Bed& bed, Stories& stories, std::size_t count,
                                                      std::vector<std::size_t>* sizes, std::vector<base::CaseId>* ids) {
  const auto now = bed.pace().now();
  std::vector<std::vector<http::Submission>> waves;
  std::vector<std::map<std::size_t, std::vector<channel::RecordFact>>> waiting;
  for (std::size_t i = 0; i < count; ++i) {
    const auto id = stories.random().id<base::CaseId>();
    std::size_t bytes = 0;
    const auto facts = stories.next(now, true, &bytes);
    if (facts.empty()) continue;
    if (sizes != nullptr) sizes->push_back(bytes);
    if (ids != nullptr) ids->push_back(id);
    if (facts.size() > waves.size()) {
      waves.resize(facts.size());
      waiting.resize(facts.size());
    }
    for (std::size_t n = 0; n < facts.size(); ++n) {
      const std::size_t member = bed.member_of(facts[n].role);
      auto& group = waiting[n][member];
      group.push_back(bed.command(id, facts[n]));
      if (group.size() == kOpenPerEnvelope) waves[n].push_back(bed.submission(member, std::exchange(group, {})));
    }
  }
  for (std::size_t n = 0; n < waves.size(); ++n) {
    for (auto& [member, group] : waiting[n]) {
      if (!group.empty()) waves[n].push_back(bed.submission(member, std::move(group)));
    }
  }
  return waves;
}

}  // namespace flora::cli::bench
