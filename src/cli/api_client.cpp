// SPDX-License-Identifier: EUPL-1.2
#include "cli/api_client.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>

#include "base/random.hpp"

namespace flora::cli {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Code;
using base::fail;
using base::Json;
using base::JsonObject;
using base::Result;
using base::Status;

namespace {

constexpr auto kTimeout = std::chrono::seconds(60);
constexpr std::size_t kAnswerBytesMax = 256UL * 1024 * 1024;
constexpr int kBusyRetries = 50;

struct Url {
  std::string host, port;
};

Result<Url> parse_url(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return fail(Code::kMalformed, fmt::format("{}: expected http://HOST:PORT", url));
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  const auto colon = url.rfind(':');
  if (colon == std::string_view::npos || url.find('/') != std::string_view::npos) {
    return fail(Code::kMalformed, fmt::format("{}: expected http://HOST:PORT", url));
  }
  return Url{std::string(url.substr(0, colon)), std::string(url.substr(colon + 1))};
}

// The first line and the headers of an answer.
struct Head {
  int status = 0;
  std::string content_type, cookie;
  std::size_t length = 0;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Result<Head> parse_head(std::string_view head) {
  Head out;
  const auto status = head.size() > 12 && head.starts_with("HTTP/1.1 ") ? number_of<int>(head.substr(9, 3)) : std::nullopt;
  if (!status) return fail(Code::kHttpMalformed, "the answer is not HTTP/1.1");
  out.status = *status;
  for (auto at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const auto name = lower(line.substr(0, colon));
    const auto value = line.substr(colon + 2);
    if (name == "content-type") out.content_type = value;
    if (name == "set-cookie") out.cookie = value.substr(0, value.find(';'));
    if (name == "content-length") {
      const auto length = number_of<std::size_t>(value);
      if (!length || *length > kAnswerBytesMax) return fail(Code::kHttpMalformed, "the answer's length");
      out.length = *length;
    }
  }
  return out;
}

// RFC 9457, back to the error it was made from.
base::Error error_of(const ApiAnswer& answer) {
  const auto parsed = base::parse_json(answer.body);
  const auto* problem = parsed ? parsed->if_object() : nullptr;
  if (problem == nullptr || !problem->contains("code")) {
    return {answer.status >= 500 ? Code::kInternal : Code::kHttpMalformed,
            fmt::format("the node answered with status {}", answer.status)};
  }
  const auto number = base::json_integer(*problem, "code");
  std::string detail = text_of(problem->at("title"));
  if (const auto* more = problem->if_contains("detail")) detail += fmt::format(" {}", text_of(*more));
  if (const auto* place = problem->if_contains("pointer")) detail += fmt::format(" (at {})", text_of(*place));
  if (const auto* trace = problem->if_contains("trace")) detail += fmt::format(" [reference {}]", text_of(*trace));
  return {static_cast<Code>(number.value_or(9000)), std::move(detail)};
}

}  // namespace

struct ApiClient::Impl {
  Url url;
  asio::io_context io;
  tcp::socket socket{io};
  std::string token, cookie, csrf, received;

  // Runs one operation with a time limit.
  template <class Start>
  Status run(Start start) {
    boost::system::error_code result = asio::error::would_block;
    start([&result](const boost::system::error_code& error, auto&&...) { result = error; });
    io.restart();
    io.run_for(kTimeout);
    if (result == asio::error::would_block) {
      boost::system::error_code ignored;
      socket.close(ignored);
      io.restart();
      io.run();
      return fail(Code::kTimeout, fmt::format("http://{}:{}", url.host, url.port));
    }
    if (result) return fail(Code::kNotLeader, fmt::format("http://{}:{}: {}", url.host, url.port, result.message()));
    return {};
  }

  Status connect() {
    boost::system::error_code error;
    tcp::resolver resolver(io);
    const auto endpoints = resolver.resolve(url.host, url.port, error);
    if (error) return fail(Code::kMalformed, fmt::format("{}:{}: {}", url.host, url.port, error.message()));
    socket = tcp::socket(io);
    received.clear();
    return run([&](auto done) { asio::async_connect(socket, endpoints, done); });
  }

  Status read_more() {
    const std::size_t before = received.size();
    constexpr std::size_t kPiece = 64 * 1024;
    received.resize(before + kPiece);
    std::size_t n = 0;
    const auto space = asio::buffer(received.data() + before, kPiece);
    auto read = run([&](auto done) {
      socket.async_read_some(space, [&n, done](const boost::system::error_code& error, std::size_t bytes) mutable {
        n = bytes;
        done(error, bytes);
      });
    });
    received.resize(before + n);
    return read;
  }

  Result<ApiAnswer> exchange(const std::string& text) {
    FLORA_TRY(run([&](auto done) { asio::async_write(socket, asio::buffer(text), done); }));
    auto end = received.find("\r\n\r\n");
    while (end == std::string::npos) {
      FLORA_TRY(read_more());
      end = received.find("\r\n\r\n");
    }
    FLORA_TRY(const auto head, parse_head(std::string_view(received).substr(0, end + 2)));
    while (received.size() < end + 4 + head.length) FLORA_TRY(read_more());
    ApiAnswer out{head.status, head.content_type, received.substr(end + 4, head.length)};
    received.erase(0, end + 4 + head.length);
    if (!head.cookie.empty()) cookie = head.cookie;
    return out;
  }

