// SPDX-License-Identifier: EUPL-1.2
#include "node/serve.hpp"

#include <fmt/format.h>

#include "http/server.hpp"
#include "node/node.hpp"

namespace flora::node {

using base::Code;
using base::Result;
using base::Status;

namespace {

http::Config server_config(const Home& home, Log& log) {
  const Config& config = home.config;
  http::Config out;
  out.demo = config.demo;
  out.web_root = config.web_root;
  out.operations_host = config.host;
  out.operations_port = config.port_base;
  std::uint16_t port = config.port_base;
  for (const auto& member : home.members) {
    // Port base 0 is for tests: every listener takes any free port.
    out.origins.push_back({member.id, config.host, config.port_base == 0 ? std::uint16_t{0} : ++port});
    for (const auto& officer : member.officers) {
      if (config.demo) out.officers.push_back({member.id, officer.user, officer.display_name, officer.role});
    }
    for (const auto& client : member.clients) {
      out.clients.push_back({member.id, client.client, client.display_name, client.roles, client.secret_hash});
    }
  }
  out.access_log = [&log](const http::AccessLine& line) {
    log.write(line.status >= 500 ? LogLevel::kWarn : LogLevel::kDebug, "request",
              {{"trace", line.trace},
               {"method", line.method},
               {"route", line.route},
               {"status", line.status},
               {"bytes_in", line.bytes_in},
               {"bytes_out", line.bytes_out},
               {"micros", line.micros}});
  };
  return out;
}

class RunningServer final : public Serving {
 public:
  explicit RunningServer(Log& log) : log_(log) {}
  ~RunningServer() override { stop(); }

  Status open(Home home) {
    if (home.config.demo && home.config.host != "127.0.0.1" && home.config.host != "::1") {
      return base::fail(Code::kForbidden, "a demo listens on 127.0.0.1 or ::1 only");
    }
    NodeOptions options;
    options.log = &log_;
    FLORA_TRY(node_, Node::start(std::move(home), std::move(options)));
    FLORA_TRY(server_, http::Server::start(server_config(node_->home(), log_), node_->backend(), random_));
    const auto& members = node_->home().members;
    const auto& host = node_->home().config.host;
    const auto url = [&](std::uint16_t port) {
      return host.find(':') == std::string::npos ? fmt::format("http://{}:{}", host, port)
                                                 : fmt::format("http://[{}]:{}", host, port);
    };
    for (std::size_t i = 0; i < members.size(); ++i) addresses_.push_back({members[i].title, url(server_->port(i))});
    addresses_.push_back({"operations", url(server_->operations_port())});
    return {};
  }

  const std::vector<Address>& addresses() const override { return addresses_; }

  void stop() override {
    if (server_) server_->stop();
    if (node_) node_->stop();
    server_.reset();
    node_.reset();
  }

 private:
  Log& log_;
  base::SystemRandom random_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<http::Server> server_;
  std::vector<Address> addresses_;
};

}  // namespace

Result<std::unique_ptr<Serving>> Serving::start(Home home, Log& log) {
  auto serving = std::make_unique<RunningServer>(log);
  FLORA_TRY(serving->open(std::move(home)));
  return std::unique_ptr<Serving>(std::move(serving));
}

}  // namespace flora::node
