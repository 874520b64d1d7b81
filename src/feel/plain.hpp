// SPDX-License-Identifier: EUPL-1.2
// Expressions and unary tests compiled for plain evaluation: what evaluate() and decision tables are made of.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "feel/evaluate.hpp"
#include "feel/parser.hpp"
#include "feel/program.hpp"

namespace flora::feel {

// Names of a context that the profile cannot read ("Full Name", "Date-Time"). An expression in which one of them occurs would be
// read as something else, so it is refused.
class OddNames {
 public:
  explicit OddNames(const Value& context);
  std::optional<Problem> find_in(std::string_view source) const;

 private:
  std::vector<std::string> names_;
};

class Plain {
 public:
  static tl::expected<Plain, Problem> expression(std::string_view source, const OddNames& odd, const Environment& environment);
  static tl::expected<Plain, Problem> tests(std::string_view source, const OddNames& odd, const Environment& environment);
  // `input`: for tests; nullptr otherwise.
  tl::expected<Value, Problem> value(const Value& context, const Value* input, Budget& budget) const;

 private:
  static tl::expected<Plain, Problem> make(const Parsed& parsed, const Environment& environment, bool tests);
  std::shared_ptr<const Program> program_;
};

}  // namespace flora::feel
