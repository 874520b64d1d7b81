// SPDX-License-Identifier: EUPL-1.2
#include "http/parser.hpp"

#include <gtest/gtest.h>

namespace flora::http {
namespace {

// Feeds the text in pieces of a size, as a socket would bring it. The status of the refusal, or 0.
int parse(std::string_view text, RequestParser& parser, std::size_t piece = 1'000'000) {
  std::string received;
  while (!text.empty() || !received.empty()) {
    const auto n = std::min(piece, text.size());
    received.append(text.substr(0, n));
    text.remove_prefix(n);
    const auto used = parser.feed(received);
    if (!used) return used.error().status;
    received.erase(0, *used);
    if (parser.done()) return 0;
    if (*used == 0 && text.empty()) return 0;
  }
  return 0;
}

int status_of_text(std::string_view text) {
  RequestParser parser(ParseLimits{});
  return parse(text, parser);
}

TEST(RequestParser, ReadsHeadAndBodyInPiecesOfAnySize) {
  const std::string text =
      "POST /api/v1/facts?preview=true HTTP/1.1\r\nHost: 127.0.0.1:8441\r\nContent-Type: application/json\r\n"
      "Content-Length: 11\r\nIdempotency-Key: k-1\r\n\r\n{\"facts\":1}";
  for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 64UL, 1000UL}) {
    RequestParser parser(ParseLimits{});
    ASSERT_EQ(parse(text, parser, piece), 0) << piece;
    ASSERT_TRUE(parser.done()) << piece;
    const Request request = parser.take_head();
    EXPECT_EQ(request.method, Method::kPost);
    EXPECT_EQ(request.target, "/api/v1/facts?preview=true");
    EXPECT_EQ(request.header("idempotency-key"), "k-1");
    EXPECT_EQ(parser.take_body(), "{\"facts\":1}");
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(RequestParser, LeavesTheNextRequestUnread) {
  const std::string one = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  RequestParser parser(ParseLimits{});
  const auto used = parser.feed(one + one);
  ASSERT_TRUE(used.has_value());
  EXPECT_EQ(*used, one.size());
  EXPECT_TRUE(parser.done());
}

TEST(RequestParser, ReadsChunkedBodies) {
  RequestParser parser(ParseLimits{});
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nAuthorization: Bearer z\r\n\r\n",
                  parser, 5),
            0);
  EXPECT_TRUE(parser.done());
  const Request request = parser.take_head();
  EXPECT_EQ(request.header("authorization"), "") << "trailers are no headers";
  EXPECT_EQ(parser.take_body(), "abcde");
}

TEST(RequestParser, ReadsChunksThatComeByteByByte) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::size_t piece : {1UL, 2UL, 3UL, 4UL, 5UL, 100UL}) {
    RequestParser empty(ParseLimits{}), some(ParseLimits{});
    EXPECT_EQ(parse(head + "0\r\n\r\n", empty, piece), 0) << piece;
    EXPECT_TRUE(empty.done() && empty.take_body().empty()) << piece;
    EXPECT_EQ(parse(head + "A;n=\"v\"\r\n0123456789\r\n1\r\nx\r\n000\r\nT: 1\r\nU: 2\r\n\r\n", some, piece), 0) << piece;
    EXPECT_TRUE(some.done()) << piece;
    EXPECT_EQ(some.take_body(), "0123456789x") << piece;
    for (const char* bad : {"\r\n", "g\r\n", "1\r\nxy", "1\nx\r\n", "1\r\nx\n", ";a\r\n", "-1\r\n", "123456789\r\n", "1;\x01\r\n",
                            "0\r\nT: 1\n\r\n", "0\r\n\rX"}) {
      RequestParser wrong(ParseLimits{});
      EXPECT_EQ(parse(head + bad, wrong, piece), 400) << piece << " " << bad;
    }
    RequestParser endless(ParseLimits{});
    EXPECT_EQ(parse(head + "0\r\n" + std::string(5000, 'T'), endless, piece), 400) << "trailers without end";
  }
}

