// SPDX-License-Identifier: EUPL-1.2
// Any bytes as an expression, as unary tests, as a guard and as a batch line. What is read must print, and print the same again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "feel/evaluate.hpp"
#include "feel/guard.hpp"
#include "feel/value_json.hpp"

namespace {

using namespace flora::feel;

const Declarations& names() {
  static const Declarations kNames = [] {
    Declarations out;
    const std::vector<Member> members = {
        {"a", Type::number()}, {"b", Type::code({"x", "y"})}, {"data.b", Type::code({"x", "y"})}, {"at", Type::date_time()}};
    out.variables = {Variable::record("fact", members), Variable::records("s", members, 8), Variable::record("last.s", members),
                     Variable::scalar("t", Type::date_time())};
    out.calendars = &flora::calendar::builtin_calendars();
    return out;
  }();
  return kNames;
}

class Nothing final : public Resolver {
 public:
  Value get(std::uint16_t, std::uint16_t) const override { return {}; }
  bool present(std::uint16_t) const override { return false; }
  std::uint32_t count(std::uint16_t) const override { return 3; }
  Value get_at(std::uint16_t, std::uint32_t index, std::uint16_t) const override { return Value::number(index); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Environment environment{&flora::calendar::builtin_calendars(), &flora::calendar::builtin_calendars()};
  const Value context = Value::context({{"a", Value::number(1)}, {"l", Value::list({Value::number(1), Value::borrowed("x")})}});
  if (const auto value = evaluate(text, context, environment)) {
    const std::string json = to_json(*value);
    const auto plain = parse_plain_json(json);
    if (plain) {
      const auto again = interpret_json(*plain, environment.zones);
      if (again) FLORA_CHECK(to_json(*again) == json, "a value prints the same when it was read again");
    }
  }
  (void)evaluate_unary(text, "1", context, environment);
  if (const auto guard = Guard::compile(text, names(), Type())) {
    FLORA_CHECK(guard->steps_max() > 0, "a guard takes a step");
    (void)guard->evaluate(Nothing());
  }
  (void)check_syntax(text);
  const auto answer = answer_batch_line(text, environment);
  FLORA_CHECK(!answer.line.empty(), "every line is answered");
  return 0;
}
