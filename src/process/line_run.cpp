// SPDX-License-Identifier: EUPL-1.2
#include "process/line_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace flora::process {

using base::Code;
using base::fail;
using base::Instant;
using base::JsonObject;
using base::Result;
using base::Status;

namespace {

JsonObject error_json(const base::Error& error) {
  return {{"code", static_cast<std::uint32_t>(error.code)}, {"name", base::name_of(error.code)}, {"detail", error.detail}};
}

Result<Instant> instant_of(const JsonObject& input, std::string_view member) {
  FLORA_TRY(const auto text, base::json_text(input, member));
  const auto instant = base::parse_rfc3339(text);
  if (!instant) return fail(Code::kMalformed, fmt::format("{} is not an RFC 3339 time", member));
  return *instant;
}

// A malformed line could not even be read; anything else is an answer of the engine.
bool is_unreadable(Code code) { return static_cast<std::uint32_t>(code) < 2000; }

// What a repetition must say again. When it was entered is the ledger's business, not its author's.
std::string content_of(const JsonObject& input) {
  JsonObject content = input;
  content.erase("entered");
  return base::canonical_json(content);
}

}  // namespace

LineRun::LineRun(std::shared_ptr<const Definition> definition) : definition_(std::move(definition)) {}

std::vector<JsonObject> LineRun::line(std::string_view text) {
  Lines out;
  const auto parsed = base::parse_json(text);
  const auto* input = parsed ? parsed->if_object() : nullptr;
  Status status;
  if (!parsed) {
    status = tl::unexpected(parsed.error());
  } else if (input == nullptr) {
    status = fail(Code::kWrongType, "a line is an object");
  } else {
    status = read(*input, out);
  }
  if (status) return out;
  refused_ = true;
  unreadable_ = unreadable_ || is_unreadable(status.error().code);
  JsonObject refused{{"n", ++n_}};
  if (input != nullptr && input->contains("case")) refused["case"] = input->at("case");
  refused["outcome"] = "refused";
  refused["error"] = error_json(status.error());
  out.push_back(std::move(refused));
  return out;
}

Status LineRun::read(const JsonObject& input, Lines& out) {
  if (input.contains("clock")) {
    FLORA_TRY(const auto now, instant_of(input, "clock"));
    return move_time(now, out);
  }
  FLORA_TRY(const auto id, base::json_text(input, "case"));
  Instant now = now_.value_or(Instant{});
  if (input.contains("entered")) {
    FLORA_TRY(now, instant_of(input, "entered"));
  } else if (input.contains("at")) {
    FLORA_TRY(now, instant_of(input, "at"));
  } else if (!now_) {
    return fail(Code::kMissingField, "entered: the first line has to say when it was entered");
  }
  std::string message;
  if (const auto* member = input.if_contains("id"); member != nullptr && !member->is_null()) {
    FLORA_TRY(message, base::json_text(input, "id"));
  }
  FLORA_TRY(move_time(now, out));

  if (const auto known = answers_.find(message); !message.empty() && known != answers_.end()) {
    if (known->second.content != content_of(input)) return fail(Code::kIdempotencyConflict, fmt::format("id {}", message));
    out.push_back(known->second.line);
    out.back()["n"] = ++n_;
    return {};
  }
  auto line = answer(input, id);
  if (!line) {
    // A fact that lies in the future has not been heard yet: it may come again.
    if (!message.empty() && line.error().code != Code::kInFuture && !is_unreadable(line.error().code)) {
      answers_[message] = {content_of(input),
                           {{"n", n_ + 1}, {"case", id}, {"outcome", "refused"}, {"error", error_json(line.error())}}};
    }
    return tl::unexpected(line.error());
  }
  if (!message.empty()) answers_[message] = {content_of(input), *line};
  out.push_back(std::move(*line));
  return {};
}

void LineRun::put_on_agenda(const std::string& id, Case& of) {
  const auto due = next_due(*definition_, of.state);
  if (of.due != kNever) agenda_.erase({of.due, id});
  of.due = due ? due->ns : kNever;
  if (due) agenda_.insert({of.due, id});
}

void LineRun::clock_line(const std::string& id, Case& of, Lines& out) {
  apply(*definition_, of.state, effects_);
  JsonObject line{{"n", ++n_}, {"case", id}, {"outcome", "clock"}};
  if (!effects_.clock_fact.is_none()) line["step"] = definition_->step_id(of.state.fact(effects_.clock_fact).step);
  line["at"] = due_text(*definition_, effects_.clock_at);
  for (auto& member : report_json(*definition_, ListedFactNames(*definition_, of.state, of.names), effects_)) {
    line[member.key()] = std::move(member.value());
  }
  out.push_back(std::move(line));
}

Status LineRun::move_time(Instant now, Lines& out) {
  if (now_ && now < *now_) return fail(Code::kTimeRunsBackwards, fmt::format("ledger time is {}", base::to_rfc3339(*now_)));
  now_ = now;
  while (!agenda_.empty() && agenda_.begin()->first <= now.ns) {
    const std::string id = agenda_.begin()->second;
    Case& of = cases_.at(id);
    if (step_clock(*definition_, of.state, now, effects_)) clock_line(id, of, out);
    put_on_agenda(id, of);
  }
  return {};
}

Result<RoleIndex> LineRun::role_of(const JsonObject& input) const {
  FLORA_TRY(const auto by, base::json_text(input, "by"));
  const auto role = definition_->package().find_role(by);
  if (!role) return fail(Code::kRoleNotBound, fmt::format("role {}", by));
  return *role;
}

