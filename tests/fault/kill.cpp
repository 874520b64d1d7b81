// SPDX-License-Identifier: EUPL-1.2
// fault_kill [--kills N] [--seed S] [--seconds N]: a node that lives, is killed (SIGKILL) at a stage chosen by the seed, and
// lives again. Nothing acknowledged may be lost, nothing executed twice, no height signed twice; after each death the next life
// finds the same heads. Exit status 0 if all of that held; the seed of a failure is printed.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/random.hpp"
#include "life.hpp"

namespace {

using namespace flora::fault;
namespace fs = std::filesystem;

struct Ended {
  bool killed = false;
  int status = 0;
  std::string complaint;
};

// Runs `child` in a process of its own and takes down what it tells.
template <class Child>
Ended run(Story& story, const Child& child) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(ends[0]);
    child(ends[1]);
  }
  ::close(ends[1]);
  Ended out;
  Message message;
  while (::read(ends[0], &message, sizeof message) == sizeof message) {
    if (message.kind == Message::kAcknowledged) story.acknowledged[message.acknowledged.key] = message.acknowledged;
    if (message.kind == Message::kWrong) out.complaint = message.text;
    if (message.kind != Message::kFound) continue;
    const auto [it, fresh] = story.found.emplace(message.found.height, message.found);
    if (it->second.app_hash != message.found.app_hash || it->second.last_commit != message.found.last_commit) {
      out.complaint = fmt::format("other heads at height {}", message.found.height);
    }
  }
  ::close(ends[0]);
  ::waitpid(pid, &out.status, 0);
  out.killed = WIFSIGNALED(out.status) && WTERMSIG(out.status) == SIGKILL;
  return out;
}

std::uint64_t number(int argc, char** argv, const char* name, std::uint64_t otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return std::strtoull(argv[i + 1], nullptr, 10);
  }
  return otherwise;
}

Kill choose(std::uint64_t life, flora::base::SeededRandom& random) {
  Kill kill;
  kill.point = kPoints[life % std::size(kPoints)];
  kill.visit = kill.point == "any time" ? 1000 + random.below(150'000) : 1 + random.below(25);
  return kill;
}

}  // namespace

int main(int argc, char** argv) {
  const auto kills = number(argc, argv, "--kills", 200), seed = number(argc, argv, "--seed", 1);
  const auto seconds = number(argc, argv, "--seconds", 600);
  std::string folder = (fs::temp_directory_path() / "flora-fault-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 3;
  const fs::path home = fs::path(folder) / "home";
  const auto begin = std::chrono::steady_clock::now();
  flora::base::SeededRandom random(seed);
  Story story;
  const auto fail = [&](std::uint64_t life, const Kill& kill, const Ended& ended) {
    fmt::print("life {} (seed {}, {} x {}): {} (status {}); home kept at {}\n", life, seed, kill.point, kill.visit,
               ended.complaint.empty() ? "ended by itself" : ended.complaint, ended.status, home.string());
    return 1;
  };
  const auto made = run(story, [&](int) { make_home(home); });
  if (made.status != 0) return fail(0, {"make", 0}, made);
  std::uint64_t life = 0;
  for (; life < kills; ++life) {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    if (spent.count() > static_cast<double>(seconds)) break;
    const Kill kill = choose(life, random);
    const auto ended = run(story, [&](int pipe) { live(home, life, kill, story, pipe); });
    if (!ended.killed || !ended.complaint.empty()) return fail(life, kill, ended);
  }
  const auto judged = run(story, [&](int pipe) { judge(home, story, pipe); });
  if (judged.status != 0 || !judged.complaint.empty()) return fail(life, {"judge", 0}, judged);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  fmt::print("{} kills in {:.1f} s: {} entries acknowledged, all there, none twice, same heads\n", life, spent.count(),
             story.acknowledged.size());
  fs::remove_all(folder);
  return 0;
}
