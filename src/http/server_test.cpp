// SPDX-License-Identifier: EUPL-1.2
// The server over real sockets on loopback: limits, slow clients, load, events, draining.
#include "http/server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "http/test_api.hpp"

namespace flora::http {
namespace {

using namespace std::chrono_literals;

const std::string kFact = R"({"facts":[{"new_case":true,"step":"sent"}]})";

struct Running {
  FakeBackend backend;
  base::SeededRandom random{11};
  Config config = backend.config();
  std::unique_ptr<Server> server;

  void start() {
    auto started = Server::start(config, backend, random);
    ASSERT_TRUE(started.has_value()) << started.error().detail;
    server = *std::move(started);
  }
  std::uint16_t north() const { return server->port(0); }
  std::uint16_t south() const { return server->port(1); }
  ~Running() { server.reset(); }
  static Headers bearer(const std::string& agency, const std::string& key = {}) {
    Headers out = {{"Authorization", "Bearer secret-" + agency}};
    if (!key.empty()) {
      out.emplace_back("Content-Type", "application/json");
      out.emplace_back("Idempotency-Key", key);
    }
    return out;
  }
};

bool eventually(const std::function<bool()>& holds, int ms = 5000) {
  for (int i = 0; i < ms / 5; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return holds();
}

TEST(Server, AnswersOnEveryAddressAndKeepsConnections) {
  Running t;
  t.start();
  TestClient north(t.north()), south(t.south()), operations(t.server->operations_port());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(north.request("GET", "/api/v1/status").status, 200);
    EXPECT_EQ(south.request("GET", "/api/v1/views", Running::bearer("south")).status, 200);
    EXPECT_EQ(operations.request("GET", "/healthz").body, "ok\n");
  }
  EXPECT_EQ(north.request("GET", "/api/v1/views", Running::bearer("south")).status, 401);
  const auto head = north.request("HEAD", "/api/v1/status");
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.header("Content-Length"), "0");
  const auto answer = north.request("GET", "/api/v1/status");
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store");
  EXPECT_EQ(answer.header("Flora-Trace").size(), 16U);
  EXPECT_NE(operations.request("GET", "/metrics").body.find("flora_http_requests_total"), std::string::npos);
}

TEST(Server, ServesPipelinedAndChunkedRequests) {
  Running t;
  t.start();
  TestClient client(t.north());
  const std::string one = "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_TRUE(client.send(one + one + one));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.answer().status, 200);
  ASSERT_TRUE(client.send(fmt::format(
      "POST /api/v1/facts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret-north\r\nContent-Type: application/json\r\n"
      "Idempotency-Key: c\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
      kFact.size(), kFact)));
  EXPECT_EQ(client.answer().status, 200);
  ASSERT_TRUE(client.send(fmt::format(
      "POST /api/v1/facts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret-north\r\nContent-Type: application/json\r\n"
      "Idempotency-Key: e\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
      kFact.size())));
  ASSERT_TRUE(client.read_until("100 Continue\r\n\r\n"));
  client.send(kFact);
  EXPECT_EQ(client.answer().status, 100);
  EXPECT_EQ(client.answer().status, 200);
}

TEST(Server, RefusesWhatIsTooLargeAndEndsTheConnection) {
  Running t;
  t.start();
  const auto refused = [&](const std::string& text) {
    TestClient client(t.north());
    client.send(text);
    const auto answer = client.answer();
    EXPECT_TRUE(client.wait_closed());
    return answer.status;
  };
  EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(refused("POST /api/v1/facts HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n"), 413);
  EXPECT_EQ(refused("NONSENSE\r\n\r\n"), 400);
  EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
  TestClient goes_on(t.north());
  const auto unauthorised =
      goes_on.request("POST", "/api/v1/facts", {{"Content-Type", "application/json"}}, std::string(1'000'000, ' '));
  EXPECT_EQ(unauthorised.status, 401) << "refused from the head alone";
  EXPECT_EQ(goes_on.request("GET", "/api/v1/status").status, 200) << "the body was read and forgotten";
}

TEST(Server, AnswersTheSameToTheSameKey) {
  Running t;
  t.start();
  t.backend.mode = FakeBackend::Mode::kHold;
  TestClient first(t.north()), second(t.north());
  std::thread waiting(
      [&] { EXPECT_EQ(first.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact).status, 200); });
  EXPECT_TRUE(eventually([&] { return t.backend.held() == 1; }));
  EXPECT_EQ(second.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact).status, 409) << "in flight";
  EXPECT_EQ(second.request("POST", "/api/v1/facts", Running::bearer("north", "k"), R"({"facts":[]})").status, 422);
  t.backend.release();
  waiting.join();
  EXPECT_EQ(second.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact).status, 200);
  EXPECT_EQ(t.backend.held(), 0U) << "answered from memory";
}

