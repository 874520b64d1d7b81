// SPDX-License-Identifier: EUPL-1.2
// A set of steps: one machine word up to 64 steps, more words behind a pointer for wider processes, the same code path for
// both. A value; two sets that meet in an operation belong to the same definition and so have the same width.
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

#include "package/model.hpp"

namespace flora::process {

class StepSet {
 public:
  using Word = std::uint64_t;

  StepSet() = default;
  // Empty, able to hold steps 0 .. steps-1.
  explicit StepSet(std::size_t steps) : rest_(steps > 64 ? (steps - 1) / 64 : 0) {}
  static StepSet of(std::size_t steps, std::initializer_list<package::StepIndex> members) {
    StepSet set(steps);
    for (auto m : members) set.add(m);
    return set;
  }

  bool has(package::StepIndex s) const { return (word(s >> 6) >> (s & 63) & 1) != 0; }
  void add(package::StepIndex s) { word_ref(s >> 6) |= Word{1} << (s & 63); }
  void remove(package::StepIndex s) { word_ref(s >> 6) &= ~(Word{1} << (s & 63)); }
  void clear() {
    first_ = 0;
    for (auto& w : rest_) w = 0;
  }

  std::size_t words() const { return 1 + rest_.size(); }
  Word word(std::size_t i) const { return i == 0 ? first_ : rest_[i - 1]; }
  void set_word(std::size_t i, Word value) { word_ref(i) = value; }

  bool empty() const {
    Word all = first_;
    for (auto w : rest_) all |= w;
    return all == 0;
  }
  std::size_t size() const {
    int n = std::popcount(first_);
    for (auto w : rest_) n += std::popcount(w);
    return static_cast<std::size_t>(n);
  }

  StepSet& operator|=(const StepSet& other) {
    first_ |= other.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) rest_[i] |= other.rest_[i];
    return *this;
  }
  StepSet& operator&=(const StepSet& other) {
    first_ &= other.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) rest_[i] &= other.rest_[i];
    return *this;
  }
  StepSet& operator-=(const StepSet& other) {
    first_ &= ~other.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) rest_[i] &= ~other.rest_[i];
    return *this;
  }
  bool within(const StepSet& other) const {
    Word left = first_ & ~other.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) left |= rest_[i] & ~other.rest_[i];
    return left == 0;
  }
  // Whether this, `b` and `c` have a member in common; `without` is taken away first.
  bool meets(const StepSet& b) const {
    Word common = first_ & b.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) common |= rest_[i] & b.rest_[i];
    return common != 0;
  }
  bool meets(const StepSet& b, const StepSet& c) const {
    Word common = first_ & b.first_ & c.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) common |= rest_[i] & b.rest_[i] & c.rest_[i];
    return common != 0;
  }
  bool meets_outside(const StepSet& b, const StepSet& without) const {
    Word common = first_ & b.first_ & ~without.first_;
    for (std::size_t i = 0; i < rest_.size(); ++i) common |= rest_[i] & b.rest_[i] & ~without.rest_[i];
    return common != 0;
  }
  friend bool operator==(const StepSet&, const StepSet&) = default;

  // Calls visit(StepIndex) for every member in ascending order.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::size_t i = 0; i < words(); ++i) {
      for (Word w = word(i); w != 0; w &= w - 1) {
        visit(static_cast<package::StepIndex>(i * 64 + static_cast<std::size_t>(std::countr_zero(w))));
      }
    }
  }

 private:
  Word& word_ref(std::size_t i) { return i == 0 ? first_ : rest_[i - 1]; }
  Word first_ = 0;
  std::vector<Word> rest_;
};

}  // namespace flora::process
