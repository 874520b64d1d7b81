// SPDX-License-Identifier: EUPL-1.2
#include "http/connection.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

// Rule for every co_await here: no capturing lambda, std::function or braced aggregate inside the expression; they are
// named first (docs of the compiler fault: STYLE.md).

namespace flora::http {

using base::Code;
using base::Error;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::int64_t kLingerMs = 1000;
constexpr std::size_t kLingerBytesMax = 2 * 1024 * 1024;

// An answer that is waited for. The timer is its bell.
struct Pending {
  explicit Pending(asio::io_context& io) : bell(std::make_shared<asio::steady_timer>(io)) {}
  std::shared_ptr<asio::steady_timer> bell;
  std::optional<Response> response;
};

std::string date_line() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
}

bool has_header(const Response& response, std::string_view name) {
  for (const auto& [given, value] : response.headers) {
    if (given == name) return true;
  }
  return false;
}

bool without_body(int status) { return status == 204 || status == 304; }

std::string head_of(const Response& response, std::string_view trace, bool keep, std::size_t body_bytes) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason_of(response.status), date_line());
  if (!without_body(response.status)) {
    out += fmt::format("Content-Type: {}\r\n", response.content_type);
    if (!response.stream) out += fmt::format("Content-Length: {}\r\n", body_bytes);
  }
  for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
  if (!has_header(response, "Cache-Control")) out += "Cache-Control: no-store\r\n";
  if (!has_header(response, "Content-Security-Policy")) {
    out += "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
  }
  out +=
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n";
  out += fmt::format("Flora-Trace: {}\r\n", trace);
  if (!keep) out += "Connection: close\r\n";
  return out + "\r\n";
}

}  // namespace

std::string Core::next_trace() {
  std::uint64_t z = traces += 0x9e3779b97f4a7c15ULL;  // SplitMix64: unlike one another, and no count of requests
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return base::to_hex(base::be64(z ^ (z >> 31)));
}

Connection::Connection(std::shared_ptr<Core> core, asio::ip::tcp::socket socket, Where where, const base::MemberId& origin)
    : core_(std::move(core)), socket_(std::move(socket)), where_(where), origin_(origin) {
  core_->open.insert(this);
  ++core_->open_count;
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Connection::~Connection() {
  core_->open.erase(this);
  --core_->open_count;
}

void Connection::enter(Phase phase, std::int64_t ms) {
  phase_ = phase;
  timed_out_ = false;
  deadline_ = Steady::now() + std::chrono::milliseconds(ms);
}

void Connection::check_deadline(Steady::time_point now) {
  if (now < deadline_) return;
  deadline_ = Steady::time_point::max();
  timed_out_ = true;
  boost::system::error_code ignored;
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    core_->api->metrics.refused(Refused::kTimeout);
    socket_.cancel(ignored);  // reading ends; 408 is still to be written
  } else if (phase_ != Phase::kAnswer) {
    close();
  }
}

void Connection::close_if_idle() {
  if (phase_ == Phase::kIdle) close();
}

void Connection::close() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Connection::abandon() {
  close();
  if (const auto bell = bell_.lock()) bell->cancel();
}

std::optional<Steady::time_point> Connection::idle_until() const {
  return phase_ == Phase::kIdle ? std::optional(deadline_) : std::nullopt;
}

asio::awaitable<void> Connection::run() {
  for (std::size_t served = 0; served < core_->config.limits.requests_per_connection; ++served) {
    if (core_->draining && received_.empty()) break;
    const bool goes_on = co_await serve_one();
    if (!goes_on) break;
  }
  close();
}

asio::awaitable<std::size_t> Connection::read_some() {
  const std::size_t before = received_.size();
  received_.resize(before + kReadBytes);
  const asio::mutable_buffer space(received_.data() + before, kReadBytes);
  const auto [error, n] = co_await socket_.async_read_some(space, kAwait);
  received_.resize(before + n);
  co_return error ? 0 : n;
}

std::optional<ParseError> Connection::feed(RequestParser& parser) {
  const auto used = parser.feed(received_);
  if (!used) return used.error();
  received_.erase(0, *used);
  return std::nullopt;
}

// True: a request is to be answered, or was refused with `turn.answer`. False: the connection is over.
asio::awaitable<bool> Connection::serve_one() {
  const auto& limits = core_->config.limits;
  RequestParser parser({limits.head_bytes, limits.body_bytes, limits.header_count});
  Turn turn;
  const bool head = co_await read_head(parser, turn);
  if (!head) co_return false;

  const bool refused = turn.answer.status != 0;
  if (!refused) {
    const bool body = co_await read_body(parser, turn);
    if (!body) co_return false;
    if (turn.answer.status == 0) co_await handle(turn);
  }
  turn.admitted.ticket.reset();
  turn.keep = turn.keep && !core_->draining;
  const bool unread = !parser.done();
  if (unread && parser.expects_continue()) turn.keep = false;
  if (turn.answer.stream && !turn.no_body) {
    co_await stream(turn);
    co_return false;
  }
  const bool written = co_await write(turn);
  if (!written) co_return false;
  if (unread && turn.keep) {
    const bool skipped = co_await skip_body(parser);
    co_return skipped;
  }
  if (!turn.keep) co_await linger();
  co_return turn.keep;
}

