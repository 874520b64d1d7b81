// SPDX-License-Identifier: EUPL-1.2
// From tree to program; with declarations, types, cost bound and what is read come with it.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "feel/ast.hpp"
#include "feel/binder.hpp"
#include "feel/guard.hpp"
#include "feel/program.hpp"
#include "feel/typing.hpp"

namespace flora::feel {

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
