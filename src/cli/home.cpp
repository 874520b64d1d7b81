// SPDX-License-Identifier: EUPL-1.2
// flora home init: makes the folder of a node.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/json.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "node/node.hpp"
#include "orderer/pace.hpp"

namespace flora::cli {

namespace {

struct InitOptions {
  std::string home;
  std::vector<std::string> demo;
  std::string start;
  std::string web;
  std::uint16_t port_base = 8440;
};

base::Result<base::Instant> start_of(const InitOptions& options) {
  orderer::SystemPace clock;
  if (options.start.empty()) return clock.now();
  const auto start = base::parse_rfc3339(options.start);
  if (!start) return base::fail(base::Code::kMalformed, "--start is a time like 2026-09-01T08:00:00+02:00");
  if (*start > clock.now()) return base::fail(base::Code::kOutOfRange, "--start must not lie in the future");
  return *start;
}

void describe(const Context& context, const node::Home& home) {
  base::JsonArray members;
  for (const auto& member : home.members) {
    members.push_back({{"member", member.id.text()}, {"agency", member.agency}, {"title", member.title}});
  }
  if (context.json) {
    const base::JsonObject out{{"home", home.path.string()},
                               {"chain", home.genesis.chain_id},
                               {"genesis_hash", base::to_hex(ledger::genesis_hash(home.genesis))},
                               {"members", members}};
    fmt::print("{}\n", base::to_json(out));
  } else if (!context.quiet) {
    fmt::print(stderr, "home {} of chain {} with {} members; start it with: flora serve --home {}\n", home.path.string(),
               home.genesis.chain_id, home.members.size(), home.path.string());
  }
}

void init(Context& context, const InitOptions& options) {
  const auto start = start_of(options);
  if (!start) return report(context, start.error());
  std::vector<node::PackageSource> packages;
  for (const auto& folder : options.demo) packages.push_back({folder});
  node::Config config;
  config.port_base = options.port_base;
  config.web_root = options.web;
  base::SystemRandom random;
  const auto log = node::Log::open("warn");
  if (const auto made = node::make_demo(options.home, packages, config, *start, random, *log); !made) {
    return report(context, made.error());
  }
  const auto home = node::load_home(options.home);
  if (!home) return report(context, home.error());
  describe(context, *home);
}

}  // namespace

void add_home(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("home", "the folder of a node");
  noun->require_subcommand(1);
  auto* verb = noun->add_subcommand("init", "make a home with keys, genesis, configuration and its first blocks");
  const auto options = std::make_shared<InitOptions>();
  verb->add_option("--home", options->home, "folder to make; must not exist or be empty")->required();
  verb->add_option("--demo", options->demo, "a demo: every agency of these packages becomes a member, all on this node")
      ->required()
      ->expected(1, -1);
  verb->add_option("--start", options->start,
                   "ledger time begins here and stands until it is moved (default: now, in real time)");
  verb->add_option("--port-base", options->port_base, "operations address; the members follow, one port each");
  verb->add_option("--web", options->web, "folder of the web application");
  verb->callback([&context, options] { init(context, *options); });
}

}  // namespace flora::cli
