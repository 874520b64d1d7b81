// SPDX-License-Identifier: EUPL-1.2
// Every route against a real channel executor: what it answers, what it refuses, and that no session of one member opens
// anything at another's origin.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "crypto/hash.hpp"
#include "http/docs.hpp"
#include "http/schemas.hpp"
#include "http/test_api.hpp"

namespace flora::http {
namespace {

using base::Code;
using base::JsonObject;

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [given, value] : response.headers) {
    if (given == name) return value;
  }
  return {};
}

std::int64_t code_of(const Response& response) {
  const auto body = TestApi::json(response);
  const auto* code = body.if_contains("code");
  return code == nullptr ? 0 : code->to_number<std::int64_t>();
}

// A path of the table with something in its braces.
std::string concrete(std::string_view path) {
  std::string out(path);
  const auto put = [&out](std::string_view name, std::string_view value) {
    if (const auto at = out.find(name); at != std::string::npos) out.replace(at, name.size(), value);
  };
  put("{case}", "00000000000000000000000004");
  put("{view}", "north_under_way");
  put("{token}", "g1");
  put("{id}", std::string(64, '0'));
  return out;
}

// ---- the table as a whole --------------------------------------------------------------------------------------------
TEST(Routes, AreRefusedWithAnotherMembersSession) {
  TestApi t;
  const auto north = t.sign_in(t.backend.north, "nora");
  std::size_t tried = 0;
  for (const auto& route : routes()) {
    if (route.need != Need::kSignedIn) continue;
    auto headers = north.write("k");
    // As the browser would send it, and renamed to the cookie that the other origin reads.
    auto renamed = headers;
    renamed.front().second = t.api->cookie_name(t.backend.south) + north.cookie.substr(north.cookie.find('='));
    const Headers bearer = {
        {"authorization", "Bearer secret-north"}, {"content-type", "application/json"}, {"idempotency-key", "k"}};
    for (const auto& sent : {headers, renamed, bearer}) {
      const auto answer = t.call(t.backend.south, route.method, concrete(route.path), sent, "{}");
      EXPECT_EQ(answer.status, 401) << route.path;
    }
    ++tried;
  }
  EXPECT_GE(tried, 18U);
  EXPECT_EQ(t.call({}, Method::kGet, "/api/v1/views", north.read()).status, 404)
      << "nothing of the API at the operations address";
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/metrics").status, 404) << "nothing of operations at an origin";
}

TEST(Routes, NeedASignInWhereTheySaySo) {
  TestApi t;
  for (const auto& route : routes()) {
    if (route.where != Where::kMember) continue;
    const auto answer = t.call(t.backend.north, route.method, concrete(route.path),
                               {{"content-type", "application/json"}, {"idempotency-key", "k"}}, "{}");
    EXPECT_EQ(answer.status == 401, route.need == Need::kSignedIn) << route.path << " " << answer.status;
  }
}

TEST(Routes, WritesNeedTheTokenAndTheKey) {
  TestApi t;
  const auto nora = t.sign_in(t.backend.north, "nora");
  for (const auto& route : routes()) {
    if (!route.write) continue;
    auto headers = nora.write("k");
    std::erase_if(headers, [](const auto& h) { return h.first == "x-csrf-token"; });
    EXPECT_EQ(code_of(t.call(t.backend.north, route.method, concrete(route.path), headers, "{}")), static_cast<int>(Code::kCsrf))
        << route.path;
    headers = nora.write("k");
    headers[1].second += "x";
    EXPECT_EQ(t.call(t.backend.north, route.method, concrete(route.path), headers, "{}").status, 403) << route.path;
    headers = nora.write("");
    EXPECT_EQ(code_of(t.call(t.backend.north, route.method, concrete(route.path), headers, "{}")),
              static_cast<int>(Code::kIdempotencyKeyMissing))
        << route.path;
    headers = nora.write("k");
    headers[2].second = "text/plain";
    EXPECT_EQ(t.call(t.backend.north, route.method, concrete(route.path), headers, "{}").status, 415) << route.path;
    for (const char* body : {"", "[", "[]", "7", "{\"unknown\":1}", "{\"facts\":1,\"facts\":2}"}) {
      EXPECT_EQ(t.call(t.backend.north, route.method, concrete(route.path), nora.write("k"), body).status, 400)
          << route.path << " " << body;
    }
    std::string deep(200, '[');
    EXPECT_EQ(t.call(t.backend.north, route.method, concrete(route.path), nora.write("k"), deep).status, 400) << route.path;
    headers = nora.write("k");
    headers.emplace_back("origin", "http://evil.example");
    EXPECT_EQ(code_of(t.call(t.backend.north, route.method, concrete(route.path), headers, "{}")), static_cast<int>(Code::kCsrf))
        << route.path;
  }
}