asio::awaitable<bool> Connection::read_head(RequestParser& parser, Turn& turn) {
  const auto& limits = core_->config.limits;
  enter(Phase::kIdle, limits.idle_ms);
  bool begun = false;
  turn.answer.status = 0;
  turn.trace = core_->next_trace();
  while (!parser.head_done()) {
    if (!received_.empty()) {
      if (!begun) {
        begun = true;
        turn.since = Steady::now();
        enter(Phase::kHead, limits.head_ms);
      }
      if (auto wrong = feed(parser)) co_return co_await refuse(*wrong, turn);
      if (parser.head_done()) break;
    }
    const std::size_t n = co_await read_some();
    if (n == 0) {
      if (!timed_out_ || phase_ != Phase::kHead) co_return false;
      const ParseError late{408, Error{Code::kTimeout, "the head took too long"}};
      co_return co_await refuse(late, turn);
    }
  }
  turn.keep = parser.keep_alive();
  Request request = parser.take_head();
  request.trace = turn.trace;
  turn.method = to_text(request.method);
  turn.no_body = request.method == Method::kHead;
  const std::size_t announced = parser.content_length().value_or(parser.has_body() ? limits.body_bytes : 0);
  admit(std::move(request), announced, turn);
  co_return true;
}

// Fills turn.admitted, or turn.answer with a refusal or a file.
bool Connection::admit(Request head, std::size_t announced, Turn& turn) {
  Core& core = *core_;
  const bool reads = head.method == Method::kGet || head.method == Method::kHead;
  if (where_ == Where::kMember && reads && !core.web.empty() && !head.target.starts_with("/api")) {
    const auto target = parse_target(head.target);
    if (target) {
      head.path = target->path;
      turn.route = "static";
      turn.answer = core.web.answer(head);
      return false;
    }
  }
  if (announced > 0 && core.body_bytes + announced > core.config.limits.bytes_in_flight) {
    core.api->metrics.refused(Refused::kBusy);
    turn.answer = problem({Code::kBusy, {}}, turn.trace);
    return false;
  }
  auto admitted = core.api->admit(std::move(head), where_, origin_, announced);
  if (!admitted) {
    turn.answer = std::move(admitted.error());
    return false;
  }
  turn.admitted = *std::move(admitted);
  turn.route = turn.admitted.route->path;
  return true;
}

asio::awaitable<bool> Connection::read_body(RequestParser& parser, Turn& turn) {
  if (parser.done()) co_return true;
  enter(Phase::kBody, core_->config.limits.body_ms);
  if (parser.expects_continue() && received_.empty()) {
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool sent = co_await write_all(go_on, {});
    if (!sent) co_return false;
  }
  const std::size_t announced = parser.content_length().value_or(core_->config.limits.body_bytes);
  core_->body_bytes += announced;
  turn.held = std::shared_ptr<void>(nullptr, [core = core_.get(), announced](void*) { core->body_bytes -= announced; });

  while (true) {
    if (!received_.empty()) {
      if (auto wrong = feed(parser)) co_return co_await refuse(*wrong, turn);
    }
    if (parser.done()) break;
    const std::size_t n = co_await read_some();
    if (n == 0) {
      if (!timed_out_) co_return false;
      const ParseError late{408, Error{Code::kTimeout, "the body took too long"}};
      co_return co_await refuse(late, turn);
    }
  }
  turn.admitted.request.body = parser.take_body();
  turn.bytes_in = turn.admitted.request.body.size();
  co_return true;
}

// The borders of requests are lost: answer, then end.
asio::awaitable<bool> Connection::refuse(const ParseError& error, Turn& turn) {
  core_->api->metrics.refused(Refused::kMalformed);
  turn.answer = problem(error.status, error.error, turn.trace);
  turn.keep = false;
  turn.admitted = {};
  const bool written = co_await write(turn);
  if (written) co_await linger();
  co_return false;
}

// After a refusal: the body is read on and forgotten, so that the connection can serve the next request.
asio::awaitable<bool> Connection::skip_body(RequestParser& parser) {
  enter(Phase::kLinger, core_->config.limits.body_ms);
  parser.drop_body();
  while (true) {
    if (!received_.empty() && feed(parser)) co_return false;
    if (parser.done()) co_return true;
    const std::size_t n = co_await read_some();
    if (n == 0) co_return false;
  }
}

