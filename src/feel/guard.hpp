// SPDX-License-Identifier: EUPL-1.2
// Guards: expressions that are compiled once against declared names and types, with a proven bound on their cost, and then
// evaluated often. The profile is process-language section 4 (docs/reference/feel-profile.md).
//
//   Declarations names;                                      // once per definition
//   names.variables.push_back(Variable::record("fact", {{"result", Type::code({"positive", "negative"})}, {"at",
//   Type::date_time()}})); names.variables.push_back(Variable::records("file_not_opened", {...}, 4096)); auto guard =
//   Guard::compile("count(file_not_opened) >= 2", names, Type::boolean()); guard->test(resolver) == Truth::kTrue
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "calendar/calendar.hpp"
#include "feel/problem.hpp"
#include "feel/type.hpp"
#include "feel/value.hpp"

namespace flora::feel {

struct Member {
  std::string name;
  Type type;
};

// One thing a guard may name. Its number is its place in Declarations::variables.
struct Variable {
  enum class Shape : std::uint8_t {
    kScalar,   // one value: ledger_time, tally.NAME
    kRecord,   // named members, or null as a whole: fact, last.STEP, case
    kRecords,  // a list of records: STEP
  };
  std::string path;  // "fact", "last.registered", "registered", "ledger_time"
  Shape shape = Shape::kScalar;
  Type type;                    // kScalar
  std::vector<Member> members;  // kRecord, kRecords; a name may be dotted ("data.result")
  std::uint32_t items_max = 0;  // kRecords: how long the list can get; enters the cost bound

  static Variable scalar(std::string path, Type type) { return {std::move(path), Shape::kScalar, std::move(type), {}, 0}; }
  static Variable record(std::string path, std::vector<Member> members) {
    return {std::move(path), Shape::kRecord, {}, std::move(members), 0};
  }
  static Variable records(std::string path, std::vector<Member> members, std::uint32_t items_max) {
    return {std::move(path), Shape::kRecords, {}, std::move(members), items_max};
  }
};

// What guards of one definition may name. Paths are unique; none is a prefix of another at a dot.
struct Declarations {
  std::vector<Variable> variables;
  // For workdays(a, b, "id") and zones by name; nullptr: none is known. Must outlive guards and their values.
  const calendar::Calendars* calendars = nullptr;
};

// Supplies the values while a guard is evaluated; implemented by the engine over its own state. Texts may be borrowed: they
// must live until the evaluation (and the use of its value) is over. Returning null is always allowed.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // A scalar (member 0), or a member of a record. A record that is null has only null members.
  virtual Value get(std::uint16_t variable, std::uint16_t member) const = 0;
  // Whether a record is there at all (`last.STEP = null` asks this).
  virtual bool present(std::uint16_t variable) const = 0;
  // Records: how many, and a member of one of them, 0 <= index < count.
  virtual std::uint32_t count(std::uint16_t variable) const = 0;
  virtual Value get_at(std::uint16_t variable, std::uint32_t index, std::uint16_t member) const = 0;
};

inline constexpr std::uint16_t kNoMember = 0xffff;

// One thing a guard reads: a variable, and which member; kNoMember: its count, or the whole of it.
struct Read {
  std::uint16_t variable = 0;
  std::uint16_t member = kNoMember;
  friend auto operator<=>(const Read&, const Read&) = default;
};

enum class Compare : std::uint8_t { kEqual, kUnequal, kLess, kLessEqual, kGreater, kGreaterEqual };

// A comparison of one member of a record (or one scalar) or of count(records) with a literal, as closed guards are made of.
struct Atom {
  enum class Operand : std::uint8_t { kMember, kCount } operand = Operand::kMember;
  Read read;
  Compare compare = Compare::kEqual;
  Value literal;
};

struct Program;

class Guard {
 public:
  // Checks everything: syntax, profile, names, types, bound (limits::kGuardStepsMax). `result`: what the guard must yield (any:
  // anything). Errors: the first problem by position.
  static tl::expected<Guard, Problem> compile(std::string_view source, const Declarations& names, const Type& result);

  // Total and deterministic; ends after at most steps_max() steps; does not allocate if closed. Any thread.
  Truth test(const Resolver& resolver) const;
  // The value; null where FEEL has none.
  Value evaluate(const Resolver& resolver) const;

  const std::string& source() const;
  std::uint32_t steps_max() const;  // proven bound
  const Type& type() const;
  std::span<const Read> reads() const;  // sorted, unique
  bool reads_variable(std::uint16_t variable) const;
  // A Boolean combination of atoms, and nothing else.
  bool is_closed() const;
  std::span<const Atom> atoms() const;  // in order of the source; complete only if closed

  Guard(Guard&&) noexcept;
  Guard& operator=(Guard&&) noexcept;
  Guard(const Guard&);
  Guard& operator=(const Guard&);
  ~Guard();

 private:
  explicit Guard(std::shared_ptr<const Program> program);
  std::shared_ptr<const Program> program_;
};

// Syntax and profile alone, without names and types: all problems that can be told apart, in order of position.
std::vector<Problem> check_syntax(std::string_view source);

}  // namespace flora::feel
