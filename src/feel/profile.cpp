// SPDX-License-Identifier: EUPL-1.2
#include <fmt/format.h>

#include "base/limits.hpp"
#include "feel/evaluate.hpp"
#include "feel/functions.hpp"
#include "feel/parser.hpp"

namespace flora::feel {

namespace {

struct Row {
  std::string_view form, meaning;
};

constexpr Row kOperators[] = {
    {"`a or b`, `a and b`", "Three-valued logic; what is not a boolean counts as null."},
    {"`a = b`, `a != b`",
     "Values of one kind; against null plainly true or false; null for different kinds. Dates, times and date-times on the time "
     "line, in whole "
     "seconds; a local one never equals one with offset or zone."},
    {"`a < b`, `a <= b`, `a > b`, `a >= b`",
     "Numbers, dates, times, date-times and durations of one kind; otherwise null. Strings have no order here."},
    {"`a between b and c`", "`a >= b and a <= c`."},
    {"`a in t`, `a in (t1, t2)`",
     "Whether one of the tests holds: a value (equal), a range (within), a list (one of its items), `< x` and its like, or an "
     "expression "
     "with `?`."},
    {"`a + b`, `a - b`",
     "Numbers; a date, time or date-time and a duration; two durations of one kind; the difference of two dates, times or "
     "date-times."},
    {"`a * b`, `a / b`", "Numbers; a duration and a number; a duration by one of its kind. Division by zero is null."},
    {"`-a`", "Of a number or a duration."},
    {"`if a then b else c`", "`c` unless `a` is true."},
    {"`some x in l satisfies c`, `every x in l, y in m satisfies c`", "Three-valued; the lists may depend on the names before."},
    {"`a.b`", "An entry of a context, a part of a temporal value, or of every item of a list."},
    {"`[a, b]`, `{a: 1, b: a + 1}`", "Lists; contexts, whose entries may use those before them."},
    {"`[a..b]`, `(a..b)`, `]a..b[`", "Ranges with closed and open ends."},
};

constexpr Row kKinds[] = {
    {"number", "Decimal with 34 digits, rounded half to even; never a float. `1`, `-0.5`; no exponent."},
    {"string", "ASCII, without escapes; compared by `=`, `!=` and `in` only."},
    {"boolean, null", "`true`, `false`, `null`."},
    {"date", "`@\"2021-04-09\"`, `date(\"2021-04-09\")`; parts year, month, day, weekday (Monday is 1)."},
    {"time",
     "`@\"09:00:00\"`, with offset `+02:00`, `Z`, or `@Europe/Berlin` (its standard time); parts hour, minute, second, "
     "timezone."},
    {"date and time", "`@\"2021-04-09T09:00:00+02:00\"`; the parts of both."},
    {"years and months duration", "`@\"P1Y2M\"`; parts years, months."},
    {"days and time duration", "`@\"P1DT2H\"`; parts days, hours, minutes, seconds."},
    {"list, context, range", "See the operators; a range has the parts start and end."},
};

constexpr std::string_view kOutside[] = {
    "`for`, filters and positions (`list[1]`, `list[item > 2]`), `instance of`, powers (`**`), functions of one's own, external "
    "functions",
    "every function that is not in the table, arguments by name",
    "order and concatenation of strings, escapes and non-ASCII letters in texts",
    "names with blanks, signs or non-ASCII letters (`time offset` among them), numbers with an exponent",
    "a comparison alone as a value (`(< 10)`), a range with a null end, counting through a range (`some i in 1..3`)",
    "hit policy O (output order) of decision tables",
};

std::string table(std::string_view first, std::string_view second, std::span<const Row> rows) {
  std::string out = fmt::format("| {} | {} |\n|---|---|\n", first, second);
  for (const Row& row : rows) out += fmt::format("| {} | {} |\n", row.form, row.meaning);
  return out;
}

}  // namespace

std::string render_profile() {
  std::string out =
      "# The FEEL profile\n\n"
      "Guards, `flora feel` and decision tables speak a total, deterministic part of FEEL (DMN 1.5). Inside it the value is the "
      "one DMN defines; what DMN makes null is "
      "null. Outside it the answer is the error `not_in_profile` with a column, never a wrong value. This page is generated from "
      "the registry in `src/feel`.\n\n";
  out += "## Values\n\n" + table("Kind", "How it is written", kKinds);
  out += "\n## Operators\n\n" + table("Form", "Meaning", kOperators);
  out += "\n## Functions\n\n| Function | Meaning |\n|---|---|\n";
  for (const FunctionEntry& f : all_functions()) out += fmt::format("| `{}` | {} |\n", f.signature, f.meaning);
  out +=
      "\n## Decision tables\n\n"
      "Hit policies U (unique), A (any), P (priority, by the order of the output values), F (first), R (rule order), C "
      "(collect), and C with SUM, MIN, MAX or COUNT (C+ C< C> "
      "C#). A cell holds unary tests: `-`, values, ranges, comparisons without left side, `not(...)`, expressions with `?`. "
      "Without a hit the default outputs count, "
      "else null (0 for C#).\n\n"
      "## Not in the profile\n\n";
  for (const auto line : kOutside) out += fmt::format("- {}\n", line);
  out += fmt::format(
      "\n## Bounds\n\n"
      "An expression has at most {} characters, is nested at most {} deep and has at most {} operators in a row. A guard is "
      "loaded only if it provably ends within {} "
      "steps for the longest lists its names can hold; plain evaluation stops there with the error `bound`.\n\n"
      "Guards are typed when they load: an unknown name, a comparison of different kinds, a text that is no code of its list or "
      "a malformed date is an error with line "
      "and column. Plain evaluation makes them null, as DMN does. A guard may name only the zones its calendars define.\n",
      base::limits::kGuardCharsMax, kNestingMax, kHeightMax, base::limits::kGuardStepsMax);
  return out;
}

}  // namespace flora::feel
