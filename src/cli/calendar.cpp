// SPDX-License-Identifier: EUPL-1.2
// `flora calendar`: due instants and holidays from the built-in calendars.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "calendar/due.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"

namespace flora::cli {

using base::Code;
using base::fail;
using base::JsonObject;
using base::Result;

namespace {

struct Options {
  std::string calendar, from, within, batch;
  bool no_roll = false;
  int year = 0;
};

struct Answered {
  const calendar::Calendar* calendar;
  calendar::ExplainedDue explained;
};

Result<const calendar::Calendar*> find_calendar(std::string_view id) {
  const auto* found = calendar::builtin_calendars().find(id);
  if (found == nullptr) return fail(Code::kUnknownReference, fmt::format("there is no calendar \"{}\"", id));
  return found;
}

Result<Answered> answer(std::string_view id, std::string_view from, std::string_view within, bool roll) {
  FLORA_TRY(const auto* chosen, find_calendar(id));
  const auto instant = base::parse_rfc3339(from);
  if (!instant) return fail(Code::kMalformed, fmt::format("\"{}\" is not a time (RFC 3339)", from));
  FLORA_TRY(auto term, calendar::parse_term(within));
  term.roll_to_workday = roll;
  FLORA_TRY(auto explained, calendar::explain_due(*chosen, *instant, term));
  const auto event_day = chosen->zone().local_date(*instant);
  if (term.unit != calendar::Unit::kHours && (explained.due.beyond_calendar || !chosen->covers(event_day))) {
    return fail(Code::kOutOfRange,
                fmt::format("calendar {} knows the years {} to {} only", id, chosen->first_year(), chosen->last_year()));
  }
  return Answered{chosen, std::move(explained)};
}

std::string in_german(const calendar::NamedDay& day) {
  const auto text = day.name.find("de");
  return text == day.name.end() ? std::string() : text->second;
}

JsonObject to_object(const Answered& answered) {
  base::JsonArray skipped;
  for (const auto& day : answered.explained.skipped) {
    JsonObject entry{{"day", calendar::to_text(day.day)}, {"reason", calendar::to_text(day.reason)}};
    if (day.name != nullptr) entry["name"] = in_german(*day.name);
    skipped.push_back(std::move(entry));
  }
  const auto& due = answered.explained.due;
  return {{"due", calendar::to_text(*answered.calendar, due)},
          {"instant", base::to_rfc3339(due.at)},
          {"skipped", std::move(skipped)}};
}

void print(const JsonObject& object) { fmt::print("{}\n", base::to_json(base::Json(object))); }

void run_due(Context& context, const Options& options, bool batch) {
  if (batch) {
    run_batch(context, options.batch.empty() ? "-" : options.batch, [](const JsonObject& request) -> JsonObject {
      const auto answered = [&]() -> Result<Answered> {
        FLORA_TRY(const auto id, base::json_text(request, "calendar"));
        FLORA_TRY(const auto from, base::json_text(request, "from"));
        FLORA_TRY(const auto within, base::json_text(request, "within"));
        bool roll = true;
        if (const auto* flag = request.if_contains("roll"); flag != nullptr && flag->is_bool()) roll = flag->get_bool();
        return answer(id, from, within, roll);
      }();
      if (!answered) return {{"error", error_json(answered.error())}};
      return {{"due", calendar::to_text(*answered->calendar, answered->explained.due)}};
    });
    return;
  }
  const auto answered = answer(options.calendar, options.from, options.within, !options.no_roll);
  if (!answered) return report(context, answered.error());
  if (context.json) return print(to_object(*answered));
  fmt::print("{}\n", calendar::to_text(*answered->calendar, answered->explained.due));
  for (const auto& day : answered->explained.skipped) {
    fmt::print("  {}  {}{}{}\n", calendar::to_text(day.day), calendar::to_text(day.reason), day.name != nullptr ? "  " : "",
               day.name != nullptr ? in_german(*day.name) : "");
  }
}

void run_list(const Context& context) {
  base::JsonArray out;
  for (const auto id : calendar::builtin_calendars().ids()) {
    const auto& entry = *calendar::builtin_calendars().find(id);
    const std::string& title = entry.title().begin()->second;
    if (context.json) {
      out.push_back(JsonObject{{"id", id}, {"title", title}, {"from", entry.first_year()}, {"to", entry.last_year()}});
    } else {
      fmt::print("{:<22} {}-{}  {}\n", id, entry.first_year(), entry.last_year(), title);
    }
  }
  if (context.json) fmt::print("{}\n", base::to_json(base::Json(std::move(out))));
}

void run_holidays(Context& context, const Options& options) {
  const auto chosen = find_calendar(options.calendar);
  if (!chosen) return report(context, chosen.error());
  base::JsonArray out;
  for (const auto& day : (*chosen)->holidays()) {
    if (options.year != 0 && day.day.fields().year != options.year) continue;
    if (context.json) {
      out.push_back(JsonObject{{"day", calendar::to_text(day.day)}, {"name", in_german(day)}});
    } else {
      fmt::print("{}  {}\n", calendar::to_text(day.day), in_german(day));
    }
  }
  if (context.json) fmt::print("{}\n", base::to_json(base::Json(std::move(out))));
}

}  // namespace

void add_calendar(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("calendar", "holidays, working days and due instants");
  noun->require_subcommand(1);
  auto options = std::make_shared<Options>();

  auto* due = noun->add_subcommand("due", "when a term ends, with the days that did not count and why");
  auto* id = due->add_option("--calendar", options->calendar, "calendar, for example de-sn");
  auto* from = due->add_option("--from", options->from, "when the event happened (RFC 3339)");
  auto* within = due->add_option("--within", options->within, "term: \"3 workdays\", \"1 month\", \"48 hours\"");
  due->add_flag("--no-roll", options->no_roll, "an end on a Saturday, Sunday or holiday does not move");
  auto* batch =
      due->add_option("--batch", options->batch, "JSON Lines {id, calendar, from, within} from a file or standard input")
          ->expected(0, 1);
  due->callback([&context, options, id, from, within, batch] {
    if (*batch) return run_due(context, *options, true);
    for (const auto* needed : {id, from, within}) {
      if (!*needed) throw CLI::RequiredError(needed->get_name());
    }
    run_due(context, *options, false);
  });

  noun->add_subcommand("list", "the calendars that are built in")->callback([&context] { run_list(context); });

  auto* holidays = noun->add_subcommand("holidays", "the holidays of a calendar");
  holidays->add_option("--calendar", options->calendar, "calendar, for example de-sn")->required();
  holidays->add_option("--year", options->year, "one year only");
  holidays->callback([&context, options] { run_holidays(context, *options); });
}

}  // namespace flora::cli
