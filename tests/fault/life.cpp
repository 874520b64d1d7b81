// SPDX-License-Identifier: EUPL-1.2
#include "life.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <future>
#include <thread>

#include "base/cbor.hpp"
#include "channel/journal.hpp"
#include "crypto/hash.hpp"
#include "node/node.hpp"
#include "node/replay.hpp"
#include "orderer/chain.hpp"
#include "storage/memory_tables.hpp"
#include "storage/rocks_tables.hpp"

namespace flora::fault {

using base::Code;
using base::Result;
using namespace std::chrono_literals;

namespace {

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

class Killer final : public storage::FaultHook {
 public:
  explicit Killer(const Kill& kill) : kill_(kill) {}
  base::Status reached(std::string_view point) override {
    if (armed && point == kill_.point && ++visits_ == kill_.visit) die();
    return {};
  }
  std::atomic<bool> armed = false;

 private:
  Kill kill_;
  std::atomic<std::uint64_t> visits_ = 0;
};

void tell(int pipe, const Message& message) {
  if (::write(pipe, &message, sizeof message) != sizeof message) ::_exit(3);
}

[[noreturn]] void wrong(int pipe, const std::string& what) {
  Message message{};
  message.kind = Message::kWrong;
  std::strncpy(message.text, what.c_str(), sizeof message.text - 1);
  tell(pipe, message);
  ::_exit(1);
}

http::Submission entry(node::Node& node, const std::string& key) {
  http::Submission s{{node.home().members[0].id, "somebody", "client"}, key, {}};
  channel::RecordFact fact;
  fact.case_id = node.backend().new_case(s.author, key, 0);
  fact.step = "sent";
  fact.role = "north_clerk";
  fact.actor = node.backend().actor(s.author, fact.case_id);
  fact.data = base::CborWriter().map(0).take();
  s.commands = {fact};
  return s;
}

Result<http::Submitted> submit(node::Node& node, const std::string& key) {
  auto promise = std::make_shared<std::promise<Result<http::Submitted>>>();
  auto future = promise->get_future();
  node.backend().submit(entry(node, key), [promise](Result<http::Submitted> r) { promise->set_value(std::move(r)); });
  if (future.wait_for(20s) != std::future_status::ready) return base::fail(Code::kTimeout, "no answer");
  return future.get();
}

void check_again(node::Node& node, const Acknowledged& before, int pipe) {
  for (int tries = 0;; ++tries) {
    const auto again = submit(node, before.key);
    // Its row of the outbox may be under way once more after the restart.
    if (!again && again.error().code == Code::kInFlight && tries < 1000) {
      std::this_thread::sleep_for(2ms);
      continue;
    }
    if (!again) wrong(pipe, fmt::format("{}: {}", before.key, again.error().detail));
    if (again->acknowledgement.envelope != before.envelope || again->acknowledgement.height != before.height ||
        again->acknowledgement.position != before.position) {
      wrong(pipe, fmt::format("{} stands elsewhere: height {} instead of {}", before.key, again->acknowledgement.height,
                              before.height));
    }
    return;
  }
}

Found look(const base::TableReader& tables) {
  const auto chain = orderer::load_chain(tables);
  if (!chain || !*chain) ::_exit(4);
  const auto& c = **chain;
  return {c.height, c.app_hash, crypto::sha256(ledger::encode_commit(c.last_commit))};
}

std::unique_ptr<node::Node> start(const std::filesystem::path& path, storage::FaultHook* faults, int pipe) {
  auto home = node::load_home(path);
  if (!home) wrong(pipe, home.error().detail);
  node::NodeOptions options;
  options.faults = faults;
  auto node = node::Node::start(*std::move(home), std::move(options));
  if (!node) wrong(pipe, fmt::format("the node does not start: {} {}", base::name_of(node.error().code), node.error().detail));
  return *std::move(node);
}

void check_journal(node::Node& node, int pipe) {
  const auto s = node.backend().snapshot();
  std::map<base::Hash, int> times;
  channel::scan_journal(*s.tables, s.channel, 0, [&](std::int64_t height, std::uint32_t, const channel::JournalEntry& e) {
    for (const auto& item : e.items) {
      const auto effects = channel::decode_effects(item.effects);
      if (item.code == Code::kOk && effects && !effects->repeats && ++times[item.message_id] > 1) {
        wrong(pipe, fmt::format("executed twice, the second time at height {}", height));
      }
    }
    return true;
  });
}

void check_found(const base::TableReader& tables, const Story& story, int pipe) {
  for (const auto& [height, found] : story.found) {
    const auto next = tables.get(base::Table::kBlocks, base::be64(static_cast<std::uint64_t>(height) + 1));
    const auto commit = tables.get(base::Table::kCommits, base::be64(static_cast<std::uint64_t>(height)));
    if (!commit || crypto::sha256(*commit) != found.last_commit) wrong(pipe, fmt::format("height {} was signed twice", height));
    if (!next) continue;  // still the last block
    const auto block = ledger::decode_block(*next);
    if (!block || block->header.app_hash != found.app_hash)
      wrong(pipe, fmt::format("the app hash after height {} changed", height));
  }
}

}  // namespace

void make_home(const std::filesystem::path& home) {
  base::SystemRandom random;
  orderer::SystemPace clock;
  const auto made =
      node::make_demo(home, {{std::string(FLORA_SOURCE_DIR) + "/tests/fault/package"}}, {}, clock.now(), random, node::no_log());
  if (!made) fmt::print(stderr, "{}\n", made.error().detail);
  ::_exit(made ? 0 : 1);
}

void live(const std::filesystem::path& home, std::uint64_t life, const Kill& kill, const Story& story, int pipe) {
  Killer killer(kill);
  const bool by_clock = kill.point == "any time";
  std::jthread timer;
  if (by_clock) {
    timer = std::jthread([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(kill.visit));
      die();
    });
  }
  killer.armed = true;
  auto node = start(home, &killer, pipe);
  Message message{};
  message.kind = Message::kFound;
  message.found = look(node->tables());
  tell(pipe, message);
  std::size_t asked = 0;
  for (auto it = story.acknowledged.rbegin(); it != story.acknowledged.rend() && asked < 3; ++it, ++asked) {
    check_again(*node, it->second, pipe);
  }
  std::atomic<int> open = 0;
  for (int i = 0;; ++i) {
    const auto key = fmt::format("{:06}/{:05}", life, i);
    while (open > 40) std::this_thread::sleep_for(50us);
    ++open;
    node->backend().submit(entry(*node, key), [&open, key, pipe](Result<http::Submitted> r) {
      if (r && !r->outcomes[0].error) {
        Message done{};
        done.kind = Message::kAcknowledged;
        std::strncpy(done.acknowledged.key, key.c_str(), sizeof done.acknowledged.key - 1);
        done.acknowledged.envelope = r->acknowledgement.envelope;
        done.acknowledged.height = r->acknowledgement.height;
        done.acknowledged.position = r->acknowledgement.position;
        tell(pipe, done);
      }
      --open;
    });
    if (i % 7 == 0) std::this_thread::sleep_for(300us);
  }
}