TEST(Routes, RefuseUnknownQueryParametersAndMethods) {
  TestApi t;
  const auto nora = t.sign_in(t.backend.north, "nora");
  for (const auto& route : routes()) {
    const auto origin = route.where == Where::kMember ? t.backend.north : base::MemberId{};
    EXPECT_EQ(t.call(origin, route.method, concrete(route.path) + "?surprise=1", nora.write("k"), "{}").status, 400)
        << route.path;
    const auto put = t.call(origin, Method::kPut, concrete(route.path), nora.write("k"), "{}");
    EXPECT_EQ(put.status, 405) << route.path;
    EXPECT_FALSE(header_of(put, "Allow").empty());
  }
  EXPECT_EQ(t.get(nora, "/api/v1/views/north_under_way?limit=5&limit=6").status, 400);
  EXPECT_EQ(t.get(nora, "/api/v1/nothing").status, 404);
}

TEST(Routes, StandInTheDescriptionAndOnThePage) {
  const auto document = openapi(true).as_object();
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  const auto page = docs_page(true);
  std::set<std::string_view> ids;
  for (const auto& route : routes()) {
    EXPECT_TRUE(ids.insert(route.id).second) << route.id;
    EXPECT_TRUE(document.at("paths").as_object().contains(route.path)) << route.path;
    EXPECT_NE(page.find(fmt::format("id=\"{}\"", route.id)), std::string::npos) << route.id;
    EXPECT_FALSE(route.handler == nullptr);
    if (!route.request_schema.empty()) schema(route.request_schema);
  }
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("http"),
            page.find("http", page.find("https")) == std::string::npos ? page.find("http") : std::string::npos);
  EXPECT_FALSE(openapi(false).at("paths").as_object().contains("/api/v1/demo/users")) << "demo routes exist in a demo only";
}

