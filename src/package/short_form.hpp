// SPDX-License-Identifier: EUPL-1.2
// The short form of relations. A rule's line reads `{id: A4, condition: [A, B] before C, level: attention}`, but YAML takes the
// bracket for the whole value. This puts the quotes in before YAML sees the line, and gives the columns back. Pure; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flora::package::yaml {

class ShortForm {
 public:
  ShortForm(std::string_view source, const std::vector<std::string_view>& relations);
  const std::string& text() const { return text_; }
  // A column of text() (in characters, from 1) as a column of the source.
  std::uint32_t original_column(std::uint32_t line, std::uint32_t column) const;

 private:
  std::string text_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> inserted_;  // line, column in text_; ascending
};

}  // namespace flora::package::yaml
