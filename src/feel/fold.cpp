// SPDX-License-Identifier: EUPL-1.2
#include "feel/compiler.hpp"

namespace flora::feel {

namespace {

bool is_constructor(Function f) {
  return f == Function::kDate || f == Function::kTime || f == Function::kDateAndTime || f == Function::kDuration;
}

std::optional<Value> fold(const Ast& ast, const Node& node, const Surroundings& around,
                          const std::vector<std::optional<Value>>& known) {
  const auto gather = [&]() -> std::optional<List> {
    List out;
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const auto& v = known[ast.child(node, i)];
      if (!v) return std::nullopt;
      out.push_back(*v);
    }
    return out;
  };
  switch (node.kind) {
    case NodeKind::kConstant: return ast.constants[node.first_name];
    case NodeKind::kTemporal: return read_temporal(node.text, around.zones);
    case NodeKind::kMinus:
      if (known[node.a] && known[node.a]->kind() == Kind::kNumber) return negate(*known[node.a]);
      return std::nullopt;
    case NodeKind::kList: {
      auto items = gather();
      return items ? std::optional(Value::list(*std::move(items))) : std::nullopt;
    }
    case NodeKind::kCall: {
      if (!is_constructor(node.function)) return std::nullopt;
      const auto arguments = gather();
      if (!arguments) return std::nullopt;
      Budget budget{1'000'000};
      return apply(node.function, *arguments, around, budget).value;
    }
    case NodeKind::kRange: {
      const auto &low = known[node.a], &high = known[node.b];
      if (!low || !high || !can_bound(*low, *high)) return std::nullopt;
      return Value::range({*low, *high, node.low_included, node.high_included});
    }
    default: return std::nullopt;
  }
}

class AtomFinder {
 public:
  AtomFinder(const Ast& ast, const std::vector<Binding>& bindings, const std::vector<std::optional<Value>>& constants,
             const Declarations& names, std::vector<Atom>& atoms)
      : ast_(ast), bindings_(bindings), constants_(constants), names_(names), atoms_(atoms) {}

  bool closed(NodeIndex i) {
    const Node& node = ast_.at(i);
    switch (node.kind) {
      case NodeKind::kConstant: return true;
      case NodeKind::kAnd:
      case NodeKind::kOr: {
        const bool left = closed(node.a);
        return closed(node.b) && left;
      }
      case NodeKind::kIf: {
        const bool condition = closed(node.a), yes = closed(node.b);
        return closed(node.c) && condition && yes;
      }
      case NodeKind::kCall: return node.function == Function::kNot && node.count == 1 && closed(ast_.child(node, 0));
      case NodeKind::kCompare: return comparison(node);
      case NodeKind::kBetween: return atom(node.a, Compare::kGreaterEqual, node.b) && atom(node.a, Compare::kLessEqual, node.c);
      case NodeKind::kIn: return test(node.a, ast_.child(node, 0));
      case NodeKind::kName:
      case NodeKind::kPath: return flag(i);
      default: return false;
    }
  }

 private:
  std::optional<Read> operand(NodeIndex i, Atom::Operand& sort) const {
    const Node& node = ast_.at(i);
    sort = Atom::Operand::kMember;
    if (node.kind == NodeKind::kName || node.kind == NodeKind::kPath) {
      const Binding& b = bindings_[i];
      if (b.kind == Binding::Kind::kMember && !b.partial_member) return Read{b.variable, b.member};
      if (b.kind == Binding::Kind::kVariable && names_.variables[b.variable].shape == Variable::Shape::kRecord)
        return Read{b.variable, kNoMember};
    }
    if (node.kind == NodeKind::kCall && node.function == Function::kCount && node.count == 1) {
      const Binding& b = bindings_[ast_.child(node, 0)];
      sort = Atom::Operand::kCount;
      if (b.kind == Binding::Kind::kVariable && names_.variables[b.variable].shape == Variable::Shape::kRecords)
        return Read{b.variable, kNoMember};
    }
    return std::nullopt;
  }

  bool add(NodeIndex who, Compare op, const Value& literal) {
    if (literal.kind() == Kind::kList || literal.kind() == Kind::kContext || literal.kind() == Kind::kRange) return false;
    Atom out;
    const auto read = operand(who, out.operand);
    if (!read) return false;
    // A record as a whole can only be asked whether it is there.
    if (out.operand == Atom::Operand::kMember && read->member == kNoMember && !literal.is_null()) return false;
    out.read = *read;
    out.compare = op;
    out.literal = literal;
    atoms_.push_back(std::move(out));
    return true;
  }

  bool atom(NodeIndex who, Compare op, NodeIndex literal) { return constants_[literal] && add(who, op, *constants_[literal]); }

  bool comparison(const Node& node) {
    if (constants_[node.b]) return atom(node.a, node.compare, node.b);
    Compare flipped = node.compare;
    if (node.compare == Compare::kLess) flipped = Compare::kGreater;
    if (node.compare == Compare::kLessEqual) flipped = Compare::kGreaterEqual;
    if (node.compare == Compare::kGreater) flipped = Compare::kLess;
    if (node.compare == Compare::kGreaterEqual) flipped = Compare::kLessEqual;
    return atom(node.b, flipped, node.a);
  }

  bool flag(NodeIndex i) {
    const Binding& b = bindings_[i];
    if (b.kind != Binding::Kind::kMember || b.partial_member) return false;
    if (names_.variables[b.variable].members[b.member].type.kind() != TypeKind::kBoolean) return false;
    return add(i, Compare::kEqual, Value::boolean(true));
  }

  bool ends(NodeIndex who, const Range& range) {
    return add(who, range.low_included ? Compare::kGreaterEqual : Compare::kGreater, *range.low) &&
           add(who, range.high_included ? Compare::kLessEqual : Compare::kLess, *range.high);
  }

  bool value_test(NodeIndex who, const Value& v) {
    if (const auto* range = v.as_range()) return ends(who, *range);
    if (const auto* list = v.as_list()) {
      for (const Value& item : *list) {
        if (!value_test(who, item)) return false;
      }
      return true;
    }
    return add(who, Compare::kEqual, v);
  }

  bool test(NodeIndex who, NodeIndex t) {
    const Node& node = ast_.at(t);
    if (node.kind == NodeKind::kTestCompare) return atom(who, node.compare, node.a);
    if (node.kind == NodeKind::kTestList) {
      for (std::uint32_t i = 0; i < node.count; ++i) {
        if (!test(who, ast_.child(node, i))) return false;
      }
      return true;
    }
    return constants_[t] && value_test(who, *constants_[t]);
  }

  const Ast& ast_;
  const std::vector<Binding>& bindings_;
  const std::vector<std::optional<Value>>& constants_;
  const Declarations& names_;
  std::vector<Atom>& atoms_;
};

}  // namespace

std::vector<std::optional<Value>> fold_constants(const Ast& ast, const Surroundings& around) {
  std::vector<std::optional<Value>> out(ast.nodes.size());
  for (std::size_t i = 0; i < ast.nodes.size(); ++i) out[i] = fold(ast, ast.nodes[i], around, out);  // children come first
  return out;
}

bool find_atoms(const Ast& ast, const std::vector<Binding>& bindings, const std::vector<std::optional<Value>>& constants,
                const Declarations& names, std::vector<Atom>& atoms) {
  return AtomFinder(ast, bindings, constants, names, atoms).closed(ast.root);
}

}  // namespace flora::feel