TEST(Routes, AreDescribedByThePublishedDocument) {
  std::ifstream file(std::string(FLORA_SOURCE_DIR) + "/docs/reference/openapi.json");
  const std::string published((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_TRUE(published == openapi_text(true)) << "docs/reference/openapi.json is not what `flora docs openapi` writes";
}

TEST(Routes, OfADemoAnswerToLoopbackNamesOnly) {
  TestApi t;
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/status", {{"host", "rebound.example:8441"}}).status, 421);
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/status", {{"host", "127.0.0.1.example"}}).status, 421);
  for (const char* good : {"localhost:8441", "127.0.0.1", "[::1]:8441"}) {
    EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/status", {{"host", good}}).status, 200) << good;
  }
}

// ---- sessions ------------------------------------------------------------------------------------------------------------
TEST(Session, IsOpenedShownAndClosed) {
  TestApi t;
  const auto users = TestApi::json(t.call(t.backend.north, Method::kGet, "/api/v1/demo/users"));
  EXPECT_EQ(users.at("users").as_array().size(), 2U);
  EXPECT_EQ(users.at("agency").as_string(), "north");
  EXPECT_EQ(
      t.call(t.backend.north, Method::kPost, "/api/v1/session", {{"content-type", "application/json"}}, R"({"user":"susi"})")
          .status,
      403);
  const auto nora = t.sign_in(t.backend.north, "nora");
  const auto session = TestApi::json(t.get(nora, "/api/v1/session"));
  EXPECT_EQ(session.at("role").as_string(), "north_clerk");
  EXPECT_EQ(session.at("agency").as_string(), "north");
  EXPECT_TRUE(session.at("demo").as_bool());
  EXPECT_EQ(t.call(t.backend.north, Method::kDelete, "/api/v1/session", nora.read()).status, 403) << "needs the token";
  EXPECT_EQ(t.call(t.backend.north, Method::kDelete, "/api/v1/session", nora.write("k")).status, 204);
  EXPECT_EQ(t.get(nora, "/api/v1/session").status, 401);
}

TEST(Session, CookieIsHttpOnlyStrictAndPerOrigin) {
  TestApi t;
  const auto answer =
      t.call(t.backend.north, Method::kPost, "/api/v1/session", {{"content-type", "application/json"}}, R"({"user":"nora"})");
  const auto cookie = header_of(answer, "Set-Cookie");
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_NE(t.api->cookie_name(t.backend.north), t.api->cookie_name(t.backend.south));
}

TEST(Session, OfAProgramNeedsNoToken) {
  TestApi t;
  const Headers headers = {
      {"authorization", "Bearer secret-north"}, {"content-type", "application/json"}, {"idempotency-key", "s1"}};
  const auto answer = t.call(t.backend.north, Method::kPost, "/api/v1/facts", headers,
                             R"({"facts":[{"new_case":true,"step":"sent","by":"north_clerk"}]})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(TestApi::json(answer).at("accepted").to_number<int>(), 1);
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/session", {{"authorization", "Basic x"}}).status, 401);
}

// ---- reading ----------------------------------------------------------------------------------------------------------
TEST(Package, SaysEverythingAnInterfaceNeeds) {
  TestApi t;
  const auto nora = t.sign_in(t.backend.north, "nora");
  const auto answer = t.get(nora, "/api/v1/package");
  const auto package = TestApi::json(answer);
  EXPECT_EQ(package.at("id").as_string(), "parcel");
  EXPECT_EQ(package.at("steps").as_array().size(), 3U);
  EXPECT_EQ(package.at("views").as_array().size(), 5U);
  EXPECT_EQ(package.at("codes").as_object().at("kinds").as_array().size(), 2U);
  for (const auto& rule : package.at("rules").as_array()) EXPECT_FALSE(rule.at("sentence").at("de").as_string().empty());
  auto headers = nora.read();
  headers.emplace_back("if-none-match", header_of(answer, "ETag"));
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/package", headers).status, 304);
}

struct Parcels : TestApi {
  Session nora = sign_in(backend.north, "nora"), susi = sign_in(backend.south, "susi");
  std::vector<base::CaseId> cases;
  Parcels() {
    for (std::uint8_t n = 10; n < 16; ++n) cases.push_back(backend.send_parcel(n));
    vault::Record record{.case_id = cases[0],
                         .family_name = "Müller",
                         .given_names = "Änne",
                         .birth_date = "1990-02-03",
                         .nationality = "de",
                         .file_number = "N-1",
                         .group = "g1"};
    EXPECT_TRUE(backend.vault(backend.north).put(record).has_value());
    record.case_id = cases[1];
    record.given_names = "Bo";
    record.file_number = "N-2";
    EXPECT_TRUE(backend.vault(backend.north).put(record).has_value());
  }
};

TEST(Views, AreCountedForTheRole) {
  Parcels t;
  const auto answer = t.get(t.nora, "/api/v1/views");
  const auto views = TestApi::json(answer).at("views").as_array();
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[0].at("id").as_string(), "north_under_way");
  EXPECT_EQ(views[0].at("count").to_number<int>(), 6);
  EXPECT_FALSE(header_of(answer, "Flora-Height").empty());
  EXPECT_EQ(TestApi::json(t.get(t.susi, "/api/v1/views")).at("views").as_array().size(), 2U);
  EXPECT_EQ(t.get(t.nora, "/api/v1/views?role=south_clerk").status, 403);
}

TEST(Views, AreReadPageByPageWithNamesFromTheOwnVault) {
  Parcels t;
  std::set<std::string> seen;
  std::string target = "/api/v1/views/north_under_way?limit=4";
  std::size_t named = 0;
  for (int page = 0; page < 5; ++page) {
    const auto body = TestApi::json(t.get(t.nora, target));
    EXPECT_EQ(body.at("total").to_number<int>(), 6);
    for (const auto& row : body.at("rows").as_array()) {
      seen.insert(std::string(row.at("case").as_string()));
      named += row.at("person").is_object() ? 1 : 0;
      EXPECT_TRUE(row.at("cells").as_object().contains("name"));
      EXPECT_TRUE(std::string_view(row.at("cells").at("due_received").as_string()).ends_with("T24:00"));
    }
    if (body.at("next").is_null()) break;
    target = "/api/v1/views/north_under_way?limit=4&cursor=" + std::string(body.at("next").as_string());
  }
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_EQ(named, 2U);
  const auto south = TestApi::json(t.get(t.susi, "/api/v1/views/south_expected"));
  EXPECT_EQ(south.at("rows").as_array().size(), 6U);
  for (const auto& row : south.at("rows").as_array()) EXPECT_TRUE(row.at("person").is_null()) << "the other member's vault";
}

TEST(Views, AreSearchedFilteredAndSortedAsDeclared) {
  Parcels t;
  const auto rows = [&](const std::string& query) {
    return TestApi::json(t.get(t.nora, "/api/v1/views/north_under_way?" + query)).at("rows").as_array().size();
  };
  EXPECT_EQ(rows("q=muller"), 2U);
  EXPECT_EQ(rows("q=M%C3%BCller&limit=1"), 1U);
  EXPECT_EQ(rows("q=N-1"), 1U);
  EXPECT_EQ(rows("q=Nobody"), 0U);
  EXPECT_EQ(rows("q=muller&filter.level=none"), 2U);
  EXPECT_EQ(rows("q=muller&filter.level=critical"), 0U);
  EXPECT_EQ(rows("sort=-due_received"), 6U);
  EXPECT_EQ(rows("sort=due_received&limit=500"), 6U);
  for (const char* bad : {"sort=name", "sort=nothing", "filter.nothing=1", "filter.name=x", "limit=0", "limit=501", "limit=x",
                          "cursor=bogus", "page=2"}) {
    EXPECT_EQ(t.get(t.nora, std::string("/api/v1/views/north_under_way?") + bad).status, 400) << bad;
  }
  EXPECT_EQ(t.get(t.nora, "/api/v1/views/south_expected").status, 404) << "another agency's view does not exist here";
}

TEST(Views, SayWhenNothingChanged) {
  Parcels t;
  const auto first = t.get(t.nora, "/api/v1/views/north_under_way");
  auto headers = t.nora.read();
  headers.emplace_back("if-none-match", header_of(first, "ETag"));
  const auto again = t.call(t.backend.north, Method::kGet, "/api/v1/views/north_under_way", headers);
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  t.backend.send_parcel(30);
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/views/north_under_way", headers).status, 200);
}

TEST(Cases, AreShownWithReasons) {
  Parcels t;
  const std::string id = t.cases[0].text();
  const auto shown = TestApi::json(t.get(t.nora, "/api/v1/cases/" + id));
  EXPECT_EQ(shown.at("facts").as_array().size(), 1U);
  EXPECT_EQ(shown.at("person").at("family_name").as_string(), "Müller");
  EXPECT_EQ(shown.at("duties").as_array().size(), 1U);
  const auto blocked = shown.at("blocked").as_array();
  ASSERT_EQ(blocked.size(), 1U);
  EXPECT_EQ(blocked[0].at("missing").as_array().size(), 1U);
  const auto why = t.get(t.susi, "/api/v1/cases/" + id + "/why?step=received");
  ASSERT_EQ(why.status, 200) << why.body;
  EXPECT_FALSE(TestApi::json(why).at("reasons").as_array().empty());
  EXPECT_EQ(t.get(t.nora, "/api/v1/cases/" + id + "/why").status, 400);
  EXPECT_EQ(t.get(t.nora, "/api/v1/cases/" + id + "/why?step=nothing").status / 100, 4);
  EXPECT_EQ(t.get(t.nora, "/api/v1/cases/nonsense").status, 404);
  EXPECT_EQ(t.get(t.nora, "/api/v1/cases/0123456789abcdefghjkmnpqrs").status, 404);
}

TEST(Search, JoinsTheVaultWithTheState) {
  Parcels t;
  vault::Record early{.case_id = {},
                      .family_name = "Müller",
                      .given_names = "Zoe",
                      .birth_date = "",
                      .nationality = "",
                      .file_number = "",
                      .group = "g1"};
  early.case_id.bytes.fill(99);
  ASSERT_TRUE(t.backend.vault(t.backend.north).put(early).has_value());
  const auto results = TestApi::json(t.get(t.nora, "/api/v1/search?q=m%C3%BCller")).at("results").as_array();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].at("status").as_string(), "sent");
  EXPECT_TRUE(results[2].at("status").is_null()) << "the ledger does not know it yet";
  EXPECT_EQ(TestApi::json(t.get(t.susi, "/api/v1/search?q=m%C3%BCller")).at("results").as_array().size(), 0U);
  EXPECT_EQ(t.get(t.nora, "/api/v1/search?q=m").status, 400);
  EXPECT_EQ(t.get(t.nora, "/api/v1/search").status, 400);
  const auto group = TestApi::json(t.get(t.nora, "/api/v1/groups/g1"));
  EXPECT_EQ(group.at("cases").as_array().size(), 3U);
  EXPECT_EQ(TestApi::json(t.get(t.nora, "/api/v1/persons?file_number=N-2")).at("persons").as_array().size(), 1U);
  EXPECT_EQ(TestApi::json(t.get(t.nora, "/api/v1/persons?file_number=Bo")).at("persons").as_array().size(), 0U)
      << "exactly the number";
  EXPECT_EQ(t.get(t.nora, "/api/v1/persons").status, 400);
}

