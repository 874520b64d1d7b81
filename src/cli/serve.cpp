// SPDX-License-Identifier: EUPL-1.2
// flora serve: runs the node of a home until it is told to end.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "node/serve.hpp"

namespace flora::cli {

namespace {

struct ServeOptions {
  std::string home;
  std::string web;
  int port_base = -1;
};

void print_addresses(const Context& context, const std::vector<node::Address>& addresses) {
  if (context.json) {
    base::JsonArray list;
    for (const auto& address : addresses) list.push_back({{"what", address.what}, {"url", address.url}});
    fmt::print("{}\n", base::to_json(base::JsonObject{{"addresses", std::move(list)}}));
  } else {
    for (const auto& address : addresses) fmt::print("{}  {}\n", address.url, address.what);
  }
  std::fflush(stdout);
}

void serve(Context& context, const ServeOptions& options) {
  // Blocked before any thread starts, so that the signal waits for sigwait below.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  auto home = node::load_home(options.home);
  if (!home) return report(context, home.error());
  if (options.port_base >= 0) home->config.port_base = static_cast<std::uint16_t>(options.port_base);
  if (!options.web.empty()) home->config.web_root = options.web;
  const auto log = node::Log::open(home->config.log_level);
  const auto serving = node::Serving::start(*std::move(home), *log);
  if (!serving) return report(context, serving.error());
  print_addresses(context, (*serving)->addresses());
  int signal = 0;
  ::sigwait(&ending, &signal);
  log->info("ending", {{"signal", signal}});
  (*serving)->stop();
}

}  // namespace

void add_serve(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("serve", "run a node; logs JSON lines to standard error; SIGTERM or Ctrl-C ends it cleanly");
  const auto options = std::make_shared<ServeOptions>();
  noun->add_option("--home", options->home, "folder of the node")->required();
  noun->add_option("--port-base", options->port_base, "operations address; the members follow, one port each")
      ->check(CLI::Range(0, 65000));
  noun->add_option("--web", options->web, "folder of the web application, instead of the configured one");
  noun->callback([&context, options] { serve(context, *options); });
}

}  // namespace flora::cli
