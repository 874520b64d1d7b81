// SPDX-License-Identifier: EUPL-1.2
// From tree to program; with declarations, types, cost bound and what is read come with it.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "feel/ast.hpp"
#include "feel/guard.hpp"
#include "feel/program.hpp"
#include "feel/typing.hpp"

namespace flora::feel {

// What a name or path stands for.
struct Binding {
  enum class Kind : std::uint8_t {
    kNone,      // nothing special: a value with, perhaps, a part of it
    kPartial,   // the beginning of declared paths: "last"
    kVariable,
    kMember,    // of a record
    kColumn,    // the member of every record in a list
    kSlot,      // a local value
    kItem,      // the record a loop is at
    kItemMember,
    kDynamic,   // an entry of the context
  } kind = Kind::kNone;
  std::uint16_t variable = 0, member = 0, loop = 0;
  std::uint32_t slot = 0;
  std::string partial;  // what was read so far, for kPartial and dotted members
  bool partial_member = false;
};

struct Compiled {
  std::shared_ptr<Program> program;  // only if there is no problem
  std::vector<Problem> problems;     // in order of position
};

// `names` nullptr: plain evaluation; names lead into the context, nothing is ill-typed, no bound is computed.
// `with_input`: unary tests; slot 0 holds the input.
Compiled compile(const Ast& ast, const Declarations* names, const Surroundings& around, bool with_input);

// The constants an expression is made of, by node: literals, and lists, ranges and temporal constructors of them.
std::vector<std::optional<Value>> fold_constants(const Ast& ast, const Surroundings& around);

// Whether the tree is closed: a Boolean combination of comparisons of members and counts with constants; the atoms in order.
bool find_atoms(const Ast& ast, const std::vector<Binding>& bindings, const std::vector<std::optional<Value>>& constants,
                const Declarations& names, std::vector<Atom>& atoms);

}  // namespace flora::feel
