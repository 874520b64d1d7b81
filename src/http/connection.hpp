// SPDX-License-Identifier: EUPL-1.2
// One connection of the server, and what all of them share. Internal to server.cpp and connection.cpp: it needs Asio.
// Everything here runs on the one thread of the io_context unless a member says otherwise.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "http/api.hpp"
#include "http/parser.hpp"
#include "http/static.hpp"

namespace flora::http {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

class Connection;

// Shared by the connections of one server; late answers keep it alive.
struct Core {
  Core(const Config& given, std::shared_ptr<Api> the_api, StaticFiles files, std::uint64_t trace_seed)
      : config(given),
        api(std::move(the_api)),
        web(std::move(files)),
        traces(trace_seed),
        workers(given.worker_threads),
        operators(1) {}

  const Config config;
  std::shared_ptr<Api> api;
  const StaticFiles web;
  asio::io_context io{1};
  std::set<Connection*> open;
  std::atomic<std::size_t> open_count{0};  // any thread
  std::size_t body_bytes = 0;              // announced by bodies that are held now
  bool draining = false;
  std::uint64_t traces;
  asio::thread_pool workers;              // handlers of the API
  std::atomic<bool> workers_gone{false};  // set when they are not to be given work any more
  asio::thread_pool operators;            // handlers of the operations address: never behind the others

  std::string next_trace();
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, asio::ip::tcp::socket socket, Where where, const base::MemberId& origin);
  ~Connection();

  asio::awaitable<void> run();
  // Called at every tick: cancels what took too long.
  void check_deadline(Steady::time_point now);
  void close_if_idle();
  void close();
  void abandon();                                        // closes, and waits for no handler any more
  std::optional<Steady::time_point> idle_until() const;  // nullopt: not idle

 private:
  enum class Phase : std::uint8_t { kIdle, kHead, kBody, kAnswer, kWrite, kLinger };
  struct Turn {  // one request on its way
    Admitted admitted;
    Response answer;
    std::shared_ptr<void> held;  // the body's place in Core::body_bytes
    bool keep = false;           // the connection goes on after the answer
    bool no_body = false;
    std::size_t bytes_in = 0;
    Steady::time_point since = Steady::now();
    std::string trace;
    std::string_view method = "-", route = "unknown";
  };

  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_head(RequestParser& parser, Turn& turn);
  asio::awaitable<bool> read_body(RequestParser& parser, Turn& turn);
  asio::awaitable<bool> refuse(const ParseError& error, Turn& turn);
  asio::awaitable<bool> skip_body(RequestParser& parser);
  asio::awaitable<void> handle(Turn& turn);
  asio::awaitable<bool> write(Turn& turn);
  asio::awaitable<void> linger();
  asio::awaitable<void> stream(Turn& turn);
  asio::awaitable<void> watch_peer(std::shared_ptr<EventSource> source);
  asio::awaitable<std::size_t> read_some();  // 0: over
  asio::awaitable<bool> write_all(std::string_view head, std::string_view body);
  // Feeds what was received. False: wrong, and `turn` holds the answer.
  std::optional<ParseError> feed(RequestParser& parser);
  bool admit(Request head, std::size_t announced, Turn& turn);
  void enter(Phase phase, std::int64_t ms);
  void log(const Turn& turn, std::size_t bytes_out);

  std::shared_ptr<Core> core_;
  asio::ip::tcp::socket socket_;
  Where where_;
  base::MemberId origin_;
  std::string received_;  // not consumed yet
  Phase phase_ = Phase::kIdle;
  Steady::time_point deadline_ = Steady::time_point::max();
  bool timed_out_ = false;
  std::weak_ptr<asio::steady_timer> bell_;  // of the answer or event that is waited for
};

}  // namespace flora::http