TEST(Lists, ShowNextStepsFindingsAndEvents) {
  Parcels t;
  ASSERT_EQ(
      t.post(t.nora, "/api/v1/facts", fmt::format(R"({{"facts":[{{"case":"{}","step":"weighed"}}]}})", t.cases[0].text())).status,
      200);
  const auto next = TestApi::json(t.get(t.susi, "/api/v1/next"));
  ASSERT_EQ(next.at("steps").as_array().size(), 1U);
  EXPECT_EQ(next.at("steps").as_array()[0].at("step").as_string(), "received");
  EXPECT_EQ(next.at("steps").as_array()[0].at("write_view").as_string(), "south_receive");

  ASSERT_EQ(t.post(t.susi, "/api/v1/facts", fmt::format(R"({{"facts":[{{"case":"{}","step":"received"}}]}})", t.cases[1].text()))
                .status,
            200);
  const auto inbox = TestApi::json(t.get(t.susi, "/api/v1/findings?level=critical&state=open"));
  ASSERT_EQ(inbox.at("findings").as_array().size(), 1U);
  EXPECT_EQ(inbox.at("counts").at("critical").to_number<int>(), 1);
  EXPECT_EQ(TestApi::json(t.get(t.susi, "/api/v1/findings?level=hint")).at("findings").as_array().size(), 0U);
  for (const char* bad : {"level=refuse", "state=healed", "level="})
    EXPECT_EQ(t.get(t.susi, std::string("/api/v1/findings?") + bad).status, 400) << bad;

  const auto events = TestApi::json(t.get(t.susi, "/api/v1/events?after=0&limit=3"));
  ASSERT_EQ(events.at("events").as_array().size(), 3U);
  const auto more = TestApi::json(t.get(t.susi, "/api/v1/events?limit=100&cursor=" + std::string(events.at("next").as_string())));
  EXPECT_EQ(more.at("events").as_array().size(), 5U);
  EXPECT_EQ(t.get(t.susi, "/api/v1/events?after=-1").status, 400);
}

