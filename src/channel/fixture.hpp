// SPDX-License-Identifier: EUPL-1.2
// What the tests and benchmarks of the module share: tables in a map, a channel with its members, sealed envelopes, random
// runs over any package. Not part of the product.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/tables.hpp"
#include "calendar/calendar.hpp"
#include "channel/executor.hpp"
#include "channel/plan.hpp"
#include "channel/read.hpp"
#include "crypto/keys.hpp"
#include "ledger/envelope.hpp"
#include "package/load.hpp"
#include "process/data.hpp"
#include "process/definition.hpp"

namespace flora::channel::fixture {

class MapTables final : public base::TableReader {
 public:
  std::optional<base::Bytes> get(base::Table table, base::ByteView key) const override {
    const auto& rows = rows_[static_cast<std::size_t>(table)];
    const auto it = rows.find(base::to_bytes(key));
    return it == rows.end() ? std::nullopt : std::optional<base::Bytes>(it->second);
  }
  void scan(base::Table table, base::ByteView prefix, base::ByteView from,
            const std::function<bool(base::ByteView, base::ByteView)>& visit) const override {
    const auto& rows = rows_[static_cast<std::size_t>(table)];
    for (auto it = rows.lower_bound(base::to_bytes(from.empty() ? prefix : from)); it != rows.end(); ++it) {
      if (!begins(it->first, prefix) || !visit(it->first, it->second)) return;
    }
  }
  void scan_back(base::Table table, base::ByteView prefix, base::ByteView from,
                 const std::function<bool(base::ByteView, base::ByteView)>& visit) const override {
    const auto& rows = rows_[static_cast<std::size_t>(table)];
    base::Bytes end = base::to_bytes(from.empty() ? prefix : from);
    if (from.empty()) end.insert(end.end(), 128, 0xff);
    for (auto it = rows.upper_bound(end); it != rows.begin();) {
      --it;
      if (!begins(it->first, prefix) || !visit(it->first, it->second)) return;
    }
  }
  void apply(const base::Batch& batch) {
    for (const auto& change : batch.changes) {
      auto& rows = rows_[static_cast<std::size_t>(change.table)];
      if (change.value) {
        rows[change.key] = *change.value;
      } else {
        rows.erase(change.key);
      }
    }
  }
  const std::map<base::Bytes, base::Bytes>& rows(base::Table table) const { return rows_[static_cast<std::size_t>(table)]; }
  std::map<base::Bytes, base::Bytes>& rows(base::Table table) { return rows_[static_cast<std::size_t>(table)]; }
  friend bool operator==(const MapTables& a, const MapTables& b) { return a.rows_ == b.rows_; }

 private:
  static bool begins(const base::Bytes& key, base::ByteView prefix) {
    return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
  }
  std::array<std::map<base::Bytes, base::Bytes>, base::kTableCount> rows_;
};

inline package::Sources read_sources(const std::filesystem::path& dir) {
  package::Sources sources;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    sources[std::filesystem::relative(file.path(), dir).generic_string()] = {std::istreambuf_iterator<char>(in), {}};
  }
  return sources;
}

// Canonical bytes; throws if the package does not load.
inline base::Bytes canonical(const package::Sources& sources) {
  const auto loaded = package::load(sources);
  for (const auto& problem : loaded.problems) {
    if (problem.severity == package::Severity::kError) {
      throw std::runtime_error(problem.check + " " + problem.element + " " + problem.place.file + ":" +
                               std::to_string(problem.place.line) + ": " + problem.sentence);
    }
  }
  return package::encode_package(loaded.package);
}

