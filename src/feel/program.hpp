// SPDX-License-Identifier: EUPL-1.2
// A compiled expression: a list of instructions for a small stack machine. Jumps lead forward but for the one that closes a loop,
// and a loop ends with its list: every program ends.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "feel/functions.hpp"
#include "feel/guard.hpp"
#include "feel/problem.hpp"
#include "feel/value.hpp"

namespace flora::feel {

//                  operands of the instruction                      effect on the stack (top to the right)
enum class Op : std::uint8_t {
  kConstant,    // b: constant                                    -> v
  kDynamic,     // b: name                                        -> v         entry of the given context, or null
  kGet,         // a: variable, b: member                         -> v
  kRecord,      // a: variable                                    -> context or null
  kRecords,     // a: variable                                    -> list of contexts
  kColumn,      // a: variable, b: member                         -> list
  kCount,       // a: variable                                    -> number
  kPresent,     // a: variable, x: 1 = present, 0 = absent        -> boolean
  kItem,        // a: loop, b: variable                           -> context
  kItemMember,  // a: loop, b: variable << 16 | member            -> v
  kLocal,       // b: slot                                        -> v
  kStore,       // b: slot                                        v ->
  kProperty,    // b: name                                        v -> v
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kCompare,         // x: Compare                                     v w -> truth
  kCompareMember,   // a: variable, b: member << 16 | constant, x: Compare   -> truth
  kCompareCount,    // a: variable, b: constant, x: Compare           -> truth
  kBetween,         //                                                v low high -> truth
  kJumpIfFalse,     // b: target                                      v -> v       jumps if v is false
  kJumpIfTrue,      // b: target                                      v -> v       jumps if v is true
  kJumpUnlessTrue,  // b: target                                      v ->
  kJump,            // b: target
  kAnd,
  kOr,           //                                                v w -> truth
  kNot,          //                                                v -> truth
  kTruth,        //                                                v -> truth   null unless a boolean
  kInRange,      // x: 1 = low included, 2 = high included         v low high -> truth
  kTestValue,    // x: 1 = a boolean is its own answer             v test -> truth
  kMakeList,     // b: items                                       ... -> list
  kMakeContext,  // b: shape                                       -> context   from its slots
  kMakeRange,    // x: as kInRange                                 low high -> range or null
  kCall,         // a: Function, x: arguments                      ... -> v
  kLoopList,     // a: loop, b: end, x: 1 = every                  list -> truth    begins with false (some) or true (every)
  kLoopRecords,  // a: loop, b: variable, x: 1 = every             -> truth
  kLoopNext,     // a: loop, b: end; the item goes to the loop's slot, jumps if there is none left
  kLoopFold,     // a: loop, b: end, x: 1 = every                  acc v -> acc     jumps if decided
};

struct Instruction {
  Op op;
  std::uint8_t x = 0;
  std::uint16_t a = 0;
  std::uint32_t b = 0;
};

struct ContextShape {
  std::vector<std::string> names;
  std::vector<std::uint32_t> slots;
};

struct CompiledRecord {
  std::vector<std::pair<std::string, std::uint16_t>> members;  // without dotted ones
};

struct Program {
  std::string source;
  std::vector<Instruction> code;
  std::vector<std::uint32_t> offsets;  // of each instruction, in the source
  std::vector<Value> constants;
  std::vector<std::string> names;
  std::vector<ContextShape> shapes;
  std::vector<CompiledRecord> records;    // by variable
  std::vector<std::uint32_t> loop_slots;  // slot of each loop's item
  std::uint32_t slots = 0;
  std::uint32_t stack_max = 0;
  Surroundings around;

  // What is known of it, for guards.
  std::uint32_t steps_max = 0;
  Type type;
  std::vector<Read> reads;
  bool closed = false;
  std::vector<Atom> atoms;
};

// Where names lead while a program runs: to a resolver (guards) or into a context (plain evaluation).
struct Source {
  const Resolver* resolver = nullptr;
  const Value* context = nullptr;
  const Value* input = nullptr;  // of a unary test: put into slot 0
};

struct Ran {
  Value value;
  const char* outside = nullptr;  // not in the profile, at `offset`
  bool exhausted = false;         // the budget was not enough
  std::uint32_t offset = 0;
};
Ran run(const Program& program, const Source& source, Budget& budget);

}  // namespace flora::feel