// ---- writing ----------------------------------------------------------------------------------------------------------
TEST(Facts, AreAnsweredOneByOneInOrder) {
  Parcels t;
  const auto known = t.cases[0].text();
  const std::string body = fmt::format(
      R"({{"facts":[{{"new_case":true,"step":"sent","data":{{"weight":12,"kind":"box"}}}},{{"case":"{}","step":"nothing"}},)"
      R"({{"case":"{}","step":"weighed"}},{{"new_case":true,"step":"sent","data":{{"weight":0}}}},{{"case":"{}","step":"received"}},)"
      R"({{"case":"{}","step":"weighed","by":"north_lead"}},{{"case":"0123456789abcdefghjkmnpqr0","step":"weighed"}}]}})",
      known, known, known, known);
  const auto answer = t.post(t.nora, "/api/v1/facts", body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto json = TestApi::json(answer);
  const auto results = json.at("results").as_array();
  ASSERT_EQ(results.size(), 7U);
  const std::vector<int> codes = {0, 3102, 0, 3103, 2022, 2002, 3101};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto& result = results[i].as_object();
    EXPECT_EQ(result.at("n").to_number<std::size_t>(), i + 1);
    if (codes[i] == 0) {
      EXPECT_EQ(result.at("outcome").as_string(), "accepted") << i << base::to_json(results[i]);
    } else {
      EXPECT_EQ(result.at("error").at("code").to_number<int>(), codes[i]) << i << base::to_json(results[i]);
    }
  }
  EXPECT_EQ(json.at("accepted").to_number<int>(), 2);
  EXPECT_EQ(json.at("refused").to_number<int>(), 5);
  const std::string receipt(json.at("acknowledgement").at("receipt").as_string());
  EXPECT_EQ(t.get(t.nora, "/api/v1/receipts/" + receipt).status, 200);
  auto headers = t.nora.read();
  headers.emplace_back("accept", "application/cose");
  EXPECT_EQ(t.call(t.backend.north, Method::kGet, "/api/v1/receipts/" + receipt, headers).content_type, "application/cose");
  EXPECT_EQ(t.get(t.nora, "/api/v1/receipts/" + std::string(64, 'a')).status, 404);
  EXPECT_EQ(t.get(t.nora, "/api/v1/receipts/short").status, 404);
}

