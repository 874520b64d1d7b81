// SPDX-License-Identifier: EUPL-1.2
// Sign-in, admission, idempotency, bodies, events: the parts of the server that need neither socket nor ledger.
#include <gtest/gtest.h>

#include "crypto/hash.hpp"
#include "http/admission.hpp"
#include "http/auth.hpp"
#include "http/body.hpp"
#include "http/events.hpp"
#include "http/idempotency.hpp"

namespace flora::http {
namespace {

using base::Code;

base::MemberId member(std::uint8_t n) {
  base::MemberId id;
  id.bytes.fill(n);
  return id;
}

// ---- sign-in -----------------------------------------------------------------------------------------------------------
TEST(DemoSignIn, BindsASessionToItsMember) {
  base::SeededRandom random(1);
  DemoSignIn demo({{member(1), "berta", "Berta", "clerk"}, {member(2), "carl", "Carl", "lead"}}, random);
  EXPECT_EQ(demo.officers(member(1)).size(), 1U);
  EXPECT_EQ(demo.sign_in(member(2), "berta").error().code, Code::kForbidden);
  const auto signed_in = demo.sign_in(member(1), "berta");
  ASSERT_TRUE(signed_in.has_value());
  EXPECT_TRUE(demo.identify({member(1), signed_in->cookie, {}}).has_value());
  EXPECT_EQ(demo.identify({member(2), signed_in->cookie, {}}).error().code, Code::kNotSignedIn);
  EXPECT_EQ(demo.identify({member(1), "guess", {}}).error().code, Code::kNotSignedIn);
  EXPECT_EQ(demo.identify({member(1), {}, {}}).error().code, Code::kNotSignedIn);
  demo.sign_out(signed_in->cookie);
  EXPECT_FALSE(demo.identify({member(1), signed_in->cookie, {}}).has_value());
}

TEST(DemoSignIn, KeepsABoundedNumberOfSessions) {
  base::SeededRandom random(1);
  DemoSignIn demo({{member(1), "berta", "Berta", "clerk"}}, random);
  std::vector<std::string> cookies;
  for (int i = 0; i < 200; ++i) cookies.push_back(demo.sign_in(member(1), "berta")->cookie);
  std::size_t alive = 0;
  for (const auto& cookie : cookies) alive += demo.identify({member(1), cookie, {}}).has_value() ? 1 : 0;
  EXPECT_EQ(alive, 64U);
  EXPECT_TRUE(demo.identify({member(1), cookies.back(), {}}).has_value());
}

TEST(SystemClients, AreKnownByTheirSecretAtTheirOrigin) {
  SystemClients clients({{member(1), "registry", "Registry", {"system"}, crypto::sha256(base::as_bytes("top secret"))}});
  const auto caller = clients.identify({member(1), {}, "top secret"});
  ASSERT_TRUE(caller.has_value());
  EXPECT_TRUE(caller->system);
  EXPECT_EQ(caller->role(), "system");
  EXPECT_FALSE(clients.identify({member(1), {}, "top secreT"}).has_value());
  EXPECT_FALSE(clients.identify({member(2), {}, "top secret"}).has_value());
  EXPECT_FALSE(clients.identify({member(1), {}, {}}).has_value());
}

// ---- admission ---------------------------------------------------------------------------------------------------------
TEST(Admission, CountsTokensPerMemberAndSession) {
  Admission admission({.per_member = {4, 10, 2}, .per_session = {3, 6, 1}});
  std::vector<std::shared_ptr<Admission::Ticket>> held;
  for (int i = 0; i < 3; ++i) held.push_back(*admission.enter(Work::kRead, 1, member(1), "s1"));
  EXPECT_EQ(admission.enter(Work::kRead, 1, member(1), "s1").error().code, Code::kBusy) << "the session is full";
  held.push_back(*admission.enter(Work::kRead, 1, member(1), "s2"));
  EXPECT_FALSE(admission.enter(Work::kRead, 1, member(1), "s3").has_value()) << "the member is full";
  EXPECT_TRUE(admission.enter(Work::kRead, 1, member(2), "s1").has_value()) << "another member is not";
  EXPECT_TRUE(admission.enter(Work::kWrite, 6, member(1), "s1").has_value()) << "nor are writes";
  EXPECT_EQ(admission.in_flight(Work::kRead), 4U);
  held.clear();
  EXPECT_EQ(admission.in_flight(Work::kRead), 0U);
  EXPECT_TRUE(admission.enter(Work::kWrite, 1000, member(1), "s1").has_value()) << "a lone request always gets in";
}

// ---- idempotency -----------------------------------------------------------------------------------------------------
TEST(Idempotency, SameKeyAndBodySameAnswer) {
  Idempotency table;
  const Idempotency::Key key{member(1), "berta", "k1"};
  const auto one = crypto::sha256(base::as_bytes("one")), two = crypto::sha256(base::as_bytes("two"));
  ASSERT_TRUE(std::holds_alternative<Idempotency::Fresh>(*table.begin(key, one)));
  EXPECT_EQ(table.begin(key, one).error().code, Code::kInFlight);
  EXPECT_EQ(table.begin(key, two).error().code, Code::kIdempotencyConflict);
  Response answer;
  answer.body = "{}";
  table.finish(key, answer);
  ASSERT_TRUE(std::holds_alternative<Response>(*table.begin(key, one)));
  EXPECT_EQ(std::get<Response>(*table.begin(key, one)).body, "{}");
  EXPECT_EQ(table.begin(key, two).error().code, Code::kIdempotencyConflict);
  EXPECT_TRUE(std::holds_alternative<Idempotency::Fresh>(*table.begin({member(2), "berta", "k1"}, two))) << "scope: the member";
  EXPECT_TRUE(std::holds_alternative<Idempotency::Fresh>(*table.begin({member(1), "carl", "k1"}, two))) << "and the client";
}

TEST(Idempotency, AFailureFreesTheKey) {
  Idempotency table;
  const Idempotency::Key key{member(1), "berta", "k1"};
  ASSERT_TRUE(table.begin(key, {}).has_value());
  table.finish(key, problem({Code::kBusy, ""}, "t"));
  EXPECT_TRUE(std::holds_alternative<Idempotency::Fresh>(*table.begin(key, {})));
}

TEST(Idempotency, IsBounded) {
  Idempotency table({.entries = 10, .bytes = 100'000});
  for (int i = 0; i < 100; ++i) {
    const Idempotency::Key key{member(1), "berta", std::to_string(i)};
    ASSERT_TRUE(table.begin(key, {}).has_value());
    table.finish(key, Response{});
  }
  EXPECT_EQ(table.size(), 10U);
  Response large;
  large.body.assign(90'000, 'x');
  for (int i = 0; i < 5; ++i) {
    const Idempotency::Key key{member(1), "berta", "large" + std::to_string(i)};
    ASSERT_TRUE(table.begin(key, {}).has_value());
    table.finish(key, large);
  }
  EXPECT_EQ(table.size(), 1U);
}

// ---- bodies ------------------------------------------------------------------------------------------------------------
TEST(Fields, NameThePlaceOfEveryMistake) {
  const auto json = *base::parse_json(R"({"a":"x","n":1,"list":[{"t":"2021-04-07T09:00:00+02:00"},7],"odd/na~me":1})");
  const Fields fields(json.get_object(), "");
  EXPECT_EQ(*fields.text("a"), "x");
  EXPECT_EQ(fields.text("n").error().pointer, "/n");
  EXPECT_EQ(fields.text("n").error().error.code, Code::kWrongType);
  EXPECT_EQ(fields.text("b").error().error.code, Code::kMissingField);
  EXPECT_EQ(fields.text("a", 0).error().error.code, Code::kOutOfRange);
  const auto* list = *fields.array("list", 1, 10);
  EXPECT_TRUE(fields.element(*list, "list", 0)->time("t")->has_value());
  EXPECT_EQ(fields.element(*list, "list", 1).error().pointer, "/list/1");
  EXPECT_EQ(fields.array("list", 3, 10).error().error.code, Code::kOutOfRange);
  EXPECT_EQ(fields.only({"a", "n", "list"}).error().pointer, "/odd~1na~0me");
  EXPECT_EQ(fields.case_id("a").error().error.code, Code::kMalformed);
  EXPECT_TRUE(is_reason_code("typing_error") && !is_reason_code("Müller") && !is_reason_code("") &&
              !is_reason_code(std::string(65, 'a')));
}

// ---- events ------------------------------------------------------------------------------------------------------------
EventFilter clerk() { return {.member = member(1), .package_id = "p", .agency = "a", .roles = {"clerk"}, .views = {"v1"}}; }

std::shared_ptr<const Delta> delta(std::int64_t height, const std::string& agency = "a") {
  channel::CaseDelta changed;
  changed.case_id.bytes.fill(7);
  changed.views = {"v1", "v2"};
  changed.findings = {{.rule = "R1",
                       .step = "s",
                       .fact = {},
                       .stage = channel::Stage::kNone,
                       .level = package::Level::kCritical,
                       .change = channel::FindingVerb::kOpened,
                       .to = {"lead"}},
                      {.rule = "R2",
                       .step = "s",
                       .fact = {},
                       .stage = channel::Stage::kNone,
                       .level = package::Level::kAttention,
                       .change = channel::FindingVerb::kOpened,
                       .to = {"clerk"}}};
  changed.new_cues = {"s2"};
  return std::make_shared<const Delta>(Delta{height, {}, {{"p", agency, {changed}}}});
}

void publish(Hub& hub, std::shared_ptr<const Delta> one) {
  hub.take(std::move(one));
  hub.spread();
}

std::shared_ptr<EventSource> reader(Hub& hub, std::int64_t height, std::optional<std::int64_t> after = {},
                                    std::size_t bytes = 100'000) {
  auto source = std::make_shared<EventSource>(clerk(), bytes);
  source->height = height;
  source->after = after;
  hub.attach(source);
  return source;
}

TEST(Events, ShowAReaderOnlyWhatReachesItsRole) {
  const auto text = event_text(*delta(5), clerk());
  EXPECT_NE(text.find("id: 5\n"), std::string::npos);
  EXPECT_NE(text.find("\"v1\""), std::string::npos);
  EXPECT_EQ(text.find("\"v2\""), std::string::npos) << "a view of another role";
  EXPECT_NE(text.find("\"R2\""), std::string::npos);
  EXPECT_EQ(text.find("\"R1\""), std::string::npos) << "a finding for another role";
  EXPECT_TRUE(event_text(*delta(5, "b"), clerk()).empty()) << "another agency";
}

TEST(Hub, GoesOnWhereAReaderStopped) {
  Hub hub;
  hub.listening_since(2);
  for (std::int64_t h = 3; h <= 6; ++h) publish(hub, delta(h));
  const auto resumed = reader(hub, 6, 4)->take().value_or("");
  EXPECT_EQ(resumed.find("event: reset"), std::string::npos);
  EXPECT_EQ(resumed.find("id: 3\n"), std::string::npos);
  EXPECT_NE(resumed.find("id: 5\n"), std::string::npos);
  EXPECT_NE(resumed.find("id: 6\n"), std::string::npos);
  EXPECT_NE(reader(hub, 6, 1)->take()->find("event: reset"), std::string::npos) << "from before the hub listened";
  EXPECT_NE(reader(hub, 6, 9)->take()->find("event: reset"), std::string::npos) << "from another ledger";
  EXPECT_EQ(reader(hub, 6)->take()->find("event: change"), std::string::npos) << "a new reader begins now";
}

TEST(Hub, MissesNothingBetweenSnapshotAndAttaching) {
  Hub hub;
  publish(hub, delta(7));
  EXPECT_NE(reader(hub, 6)->take()->find("id: 7\n"), std::string::npos);
}

TEST(Hub, ForgetsTheOldestAndSaysSo) {
  Hub hub({.deltas = 3, .cases = 1000});
  for (std::int64_t h = 1; h <= 10; ++h) publish(hub, delta(h));
  EXPECT_NE(reader(hub, 10, 5)->take()->find("event: reset"), std::string::npos);
  EXPECT_EQ(reader(hub, 10, 7)->take()->find("event: reset"), std::string::npos);
}

TEST(Hub, DropsASlowReaderAndNobodyElse) {
  Hub hub;
  const auto slow = reader(hub, 0, {}, 600), quick = reader(hub, 0);
  int woken = 0;
  for (std::int64_t h = 1; h <= 20; ++h) {
    publish(hub, delta(h));
    if (quick->take()) ++woken;
  }
  EXPECT_EQ(woken, 20);
  EXPECT_FALSE(slow->take().has_value());
  EXPECT_EQ(hub.readers(), 1U);
  EXPECT_EQ(hub.dropped(), 1U);
  hub.end_all();
  EXPECT_FALSE(quick->take().has_value());
}

}  // namespace
}  // namespace flora::http