TEST(Server, SlowClientsHurtNobodyAndAreCutOff) {
  Running t;
  t.config.limits.head_ms = 400;
  t.config.limits.body_ms = 400;
  t.start();
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<TestClient>(t.north()));
    slow.back()->send(
        i % 2 == 0 ? "GET /api/v1/st"
                   : "POST /api/v1/facts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret-north\r\nContent-Type: "
                     "application/json\r\nIdempotency-Key: s\r\nContent-Length: 100\r\n\r\n{");
  }
  TestClient quick(t.north());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(quick.request("GET", "/api/v1/views", Running::bearer("north")).status, 200);
  for (std::size_t i = 0; i < slow.size(); ++i) {
    const int status = slow[i]->answer().status;
    EXPECT_TRUE(status == 408 || (i % 2 == 1 && status == 429)) << i << " " << status;
    EXPECT_TRUE(slow[i]->wait_closed()) << i;
  }
  EXPECT_EQ(quick.request("GET", "/api/v1/status").status, 200);
}

TEST(Server, AReaderThatDoesNotReadIsCutOff) {
  Running t;
  t.config.limits.write_ms = 300;
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("flora-web-{}", ::getpid());
  std::filesystem::create_directories(folder / "assets");
  std::ofstream(folder / "index.html") << "<!doctype html>";
  std::ofstream(folder / "assets" / "big.js") << std::string(30'000'000, 'x');
  t.config.web_root = folder;
  t.start();
  TestClient slow(t.north());
  slow.send("GET /assets/big.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(eventually([&] {
    TestClient operations(t.server->operations_port());
    return operations.request("GET", "/metrics").body.find("flora_http_open{what=\"connections\"} 1") != std::string::npos;
  })) << "the connection is gone, the one that asks remains";
  std::filesystem::remove_all(folder);
}

TEST(Server, ServesTheApplicationFromMemory) {
  Running t;
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("flora-web2-{}", ::getpid());
  std::filesystem::create_directories(folder / "assets");
  std::ofstream(folder / "index.html") << "<!doctype html><title>x</title>";
  std::ofstream(folder / "assets" / "app-1a2b.js") << "export {};";
  std::ofstream(folder / "assets" / "app-1a2b.js.gz") << "compressed";
  std::ofstream(folder / ".secret") << "no";
  t.config.web_root = folder;
  t.start();
  TestClient client(t.north());
  EXPECT_EQ(client.request("GET", "/").status, 200);
  const auto index = client.request("GET", "/cases/abc");
  EXPECT_EQ(index.body, "<!doctype html><title>x</title>");
  EXPECT_EQ(index.header("Content-Security-Policy").substr(0, 18), "default-src 'self'");
  EXPECT_EQ(index.header("Cache-Control"), "no-cache");
  const auto asset = client.request("GET", "/assets/app-1a2b.js");
  EXPECT_NE(asset.header("Cache-Control").find("immutable"), std::string::npos);
  EXPECT_EQ(asset.header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(client.request("GET", "/assets/app-1a2b.js", {{"Accept-Encoding", "br, gzip"}}).body, "compressed");
  EXPECT_EQ(client.request("GET", "/assets/app-1a2b.js", {{"If-None-Match", asset.header("ETag")}}).status, 304);
  for (const char* bad : {"/.secret", "/assets/missing.js", "/%2e%2e/etc/passwd", "/../etc/passwd"})
    EXPECT_GE(client.request("GET", bad).status, 400) << bad;
  EXPECT_EQ(client.request("POST", "/cases/abc").status, 404);
  std::filesystem::remove_all(folder);
}

TEST(Server, SaysNoBeforeQueuesGrowAndRecoversAtOnce) {
  Running t;
  t.config.limits.writes_in_flight_per_session = 5;
  t.config.limits.writes_in_flight_per_member = 5;
  t.start();
  t.backend.mode = FakeBackend::Mode::kHold;
  std::vector<std::thread> clients;
  std::atomic<int> done{0}, turned_away{0};
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back([&, i] {
      TestClient client(t.north());
      const auto answer = client.request("POST", "/api/v1/facts", Running::bearer("north", fmt::format("k{}", i)), kFact);
      if (answer.status == 200) ++done;
      if (answer.status == 429 && answer.header("Retry-After") == "1") ++turned_away;
    });
  }
  EXPECT_TRUE(eventually([&] { return turned_away == 45; })) << turned_away;
  EXPECT_EQ(t.backend.held(), 5U);
  TestClient south(t.south());
  EXPECT_EQ(south.request("GET", "/api/v1/views", Running::bearer("south")).status, 200) << "the other member notices nothing";
  t.backend.mode = FakeBackend::Mode::kAtOnce;
  t.backend.release();
  for (auto& client : clients) client.join();
  EXPECT_EQ(done, 5);
  TestClient after(t.north());
  EXPECT_EQ(after.request("POST", "/api/v1/facts", Running::bearer("north", "later"), kFact).status, 200);
}