Result<FactRef> LineRun::fact_named(const Case& of, std::string_view name) const {
  const ListedFactNames names(*definition_, of.state, of.names);
  for (std::size_t i = 0; i < of.state.facts.size(); ++i) {
    if (of.names[i] == name) return FactRef::entered(i);
  }
  for (std::size_t i = 0; i < of.state.clock.size(); ++i) {
    if (names.name_of(FactRef::clock(i)) == name) return FactRef::clock(i);
  }
  return fail(Code::kUnknownFact, std::string(name));
}

Result<Command> LineRun::fact_of(const JsonObject& input, const Case& of) const {
  FLORA_TRY(const auto step, base::json_text(input, "step"));
  RecordFact fact;
  FLORA_TRY(fact.by, role_of(input));
  if (input.contains("at")) {
    FLORA_TRY(fact.at, instant_of(input, "at"));
  }
  const auto known = definition_->package().find_step(step);
  if (!known) return fail(of.state.open ? Code::kUnknownStep : Code::kUnknownCase, fmt::format("step {}", step));
  fact.step = *known;
  const auto* data = input.if_contains("data");
  auto read = parse_data(*definition_, *known, data == nullptr ? base::Json(nullptr) : *data);
  if (!read) {
    // What stands earlier in the table of errors is told first.
    if (!definition_->owns(fact.by, *known)) return fail(Code::kNotOwner, fmt::format("step {}", step));
    if (!of.state.open && !definition_->package().steps[*known].starts)
      return fail(Code::kUnknownCase, fmt::format("step {}", step));
    return tl::unexpected(read.error());
  }
  fact.data = std::move(*read);
  return Command(std::move(fact));
}

Result<Command> LineRun::act_of(const JsonObject& input, const Case& of) const {
  FLORA_TRY(const auto* finding, base::json_object(input, "finding"));
  FLORA_TRY(const auto rule, base::json_text(*finding, "rule"));
  FLORA_TRY(const auto step, base::json_text(*finding, "step"));
  FLORA_TRY(const auto fact, base::json_text(*finding, "fact"));
  FLORA_TRY(const auto what, base::json_text(input, "do"));
  ActOnFinding act;
  FLORA_TRY(act.by, role_of(input));
  if (what == "acknowledge") {
    act.act = FindingAct::kAcknowledge;
  } else if (what == "justify") {
    act.act = FindingAct::kJustify;
  } else if (what == "close") {
    act.act = FindingAct::kClose;
  } else {
    return fail(Code::kOutOfRange, "do is one of acknowledge, justify, close");
  }
  if (input.contains("reason") && !input.at("reason").is_null()) {
    FLORA_TRY(act.reason, base::json_text(input, "reason"));
  }
  if (!of.state.open) return fail(Code::kUnknownCase, "");
  const auto rule_ref = definition_->find_rule(rule);
  const auto step_index = definition_->package().find_step(step);
  const auto fact_ref = fact_named(of, fact);
  if (!rule_ref || !step_index || !fact_ref) return fail(Code::kUnknownFinding, fmt::format("{} {} {}", rule, step, fact));
  act.rule = *rule_ref;
  act.step = *step_index;
  act.fact = *fact_ref;
  return Command(std::move(act));
}

Result<Command> LineRun::command_of(const JsonObject& input, const Case& of) const {
  if (input.contains("correct")) return Command(CorrectFact{});
  if (input.contains("finding")) return act_of(input, of);
  if (!input.contains("cancel")) return fact_of(input, of);
  if (!input.at("cancel").is_bool() || !input.at("cancel").as_bool()) return fail(Code::kWrongType, "cancel is true");
  CancelCase cancel;
  FLORA_TRY(cancel.by, role_of(input));
  if (input.contains("reason") && !input.at("reason").is_null()) {
    FLORA_TRY(cancel.reason, base::json_text(input, "reason"));
  }
  return Command(std::move(cancel));
}

Result<JsonObject> LineRun::answer(const JsonObject& input, const std::string& id) {
  const auto known = cases_.find(id);
  const bool fresh = known == cases_.end();
  Case opened;
  if (fresh) opened.state = make_state(*definition_);
  Case& of = fresh ? opened : known->second;
  FLORA_TRY(const auto command, command_of(input, of));
  FLORA_TRY(decide(*definition_, of.state, {}, command, *now_, effects_));
  apply(*definition_, of.state, effects_);
  ++n_;
  if (!effects_.fact.is_none()) {
    const auto* message = input.if_contains("id");
    of.names.push_back(message != nullptr && message->is_string() ? std::string(message->as_string()) : fmt::format("#{}", n_));
  }
  Case& kept = fresh ? cases_.emplace(id, std::move(opened)).first->second : of;
  put_on_agenda(id, kept);
  JsonObject line{{"n", n_}, {"case", id}, {"outcome", "accepted"}};
  for (auto& member : report_json(*definition_, ListedFactNames(*definition_, kept.state, kept.names), effects_)) {
    line[member.key()] = std::move(member.value());
  }
  return line;
}

std::vector<JsonObject> LineRun::states() const {
  std::vector<JsonObject> out;
  for (const auto& [id, of] : cases_) {
    JsonObject line{{"case", id}};
    for (auto& member : state_json(*definition_, ListedFactNames(*definition_, of.state, of.names), of.state)) {
      line[member.key()] = std::move(member.value());
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace flora::process