TEST(Facts, NamePlaceOfBadShape) {
  Parcels t;
  const auto pointer = [&](const std::string& body) {
    const auto answer = t.post(t.nora, "/api/v1/facts", body);
    EXPECT_EQ(answer.status, 400) << body;
    const auto json = TestApi::json(answer);
    return json.contains("pointer") ? std::string(json.at("pointer").as_string()) : "";
  };
  EXPECT_EQ(pointer(R"({"facts":[]})"), "/facts");
  EXPECT_EQ(pointer(R"({"facts":[{"step":"sent"}]})"), "/facts/0/case");
  EXPECT_EQ(pointer(R"({"facts":[{"new_case":true,"step":"sent"},{"new_case":true}]})"), "/facts/1/step");
  EXPECT_EQ(pointer(R"({"facts":[{"new_case":true,"step":"sent","at":"yesterday"}]})"), "/facts/0/at");
  EXPECT_EQ(pointer(R"({"facts":[{"new_case":true,"step":"sent","note":"x"}]})"), "/facts/0/note");
  EXPECT_EQ(pointer(R"({"facts":[{"case":"zzz","step":"sent"}]})"), "/facts/0/case");
  std::string many = R"({"facts":[)";
  for (int i = 0; i < 1001; ++i) many += std::string(i == 0 ? "" : ",") + R"({"new_case":true,"step":"sent"})";
  EXPECT_EQ(pointer(many + "]}"), "/facts");
}

