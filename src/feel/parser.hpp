// SPDX-License-Identifier: EUPL-1.2
// From text to tree. Recursion is bounded by kNestingMax, the height of the tree by kHeightMax.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "feel/ast.hpp"
#include "feel/problem.hpp"

namespace flora::feel {

// Brackets within brackets, and other things a parser calls itself for.
inline constexpr int kNestingMax = 64;
// Longest way from the root to a leaf: a chain of a thousand operators is no guard any more.
inline constexpr int kHeightMax = 1024;

struct Parsed {
  std::shared_ptr<const Ast> ast;  // only if there is no problem
  std::vector<Problem> problems;   // in order of position
};

Parsed parse_expression(std::string_view source);
// "-", "not(...)", or tests divided by commas. The root is a kTestList.
Parsed parse_unary_tests(std::string_view source);

}  // namespace flora::feel
