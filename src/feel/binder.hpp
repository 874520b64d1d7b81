// SPDX-License-Identifier: EUPL-1.2
// Where names lead: to declared variables and their members, to local values, or into a context.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "feel/ast.hpp"
#include "feel/guard.hpp"
#include "feel/typing.hpp"

namespace flora::feel {

// What a name or path stands for.
struct Binding {
  enum class Kind : std::uint8_t {
    kNone,     // nothing special: a value with, perhaps, a part of it
    kPartial,  // the beginning of declared paths: "last"
    kVariable,
    kMember,  // of a record
    kColumn,  // the member of every record in a list
    kSlot,    // a local value
    kItem,    // the record a loop is at
    kItemMember,
    kDynamic,  // an entry of the context
  } kind = Kind::kNone;
  std::uint16_t variable = 0, member = 0, loop = 0;
  std::uint32_t slot = 0;
  std::string partial;  // what was read so far, for kPartial and dotted members
  bool partial_member = false;
};

// What is known of a value that some instructions leave on the stack.
struct Known {
  Type type;
  Size size;
  std::uint64_t steps = 0;  // to compute it, at most
};

// The members of a record as a value: those whose names are not dotted, with their numbers.
std::vector<std::pair<std::string, std::uint16_t>> plain_members(const Variable& variable);
Type record_type(const Variable& variable);

// A name that an expression itself introduces: of a quantifier, or an entry of a context literal.
struct Local {
  std::string name;
  Binding binding;
  Known known;
};

class Binder {
 public:
  // `names` nullptr: what is not local leads into the context. Complaints go to `problems`.
  Binder(const Ast& ast, const Declarations* names, std::vector<Problem>& problems)
      : ast_(ast), names_(names), problems_(problems), bindings_(ast.nodes.size()) {}

  // Of a kName or kPath node; worked out once, where the node stands.
  const Binding& bind(NodeIndex i);
  const std::vector<Binding>& bindings() const { return bindings_; }
  const Variable& variable(const Binding& b) const { return names_->variables[b.variable]; }

  bool is_record(NodeIndex i);                                 // a record as a whole: last.STEP
  std::optional<std::uint16_t> records_variable(NodeIndex i);  // a list of records as a whole: STEP

  std::size_t scope() const { return locals_.size(); }
  void enter(Local local) { locals_.push_back(std::move(local)); }
  void leave(std::size_t scope) { locals_.resize(scope); }
  const Known* known_of_slot(std::uint32_t slot) const;

 private:
  bool is_name(NodeIndex i) const { return ast_.at(i).kind == NodeKind::kName || ast_.at(i).kind == NodeKind::kPath; }
  Binding declared(const std::string& path, const Node& node);
  Binding bind_name(const Node& node);
  Binding bind_path(const Node& node);
  Binding bind_member(const Binding& record, Binding::Kind kind, const Node& node);

  const Ast& ast_;
  const Declarations* names_;
  std::vector<Problem>& problems_;
  std::vector<Binding> bindings_;
  std::set<NodeIndex> bound_;
  std::vector<Local> locals_;
};

}  // namespace flora::feel