void judge(const std::filesystem::path& home, const Story& story, int pipe) {
  auto node = start(home, nullptr, pipe);
  for (int i = 0; i < 5000 && node->submission().waiting() > 0; ++i) std::this_thread::sleep_for(1ms);
  for (const auto& [key, acknowledged] : story.acknowledged) check_again(*node, acknowledged, pipe);
  check_journal(*node, pipe);
  check_found(node->tables(), story, pipe);
  node->stop();
  node.reset();
  const auto kept = storage::open_rocks((home / "tables").string());
  const auto loaded = node::load_home(home);
  if (!kept || !loaded) wrong(pipe, "the home cannot be opened again");
  storage::MemoryTables again;
  const auto replayed = node::replay(**kept, again, *loaded, node::no_log());
  if (!replayed) wrong(pipe, "executed anew: " + replayed.error().detail);
  // Beyond the app hash: the whole state of the channel, row by row.
  for (const auto table : {base::Table::kLedger, base::Table::kChannel, base::Table::kViewRows, base::Table::kFindings}) {
    std::size_t rows = 0;
    (*kept)->scan(table, {}, {}, [&](base::ByteView key, base::ByteView value) {
      const auto other = again.get(table, key);
      if (!other || !base::equal(*other, value)) wrong(pipe, "executed anew, the state differs");
      return ++rows > 0;
    });
    std::size_t others = 0;
    again.scan(table, {}, {}, [&](base::ByteView, base::ByteView) { return ++others > 0; });
    if (rows != others) wrong(pipe, "executed anew, the state has other rows");
  }
  ::_exit(0);
}

}  // namespace flora::fault