TEST(RequestParser, RefusesWhatIsAmbiguous) {
  EXPECT_EQ(status_of_text("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(status_of_text("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 4\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(status_of_text("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(status_of_text("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), 400) << "space before the colon";
  EXPECT_EQ(status_of_text("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nAuthorization: Bearer y\r\n\r\n"), 400);
  EXPECT_EQ(status_of_text("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of_text("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(status_of_text("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n"), 417);
  EXPECT_GE(status_of_text("GET / HTTP/1.1\nHost: a\n\n"), 400) << "bare line feeds";
}

TEST(RequestParser, HoldsItsLimits) {
  const ParseLimits limits{.head_bytes = 512, .body_bytes = 100, .header_count = 8};
  const auto status = [&](const std::string& text, std::size_t piece) {
    RequestParser parser(limits);
    return parse(text, parser, piece);
  };
  for (const std::size_t piece : {1UL, 100UL, 100'000UL}) {
    EXPECT_EQ(status("GET /" + std::string(1000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", piece), 431) << piece;
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1000, 'a') + "\r\n\r\n", piece), 431) << piece;
    EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'), piece), 413) << piece;
    EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", piece), 400) << piece;
    EXPECT_EQ(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') +
                         "\r\n40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n",
                     piece),
              413)
        << piece;
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 8; ++i) many += "A: b\r\n";
    EXPECT_EQ(status(many + "\r\n", piece), 431) << piece;
  }
}

TEST(RequestParser, DropsABodyWithoutKeepingIt) {
  RequestParser parser(ParseLimits{});
  std::string received = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
  auto used = parser.feed(received);
  ASSERT_TRUE(used && parser.head_done() && !parser.done());
  received.erase(0, *used);
  parser.drop_body();
  for (int i = 0; i < 100; ++i) {
    received.append(1000, 'x');
    used = parser.feed(received);
    ASSERT_TRUE(used.has_value());
    received.erase(0, *used);
  }
  EXPECT_TRUE(parser.done());
  EXPECT_TRUE(parser.take_body().empty());
}

TEST(Target, IsDecodedStrictly) {
  const auto good = parse_target("/api/v1/views/a%20b?q=M%C3%BCller&filter.level=critical&x=1+2&empty=&bare");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->path, "/api/v1/views/a b");
  ASSERT_EQ(good->query.size(), 5U);
  EXPECT_EQ(good->query[0].second, "M\xC3\xBCller");
  EXPECT_EQ(good->query[2].second, "1 2");
  EXPECT_EQ(good->query[4].first, "bare");
  for (const char* bad : {"", "api", "*", "http://x/", "/a/../b", "/a/%2e%2e/b", "/a/./b", "/%", "/%4", "/%zz", "/%00", "/%ff",
                          "/a?x=%C3", "/a#b"}) {
    EXPECT_FALSE(parse_target(bad).has_value()) << bad;
  }
  std::string many = "/a?";
  for (std::size_t i = 0; i <= kQueryPairsMax; ++i) many += "a=b&";
  ASSERT_FALSE(parse_target(many).has_value());
  EXPECT_EQ(parse_target(many).error().code, base::Code::kTooLarge);
}

TEST(Request, FindsItsOwnCookie) {
  Request request;
  request.headers = {{"cookie", "a=1; flora_session_x=secret; b=2"}};
  EXPECT_EQ(request.cookie("flora_session_x"), "secret");
  EXPECT_EQ(request.cookie("flora_session"), "");
  EXPECT_EQ(request.cookie("b"), "2");
}

TEST(Problem, SaysWhatHappenedWhatIsSafeAndWhatToDo) {
  const auto answer = problem({base::Code::kIdempotencyConflict, "key k"}, "00ff", "/facts/0");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  const auto body = base::parse_json(answer.body)->as_object();
  for (const char* member : {"type", "title", "status", "code", "name", "detail", "safe", "todo", "trace", "pointer"}) {
    EXPECT_TRUE(body.contains(member)) << member;
  }
  EXPECT_EQ(problem({base::Code::kBusy, ""}, "1").headers.front().first, "Retry-After");
  for (const auto& entry : base::all_errors()) {
    if (entry.code == base::Code::kOk) continue;
    const int status = status_of(entry.code);
    EXPECT_TRUE(status >= 400 && status < 600) << entry.name;
    EXPECT_NE(reason_of(status), "Unknown") << entry.name;
  }
}

}  // namespace
}  // namespace flora::http
