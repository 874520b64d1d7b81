// SPDX-License-Identifier: EUPL-1.2
#include "http/fake_backend.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

#include "calendar/calendar.hpp"
#include "channel/read.hpp"
#include "crypto/hash.hpp"
#include "package/load.hpp"

namespace flora::http {

using base::Bytes;
using base::ByteView;
using base::Hash;

// ---- tables ------------------------------------------------------------------------------------------------------------
std::optional<Bytes> MapTables::get(base::Table table, ByteView key) const {
  const auto& rows = tables_[static_cast<std::size_t>(table)];
  const auto found = rows.find(base::to_bytes(key));
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

void MapTables::scan(base::Table table, ByteView prefix, ByteView from,
                     const std::function<bool(ByteView, ByteView)>& visit) const {
  const auto& rows = tables_[static_cast<std::size_t>(table)];
  const Bytes start = base::to_bytes(base::compare(from, prefix) > 0 ? from : prefix);
  for (auto it = rows.lower_bound(start); it != rows.end(); ++it) {
    if (it->first.size() < prefix.size() || !base::equal(ByteView(it->first).first(prefix.size()), prefix)) break;
    if (!visit(it->first, it->second)) break;
  }
}

void MapTables::scan_back(base::Table table, ByteView prefix, ByteView from,
                          const std::function<bool(ByteView, ByteView)>& visit) const {
  std::vector<std::pair<Bytes, Bytes>> all;
  scan(table, prefix, {}, [&](ByteView key, ByteView value) {
    if (!from.empty() && base::compare(key, from) > 0) return false;
    all.emplace_back(base::to_bytes(key), base::to_bytes(value));
    return true;
  });
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (!visit(it->first, it->second)) break;
  }
}

void MapTables::apply(const base::Batch& batch) {
  for (const auto& change : batch.changes) {
    auto& rows = tables_[static_cast<std::size_t>(change.table)];
    if (change.value) {
      rows[change.key] = *change.value;
    } else {
      rows.erase(change.key);
    }
  }
}

namespace {

const package::Sources kParcel = {{"package.yaml", R"(
id: parcel
version: 1
title: {de: Paketübergabe, en: Handing over parcels, plain: Ein Paket geht von Nord nach Süd}
calendar: de-sn
agencies:
  north: {title: {de: Amt Nord, en: Office North}, short: {de: Nord, en: North}}
  south: {title: {de: Amt Süd, en: Office South}, short: {de: Süd, en: South}}
roles:
  north_clerk: {agency: north, title: {de: Versand, en: Dispatch}}
  north_lead: {agency: north, title: {de: Leitung, en: Lead}}
  north_system: {agency: north, system: true, title: {de: Versandsystem, en: Dispatch system}}
  south_clerk: {agency: south, title: {de: Empfang, en: Receipt}}
)"},
                                  {"process.yaml", R"(
process: parcel
steps:
  sent:
    {code: P01, title: {de: Abgeschickt, en: Sent, plain: Das Paket ist unterwegs}, owner: [north_clerk, north_system], via: form, once: true,
     data: {weight: {type: integer, min: 1, max: 100000, required: false, title: {de: Gewicht, en: weight}},
            kind: {type: code, list: kinds, required: false, title: {de: Art, en: kind}}}}
  weighed: {code: P04, title: {de: Gewogen, en: Weighed, plain: Gewogen}, owner: [north_clerk], via: form, starts: false}
  received: {code: P02, title: {de: Angekommen, en: Received, plain: Das Paket ist da}, owner: [south_clerk], via: form, once: true, starts: false}
rules:
  - {id: R1, number: W1, response: sent -> received, within: 2 workdays, overdue: attention, to: [south_clerk], basis: {de: § 1, en: section 1}}
  - {id: R2, number: A1, condition: weighed before received, level: critical, to: [north_clerk, south_clerk]}
)"},
                                  {"codes/kinds.yaml", "kinds: {letter: {de: Brief, en: Letter}, box: {de: Kiste, en: Box}}\n"},
                                  {"views.yaml", R"(
views:
  - {id: north_under_way, agency: north, kind: read, title: {de: Unterwegs, en: Under way}, roles: [north_clerk, north_lead],
     select: {all: [{has: sent}, {not: {has: received}}]},
     columns: [name, file_number, {at: sent}, {field: sent.weight}, {due: received}, level, next], sort: due_received}
  - {id: north_send, agency: north, kind: write, title: {de: Abschicken, en: Send}, roles: [north_clerk], step: sent, new_cases: true,
     select: {has: sent}, columns: [name, status], sort: status}
  - {id: north_weigh, agency: north, kind: write, title: {de: Wiegen, en: Weigh}, roles: [north_clerk], step: weighed,
     select: {has: sent}, columns: [name, status, {count: weighed}], sort: status}
  - {id: south_expected, agency: south, kind: read, title: {de: Erwartet, en: Expected}, roles: [south_clerk],
     select: {owed: received}, columns: [name, {at: sent}, {due: received}, {missing: received}, level], sort: due_received}
  - {id: south_receive, agency: south, kind: write, title: {de: Empfangen, en: Receive}, roles: [south_clerk], step: received,
     select: {owed: received}, columns: [name, {due: received}], sort: due_received}
)"}};

base::MemberId member(std::uint8_t n) {
  base::MemberId id;
  id.bytes.fill(n);
  return id;
}

Hash id_of(std::string_view text) { return crypto::sha256(base::as_bytes(text)); }

Outcome outcome_of(const channel::CommandResult& result) {
  Outcome out{result.case_id, result.fact, std::nullopt, {}};
  if (result.code != base::Code::kOk) {
    out.error = base::Error{result.code, result.detail};
  } else if (auto effects = result.caused()) {
    out.effects = *std::move(effects);
  }
  return out;
}

}  // namespace

struct FakeBackend::Subscribers {
  std::mutex mutex;
  std::list<std::function<void(std::shared_ptr<const Delta>)>> list;
};

FakeBackend::FakeBackend()
    : north(member(1)),
      south(member(2)),
      now(*base::parse_rfc3339("2026-05-06T09:00:00+02:00")),
      key_(crypto::PrivateKey::generate(crypto::KeyKind::kP256, system_random_)),
      epoch_key_(id_of("epoch")),
      subscribers_(std::make_shared<Subscribers>()) {
  channel_.bytes.fill(9);
  std::string name = (std::filesystem::temp_directory_path() / "flora-http-XXXXXX").string();
  folder_ = mkdtemp(name.data());
  for (const auto& [id, file] : {std::pair{north, "north.db"}, std::pair{south, "south.db"}}) {
    vaults_[id] = *vault::Vault::open(folder_ / file, id_of(file), system_random_);
  }
  executor_ = *channel::Executor::load(*tables_, channel_, ledger::FederationId{"test", {}}, calendar::builtin_calendars(), {});
  const auto loaded = package::load(kParcel);
  for (const auto& problem : loaded.problems) {
    EXPECT_NE(problem.severity, package::Severity::kError)
        << problem.place.file << ":" << problem.place.line << " " << problem.sentence;
  }
  execute(north,
          {channel::ActivatePackage{package::encode_package(loaded.package)}, channel::BindAgency{"parcel", "north", north}},
          {id_of("1"), id_of("2")});
  execute(south, {channel::BindAgency{"parcel", "south", south}}, {id_of("3")});
}

FakeBackend::~FakeBackend() {
  vaults_.clear();
  std::filesystem::remove_all(folder_);
}

Submitted FakeBackend::execute(const base::MemberId& author, const std::vector<channel::Command>& commands,
                               const std::vector<Hash>& ids) {
  const std::lock_guard lock(mutex_);
  std::vector<ledger::CommandItem> items;
  for (std::size_t i = 0; i < commands.size(); ++i)
    items.push_back({id_of(fmt::format("salt {}", i)), ids[i], channel::encode_command(commands[i])});
  const ledger::FederationId federation{"test", {}};
  const Hash secret = id_of("secret");
  const Bytes random = random_.bytes(32);
  const auto made = ledger::make_envelope(federation, {key_, {}}, {channel_, ++sequence_, now.plus_seconds(60), 1, items},
                                          ledger::Sealing{epoch_key_, secret, random});
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().detail);
  const auto parsed = ledger::parse_transaction(made->transaction);
  const std::int64_t height = executor_->height() + 1;
  const ledger::AcceptedEnvelope envelope{made->envelope_hash, parsed.header, author, parsed.protected_header,
                                          parsed.body,         height,        0,      now};
  const auto outcome =
      executor_->execute({height, now}, std::span(&envelope, 1), [&](std::uint64_t) { return std::optional(epoch_key_); });
  auto next = std::make_shared<MapTables>(*tables_);
  next->apply(outcome.batch);
  tables_->apply(outcome.batch);  // the executor reads through this one; snapshots are copies
  executor_->commit();
  receipts_[made->envelope_hash] = {base::to_bytes(base::as_bytes("\xd2receipt")), R"({"level":"ordered"})"};
  Submitted out{{made->envelope_hash, height, 0, now}, {}};
  for (const auto& result : outcome.envelopes.at(0).results) out.outcomes.push_back(outcome_of(result));
  if (!outcome.deltas.empty()) publish(std::make_shared<const Delta>(Delta{height, now, outcome.deltas}));
  return out;
}

std::vector<Hash> FakeBackend::message_ids(const Submission& submission) const {
  std::vector<Hash> out;
  for (std::size_t i = 0; i < submission.commands.size(); ++i) {
    out.push_back(id_of(
        fmt::format("{}|{}|{}|{}", submission.author.member.text(), submission.author.client, submission.idempotency_key, i)));
  }
  return out;
}

void FakeBackend::submit(Submission submission, std::function<void(base::Result<Submitted>)> done) {
  if (mode == Mode::kRefuse) return done(tl::unexpected(refusal));
  auto run = [this, submission, done] { done(execute(submission.author.member, submission.commands, message_ids(submission))); };
  if (mode == Mode::kAtOnce) return run();
  const std::lock_guard lock(mutex_);
  held_.push_back(std::move(run));
}

std::size_t FakeBackend::held() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

void FakeBackend::release() {
  std::list<std::function<void()>> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(held_);
  }
  for (auto& run : all) run();
}

