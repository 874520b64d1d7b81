// SPDX-License-Identifier: EUPL-1.2
// The first blocks of a demo home, by ordinary signed transactions.
#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "channel/commands.hpp"
#include "ledger/commands.hpp"
#include "node/epochs.hpp"
#include "node/files.hpp"
#include "node/node.hpp"
#include "node/package_files.hpp"
#include "package/load.hpp"

namespace flora::node {

using base::Code;
using base::Result;
using base::Status;
namespace fs = std::filesystem;

namespace {

// Orders and waits. An error of the ledger, or of the first command the channel refused.
Status order_and_wait(Node& node, const MemberHome& member, const base::ChannelId& channel, bool govern, std::string_view name,
                      base::Bytes command) {
  std::promise<Result<Settled>> promise;
  auto answer = promise.get_future();
  Order order;
  order.member = member.id;
  order.channel = channel;
  order.govern = govern;
  order.message_ids = {message_id(member.member_key, "setup", name, 0)};
  order.commands = {std::move(command)};
  order.done = [&](Result<Settled> outcome) { promise.set_value(std::move(outcome)); };
  node.submission().submit(std::move(order));
  FLORA_TRY(const auto settled, answer.get());
  if (settled.opened != Code::kOk) return base::fail(settled.opened, std::string(name));
  for (const auto& result : settled.results) {
    if (result.code != Code::kOk) return base::fail(result.code, fmt::format("{}: {}", name, result.detail));
  }
  return {};
}

Result<base::ChannelId> create_channel(Node& node, base::Random& random) {
  const auto& home = node.home();
  ledger::CreateChannel create;
  create.channel = random.id<base::ChannelId>();
  create.title = "demo";
  for (const auto& member : home.members) create.members.push_back(member.id);
  std::sort(create.members.begin(), create.members.end());
  Result<ledger::NewEpoch> epoch = base::fail(Code::kInternal);
  node.application().with_state(
      [&](const ledger::State& state) { epoch = make_epoch(state, create.channel, 1, create.members, random); });
  FLORA_TRY(create.epoch, std::move(epoch));
  FLORA_TRY(order_and_wait(node, home.members.front(), base::kFederationChannel, true, "create_channel",
                           ledger::encode_command(create)));
  return create.channel;
}

const MemberHome* member_of(const Home& home, const std::string& agency) {
  for (const auto& member : home.members) {
    if (member.agency == agency) return &member;
  }
  return nullptr;
}

Status put_in_force(Node& node, const base::ChannelId& channel, const package::Package& package) {
  const auto* first = member_of(node.home(), package.agencies.front().id);
  FLORA_TRY(order_and_wait(node, *first, channel, false, "activate/" + package.id,
                           channel::encode_command(channel::ActivatePackage{package::encode_package(package)})));
  for (const auto& agency : package.agencies) {
    const auto* member = member_of(node.home(), agency.id);
    FLORA_TRY(order_and_wait(node, *member, channel, false, fmt::format("bind/{}/{}", package.id, agency.id),
                             channel::encode_command(channel::BindAgency{package.id, agency.id, member->id})));
  }
  return {};
}

Status first_blocks(Home home, const std::vector<package::Package>& packages, base::Random& random, Log& log) {
  NodeOptions options;
  options.random = &random;
  options.log = &log;
  FLORA_TRY(const auto node, Node::start(std::move(home), std::move(options)));
  FLORA_TRY(put_first_blocks(*node, packages, random));
  node->stop();
  return {};
}

}  // namespace

Status put_first_blocks(Node& node, const std::vector<package::Package>& packages, base::Random& random) {
  FLORA_TRY(const auto channel, create_channel(node, random));
  for (const auto& package : packages) FLORA_TRY(put_in_force(node, channel, package));
  return {};
}

Status make_demo(const fs::path& path, const std::vector<PackageSource>& sources, Config config, base::Instant start,
                 base::Random& random, Log& log) {
  std::vector<package::Package> packages;
  for (const auto& source : sources) {
    FLORA_TRY(auto package, load_package(source.folder));
    packages.push_back(std::move(package));
  }
  std::error_code error;
  if (fs::exists(path, error) && (!fs::is_directory(path, error) || !fs::is_empty(path, error))) {
    return base::fail(Code::kAlreadyExists, path.string() + " is not empty");
  }
  // Made aside and moved into place when it is whole, so that an interrupted attempt leaves no half a home.
  fs::path aside = path;
  aside += ".new";
  fs::remove_all(aside, error);
  DemoOrder order;
  for (const auto& package : packages) order.packages.push_back(&package);
  order.start = start;
  config.demo = true;
  order.config = std::move(config);
  Status made;
  if (auto home = write_demo_home(aside, order, random))
    made = first_blocks(*std::move(home), packages, random, log);
  else
    made = tl::unexpected(home.error());
  if (!made) {
    fs::remove_all(aside, error);
    return made;
  }
  fs::remove(path, error);
  fs::rename(aside, path, error);
  if (error) return base::fail(Code::kFileUnwritable, path.string() + ": " + error.message());
  sync_folder(path.parent_path().empty() ? fs::path(".") : path.parent_path());
  return {};
}

}  // namespace flora::node
