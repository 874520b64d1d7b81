// SPDX-License-Identifier: EUPL-1.2
// For the tests of this module: the API without sockets, and a small client with them.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "http/api.hpp"
#include "http/fake_backend.hpp"
#include "http/schema_check.hpp"

namespace flora::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct TestApi {
  FakeBackend backend;
  base::SeededRandom random{3};
  Config config = backend.config();
  std::shared_ptr<Api> api = std::make_shared<Api>(config, backend, random);
  int keys = 0;

  TestApi() { api->listen(); }

  // One request from head to answer, at a member's origin or (zero) at the operations address.
  Response call(const base::MemberId& origin, Method method, std::string target, Headers headers = {}, std::string body = {}) {
    Request request;
    request.method = method;
    request.target = std::move(target);
    request.headers = std::move(headers);
    if (request.header("host").empty()) request.headers.emplace_back("host", "127.0.0.1:8441");
    request.trace = "0000000000000001";
    auto admitted = api->admit(std::move(request), origin.is_zero() ? Where::kOperations : Where::kMember, origin, body.size());
    if (!admitted) return admitted.error();
    admitted->request.body = std::move(body);
    const Route& route = *admitted->route;
    auto promise = std::make_shared<std::promise<Response>>();
    auto future = promise->get_future();
    api->run(*std::move(admitted), [promise](Response response) { promise->set_value(std::move(response)); });
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    Response response = future.get();
    if (response.status == 200 && !response.stream && response.content_type == "application/json" &&
        !route.response_schema.empty()) {
      const auto parsed = base::parse_json(response.shared_body ? *response.shared_body : response.body);
      EXPECT_EQ(parsed ? check_schema(*parsed, route.response_schema) : "not JSON", "") << route.path;
    } else if (response.content_type == "application/problem+json") {
      EXPECT_EQ(check_schema(*base::parse_json(response.body), "Problem"), "") << route.path;
    }
    return response;
  }

  // Signed in as an officer; headers for reading and writing.
  struct Session {
    base::MemberId member;
    std::string cookie, csrf;
    Headers read() const { return {{"cookie", cookie}}; }
    Headers write(const std::string& key) const {
      return {{"cookie", cookie}, {"x-csrf-token", csrf}, {"content-type", "application/json"}, {"idempotency-key", key}};
    }
  };
  Session sign_in(const base::MemberId& member, const std::string& user) {
    const auto answer =
        call(member, Method::kPost, "/api/v1/session", {{"content-type", "application/json"}}, R"({"user":")" + user + R"("})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    Session out{member, {}, {}};
    for (const auto& [name, value] : answer.headers) {
      if (name == "Set-Cookie") out.cookie = value.substr(0, value.find(';'));
    }
    out.csrf = std::string(json(answer).at("csrf").as_string());
    return out;
  }
  Response get(const Session& session, std::string target) {
    return call(session.member, Method::kGet, std::move(target), session.read());
  }
  Response post(const Session& session, std::string target, std::string body) {
    return call(session.member, Method::kPost, std::move(target), session.write("key-" + std::to_string(++keys)),
                std::move(body));
  }

  static base::JsonObject json(const Response& response) {
    const auto parsed = base::parse_json(response.shared_body ? *response.shared_body : response.body);
    EXPECT_TRUE(parsed.has_value()) << response.status << " " << response.body;
    return parsed && parsed->is_object() ? parsed->as_object() : base::JsonObject{};
  }
};

// ---- a client over a socket --------------------------------------------------------------------------------------------
class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~TestClient() { ::close(socket_); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }
  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto n = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // More bytes into received(); false at the end of the connection or after the time.
  bool read(int timeout_ms = 5000) {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, timeout_ms) != 1) return false;
    char buffer[16384];
    const auto n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  bool read_until(std::string_view text, int timeout_ms = 5000) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (received_.find(text) == std::string::npos) {
      if (closed_ || std::chrono::steady_clock::now() > until) return false;
      read(100);
    }
    return true;
  }
  bool wait_closed(int timeout_ms = 5000) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (!closed_ && std::chrono::steady_clock::now() < until) read(100);
    return closed_;
  }
  const std::string& received() const { return received_; }
  void forget() { received_.clear(); }

  struct Answer {
    int status = 0;
    std::string head, body;
    std::string header(std::string_view name) const {
      const auto at = head.find("\r\n" + std::string(name) + ": ");
      if (at == std::string::npos) return {};
      const auto begin = at + name.size() + 4;
      return head.substr(begin, head.find("\r\n", begin) - begin);
    }
  };
  // The next whole answer; status 0 if the connection ended before.
  Answer answer(int timeout_ms = 10'000, bool head_only = false) {
    Answer out;
    if (!read_until("\r\n\r\n", timeout_ms)) return out;
    const auto end = received_.find("\r\n\r\n") + 4;
    out.head = received_.substr(0, end - 2);
    out.status = std::stoi(out.head.substr(9, 3));
    const auto length = out.header("Content-Length");
    const std::size_t body = length.empty() || head_only ? 0 : std::stoul(length);
    while (received_.size() < end + body && read(timeout_ms)) {
    }
    out.body = received_.substr(end, body);
    received_.erase(0, end + body);
    return out;
  }
  Answer request(const std::string& method, const std::string& target, const Headers& headers = {},
                 const std::string& body = {}) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    if (!send(text + "\r\n" + body)) return {};
    return answer(10'000, method == "HEAD");
  }

 private:
  int socket_;
  bool connected_ = false, closed_ = false;
  std::string received_;
};

}  // namespace flora::http