TEST(Facts, PreviewCommitsNothing) {
  Parcels t;
  const auto before = t.backend.status().height;
  const std::string body = fmt::format(R"({{"facts":[{{"case":"{}","step":"received"}}]}})", t.cases[0].text());
  const auto answer = t.call(t.backend.south, Method::kPost, "/api/v1/facts?preview=true", t.susi.write(""), body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto json = TestApi::json(answer);
  EXPECT_TRUE(json.at("preview").as_bool());
  EXPECT_TRUE(json.at("acknowledgement").is_null());
  EXPECT_EQ(json.at("results").as_array()[0].at("findings").as_array()[0].at("level").as_string(), "critical");
  EXPECT_EQ(t.backend.status().height, before);
  EXPECT_EQ(t.call(t.backend.south, Method::kPost, "/api/v1/facts?preview=perhaps", t.susi.write("k"), body).status, 400);
}

TEST(Facts, AreIdempotent) {
  Parcels t;
  const std::string body = R"({"facts":[{"new_case":true,"step":"sent"}]})";
  const auto send = [&](const std::string& key, const std::string& text) {
    return t.call(t.backend.north, Method::kPost, "/api/v1/facts", t.nora.write(key), text);
  };
  const auto first = send("k1", body), again = send("k1", body);
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(code_of(send("k1", R"({"facts":[{"new_case":true,"step":"sent"},{"new_case":true,"step":"sent"}]})")),
            static_cast<int>(Code::kIdempotencyConflict));
  EXPECT_NE(TestApi::json(send("k2", body)).at("results").as_array()[0].at("case"),
            TestApi::json(first).at("results").as_array()[0].at("case"));
  for (const char* bad : {"with space", "\x7f"}) EXPECT_EQ(send(bad, body).status, 400);
  EXPECT_EQ(send(std::string(129, 'k'), body).status, 400);

  t.backend.mode = FakeBackend::Mode::kRefuse;
  EXPECT_EQ(send("k3", body).status, 503);
  t.backend.mode = FakeBackend::Mode::kAtOnce;
  EXPECT_EQ(send("k3", body).status, 200) << "a failure leaves the key free";
}

TEST(Findings, AreActedOn) {
  Parcels t;
  const auto id = t.cases[1].text();
  const auto caused =
      TestApi::json(t.post(t.susi, "/api/v1/facts", fmt::format(R"({{"facts":[{{"case":"{}","step":"received"}}]}})", id)));
  const auto finding = caused.at("results").as_array()[0].at("findings").as_array()[0].as_object();
  const std::string key =
      base::to_json(JsonObject{{"rule", finding.at("rule")}, {"step", finding.at("step")}, {"fact", finding.at("fact")}});
  const auto act = [&](const std::string& rest) {
    return t.post(t.susi, "/api/v1/findings/acts", fmt::format(R"({{"acts":[{{"case":"{}","finding":{},{}}}]}})", id, key, rest));
  };
  EXPECT_EQ(TestApi::json(act(R"("do":"acknowledge")")).at("accepted").to_number<int>(), 1);
  EXPECT_EQ(act(R"("do":"justify")").status, 400) << "a reason is needed";
  EXPECT_EQ(act(R"("do":"justify","reason":"Free text about Mrs. X")").status, 400);
  EXPECT_EQ(act(R"("do":"shred")").status, 400);
  const auto justified = TestApi::json(act(R"("do":"justify","reason":"weighed_elsewhere")"));
  EXPECT_EQ(justified.at("accepted").to_number<int>(), 1) << base::to_json(justified);
}

TEST(Cases, AreCancelledWithAReasonCode) {
  Parcels t;
  const std::string path = "/api/v1/cases/" + t.cases[2].text() + "/cancel";
  EXPECT_EQ(t.post(t.nora, path, R"({})").status, 400);
  EXPECT_EQ(t.post(t.nora, path, R"({"reason":"Not A Code"})").status, 400);
  EXPECT_EQ(t.post(t.nora, "/api/v1/cases/nonsense/cancel", R"({"reason":"entered_twice"})").status, 404);
  const auto answer = TestApi::json(t.post(t.nora, path, R"({"reason":"entered_twice"})"));
  EXPECT_EQ(answer.at("accepted").to_number<int>(), 1) << base::to_json(answer);
}

TEST(Persons, AreKeptAndHandedOver) {
  Parcels t;
  const std::string body =
      R"({"persons":[{"family_name":"Öztürk","given_names":"Ali","birth_date":"1985-00-00","file_number":"N-77"}],"share":["south"]})";
  const auto preview = t.call(t.backend.north, Method::kPost, "/api/v1/persons?preview=true", t.nora.write("p1"), body);
  const auto kept = t.call(t.backend.north, Method::kPost, "/api/v1/persons", t.nora.write("p1"), body);
  ASSERT_EQ(kept.status, 200) << kept.body;
  EXPECT_EQ(preview.body, kept.body) << "a preview names the pseudonym that will be given";
  const auto id = *base::CaseId::parse(std::string(TestApi::json(kept).at("persons").as_array()[0].at("case").as_string()));
  EXPECT_EQ((*t.backend.vault(t.backend.north).get(id))->file_number, "N-77");
  EXPECT_EQ((*t.backend.vault(t.backend.south).get(id))->family_name, "Öztürk");
  EXPECT_EQ((*t.backend.vault(t.backend.south).get(id))->file_number, "") << "a member's own number stays with it";
  const auto opened = t.post(t.nora, "/api/v1/facts", fmt::format(R"({{"facts":[{{"case":"{}","step":"sent"}}]}})", id.text()));
  EXPECT_EQ(TestApi::json(opened).at("accepted").to_number<int>(), 1) << opened.body;
  for (
      const char* bad :
      {R"({"persons":[{"family_name":"","given_names":"x"}]})",
       R"({"persons":[{"family_name":"a","given_names":"x","birth_date":"3.2.1990"}]})",
       R"({"persons":[{"family_name":"a","given_names":"x"}],"share":["mars"]})",
       R"({"persons":[{"family_name":"a\u0007","given_names":"x"}]})",
       R"({"persons":[{"case":"00000000000000000000000004","family_name":"a","given_names":"x"},{"case":"00000000000000000000000004","family_name":"a","given_names":"x"}]})"}) {
    EXPECT_EQ(t.post(t.nora, "/api/v1/persons", bad).status, 400) << bad;
  }
}

// ---- operations -------------------------------------------------------------------------------------------------------
TEST(Operations, TellHealthReadinessAndMetrics) {
  Parcels t;
  EXPECT_EQ(t.call({}, Method::kGet, "/healthz").status, 200);
  EXPECT_EQ(t.call({}, Method::kGet, "/readyz").status, 200);
  t.backend.writable = false;
  const auto full = t.call({}, Method::kGet, "/readyz");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(TestApi::json(full).at("why_not_writable").as_string(), "disk_full");
  t.api->metrics.answered("/api/v1/views", "GET", 200, 1500, 0, 10);
  const auto metrics = t.call({}, Method::kGet, "/metrics").body;
  EXPECT_NE(metrics.find("flora_http_requests_total{method=\"GET\",route=\"/api/v1/views\",status=\"2xx\"} 1"), std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("flora_ledger{what=\"writable\"} 0"), std::string::npos);
  EXPECT_EQ(metrics.find(t.cases[0].text()), std::string::npos);
}

TEST(Operations, MoveTheDemoClock) {
  TestApi t;
  const Headers json = {{"content-type", "application/json"}};
  EXPECT_EQ(t.call({}, Method::kPost, "/demo/clock", json, R"({"to":"2026-05-07T09:00:00Z"})").status, 200);
  EXPECT_EQ(t.call({}, Method::kPost, "/demo/clock", json, R"({"to":"2026-05-01T09:00:00Z"})").status, 409);
  EXPECT_EQ(t.call({}, Method::kPost, "/demo/clock", json, R"({"to":"soon"})").status, 400);
  EXPECT_EQ(t.call({}, Method::kPost, "/demo/clock", json, R"({})").status, 400);
  t.config.demo = false;
  t.api = std::make_shared<Api>(t.config, t.backend, t.random);
  EXPECT_EQ(t.call({}, Method::kPost, "/demo/clock", json, R"({"to":"2026-05-08T09:00:00Z"})").status, 404)
      << "no demo, no clock";
}

}  // namespace
}  // namespace flora::http
