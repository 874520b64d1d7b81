// SPDX-License-Identifier: EUPL-1.2
// What can be said about a value before it is there: its type and how large it can get. Used to refuse ill-typed guards and to
// prove their cost.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "feel/ast.hpp"
#include "feel/type.hpp"

namespace flora::feel {

using TypeKind = Type::Kind;

// Sums and products that stay at a large number instead of overflowing.
inline constexpr std::uint64_t kManySteps = 1ULL << 40;
inline std::uint64_t many(std::uint64_t n) { return std::min(n, kManySteps); }
inline std::uint64_t many_times(std::uint64_t a, std::uint64_t b) { return a != 0 && b > kManySteps / a ? kManySteps : a * b; }

// Upper bounds: items of a list, all values within it, and entries of the widest context in it.
struct Size {
  std::uint64_t items = 1, nodes = 1, width = 0;
};
Size size_of(const Type& type);
Size size_of(const Value& value);
inline Size larger(const Size& a, const Size& b) {
  return {std::max(a.items, b.items), std::max(a.nodes, b.nodes), std::max(a.width, b.width)};
}
// What equal(a, b), and what property(a, name) can cost at most.
std::uint64_t equality_cost(const Size& a, const Size& b);
std::uint64_t property_cost(const Size& a);

Type type_of(const Value& value);

// An ill-typed operation, in words; or FEEL that the profile does not have.
struct Complaint {
  std::string message;
  bool outside_profile = false;
};

// The type of a result. `complaint` is set if the operation can only be null for these types.
Type arithmetic_type(NodeKind op, const Type& a, const Type& b, std::optional<Complaint>& complaint);
void check_equal(const Type& a, const Type& b, std::optional<Complaint>& complaint);
void check_order(const Type& a, const Type& b, std::optional<Complaint>& complaint);
Type property_type(const Type& of, std::string_view name, std::optional<Complaint>& complaint);
Type call_type(Function function, const std::vector<Type>& arguments, std::optional<Complaint>& complaint);
Type join(const Type& a, const Type& b);  // of two branches or items
bool fits(const Type& type, TypeKind wanted);

}  // namespace flora::feel
