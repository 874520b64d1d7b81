// SPDX-License-Identifier: EUPL-1.2
// One life of a node, in a child process that is killed somewhere in it, and what it tells its parent meanwhile.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace flora::fault {

// Every stage of a node's writing, in the order an entry passes them; the last kills by the clock instead.
inline constexpr std::string_view kPoints[] = {
    "submission.sealed",       "storage.before_write",     "storage.after_write", "submission.outbox",   "submission.submitted",
    "sequencer.taken",         "application.staged",       "sequencer.finalized", "sequencer.signed",    "sequencer.proof",
    "sequencer.before_commit", "application.before_write", "application.written", "sequencer.committed", "any time"};

struct Kill {
  std::string_view point;
  std::uint64_t visit = 1;  // the n-th time it is passed; "any time": after so many microseconds
};

// What the parent knows to have been acknowledged: fixed sizes, so that one write is atomic on a pipe.
struct Acknowledged {
  char key[32];
  base::Hash envelope;
  std::int64_t height;
  std::uint32_t position;
};
// The chain as a life found it when it began.
struct Found {
  std::int64_t height;
  base::Hash app_hash;
  base::Hash last_commit;  // SHA-256 of the commit over the last block
};
struct Message {
  enum Kind : std::uint32_t { kAcknowledged = 1, kFound = 2, kWrong = 3 } kind;
  Acknowledged acknowledged;
  Found found;
  char text[160];
};

struct Story {
  std::map<std::string, Acknowledged> acknowledged;
  std::map<std::int64_t, Found> found;
};

// Both run in a child process and do not return. `life` numbers it: its entries carry the number.
// live: starts the node, asks again for some of what was acknowledged, makes new entries until it is killed.
[[noreturn]] void live(const std::filesystem::path& home, std::uint64_t life, const Kill& kill, const Story& story, int pipe);
// judge: starts the node once more and compares everything with the story; then executes all blocks anew and compares.
[[noreturn]] void judge(const std::filesystem::path& home, const Story& story, int pipe);
[[noreturn]] void make_home(const std::filesystem::path& home);

}  // namespace flora::fault