TEST(Server, AnswersWhenTheBackendDoesNot) {
  Running t;
  t.config.limits.answer_ms = 300;
  t.start();
  t.backend.mode = FakeBackend::Mode::kHold;
  TestClient client(t.north());
  const auto late = client.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact);
  EXPECT_EQ(late.status, 504);
  EXPECT_NE(late.body.find("the same key gives the same answer"), std::string::npos);
  t.backend.release();
  t.backend.mode = FakeBackend::Mode::kAtOnce;
  EXPECT_TRUE(
      eventually([&] { return client.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact).status == 200; }));

  t.backend.mode = FakeBackend::Mode::kHold;
  std::thread dropped(
      [&] { EXPECT_EQ(client.request("POST", "/api/v1/facts", Running::bearer("north", "d"), kFact).status, 500); });
  EXPECT_TRUE(eventually([&] { return t.backend.held() == 1; }));
  t.backend.drop_held();
  dropped.join();
  t.backend.mode = FakeBackend::Mode::kAtOnce;
  EXPECT_EQ(client.request("POST", "/api/v1/facts", Running::bearer("north", "d"), kFact).status, 200) << "the key is free again";
}

TEST(Server, TakesNewcomersInPlaceOfTheIdle) {
  Running t;
  t.config.limits.connections = 10;
  t.start();
  std::vector<std::unique_ptr<TestClient>> idle;
  for (int i = 0; i < 30; ++i) {
    idle.push_back(std::make_unique<TestClient>(t.north()));
    EXPECT_TRUE(eventually([&] { return idle.back()->request("GET", "/api/v1/status").status == 200; })) << i;
  }
  EXPECT_TRUE(idle.front()->wait_closed());
}

std::string stream_request(const std::string& agency, const std::string& more = {}) {
  return fmt::format("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret-{}\r\n{}\r\n", agency, more);
}

TEST(Stream, ShowsAChangeToTheOtherMemberAndGoesOnAfterwards) {
  Running t;
  t.config.limits.heartbeat_ms = 200;
  t.start();
  TestClient reader(t.south());
  reader.send(stream_request("south"));
  ASSERT_TRUE(reader.read_until("event: hello"));
  const auto height = t.backend.status().height;
  TestClient writer(t.north());
  ASSERT_EQ(writer.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact).status, 200);
  ASSERT_TRUE(reader.read_until("south_expected")) << reader.received();
  EXPECT_EQ(reader.received().find("north_under_way"), std::string::npos);
  EXPECT_TRUE(reader.read_until(": still here"));
  TestClient again(t.south());
  again.send(stream_request("south", fmt::format("Last-Event-ID: {}\r\n", height)));
  EXPECT_TRUE(again.read_until("south_expected")) << "what it missed";
  TestClient wrong(t.south());
  wrong.send(stream_request("south", "Last-Event-ID: x\r\n"));
  EXPECT_EQ(wrong.answer().status, 400);
}

TEST(Stream, IsBoundedPerSessionAndForgetsWhoLeft) {
  Running t;
  t.config.limits.streams_per_session = 3;
  t.start();
  {
    std::vector<std::unique_ptr<TestClient>> readers;
    for (int i = 0; i < 3; ++i) {
      readers.push_back(std::make_unique<TestClient>(t.south()));
      readers.back()->send(stream_request("south"));
      ASSERT_TRUE(readers.back()->read_until("event: hello"));
    }
    TestClient one_more(t.south());
    one_more.send(stream_request("south"));
    EXPECT_EQ(one_more.answer().status, 429);
  }
  EXPECT_TRUE(eventually([&] {
    TestClient again(t.south());
    again.send(stream_request("south"));
    return again.read_until("event: hello", 300);
  })) << "places of readers that left are free without waiting for a heartbeat";
}