  Result<ApiAnswer> once(std::string_view method, std::string_view target, std::string_view accept, std::string_view body,
                         std::string_view key) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}:{}\r\nAccept: {}\r\n", method, target, url.host, url.port, accept);
    if (!token.empty()) text += fmt::format("Authorization: Bearer {}\r\n", token);
    if (!cookie.empty()) text += fmt::format("Cookie: {}\r\n", cookie);
    if (!csrf.empty()) text += fmt::format("X-CSRF-Token: {}\r\n", csrf);
    if (!key.empty()) text += fmt::format("Idempotency-Key: {}\r\n", key);
    if (method == "POST") text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    text += "\r\n";
    text += body;
    if (socket.is_open()) {
      // A kept connection may have been closed meanwhile; the idempotency key makes one repetition safe.
      if (auto answer = exchange(text)) return answer;
    }
    FLORA_TRY(connect());
    return exchange(text);
  }

  Result<ApiAnswer> send(std::string_view method, std::string_view target, std::string_view accept, std::string_view body,
                         std::string_view key) {
    for (int attempt = 0;; ++attempt) {
      FLORA_TRY(auto answer, once(method, target, accept, body, key));
      if (answer.status < 400) return answer;
      auto error = error_of(answer);
      // Too busy, the same key still under way, or a receipt whose commit is not collected yet.
      const bool passes = error.code == Code::kBusy || error.code == Code::kInFlight || error.code == Code::kNotLeader;
      if (!passes || attempt >= kBusyRetries) return tl::unexpected(std::move(error));
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
};

ApiClient::ApiClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiClient::~ApiClient() = default;
ApiClient::ApiClient(ApiClient&&) noexcept = default;
ApiClient& ApiClient::operator=(ApiClient&&) noexcept = default;

Result<ApiClient> ApiClient::open(const ApiOptions& options) {
  auto impl = std::make_unique<Impl>();
  FLORA_TRY(impl->url, parse_url(options.url));
  if (!options.token_file.empty()) {
    FLORA_TRY(impl->token, read_input(options.token_file, 4096));
    while (!impl->token.empty() && (impl->token.back() == '\n' || impl->token.back() == '\r')) impl->token.pop_back();
  }
  FLORA_TRY(impl->connect());
  if (!options.user.empty()) {
    const std::string body = base::to_json(Json(JsonObject{{"user", options.user}}));
    FLORA_TRY(const auto answer, impl->send("POST", "/api/v1/session", "application/json", body, ""));
    FLORA_TRY(const auto session, base::parse_json(answer.body));
    FLORA_TRY(impl->csrf, base::json_text(session.as_object(), "csrf"));
  }
  return ApiClient(std::move(impl));
}

Result<Json> ApiClient::get(std::string_view target) {
  FLORA_TRY(const auto answer, impl_->send("GET", target, "application/json", "", ""));
  return base::parse_json(answer.body, kAnswerBytesMax);
}

Result<Json> ApiClient::post(std::string_view target, const Json& body, std::string_view key) {
  FLORA_TRY(const auto answer, impl_->send("POST", target, "application/json", base::to_json(body), key));
  return base::parse_json(answer.body, kAnswerBytesMax);
}

Result<ApiAnswer> ApiClient::get_bytes(std::string_view target, std::string_view accept) {
  return impl_->send("GET", target, accept, "", "");
}

std::shared_ptr<ApiOptions> add_api_options(CLI::App& command) {
  auto options = std::make_shared<ApiOptions>();
  command.add_option("--url", options->url, "origin of the member, http://HOST:PORT")
      ->capture_default_str()
      ->envname("FLORA_URL");
  auto* token = command.add_option("--token-file", options->token_file, "file with the bearer credential of a client program")
                    ->envname("FLORA_TOKEN_FILE");
  command.add_option("--user", options->user, "officer of a demo home")->envname("FLORA_USER")->excludes(token);
  command.add_option("--role", options->role, "role to act as, if there are several");
  return options;
}

std::string encode_query(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

std::string query_of(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  for (const auto& [name, value] : values) {
    if (!value.empty()) out += fmt::format("{}{}={}", out.empty() ? "?" : "&", encode_query(name), encode_query(value));
  }
  return out;
}

std::string fresh_key() {
  base::SystemRandom random;
  return base::to_base32(random.bytes(16));
}

void show(const Context& context, const Json& answer, void (*print)(const JsonObject&)) {
  if (context.json) {
    fmt::print("{}\n", base::to_json(answer));
  } else if (answer.is_object()) {
    print(answer.get_object());
  }
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return std::string(value.get_string());
  if (const auto* list = value.if_array()) {
    std::string out;
    for (const auto& one : *list) out += (out.empty() ? "" : ", ") + text_of(one);
    return out;
  }
  if (const auto* object = value.if_object()) {
    if (const auto* step = object->if_contains("step")) {
      const auto* by = object->if_contains("by");
      return text_of(*step) + (by == nullptr ? "" : fmt::format(" ({})", text_of(*by)));
    }
    if (const auto* days = object->if_contains("workdays")) return text_of(*days);
  }
  return base::to_json(value);
}

}  // namespace flora::cli