void FakeBackend::drop_held() {
  std::list<std::function<void()>> all;
  const std::lock_guard lock(mutex_);
  all.swap(held_);
}

base::Result<Previewed> FakeBackend::preview(const Submission& submission) {
  const Snapshot on = snapshot();
  std::vector<channel::Proposed> proposed;
  const auto ids = message_ids(submission);
  for (std::size_t i = 0; i < ids.size(); ++i) proposed.push_back({ids[i], submission.commands[i]});
  const auto results = channel::preview(*on.tables, on.channel, on.catalog, submission.author.member, proposed, now);
  Previewed out{on.height, now, {}};
  for (const auto& result : results) out.outcomes.push_back(outcome_of(result));
  return out;
}

Status FakeBackend::status() const {
  const std::lock_guard lock(mutex_);
  return {.height = executor_->height(),
          .ledger_time = executor_->time(),
          .age_ms = 5,
          .writable = writable,
          .why_not_writable = writable ? "" : "disk_full",
          .ready = true,
          .demo = true,
          .build = "test",
          .chain = "test",
          .queue = held_.size()};
}

Snapshot FakeBackend::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {std::make_shared<MapTables>(*tables_), executor_->height(), executor_->time(), channel_, executor_->catalog()};
}

base::CaseId FakeBackend::new_case(const Author& author, std::string_view key, std::size_t index) const {
  return *base::CaseId::from(
      ByteView(id_of(fmt::format("case|{}|{}|{}|{}", author.member.text(), author.client, key, index))).first(16));
}