// Every use case of the repository.
inline std::vector<std::filesystem::path> all_packages() {
  std::vector<std::filesystem::path> out;
  for (const auto& dir : std::filesystem::directory_iterator(std::filesystem::path(FLORA_SOURCE_DIR) / "packages")) {
    if (std::filesystem::exists(dir.path() / "process.yaml")) out.push_back(dir.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// A small process of its own: a desk lends things that a store hands out.
inline package::Sources lending() {
  return {{"package.yaml", R"(
id: lending
version: "1"
title: {de: Ausleihe, en: Lending}
calendar: de-sn
agencies:
  desk: {title: {de: Tresen, en: Desk}, short: {de: T, en: D}}
  store: {title: {de: Lager, en: Store}, short: {de: L, en: S}}
roles:
  clerk: {agency: desk, title: {de: Bearbeitung, en: Clerk}}
  chief: {agency: desk, title: {de: Leitung, en: Chief}}
  keeper: {agency: store, title: {de: Lagerist, en: Keeper}}
)"},
          {"process.yaml", R"(
process: lending
steps:
  asked: {code: E01, title: {de: Angefragt, en: Asked}, owner: [clerk], via: form, once: true,
          data: {kind: {type: code, list: kinds, title: {de: Art, en: kind}}, day: {type: date, required: false, title: {de: Tag, en: day}}}}
  checked: {code: E02, title: {de: Geprüft, en: Checked}, owner: [keeper], via: form, once: true, starts: false}
  lent: {code: E03, title: {de: Verliehen, en: Lent}, owner: [keeper], via: form, starts: false,
         data: {shelf: {type: integer, min: 1, max: 99, title: {de: Fach, en: shelf}}, mark: {type: token, required: false, title: {de: Marke, en: mark}}}}
  returned: {code: E04, title: {de: Zurück, en: Returned}, owner: [clerk], via: form, starts: false}
rules:
  - {id: R1, response: asked -> checked, within: 2 workdays, overdue: attention, grace: 1 workday, then: critical, to: [keeper], then_to: [chief, keeper]}
  - {id: R2, response: lent -> returned, within: 7 days, overdue: attention, to: [desk], until: returned}
  - {id: C1, condition: checked before lent, level: critical, to: [chief]}
  - {id: N1, note: lent to [clerk]}
  - {id: X1, at: lent, when: "tally.of_kind_day > 2", report: hint, to: [keeper]}
  - {id: Z1, at_most: 3 lent, level: refuse, to: [author]}
tallies:
  of_kind_day: {count: lent, by: shelf}
)"},
          {"views.yaml", R"(
views:
  - {id: desk_open, agency: desk, kind: read, title: {de: Offene, en: Open}, roles: [clerk, chief], select: {all: [{has: asked}, open_case]},
     columns: [name, status, {field: asked.kind}, {since: asked}, {due: returned}, {missing: lent}, level, next], sort: since_asked}
  - {id: desk_due, agency: desk, kind: read, title: {de: Rückgaben, en: Returns}, roles: [clerk], select: {owed: returned},
     columns: [status, {due: returned}], sort: due_returned}
  - {id: store_to_check, agency: store, kind: read, title: {de: Zu prüfen, en: To check}, roles: [keeper], select: {owed: checked},
     columns: [{field: asked.day}, {due: checked}, level], sort: due_checked}
  - {id: store_check, agency: store, kind: write, title: {de: Prüfen, en: Check}, roles: [keeper], select: {all: [{has: asked}, {not: {has: checked}}]},
     columns: [{field: asked.day}], sort: asked_day, step: checked}
  - {id: store_lent, agency: store, kind: read, title: {de: Verliehen, en: Lent}, roles: [keeper], select: {has: lent},
     columns: [{at: lent}, {count: lent}, {field: lent.shelf}, {field: lent.mark}], sort: -at_lent}
  - {id: desk_ask, agency: desk, kind: write, title: {de: Anfrage, en: Ask}, roles: [clerk], select: {not: {has: asked}},
     columns: [status], sort: status, step: asked, new_cases: true}
  - {id: store_lend, agency: store, kind: write, title: {de: Verleihen, en: Lend}, roles: [keeper], select: {has: asked},
     columns: [status], sort: status, step: lent}
  - {id: desk_return, agency: desk, kind: write, title: {de: Rückgabe, en: Return}, roles: [clerk], select: {owed: returned},
     columns: [status, {due: returned}], sort: due_returned, step: returned}
)"},
          {"codes/lists.yaml", R"(
kinds:
  book: {de: Buch, en: book}
  tool: {de: Werkzeug, en: tool}
)"}};
}

// A channel whose members seal and send, without an orderer: every call is one block.
class World {
 public:
  explicit World(std::uint64_t seed = 1) : random_(seed) {
    federation_ = {"test-1", {}};
    federation_.genesis_hash.bytes.fill(0x11);
    channel_ = random_.id<base::ChannelId>();
    random_.fill(epoch_key_.bytes);
    for (auto& member : members_) {
      member.id = random_.id<base::MemberId>();
      random_.fill(member.certificate.bytes);
    }
    open();
  }

  // ---- the channel
  void open(const Executor::Options& options = Executor::Options()) {
    executor_.reset();
    auto loaded = Executor::load(tables_, channel_, federation_, calendar::builtin_calendars(), options);
    if (!loaded) throw std::runtime_error(loaded.error().detail);
    executor_ = *std::move(loaded);
  }
  Executor& executor() { return *executor_; }
  MapTables& tables() { return tables_; }
  base::SeededRandom& random() { return random_; }
  const base::ChannelId& channel() const { return channel_; }
  const base::MemberId& member(std::size_t i) const { return members_[i].id; }
  base::Instant now() const { return now_; }
  void pass(std::int64_t seconds) { now_ = now_.plus_seconds(seconds); }
  void set_now(base::Instant now) { now_ = now; }

  // ---- envelopes
  struct Sent {
    base::Bytes transaction;
    ledger::ParsedTransaction parsed;
    ledger::AcceptedEnvelope accepted;
    std::vector<ledger::CommandItem> items;
  };
  std::unique_ptr<Sent> seal(std::size_t member, std::vector<ledger::CommandItem> items) {
    const base::Bytes salt = random_.bytes(32), secret = random_.bytes(32);
    const ledger::Author author{key_, members_[member].certificate};
    ledger::EnvelopeOrder order;
    order.channel = channel_;
    order.sequence = ++sequence_;
    order.expires = now_.plus_seconds(300);
    order.epoch = 1;
    order.commands = items;
    auto made = ledger::make_envelope(federation_, author, order, ledger::Sealing{epoch_key_, secret, salt});
    if (!made) throw std::runtime_error(made.error().detail);
    auto sent = std::make_unique<Sent>();
    sent->transaction = std::move(made->transaction);
    sent->parsed = ledger::parse_transaction(sent->transaction);
    sent->accepted.hash = sent->parsed.envelope_hash;
    sent->accepted.header = sent->parsed.header;
    sent->accepted.author = members_[member].id;
    sent->accepted.protected_header = sent->parsed.protected_header;
    sent->accepted.body = sent->parsed.body;
    sent->items = std::move(items);
    return sent;
  }
  ledger::CommandItem item(const Command& command) {
    ledger::CommandItem item;
    random_.fill(item.salt.bytes);
    random_.fill(item.message_id.bytes);
    item.command = encode_command(command);
    return item;
  }
  EpochKeys keys() {
    return [this](std::uint64_t epoch) { return epoch == 1 ? std::optional<base::Hash>(epoch_key_) : std::nullopt; };
  }
  BlockContext next_block() const { return {executor_->height() + 1, now_}; }
  BlockOutcome execute(const std::vector<std::unique_ptr<Sent>>& sent) {
    std::vector<ledger::AcceptedEnvelope> accepted;
    const BlockContext block = next_block();
    for (std::size_t i = 0; i < sent.size(); ++i) {
      ledger::AcceptedEnvelope a = sent[i]->accepted;
      a.height = block.height;
      a.position = static_cast<std::uint32_t>(i);
      a.time = block.time;
      accepted.push_back(a);
    }
    return executor_->execute(block, accepted, keys());
  }
  BlockOutcome block(const std::vector<std::unique_ptr<Sent>>& sent) {
    BlockOutcome outcome = execute(sent);
    if (outcome.stalled_at_epoch) return outcome;
    tables_.apply(outcome.batch);
    executor_->commit();
    return outcome;
  }
  BlockOutcome empty_block() { return block({}); }
  BlockOutcome send(std::size_t member, std::vector<ledger::CommandItem> items) {
    std::vector<std::unique_ptr<Sent>> sent;
    sent.push_back(seal(member, std::move(items)));
    return block(sent);
  }
  // One command in one envelope in one block.
  CommandResult submit(std::size_t member, const Command& command) {
    BlockOutcome outcome = send(member, {item(command)});
    last_ = std::move(outcome);
    return last_.envelopes.at(0).results.at(0);
  }
  const BlockOutcome& last() const { return last_; }

  // ---- packages
  base::Hash activate(const base::Bytes& canonical_package) {
    const auto result = submit(0, ActivatePackage{canonical_package});
    if (result.code != base::Code::kOk) throw std::runtime_error(result.detail);
    const Version* version = executor_->catalog()->all_in_force().back();
    for (const Version* v : executor_->catalog()->all_in_force()) {
      if (v->active_from == executor_->height()) version = v;
    }
    for (std::size_t a = 0; a < version->package->agencies.size(); ++a) {
      submit(a % members_.size(),
             BindAgency{version->package->id, version->package->agencies[a].id, members_[a % members_.size()].id});
    }
    return version->hash;
  }
  std::size_t member_of(const package::Package& package, package::RoleIndex role) const {
    return package.roles[role].agency % members_.size();
  }

  RecordFact fact(const base::CaseId& id, std::string step, std::string role, std::optional<base::Instant> at = {}) {
    RecordFact command;
    command.case_id = id;
    command.step = std::move(step);
    command.role = std::move(role);
    command.actor = random_.id<base::ActorId>();
    command.at = at;
    command.data = {0xa0};
    return command;
  }
  Reader reader() const {
    return Reader(std::shared_ptr<const base::TableReader>(&tables_, [](const base::TableReader*) {}), channel_,
                  executor_->catalog());
  }

 private:
  struct Member {
    base::MemberId id;
    base::Hash certificate;
  };
  base::SeededRandom random_;
  ledger::FederationId federation_;
  base::ChannelId channel_;
  base::Hash epoch_key_;
  std::array<Member, 2> members_;
  crypto::PrivateKey key_ = crypto::PrivateKey::from_ed25519_seed(base::Bytes(32, 7));
  std::uint64_t sequence_ = 0;
  base::Instant now_ = *base::parse_rfc3339("2021-04-07T09:00:00+02:00");
  MapTables tables_;
  std::unique_ptr<Executor> executor_;
  BlockOutcome last_;
};

// ---- random runs over any package ---------------------------------------------------------------------------------------------
inline process::Data random_data(const package::Package& package, package::StepIndex step, base::Instant now,
                                 base::SeededRandom& random) {
  process::Data data;
  const std::int64_t today = now.ns / base::kNanosPerSecond / 86400;
  for (const auto& field : package.steps[step].data) {
    std::int64_t value = process::Data::kAbsent;
    if (field.required || random.below(2) == 0) {
      switch (field.type) {
        case package::FieldType::kCode:
          value = static_cast<std::int64_t>(random.below(package.find_codes(field.list)->codes.size()));
          break;
        case package::FieldType::kDate: value = today + static_cast<std::int64_t>(random.below(20)) - 3; break;
        case package::FieldType::kTime: value = static_cast<std::int64_t>(random.below(1440)) * 60; break;
        case package::FieldType::kInteger:
          value = field.min + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(field.max - field.min) + 1));
          break;
        case package::FieldType::kBoolean: value = static_cast<std::int64_t>(random.below(2)); break;
        case package::FieldType::kToken: {
          const std::string token = "t" + std::to_string(random.below(5));
          value = static_cast<std::int64_t>(data.tokens.size() * 128 + token.size());
          data.tokens += token;
        }
      }
    }
    data.values.push_back(value);
  }
  return data;
}

// Facts of every kind: live and late, by owners and by others, on known and on new cases, acts on findings, cancellations.
class RandomRun {
 public:
  RandomRun(World& world, const base::Hash& version) : world_(world), version_(*world.executor().catalog()->find(version)) {}

  struct Drawn {
    std::size_t member;
    Command command;
  };
  Drawn draw() {
    auto& random = world_.random();
    const auto& package = *version_.package;
    const bool opens = cases_.empty() || random.below(4) == 0;
    const base::CaseId id = opens ? random.id<base::CaseId>() : cases_[random.below(cases_.size())];
    if (opens) cases_.push_back(id);
    if (!opens && random.below(40) == 0) return cancel(id);
    if (!opens && random.below(6) == 0) {
      if (auto act = act_on_finding(id)) return *std::move(act);
    }
    const auto step = static_cast<package::StepIndex>(opens ? random_start() : random.below(package.steps.size()));
    const auto& owners = package.steps[step].owners;
    auto role = static_cast<package::RoleIndex>(random.below(package.roles.size()));
    if (!owners.empty() && random.below(20) != 0) role = owners[random.below(owners.size())];
    RecordFact command = world_.fact(id, package.steps[step].id, package.roles[role].id);
    command.package = random.below(2) == 0 ? std::optional<base::Hash>(version_.hash) : std::nullopt;
    if (random.below(3) == 0) {
      command.at = world_.now().plus_seconds(static_cast<std::int64_t>(random.below(200'000)) * -1 + 40);
    }
    command.data = process::encode_data(*version_.definition, step, random_data(package, step, world_.now(), random));
    return {world_.member_of(package, role), std::move(command)};
  }
  const std::vector<base::CaseId>& cases() const { return cases_; }

 private:
  std::uint64_t random_start() {
    std::vector<std::uint64_t> starts;
    for (std::size_t s = 0; s < version_.package->steps.size(); ++s) {
      if (version_.package->steps[s].starts && !version_.package->steps[s].owners.empty()) starts.push_back(s);
    }
    return starts[world_.random().below(starts.size())];
  }
  Drawn cancel(const base::CaseId& id) {
    const auto role = static_cast<package::RoleIndex>(world_.random().below(version_.package->roles.size()));
    CancelCase command{id, "mistake", version_.package->roles[role].id, world_.random().id<base::ActorId>()};
    return {world_.member_of(*version_.package, role), std::move(command)};
  }
  std::optional<Drawn> act_on_finding(const base::CaseId& id) {
    const auto& package = *version_.package;
    auto& random = world_.random();
    const auto role = static_cast<package::RoleIndex>(random.below(package.roles.size()));
    const std::size_t member = world_.member_of(package, role);
    const auto shown = world_.reader().show({world_.member(member), package.id, package.roles[role].id}, id);
    if (!shown || shown->findings.empty()) return std::nullopt;
    const Finding& f = shown->findings[random.below(shown->findings.size())].finding;
    ActOnFinding command{id,
                         f.rule,
                         f.step,
                         f.fact,
                         static_cast<FindingAct>(1 + random.below(3)),
                         "checked",
                         package.roles[role].id,
                         random.id<base::ActorId>()};
    return Drawn{member, std::move(command)};
  }

  World& world_;
  const Version version_;
  std::vector<base::CaseId> cases_;
};

}  // namespace flora::channel::fixture