asio::awaitable<void> Connection::handle(Turn& turn) {
  enter(Phase::kAnswer, core_->config.limits.answer_ms * 2);
  auto pending = std::make_shared<Pending>(core_->io);
  bell_ = pending->bell;
  // Answers may come from any thread, also when nobody waits any more.
  Respond respond = [core = core_, pending](Response response) {
    asio::post(core->io, [pending, answer = std::move(response)]() mutable {
      if (pending->response) return;
      pending->response = std::move(answer);
      pending->bell->cancel();
    });
  };
  auto work = [api = core_->api, admitted = std::move(turn.admitted), respond]() mutable {
    const std::string trace = admitted.request.trace;
    try {
      api->run(std::move(admitted), respond);
    } catch (const std::exception& error) {
      respond(problem({Code::kInternal, error.what()}, trace));
    }
  };
  turn.admitted = {};
  auto& pool = where_ == Where::kOperations ? core_->operators : core_->workers;
  pending->bell->expires_after(std::chrono::milliseconds(core_->config.limits.answer_ms));
  asio::post(pool, std::move(work));
  co_await pending->bell->async_wait(kAwait);
  if (pending->response) {
    turn.answer = std::move(*pending->response);
  } else {
    pending->response = Response{};  // whoever answers now is late
    core_->api->metrics.refused(Refused::kTimeout);
    turn.answer = problem({Code::kTimeout, {}}, turn.trace);
  }
}

asio::awaitable<bool> Connection::write_all(std::string_view head, std::string_view body) {
  const std::array<asio::const_buffer, 2> parts{asio::const_buffer(head.data(), head.size()),
                                                asio::const_buffer(body.data(), body.size())};
  const auto [error, n] = co_await asio::async_write(socket_, parts, kAwait);
  static_cast<void>(n);
  co_return !error;
}

asio::awaitable<bool> Connection::write(Turn& turn) {
  enter(Phase::kWrite, core_->config.limits.write_ms);
  const Response& answer = turn.answer;
  const std::string_view body = answer.shared_body ? std::string_view(*answer.shared_body) : std::string_view(answer.body);
  const std::string head = head_of(answer, turn.trace, turn.keep, body.size());
  const bool silent = turn.no_body || without_body(answer.status);
  const bool written = co_await write_all(head, silent ? std::string_view{} : body);
  log(turn, silent ? 0 : body.size());
  co_return written;
}

// Lets the peer read the answer before the connection is reset for what it still sends (RFC 9112, 9.6).
asio::awaitable<void> Connection::linger() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  enter(Phase::kLinger, kLingerMs);
  std::size_t total = 0;
  while (total < kLingerBytesMax) {
    received_.clear();
    const std::size_t n = co_await read_some();
    if (n == 0) break;
    total += n;
  }
}

asio::awaitable<void> Connection::stream(Turn& turn) {
  auto source = turn.answer.stream;
  auto bell = std::make_shared<asio::steady_timer>(core_->io);
  bell_ = bell;
  source->on_wake([core = std::weak_ptr<Core>(core_), bell, self = weak_from_this(), weak = std::weak_ptr<EventSource>(source)] {
    const auto alive = core.lock();
    if (!alive) return;
    asio::post(alive->io, [bell, self, weak] {
      bell->cancel();
      const auto ended = weak.lock();
      const auto connection = self.lock();
      if (connection && ended && ended->over()) connection->close();  // a write to a slow reader must not be waited for
    });
  });
  const auto& limits = core_->config.limits;
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::send_buffer_size(64 * 1024),
                     ignored);  // a slow reader is noticed here, not by the kernel
  enter(Phase::kWrite, limits.write_ms);
  const std::string head = head_of(turn.answer, turn.trace, false, 0);
  bool alive = co_await write_all(head, {});
  log(turn, 0);
  if (alive) {
    core_->api->hub.attach(source);
    asio::co_spawn(core_->io, watch_peer(source), asio::detached);
  }
  while (alive && !core_->draining && socket_.is_open()) {
    const auto text = source->take();
    if (!text) break;
    if (!text->empty()) {
      enter(Phase::kWrite, limits.write_ms);
      alive = co_await write_all(*text, {});
      continue;
    }
    deadline_ = Steady::time_point::max();
    bell->expires_after(std::chrono::milliseconds(limits.heartbeat_ms));
    const auto [error] = co_await bell->async_wait(kAwait);
    if (!error) {
      enter(Phase::kWrite, limits.write_ms);
      const std::string_view beat = ": still here\n\n";
      alive = co_await write_all(beat, {});
    }
  }
  core_->api->hub.detach(source);
  source->end();
}

// Event streams hear nothing from their peer but its end.
asio::awaitable<void> Connection::watch_peer(std::shared_ptr<EventSource> source) {
  const auto self = shared_from_this();
  while (true) {
    received_.clear();
    const std::size_t n = co_await read_some();
    if (n == 0) break;
  }
  source->end();
}

void Connection::log(const Turn& turn, std::size_t bytes_out) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - turn.since).count();
  core_->api->metrics.answered(turn.route, turn.method, turn.answer.status, micros, turn.bytes_in, bytes_out);
  if (!core_->config.access_log) return;
  core_->config.access_log({.trace = turn.trace,
                            .method = turn.method,
                            .route = turn.route,
                            .origin = origin_,
                            .status = turn.answer.status,
                            .bytes_in = turn.bytes_in,
                            .bytes_out = bytes_out,
                            .micros = micros});
}

}  // namespace flora::http