TEST(Stream, ASlowReaderIsDroppedWhileOthersGoOn) {
  Running t;
  t.start();
  TestClient slow(t.south(), 4096), quick(t.south());
  slow.send(stream_request("south"));
  quick.send(stream_request("south"));
  ASSERT_TRUE(quick.read_until("event: hello") && slow.read_until("event: hello"));
  std::atomic<bool> over{false};
  std::atomic<std::size_t> read{0};
  std::thread writer([&] {
    channel::CaseDelta changed;
    changed.views = {"south_expected"};
    channel::AgencyDelta agency{"parcel", "south", std::vector<channel::CaseDelta>(30, changed)};
    for (std::int64_t h = 1000; !over; ++h) {
      t.backend.publish(std::make_shared<const Delta>(Delta{h, {}, {agency}}));
      while (!over && read + 64 < static_cast<std::size_t>(h - 1000))
        std::this_thread::sleep_for(1ms);  // not faster than the quick one
    }
  });
  std::thread reading([&] {
    while (!over && quick.read(1000)) {
      std::size_t events = 0;
      for (std::size_t at = quick.received().find("event: change"); at != std::string::npos;
           at = quick.received().find("event: change", at + 1))
        ++events;
      read += events;
      quick.forget();
    }
  });
  TestClient operations(t.server->operations_port());
  EXPECT_TRUE(eventually(
      [&] { return operations.request("GET", "/metrics").body.find("flora_http_open{what=\"streams\"} 1") != std::string::npos; },
      20'000));
  const auto before = read.load();
  EXPECT_TRUE(eventually([&] { return read > before + 100; })) << "the quick one goes on";
  over = true;
  writer.join();
  reading.join();
}

TEST(Server, DrainsBeforeItStops) {
  Running t;
  t.start();
  t.backend.mode = FakeBackend::Mode::kHold;
  TestClient busy(t.north()), idle(t.north()), streaming(t.south());
  ASSERT_EQ(idle.request("GET", "/api/v1/status").status, 200);
  streaming.send(stream_request("south"));
  ASSERT_TRUE(streaming.read_until("event: hello"));
  std::thread waiting([&] {
    const auto answer = busy.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact);
    EXPECT_EQ(answer.status, 200) << "what was under way is answered";
    EXPECT_EQ(answer.header("Connection"), "close");
  });
  ASSERT_TRUE(eventually([&] { return t.backend.held() == 1; }));
  std::thread stopping([&] { t.server->stop(); });
  EXPECT_TRUE(idle.wait_closed());
  EXPECT_TRUE(streaming.wait_closed());
  t.backend.release();
  waiting.join();
  stopping.join();
  EXPECT_FALSE(TestClient(t.north()).connected());
}

TEST(Server, StopsAlsoWhenTheBackendNeverAnswers) {
  Running t;
  t.config.limits.drain_ms = 200;
  t.start();
  t.backend.mode = FakeBackend::Mode::kHold;
  TestClient busy(t.north());
  std::thread waiting([&] { busy.request("POST", "/api/v1/facts", Running::bearer("north", "k"), kFact); });
  ASSERT_TRUE(eventually([&] { return t.backend.held() == 1; }));
  t.server->stop();
  waiting.join();
  t.server.reset();
  t.backend.release();  // an answer for a server that is gone
}

TEST(Server, RefusesToStartWhereItMustNot) {
  Running t;
  t.config.origins[0].host = "0.0.0.0";
  EXPECT_EQ(Server::start(t.config, t.backend, t.random).error().code, base::Code::kMalformed) << "a demo on all addresses";
  t.config.origins[0].host = "example.org";
  EXPECT_FALSE(Server::start(t.config, t.backend, t.random).has_value());
  t.config.origins[0].host = "127.0.0.1";
  t.start();
  Config second = t.config;
  second.origins[0].port = t.north();
  EXPECT_EQ(Server::start(second, t.backend, t.random).error().code, base::Code::kAddressInUse);
}

}  // namespace
}  // namespace flora::http
