// SPDX-License-Identifier: EUPL-1.2
// The operators of FEEL on values. What DMN makes null is null; what the profile leaves out (order and concatenation of
// strings) is `Outside`. Costs are counted so that no operation escapes the step bound.
#pragma once
#include <cstdint>

#include "feel/guard.hpp"
#include "feel/value.hpp"

namespace flora::feel {

// Steps that may still be taken; an evaluation that runs out ends with ProblemKind::kBound.
struct Budget {
  std::int64_t left = 0;
  bool spend(std::int64_t steps) {
    left -= steps;
    return left >= 0;
  }
};

// The result of an operator: a value, or a remark that the profile does not have this operation on these values.
struct Outcome {
  Value value;
  const char* outside = nullptr;  // a sentence, if outside the profile
};

Outcome add(const Value& a, const Value& b);
Outcome subtract(const Value& a, const Value& b);
Outcome multiply(const Value& a, const Value& b);
Outcome divide(const Value& a, const Value& b);
Value negate(const Value& a);

// DMN 1.5, table "general semantics of equality": null where the kinds differ (but anything against null is plain).
Truth equal(const Value& a, const Value& b, Budget& budget);
inline Truth negate(Truth t) { return t == Truth::kNull ? t : t == Truth::kTrue ? Truth::kFalse : Truth::kTrue; }
inline Truth conjunction(Truth a, Truth b) {
  return a == Truth::kFalse || b == Truth::kFalse ? Truth::kFalse
         : a == Truth::kTrue && b == Truth::kTrue ? Truth::kTrue
                                                  : Truth::kNull;
}
inline Truth disjunction(Truth a, Truth b) { return negate(conjunction(negate(a), negate(b))); }

struct TruthOutcome {
  Truth truth = Truth::kNull;
  const char* outside = nullptr;
};
TruthOutcome compare(Compare op, const Value& a, const Value& b, Budget& budget);
// `input` within a range (all ends and the input of one kind that has an order).
TruthOutcome in_range(const Value& input, const Range& range, Budget& budget);
// `input` against the value of a test: equal to it, within it (range), or matched by one of its items (list).
TruthOutcome test_value(const Value& input, const Value& test, Budget& budget);

// value.name: an entry of a context, a part of a temporal value, or of each item of a list.
Value property(const Value& value, std::string_view name, Budget& budget);

// Whether two such ends can make a range: both of one kind that has an order, or one absent.
bool can_bound(const Value& low, const Value& high);

}  // namespace flora::feel
