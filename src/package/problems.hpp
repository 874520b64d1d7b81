// SPDX-License-Identifier: EUPL-1.2
// Collects everything that is wrong with a package. Not shared between threads.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "package/load.hpp"
#include "package/yaml.hpp"

namespace flora::package {

class Problems {
 public:
  void error(std::string_view check, const Place& place, std::string_view element, std::string sentence, std::string hint = {});
  void warning(std::string_view check, const Place& place, std::string_view element, std::string sentence, std::string hint = {});
  bool has_error() const { return errors_ > 0; }
  std::size_t size() const { return all_.size(); }
  // Whether an error was found in this element: then what was read of it must not be judged further.
  bool is_broken(std::string_view element) const { return broken_.find(element) != broken_.end(); }
  // In order of file, line and column, then of check and sentence.
  std::vector<Problem> take();

 private:
  std::vector<Problem> all_;
  std::size_t errors_ = 0;
  std::set<std::string, std::less<>> broken_;
};

// The candidate that was probably meant, or empty: at most two letters wrong, swapped, missing or too many.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);
// "Did you mean 'x'?", else "Possible here: a, b, c." for a short list, else empty.
std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace flora::package
