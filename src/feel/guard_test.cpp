// SPDX-License-Identifier: EUPL-1.2
#include "feel/guard.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <new>

#include "base/limits.hpp"
#include "base/random.hpp"
#include "feel/compiler.hpp"
#include "feel/parser.hpp"
#include "feel/value_json.hpp"

namespace {
std::size_t allocations = 0;
}
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace flora::feel {
namespace {

enum : std::uint16_t { kFact, kLast, kSteps, kTime, kTally, kShort };

Declarations names() {
  Declarations out;
  const std::vector<Member> members = {{"at", Type::date_time()},
                                       {"by", Type::string()},
                                       {"result", Type::code({"positive", "negative", "open"})},
                                       {"data.result", Type::code({"positive", "negative", "open"})},
                                       {"amount", Type::number()},
                                       {"day", Type::date()},
                                       {"minor", Type::boolean()}};
  out.variables = {Variable::record("fact", members),
                   Variable::record("last.check", members),
                   Variable::records("check", members, 100),
                   Variable::scalar("ledger_time", Type::date_time()),
                   Variable::scalar("tally.days", Type::list(Type::date(), 20)),
                   Variable::records("rare", members, 4)};
  out.calendars = &calendar::builtin_calendars();
  return out;
}

// Records as plain contexts.
class Fake final : public Resolver {
 public:
  std::map<std::uint16_t, std::vector<std::vector<Value>>> records;
  std::map<std::uint16_t, Value> scalars;

  Value get(std::uint16_t variable, std::uint16_t member) const override {
    if (const auto scalar = scalars.find(variable); scalar != scalars.end()) return scalar->second;
    return present(variable) ? records.at(variable)[0][member] : Value();
  }
  bool present(std::uint16_t variable) const override {
    const auto at = records.find(variable);
    return at != records.end() && !at->second.empty();
  }
  std::uint32_t count(std::uint16_t variable) const override {
    const auto at = records.find(variable);
    return at == records.end() ? 0 : static_cast<std::uint32_t>(at->second.size());
  }
  Value get_at(std::uint16_t variable, std::uint32_t index, std::uint16_t member) const override {
    return records.at(variable)[index][member];
  }
};

DateTime moment(std::string_view text) { return parse_date_time(text, &calendar::builtin_calendars()).value(); }
std::vector<Value> fact(std::string_view at, std::string_view result, std::int64_t amount, bool minor = false) {
  const DateTime when = moment(at);
  return {Value(Value::Storage(when)), Value::borrowed("clerk"),         Value::borrowed(result), Value::borrowed(result),
          Value::number(amount),       Value(Value::Storage(when.date)), Value::boolean(minor)};
}
Fake world() {
  Fake out;
  out.records[kFact] = {fact("2021-04-09T10:00:00@Europe/Berlin", "negative", 7, true)};
  out.records[kSteps] = {fact("2021-04-01T10:00:00@Europe/Berlin", "positive", 1),
                         fact("2021-04-09T10:00:00@Europe/Berlin", "negative", 7, true)};
  out.scalars[kTime] = Value(Value::Storage(moment("2021-04-12T00:00:00@Europe/Berlin")));
  out.scalars[kTally] = Value::list({Value::date(18'000), Value::date(18'001)});
  return out;
}

Guard guard(std::string_view source, const Type& result = Type()) {
  auto out = Guard::compile(source, names(), result);
  EXPECT_TRUE(out) << source << ": " << (out ? "" : out.error().message);
  return *out;
}
std::string value(std::string_view source) { return to_json(guard(source).evaluate(world())); }
std::string problem(std::string_view source, const Type& result = Type()) {
  const auto out = Guard::compile(source, names(), result);
  if (out) return "none";
  return std::string(to_text(out.error().kind)) + "@" + std::to_string(out.error().line) + ":" +
         std::to_string(out.error().column) + " " + out.error().message;
}

TEST(Guard, ReadsWhatItIsGiven) {
  EXPECT_EQ(value("fact.result = \"negative\""), "true");
  EXPECT_EQ(value("fact.data.result = \"negative\""), "true");
  EXPECT_EQ(value("fact.data.result in (\"positive\", \"open\")"), "false");
  EXPECT_EQ(value("count(check) >= 2"), "true");
  EXPECT_EQ(value("last.check = null"), "true");
  EXPECT_EQ(value("last.check.amount > 1"), "null");
  EXPECT_EQ(value("some c in check satisfies c.result = \"positive\" and c.at < fact.at"), "true");
  EXPECT_EQ(value("every c in check satisfies c.amount > 1"), "false");
  EXPECT_EQ(value("max(check.amount) - fact.amount"), "0");
  EXPECT_EQ(value("check.result"), "[\"positive\",\"negative\"]");
  EXPECT_EQ(value("list contains(tally.days, @\"2019-04-14\")"), "true");
  EXPECT_EQ(value("workdays(date(fact.at), ledger_time, \"de-sn\")"), "1");
  EXPECT_EQ(value("fact.day + @\"P1M\""), R"({"date":"2021-05-09"})");
  EXPECT_EQ(value("fact.day.year"), "2021");
  EXPECT_EQ(value("ledger_time - fact.at"), R"({"duration":"P2DT14H"})");
  EXPECT_EQ(value("fact.minor"), "true");
  EXPECT_EQ(value("{x: fact.amount, y: x * 2}.y"), "14");
  EXPECT_EQ(value("fact.amount in [1..fact.amount]"), "true");
  EXPECT_EQ(value("if fact.minor then 1 else 2"), "1");
  EXPECT_EQ(value("count(check.amount)"), "2");
  EXPECT_EQ(value("count([check])"), "1");
  EXPECT_EQ(value("some c in check satisfies c = fact"), "true");
}

TEST(Guard, SaysWhatIsIllTypedAndWhere) {
  EXPECT_EQ(problem("fact.nothing = 1"), R"(type@1:6 "fact" has no field "nothing")");
  EXPECT_EQ(problem("unknown = 1"), R"(type@1:1 there is no "unknown" here)");
  EXPECT_EQ(problem("last.unknown = null"), R"(type@1:6 there is no "last.unknown" here)");
  EXPECT_EQ(problem("last = null"), R"(type@1:1 "last" is not complete)");
  EXPECT_EQ(problem("fact.data = null"), R"(type@1:6 "data" is not complete)");
  EXPECT_EQ(problem("fact.amount = \"1\""), "type@1:13 number is never equal to string");
  EXPECT_EQ(problem("true and\n  fact.amount > \"a\""), "type@2:15 number cannot be compared with string");
  EXPECT_EQ(problem("fact.result = \"positve\""), R"(type@1:15 "positve" is no code of the list)");
  EXPECT_EQ(problem("fact.result in (\"open\", \"shut\")"), R"(type@1:25 "shut" is no code of the list)");
  EXPECT_EQ(problem("fact.result in [\"open\", \"shut\"]"), R"(type@1:16 "shut" is no code of the list)");
  EXPECT_EQ(problem("fact.result < \"open\"").substr(0, 19), "not_in_profile@1:13");
  EXPECT_EQ(problem("fact.amount and true"), "type@1:6 what is combined is number, not boolean");
  EXPECT_EQ(problem("fact.at > @\"2021-01-01\""),
            "type@1:9 a date is compared with a date and time: take date(...) of the latter");
  EXPECT_EQ(problem("fact.amount + fact.day"), "type@1:13 number + date has no value");
  EXPECT_EQ(problem("fact.day = @\"2021-02-30\""), R"(type@1:12 "2021-02-30" is no date, time or duration)");
  EXPECT_EQ(problem("fact.day = date(\"x\")"), "type@1:12 this is no date");
  EXPECT_EQ(problem("workdays(fact.day, fact.day, \"de-xx\") > 1"), R"(type@1:30 there is no calendar "de-xx")");
  EXPECT_EQ(problem("count(fact.amount) > 1"), "type@1:1 count() does not take number");
  EXPECT_EQ(problem("count()"), "type@1:1 count() is called as count(list)");
  EXPECT_EQ(problem("fact.day.hour = 1"), R"(type@1:10 date has no part "hour")");
  EXPECT_EQ(problem("some x in fact.amount satisfies true"), "type@1:16 what is gone through is number, not list");
  EXPECT_EQ(problem("fact.amount", Type::boolean()), "type@1:1 the guard yields number, not boolean");
  EXPECT_EQ(problem("fact.at = @\"2021-01-01T00:00:00@Asia/Dhaka\""),
            R"(type@1:11 "2021-01-01T00:00:00@Asia/Dhaka" is no date, time or duration)");
  EXPECT_EQ(problem("1 +"), "syntax@1:4 an expression is expected here, not the end");
  EXPECT_EQ(problem("now() > fact.at").substr(0, 18), "not_in_profile@1:1");
  EXPECT_EQ(problem("min(check.result) = \"open\"").substr(0, 18), "not_in_profile@1:1");
  EXPECT_EQ(problem("fact.amount > 1", Type::boolean()), "none");
  EXPECT_EQ(problem("null = fact.amount"), "none");
}

TEST(Guard, ProvesItsBound) {
  EXPECT_LT(guard("count(check) >= 2").steps_max(), 10u);
  EXPECT_GT(guard("some c in check satisfies c.amount > 1").steps_max(), 100u);
  EXPECT_EQ(problem("some a in check, b in check, c in check satisfies a.amount + b.amount = c.amount").substr(0, 9),
            "bound@1:1");
  EXPECT_EQ(problem("some a in rare, b in rare, c in rare satisfies a.amount + b.amount = c.amount"), "none");
}

TEST(Guard, KnowsWhatItReads) {
  const Guard g = guard("fact.result = \"open\" and count(check) > 1 and last.check != null");
  const std::vector<Read> wanted = {{kFact, 2}, {kLast, kNoMember}, {kSteps, kNoMember}};
  EXPECT_EQ(std::vector<Read>(g.reads().begin(), g.reads().end()), wanted);
  EXPECT_TRUE(g.reads_variable(kLast));
  EXPECT_FALSE(g.reads_variable(kTime));
}

TEST(Guard, TellsClosedFromOpen) {
  for (const auto* closed :
       {"count(check) >= 2", "fact.result = \"open\"", "\"open\" = fact.result", "not(fact.minor)", "fact.amount between 1 and 5",
        "fact.amount in [1..5]", "fact.amount in (1, > 5)", "fact.result in [\"open\", \"positive\"]",
        "last.check = null or last.check.amount < 3 and true", "if fact.minor then count(check) > 1 else fact.amount = -1",
        "fact.day >= @\"2021-01-01\"", "fact.amount = null", "fact.data.result != \"open\""}) {
    EXPECT_TRUE(guard(closed).is_closed()) << closed;
    EXPECT_FALSE(guard(closed).atoms().empty()) << closed;
  }
  for (const auto* open :
       {"fact.amount = last.check.amount", "fact.amount + 1 > 2", "some c in check satisfies c.minor",
        "workdays(fact.day, fact.day, \"de-sn\") > 1", "fact.day.year = 2021", "count(tally.days) > 1", "fact.at < ledger_time",
        "max(check.amount) > 1", "1", "\"x\" = fact.by or count(check.amount) > 1 + 1"}) {
    const Guard g = guard(open);
    EXPECT_TRUE(!g.is_closed() || g.atoms().empty()) << open;
  }
  const Guard g = guard("3 < count(check) and fact.amount in [1..5)");
  ASSERT_EQ(g.atoms().size(), 3u);
  EXPECT_EQ(g.atoms()[0].operand, Atom::Operand::kCount);
  EXPECT_EQ(g.atoms()[0].compare, Compare::kGreater);
  EXPECT_EQ(g.atoms()[1].compare, Compare::kGreaterEqual);
  EXPECT_EQ(g.atoms()[2].compare, Compare::kLess);
  EXPECT_EQ(to_json(g.atoms()[2].literal), "5");
}

TEST(Guard, DoesNotAllocateWhenClosed) {
  const Fake fake = world();
  for (const auto* source :
       {"count(check) >= 2", "fact.result = \"negative\" and fact.amount between 1 and 10",
        "fact.result in (\"open\", \"positive\") or fact.amount > 3", "last.check = null",
        "fact.result in [\"open\", \"positive\"] or not(fact.minor)", "if fact.minor then count(check) > 1 else false"}) {
    const Guard g = guard(source);
    ASSERT_TRUE(g.is_closed());
    const std::size_t before = allocations;
    const Truth truth = g.test(fake);
    EXPECT_EQ(allocations, before) << source;
    EXPECT_NE(truth, Truth::kNull) << source;
  }
}

// Random guards, most of them well typed, over the names above.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}
  std::string boolean(int depth) {
    if (depth == 0)
      return pick({"fact.minor", "true", "null", "last.check = null", "count(check) > 1", "fact.result = \"open\""});
    switch (random_.below(9)) {
      case 0: return "(" + boolean(depth - 1) + " and " + boolean(depth - 1) + ")";
      case 1: return "(" + boolean(depth - 1) + " or " + boolean(depth - 1) + ")";
      case 2: return "not(" + boolean(depth - 1) + ")";
      case 3: return "(" + number(depth - 1) + pick({" < ", " >= ", " = ", " != "}) + number(depth - 1) + ")";
      case 4:
        return "(" + number(depth - 1) + " in (" + number(depth - 1) + ", > " + number(depth - 1) + ", [1.." + number(depth - 1) +
               "]))";
      case 5: return "(some v in rare satisfies v.amount = " + number(depth - 1) + " or v = fact)";
      case 6: return "(every v in [" + number(depth - 1) + ", 2], w in [v, 1] satisfies v > w)";
      case 7: return "list contains(rare.amount, " + number(depth - 1) + ")";
      default: return "([" + number(depth - 1) + ", rare] = [1, rare])";
    }
  }
  std::string number(int depth) {
    if (depth == 0) return pick({"1", "0.5", "fact.amount", "last.check.amount", "count(rare)"});
    switch (random_.below(6)) {
      case 0: return "(" + number(depth - 1) + pick({" + ", " - ", " * ", " / "}) + number(depth - 1) + ")";
      case 1: return "(if " + boolean(depth - 1) + " then " + number(depth - 1) + " else " + number(depth - 1) + ")";
      case 2: return "sum(" + number(depth - 1) + ", " + number(depth - 1) + ")";
      case 3: return "max(rare.amount)";
      case 4: return "{a: " + number(depth - 1) + ", b: [a, a]}.a";
      default: return "count([" + number(depth - 1) + ", {x: rare}])";
    }
  }

 private:
  std::string pick(std::initializer_list<const char*> from) { return *(from.begin() + random_.below(from.size())); }
  base::SeededRandom random_;
};

TEST(Guard, NeverTakesMoreStepsThanProven) {
  Fake full = world();
  full.records[kShort] = {full.records[kFact][0], full.records[kFact][0], full.records[kSteps][0], full.records[kFact][0]};
  full.records[kLast] = {full.records[kFact][0]};
  const Declarations declared = names();
  const Surroundings around{declared.calendars, declared.calendars};
  int run_count = 0;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    const std::string source = Maker(seed).boolean(static_cast<int>(seed % 5));
    const Parsed parsed = parse_expression(source);
    if (!parsed.problems.empty()) continue;
    const Compiled compiled = compile(*parsed.ast, &declared, around, false);
    if (!compiled.problems.empty()) continue;
    ++run_count;
    for (const Fake& fake : {full, world(), Fake()}) {
      Budget budget{compiled.program->steps_max};
      Source from;
      from.resolver = &fake;
      const Ran ran = run(*compiled.program, from, budget);
      EXPECT_FALSE(ran.exhausted) << source;
      EXPECT_EQ(ran.outside, nullptr) << source;
    }
  }
  EXPECT_GT(run_count, 1'000);
}

TEST(CheckSyntax, ListsWhatCanBeToldApart) {
  EXPECT_TRUE(check_syntax("count(a) > 1").empty());
  const auto problems = check_syntax("\"\\n\" = 1e3 or x[1]");
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].column, 1u);
  EXPECT_EQ(problems[1].column, 8u);
  EXPECT_EQ(problems[2].column, 16u);
  const auto second_line = check_syntax("true and\n  )");
  ASSERT_EQ(second_line.size(), 1u);
  EXPECT_EQ(second_line[0].line, 2u);
  EXPECT_EQ(second_line[0].column, 3u);
}

}  // namespace
}  // namespace flora::feel
