// SPDX-License-Identifier: EUPL-1.2
// The composition root: everything one node consists of, made in order, ended in reverse.
//
//   home -> tables -> keyring -> application -> sequencer -> submission -> backend        (node/serve.hpp adds HTTP)
//
// Who owns what: the Node owns all of it; parts hold plain references to parts made before them.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/tables.hpp"
#include "http/backend.hpp"
#include "node/home.hpp"
#include "node/log.hpp"
#include "node/submission.hpp"
#include "orderer/pace.hpp"
#include "orderer/sequencer.hpp"
#include "storage/faults.hpp"

namespace flora::node {

struct NodeOptions {
  std::unique_ptr<base::Tables> tables;  // null: RocksDB under the home
  orderer::Pace* pace = nullptr;         // null: the demo's clock in a demo home, else the system's; must outlive the node
  base::Random* random = nullptr;        // null: the system's; must outlive the node
  Log* log = nullptr;                    // null: none; must outlive the node
  storage::FaultHook* faults = nullptr;
  std::int64_t heartbeat_seconds = base::limits::kHeartbeatSeconds;
};

class Node {
 public:
  // Opens the home's tables, goes on where they end, runs when it returns. Errors: kHomeLocked, kSchemaNewer, kSchemaOlder,
  // kCorrupt, kClockJumped, kDiskFull, kStorageFailed.
  static base::Result<std::unique_ptr<Node>> start(Home home, NodeOptions options = {});
  virtual ~Node() = default;  // as stop()

  virtual const Home& home() const = 0;
  virtual http::Backend& backend() = 0;
  virtual Submission& submission() = 0;
  virtual orderer::Sequencer& sequencer() = 0;
  virtual NodeApplication& application() = 0;
  virtual base::Tables& tables() = 0;

  // Takes nothing new, settles what was taken, ends with everything durable. Idempotent.
  virtual void stop() = 0;
};

// A channel of all members of the node, the packages in force in it, every agency bound to its member: ordinary signed
// transactions, as anybody could send them. Errors: the ledger's or the channel's refusals.
base::Status put_first_blocks(Node& node, const std::vector<package::Package>& packages, base::Random& random);

// Makes a demo home and its first blocks. Nothing is left behind if it fails. Errors: those of write_demo_home, Node::start and
// put_first_blocks; kPackageWrong.
struct PackageSource {
  std::string folder;
};
base::Status make_demo(const std::filesystem::path& path, const std::vector<PackageSource>& packages, Config config,
                       base::Instant start, base::Random& random, Log& log);

}  // namespace flora::node
