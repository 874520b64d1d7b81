// SPDX-License-Identifier: EUPL-1.2
// The tree of an expression: nodes in one array, children before their parents.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feel/functions.hpp"
#include "feel/value.hpp"

namespace flora::feel {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = 0xffffffff;

enum class NodeKind : std::uint8_t {
  kConstant,  // constants[a]
  kTemporal,  // @"...": text
  kName,      // text
  kQuestion,  // the input of a unary test
  kPath,      // a.text
  kMinus,     // -a
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kCompare,  // a <op> b
  kAnd,
  kOr,
  kBetween,  // a between b and c
  kIn,       // a in children: true if one of the tests is
  kIf,       // if a then b else c
  kSome,
  kEvery,        // children: domain, domain, ..., body; names: one per domain
  kCall,         // function(children)
  kList,         // children
  kContext,      // names: children
  kRange,        // a..b, open or closed
  kTestCompare,  // <op> a, against the input
  kTestList,     // children: tests, of which one must hold
};

struct Node {
  NodeKind kind = NodeKind::kConstant;
  Compare compare = Compare::kEqual;
  Function function = Function::kNot;
  bool low_included = false, high_included = false;  // kRange
  bool uses_question = false;                        // somewhere in it
  std::uint32_t offset = 0;                          // where a message about it points
  NodeIndex a = kNoNode, b = kNoNode, c = kNoNode;
  std::uint32_t first = 0, count = 0;  // Ast::children
  std::uint32_t first_name = 0;        // Ast::names
  std::string_view text = {};          // points into Ast::source
  std::uint16_t height = 1;
};

struct Ast {
  std::string source;
  std::vector<Node> nodes;
  std::vector<NodeIndex> children;
  std::vector<std::string> names;
  std::vector<Value> constants;
  NodeIndex root = kNoNode;
  bool negated = false;  // unary tests: not(...)
  bool any = false;      // unary tests: -

  const Node& at(NodeIndex i) const { return nodes[i]; }
  NodeIndex child(const Node& node, std::uint32_t i) const { return children[node.first + i]; }
};

}  // namespace flora::feel
