// SPDX-License-Identifier: EUPL-1.2
#include "http/server.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/connection.hpp"

namespace flora::http {

using asio::ip::tcp;
using base::Code;
using base::fail;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// Keeps the connection alive for as long as its coroutine runs.
asio::awaitable<void> serve(std::shared_ptr<Connection> connection) { co_await connection->run(); }

// Room for a newcomer: the connection that has been idle longest goes.
bool make_room(Core& core) {
  Connection* oldest = nullptr;
  auto until = Steady::time_point::max();
  for (auto* connection : core.open) {
    const auto idle = connection->idle_until();
    if (idle && *idle < until) {
      until = *idle;
      oldest = connection;
    }
  }
  if (oldest == nullptr) return false;
  oldest->close();
  return true;
}

struct Listener {
  tcp::acceptor acceptor;
  Where where;
  base::MemberId member;
};

asio::awaitable<void> accept_all(std::shared_ptr<Core> core, std::shared_ptr<Listener> listener) {
  asio::steady_timer pause(core->io);
  while (listener->acceptor.is_open()) {
    auto [error, socket] = co_await listener->acceptor.async_accept(kAwait);
    if (!listener->acceptor.is_open()) break;
    if (error) {  // no descriptors left, say: wait for some to be closed
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(kAwait);
      continue;
    }
    if (core->open.size() >= core->config.limits.connections && !make_room(*core)) {
      core->api->metrics.refused(Refused::kConnections);
      boost::system::error_code ignored;
      socket.close(ignored);
      continue;
    }
    auto connection = std::make_shared<Connection>(core, std::move(socket), listener->where, listener->member);
    asio::co_spawn(core->io, serve(std::move(connection)), asio::detached);
  }
}

std::chrono::milliseconds tick_of(const Limits& limits) {
  const auto least = std::min({limits.head_ms, limits.body_ms, limits.idle_ms, limits.write_ms});
  return std::chrono::milliseconds(std::clamp<std::int64_t>(least / 8, 5, 250));
}

asio::awaitable<void> sweep(std::shared_ptr<Core> core, std::shared_ptr<asio::steady_timer> timer) {
  while (!core->draining || !core->open.empty()) {
    timer->expires_after(tick_of(core->config.limits));
    co_await timer->async_wait(kAwait);
    const auto now = Steady::now();
    for (auto* connection : core->open) connection->check_deadline(now);
  }
}

class ServerImpl final : public Server {
 public:
  ServerImpl(std::shared_ptr<Core> core, std::vector<std::shared_ptr<Listener>> listeners)
      : core_(std::move(core)), listeners_(std::move(listeners)), sweeper_(std::make_shared<asio::steady_timer>(core_->io)) {
    for (const auto& listener : listeners_) asio::co_spawn(core_->io, accept_all(core_, listener), asio::detached);
    asio::co_spawn(core_->io, sweep(core_, sweeper_), asio::detached);
    for (const auto& listener : listeners_) ports_.push_back(listener->acceptor.local_endpoint().port());
    std::weak_ptr<Core> weak = core_;
    core_->api->connections = [weak] {
      const auto alive = weak.lock();
      return alive ? alive->open_count.load() : 0;
    };
    core_->api->defer = [weak](std::function<void()> work) {
      const auto alive = weak.lock();
      if (alive && !alive->workers_gone) {
        asio::post(alive->workers, std::move(work));
      } else {
        work();
      }
    };
    core_->api->listen();
    thread_ = std::thread([core = core_] { core->io.run(); });
  }

  ~ServerImpl() override {
    drain_ms_ = 0;
    stop();
  }

  std::uint16_t port(std::size_t origin) const override { return ports_.at(origin); }
  std::uint16_t operations_port() const override { return ports_.back(); }

  void stop() override {
    if (!thread_.joinable()) return;
    asio::post(core_->io, [core = core_, listeners = listeners_] {
      core->draining = true;
      boost::system::error_code ignored;
      for (const auto& listener : listeners) listener->acceptor.close(ignored);
      for (auto* connection : core->open) connection->close_if_idle();
      core->api->hub.end_all();
    });
    const auto limit = std::min<std::int64_t>(drain_ms_, core_->config.limits.drain_ms);
    const auto until = Steady::now() + std::chrono::milliseconds(limit);
    while (core_->open_count > 0 && Steady::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    asio::post(core_->io, [core = core_, sweeper = sweeper_] {
      for (auto* connection : core->open) connection->abandon();
      core->api->hub.end_all();
      sweeper->cancel();
    });
    thread_.join();  // every coroutine has ended
    core_->workers_gone = true;
    core_->workers.join();
    core_->operators.join();
    core_->api->hub.end_all();
  }

 private:
  std::shared_ptr<Core> core_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::shared_ptr<asio::steady_timer> sweeper_;
  std::vector<std::uint16_t> ports_;
  std::thread thread_;
  std::int64_t drain_ms_ = std::numeric_limits<std::int64_t>::max();
};

base::Result<std::shared_ptr<Listener>> listen(Core& core, const std::string& host, std::uint16_t port, Where where,
                                               const base::MemberId& member) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return fail(Code::kMalformed, fmt::format("{} is no address", host));
  if (core.config.demo && !address.is_loopback()) {
    return fail(Code::kMalformed, fmt::format("a demo listens on loopback only, not on {}", host));
  }
  auto out = std::make_shared<Listener>(tcp::acceptor(core.io), where, member);
  const tcp::endpoint endpoint(address, port);
  out->acceptor.open(endpoint.protocol(), error);
  if (!error) out->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) out->acceptor.bind(endpoint, error);
  if (!error) out->acceptor.listen(256, error);
  if (error) return fail(Code::kAddressInUse, fmt::format("{}:{}: {}", host, port, error.message()));
  return out;
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(Config config, Backend& backend, base::Random& random) {
  FLORA_TRY(auto web, StaticFiles::load(config.web_root));
  auto api = std::make_shared<Api>(config, backend, random);
  const std::uint64_t seed = base::read_be64(random.bytes(8));
  auto core = std::make_shared<Core>(config, std::move(api), std::move(web), seed);
  std::vector<std::shared_ptr<Listener>> listeners;
  for (const auto& origin : config.origins) {
    FLORA_TRY(auto listener, listen(*core, origin.host, origin.port, Where::kMember, origin.member));
    listeners.push_back(std::move(listener));
  }
  FLORA_TRY(auto operations, listen(*core, config.operations_host, config.operations_port, Where::kOperations, {}));
  listeners.push_back(std::move(operations));
  return std::unique_ptr<Server>(std::make_unique<ServerImpl>(std::move(core), std::move(listeners)));
}

}  // namespace flora::http