base::ActorId FakeBackend::actor(const Author& author, const base::CaseId& case_id) const {
  return *base::ActorId::from(ByteView(id_of(author.person + case_id.text())).first(16));
}

base::Status FakeBackend::hand_over(const base::MemberId&, const std::string& to_agency,
                                    const std::vector<vault::Record>& records) {
  return vault(to_agency == "north" ? north : south).put_many(records);
}

base::Result<Receipt> FakeBackend::receipt(const base::MemberId&, const Hash& envelope) {
  const std::lock_guard lock(mutex_);
  const auto found = receipts_.find(envelope);
  if (found == receipts_.end()) return base::fail(base::Code::kUnknownFact);
  return found->second;
}

std::unique_ptr<Subscription> FakeBackend::subscribe(std::function<void(std::shared_ptr<const Delta>)> on_delta) {
  struct Off final : Subscription {
    std::shared_ptr<Subscribers> of;
    std::list<std::function<void(std::shared_ptr<const Delta>)>>::iterator at;
    ~Off() override {
      const std::lock_guard lock(of->mutex);
      of->list.erase(at);
    }
  };
  auto off = std::make_unique<Off>();
  const std::lock_guard lock(subscribers_->mutex);
  off->of = subscribers_;
  off->at = subscribers_->list.insert(subscribers_->list.end(), std::move(on_delta));
  return off;
}

void FakeBackend::publish(std::shared_ptr<const Delta> delta) {
  const std::lock_guard lock(subscribers_->mutex);
  for (const auto& subscriber : subscribers_->list) subscriber(delta);
}

base::Status FakeBackend::set_demo_clock(base::Instant to, bool) {
  if (to < now) return base::fail(base::Code::kTimeRunsBackwards);
  now = to;
  return {};
}

base::CaseId FakeBackend::send_parcel(std::uint8_t n) {
  base::CaseId id;
  id.bytes.fill(n);
  channel::RecordFact fact{
      .case_id = id, .package = {}, .step = "sent", .role = "north_clerk", .actor = {}, .at = {}, .data = {0xa0}};
  fact.actor.bytes.fill(1);
  const auto sent = execute(north, {fact}, {id_of(fmt::format("parcel {}", n))});
  EXPECT_FALSE(sent.outcomes.at(0).error.has_value()) << sent.outcomes.at(0).error->detail;
  return id;
}

Config FakeBackend::config() const {
  Config out;
  out.origins = {{north, "127.0.0.1", 0}, {south, "127.0.0.1", 0}};
  out.officers = {{north, "nora", "Nora Nord", "north_clerk"},
                  {north, "nils", "Nils Nord", "north_lead"},
                  {south, "susi", "Susi Süd", "south_clerk"}};
  out.clients = {{north, "dispatch", "Dispatch", {"north_system", "north_clerk"}, id_of("secret-north")},
                 {south, "receipt", "Receipt", {"south_clerk"}, id_of("secret-south")}};
  out.demo = true;
  return out;
}

namespace {

TEST(FakeBackend, ExecutesAFactForReal) {
  FakeBackend backend;
  const auto id = backend.send_parcel(5);
  const auto on = backend.snapshot();
  const channel::Reader reader(on.tables, on.channel, on.catalog);
  const auto shown = reader.show({backend.north, "parcel", "north_clerk", "de"}, id);
  ASSERT_TRUE(shown.has_value()) << shown.error().detail;
  EXPECT_EQ(shown->facts.size(), 1U);
}

}  // namespace
}  // namespace flora::http
