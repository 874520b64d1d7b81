// SPDX-License-Identifier: EUPL-1.2
#include "channel/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "channel/keys.hpp"
#include "process/data.hpp"
#include "process/engine.hpp"

namespace flora::channel {

using base::Code;
using base::fail;

Run::Run(const base::TableReader& tables, const base::ChannelId& channel, const calendar::Calendars& calendars,
         std::shared_ptr<const Catalog> catalog, CaseSource& source, const BlockContext& block)
    : tables_(tables),
      channel_(channel),
      calendars_(calendars),
      catalog_(std::move(catalog)),
      source_(source),
      block_(block),
      tallies_(tables, channel) {}

StagedCase& Run::staged(const base::CaseId& id) {
  const auto [it, first] = cases_.try_emplace(id);
  if (first) {
    it->second.entry = source_.take(id, *catalog_);
    order_.push_back(id);
  }
  return it->second;
}

// ---- the clock ----------------------------------------------------------------------------------------------------------------

std::optional<ClockOutcome> Run::advance(const base::CaseId& id, base::Instant due) {
  StagedCase& s = staged(id);
  FLORA_CHECK(s.entry != nullptr, "the due index names cases that exist");
  const auto& definition = *s.entry->version->definition;
  if (!process::advance_clock(definition, s.entry->state, process::Tallies{}, block_.time, effects_)) return std::nullopt;
  process::apply(definition, s.entry->state, effects_);
  HistoryRow row;
  row.kind = HistoryRow::Kind::kClock;
  row.time = due;
  row.height = block_.height;
  return ClockOutcome{id, due, accept(s, std::move(row))};
}

// ---- one command --------------------------------------------------------------------------------------------------------------

std::optional<Answered> Run::answer_to(const base::Hash& message_id) const {
  if (const auto it = answered_.find(message_id); it != answered_.end()) return answered_list_[it->second].second;
  const auto bytes = tables_.get(base::Table::kChannel, index_key(channel_, entry::kMessage, {message_id}));
  if (!bytes) return std::nullopt;
  auto answered = decode_answered(*bytes);
  FLORA_CHECK(answered.has_value(), "a stored answer can be read");
  if (answered->expires <= block_.time) return std::nullopt;
  return *answered;
}

// The answer to a message id that was answered before.
std::optional<CommandResult> Run::repeated(const ledger::CommandItem& item) const {
  const auto first = answer_to(item.message_id);
  if (!first) return std::nullopt;
  CommandResult result;
  result.message_id = item.message_id;
  result.effects = encode_effects({});
  if (ledger::command_leaf(first->salt, item.message_id, item.command) != first->leaf) {
    result.code = Code::kIdempotencyConflict;
    return result;
  }
  result.repeated = true;
  result.code = first->code;
  Effects effects;
  effects.repeats = Effects::First{first->height, first->envelope, first->index};
  result.effects = encode_effects(effects);
  if (const auto command = parse_command(item.command)) {
    result.case_id = case_of(*command).value_or(base::CaseId{});
    if (first->code == Code::kOk && std::holds_alternative<RecordFact>(*command)) result.fact = fact_id(item.message_id);
  }
  return result;
}

CommandResult Run::command(const Origin& origin, const ledger::CommandItem& item) {
  if (auto result = repeated(item)) {
    ++counted_;
    return *std::move(result);
  }
  CommandResult result;
  result.message_id = item.message_id;
  const auto command = parse_command(item.command);
  const bool attests = command && std::holds_alternative<AttestDigest>(*command);
  if (command) {
    Decided decided = decide(origin, item.message_id, *command);
    if (!decided.status) {
      result.code = decided.status.error().code;
      result.detail = std::move(decided.status.error().detail);
    }
    result.case_id = decided.case_id;
    result.fact = decided.fact;
    result.effects = std::move(decided.effects);
  } else {
    result.code = command.error().code;
    result.detail = command.error().detail;
  }
  if (result.effects.empty()) result.effects = encode_effects({});
  FLORA_CHECK(base::is_deterministic(result.code), "a local error may not stand in a block");
  if (attests) return result;
  ++counted_;
  // A fact of the future may be sent again when it has happened.
  if (result.code != Code::kInFuture) {
    answered_.emplace(item.message_id, answered_list_.size());
    answered_list_.push_back({item.message_id,
                              {block_.time.plus_seconds(base::limits::kIdempotencySeconds), item.salt, ledger::command_leaf(item),
                               result.code, block_.height, origin.envelope, origin.index}});
  }
  return result;
}

Run::Decided Run::decide(const Origin& origin, const base::Hash& message_id, const Command& command) {
  Decided out;
  out.case_id = case_of(command).value_or(base::CaseId{});
  out.status = std::visit(
      [&]<class T>(const T& content) -> base::Status {
        if constexpr (std::is_same_v<T, RecordFact>) return record(origin, message_id, content, out);
        if constexpr (std::is_same_v<T, ActOnFinding>) return act(origin, message_id, content, out);
        if constexpr (std::is_same_v<T, CancelCase>) return cancel(origin, message_id, content, out);
        if constexpr (std::is_same_v<T, Correct>) return correct(origin, content);
        if constexpr (std::is_same_v<T, ActivatePackage>) return activate(origin, content);
        if constexpr (std::is_same_v<T, BindAgency>) return bind(origin, content);
        if constexpr (std::is_same_v<T, AttestDigest>) return attest(origin, content);
      },
      command);
  return out;
}

// ---- commands about cases ----------------------------------------------------------------------------------------------------

base::Result<std::shared_ptr<const Version>> Run::version_to_open(const RecordFact& command) const {
  const Version* version = command.package ? catalog_->find(*command.package) : catalog_->only_one();
  if (version == nullptr || catalog_->in_force(version->package->id) != version) {
    return fail(Code::kUnknownPackage, command.package ? "the package version is not in force in this channel"
                                                       : "the channel does not have exactly one package in force");
  }
  return catalog_->share(version->hash);
}

base::Result<package::RoleIndex> Run::authorised(const Version& version, const std::string& role,
                                                 const base::MemberId& author) const {
  const auto index = version.package->find_role(role);
  if (!index) return fail(Code::kUnknownReference, fmt::format("there is no role {}", role));
  const auto& agency = version.package->agencies[version.package->roles[*index].agency];
  if (catalog_->member_of(version.package->id, agency.id) != author) {
    return fail(Code::kRoleNotBound, fmt::format("role {} of agency {}", role, agency.id));
  }
  return *index;
}

base::Status Run::run_engine(StagedCase& s, const process::Tallies& tallies, const process::Command& command) {
  const auto& definition = *s.entry->version->definition;
  // Something may have fallen due through an earlier command of this block.
  if (const auto due = process::next_due(definition, s.entry->state); due && *due <= block_.time) {
    if (process::advance_clock(definition, s.entry->state, process::Tallies{}, block_.time, effects_)) {
      process::apply(definition, s.entry->state, effects_);
      HistoryRow row;
      row.kind = HistoryRow::Kind::kClock;
      row.time = *due;
      row.height = block_.height;
      accept(s, std::move(row));
    }
  }
  return process::execute(definition, s.entry->state, tallies, command, block_.time, effects_);
}

HistoryRow Run::history_row(HistoryRow::Kind kind, const Origin& origin, const base::Hash& message_id, const base::ActorId& actor,
                            package::RoleIndex role) const {
  HistoryRow row;
  row.kind = kind;
  row.time = block_.time;
  row.height = block_.height;
  row.envelope = origin.envelope;
  row.index = origin.index;
  row.message_id = message_id;
  row.member = origin.author;
  row.actor = actor;
  row.role = role;
  return row;
}

base::Bytes Run::accept(StagedCase& s, HistoryRow row) {
  s.changed = true;
  row.moves = moves_of(effects_);
  s.history.push_back(std::move(row));
  add_news(*s.entry, effects_, s.news);
  return encode_effects(tell(*s.entry, effects_));
}

base::Status Run::record(const Origin& origin, const base::Hash& message_id, const RecordFact& command, Decided& out) {
  StagedCase& s = staged(command.case_id);
  const bool opens = s.entry == nullptr;
  std::shared_ptr<const Version> version;
  if (opens) {
    FLORA_TRY(version, version_to_open(command));
  } else {
    version = s.entry->version;
    if (command.package && *command.package != version->hash) {
      return fail(Code::kUnknownPackage, "the case stands under another package version");
    }
  }
  const auto& definition = *version->definition;
  FLORA_TRY(const auto role, authorised(*version, command.role, origin.author));
  const auto step = version->package->find_step(command.step);
  if (step && !definition.owns(role, *step)) return fail(Code::kNotOwner, fmt::format("step {}", command.step));
  if (opens && !(step && version->package->steps[*step].starts)) {
    return fail(Code::kUnknownCase, fmt::format("step {} does not open a case", command.step));
  }
  if (!step) return fail(Code::kUnknownStep, fmt::format("there is no step {}", command.step));
  FLORA_TRY(auto data, process::parse_data(definition, *step, base::ByteView(command.data)));
  const FactId name = fact_id(message_id);
  if (!opens && std::find(s.entry->facts.begin(), s.entry->facts.end(), name) != s.entry->facts.end()) {
    return fail(Code::kDuplicate, "the case has a fact of this name");
  }

  if (opens) {
    s.entry = std::make_unique<CaseEntry>();
    s.entry->id = command.case_id;
    s.entry->version = version;
    s.entry->state = process::make_state(definition);
  }
  const bool tallied = !version->package->tallies.empty();
  const process::Tallies tallies = tallied ? tallies_.seen_by(*version, *step, data) : process::Tallies{};
  process::RecordFact fact{.step = *step, .by = role, .at = command.at, .data = std::move(data)};
  process::Command engine_command(std::move(fact));
  if (auto status = run_engine(s, tallies, engine_command); !status) {
    if (opens) s.entry.reset();
    return status;
  }
  FLORA_CHECK(effects_.fact == process::FactRef::entered(s.entry->facts.size()), "facts and their names go together");
  s.entry->facts.push_back(name);
  if (tallied && s.entry->state.facts.back().counts()) {
    tallies_.add(*version, *step, std::get<process::RecordFact>(engine_command).data);
  }
  HistoryRow row = history_row(HistoryRow::Kind::kFact, origin, message_id, command.actor, role);
  row.fact = effects_.fact;
  out.fact = name;
  out.effects = accept(s, std::move(row));
  return {};
}

base::Status Run::act(const Origin& origin, const base::Hash& message_id, const ActOnFinding& command, Decided& out) {
  StagedCase& s = staged(command.case_id);
  if (s.entry == nullptr) return fail(Code::kUnknownCase, "there is no such case");
  const auto& definition = *s.entry->version->definition;
  FLORA_TRY(const auto role, authorised(*s.entry->version, command.role, origin.author));
  const auto step = s.entry->version->package->find_step(command.step);
  const auto rule = definition.find_rule(command.rule);
  const auto fact = find_fact(*s.entry, command.fact);
  if (!step) return fail(Code::kUnknownStep, fmt::format("there is no step {}", command.step));
  if (!rule || !fact) return fail(Code::kUnknownFinding, "there is no such finding");
  const process::ActOnFinding act{.rule = *rule,
                                  .step = *step,
                                  .fact = *fact,
                                  .act = static_cast<process::FindingAct>(static_cast<int>(command.act) - 1),
                                  .by = role,
                                  .reason = command.reason};
  FLORA_TRY(run_engine(s, {}, act));
  HistoryRow row = history_row(HistoryRow::Kind::kAct, origin, message_id, command.actor, role);
  row.reason = command.reason;
  out.effects = accept(s, std::move(row));
  return {};
}

base::Status Run::cancel(const Origin& origin, const base::Hash& message_id, const CancelCase& command, Decided& out) {
  StagedCase& s = staged(command.case_id);
  if (s.entry == nullptr) return fail(Code::kUnknownCase, "there is no such case");
  FLORA_TRY(const auto role, authorised(*s.entry->version, command.role, origin.author));
  FLORA_TRY(run_engine(s, {}, process::CancelCase{.by = role, .reason = command.reason}));
  HistoryRow row = history_row(HistoryRow::Kind::kCancel, origin, message_id, command.actor, role);
  row.reason = command.reason;
  out.effects = accept(s, std::move(row));
  return {};
}

base::Status Run::correct(const Origin& origin, const Correct& command) {
  StagedCase& s = staged(command.case_id);
  if (s.entry == nullptr) return fail(Code::kUnknownCase, "there is no such case");
  FLORA_TRY(authorised(*s.entry->version, command.role, origin.author));
  return fail(Code::kNotInVersion, "corrections come with a later version of the executor");
}

}  // namespace flora::channel
