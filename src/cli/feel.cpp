// SPDX-License-Identifier: EUPL-1.2
// `flora feel`: expressions, unary tests and decision tables, alone. Zones by name come from the calendars, and beyond them from
// the system's table: only here, where nothing is signed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/system_zones.hpp"
#include "feel/evaluate.hpp"
#include "feel/value_json.hpp"

namespace flora::cli {

using base::Code;

namespace {

constexpr std::size_t kLineBytesMax = 16UL * 1024 * 1024;

void run_lines(Context& context, std::istream& in, const feel::Environment& environment) {
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto answer =
        line.size() > kLineBytesMax
            ? feel::BatchAnswer{R"({"id":null,"error":{"kind":"malformed","at":1,"message":"the line is too long"}})", false}
            : feel::answer_batch_line(line, environment);
    if (!answer.readable) context.exit_status = kUsage;
    std::fwrite(answer.line.data(), 1, answer.line.size(), stdout);
    std::fputc('\n', stdout);
  }
  std::fflush(stdout);
}

void run_feel_batch(Context& context, const std::string& path) {
  const SystemZones zones(calendar::builtin_calendars());
  const feel::Environment environment{&calendar::builtin_calendars(), &zones};
  if (path == "-") return run_lines(context, std::cin, environment);
  std::ifstream file(path, std::ios::binary);
  if (!file) return report(context, {Code::kFileUnreadable, path});
  run_lines(context, file, environment);
}

void run_feel_eval(Context& context, const std::string& expression, const std::string& given) {
  const SystemZones zones(calendar::builtin_calendars());
  const feel::Environment environment{&calendar::builtin_calendars(), &zones};
  const auto plain = feel::parse_plain_json(given.empty() ? "{}" : given);
  if (!plain) return report(context, plain.error());
  const auto values = feel::interpret_json(*plain, &zones);
  if (!values) return report(context, values.error());
  if (values->as_context() == nullptr) return report(context, {Code::kWrongType, "--context is a JSON object"});
  const auto result = feel::evaluate(expression, *values, environment);
  if (result) {
    fmt::print("{}\n", context.json ? fmt::format("{{\"value\":{}}}", feel::to_json(*result)) : feel::to_text(*result));
    return;
  }
  const feel::Problem& problem = result.error();
  if (context.json) {
    std::string message;
    feel::append_json_string(message, problem.message);
    fmt::print("{{\"error\":{{\"kind\":\"{}\",\"at\":{},\"message\":{}}}}}\n", feel::to_text(problem.kind), problem.column,
               message);
  }
  report(context,
         {feel::code_of(problem.kind), fmt::format("line {}, column {}: {}", problem.line, problem.column, problem.message)});
}

}  // namespace

void add_feel(CLI::App& app, Context& context) {
  auto* noun = app.add_subcommand("feel", "the guard language, alone");
  noun->require_subcommand(1);
  struct Options {
    std::string expression, context, file = "-";
  };
  auto options = std::make_shared<Options>();

  auto* eval = noun->add_subcommand("eval", "the value of one expression");
  eval->add_option("expression", options->expression, "FEEL, for example \"1 + 2\"")->required();
  eval->add_option("--context", options->context, "the names it may use, as a JSON object");
  eval->callback([&context, options] { run_feel_eval(context, options->expression, options->context); });

  auto* batch = noun->add_subcommand("batch", "JSON Lines of expressions, unary tests and decision tables");
  batch->add_option("file", options->file, "file, or - for standard input");
  batch->callback([&context, options] { run_feel_batch(context, options->file); });
}

}  // namespace flora::cli
