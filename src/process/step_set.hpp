// SPDX-License-Identifier: EUPL-1.2
// A set of steps: one machine word up to 64 steps, more words behind a pointer for wider processes, the same code path for
// both. A value; two sets that meet in an operation belong to the same definition and so have the same width.
#pragma once
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>

#include "package/model.hpp"

namespace flora::process {

class StepSet {
 public:
  using Word = std::uint64_t;

  StepSet() = default;
  // Empty, able to hold steps 0 .. steps-1.
  explicit StepSet(std::size_t steps) : extra_(steps > 64 ? static_cast<std::uint32_t>((steps - 1) / 64) : 0) {
    if (extra_ != 0) rest_ = std::make_unique<Word[]>(extra_);
  }
  StepSet(const StepSet& other) : first_(other.first_) {
    if (other.extra_ != 0) widen(other);
  }
  StepSet(StepSet&& other) noexcept
      : first_(std::exchange(other.first_, 0)), extra_(std::exchange(other.extra_, 0)), rest_(std::move(other.rest_)) {}
  StepSet& operator=(const StepSet& other) {
    first_ = other.first_;
    if ((extra_ | other.extra_) != 0) widen(other);
    return *this;
  }
  StepSet& operator=(StepSet&& other) noexcept {
    first_ = std::exchange(other.first_, 0);
    extra_ = std::exchange(other.extra_, 0);
    rest_ = std::move(other.rest_);
    return *this;
  }
  ~StepSet() = default;

  bool has(package::StepIndex s) const { return (word(s >> 6) >> (s & 63) & 1) != 0; }
  void add(package::StepIndex s) { word_ref(s >> 6) |= Word{1} << (s & 63); }
  void remove(package::StepIndex s) { word_ref(s >> 6) &= ~(Word{1} << (s & 63)); }
  void clear() {
    first_ = 0;
    for (std::uint32_t i = 0; i < extra_; ++i) rest_[i] = 0;
  }

  std::size_t words() const { return 1 + std::size_t{extra_}; }
  Word word(std::size_t i) const { return i == 0 ? first_ : rest_[i - 1]; }
  void set_word(std::size_t i, Word value) { word_ref(i) = value; }

  bool empty() const {
    Word all = first_;
    for (std::uint32_t i = 0; i < extra_; ++i) all |= rest_[i];
    return all == 0;
  }
  std::size_t size() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < words(); ++i) n += static_cast<std::size_t>(std::popcount(word(i)));
    return n;
  }

  StepSet& operator|=(const StepSet& other) {
    first_ |= other.first_;
    for (std::uint32_t i = 0; i < extra_; ++i) rest_[i] |= other.rest_[i];
    return *this;
  }
  StepSet& operator&=(const StepSet& other) {
    first_ &= other.first_;
    for (std::uint32_t i = 0; i < extra_; ++i) rest_[i] &= other.rest_[i];
    return *this;
  }
  StepSet& operator-=(const StepSet& other) {
    first_ &= ~other.first_;
    for (std::uint32_t i = 0; i < extra_; ++i) rest_[i] &= ~other.rest_[i];
    return *this;
  }
  bool within(const StepSet& other) const { return !meets_outside(*this, other); }
  // Whether all of these have a member in common.
  bool meets(const StepSet& b) const {
    Word common = first_ & b.first_;
    for (std::uint32_t i = 0; i < extra_; ++i) common |= rest_[i] & b.rest_[i];
    return common != 0;
  }
  bool meets(const StepSet& b, const StepSet& c) const {
    Word common = first_ & b.first_ & c.first_;
    for (std::uint32_t i = 0; i < extra_; ++i) common |= rest_[i] & b.rest_[i] & c.rest_[i];
    return common != 0;
  }
  // The same with what is not in `without`.
  bool meets_outside(const StepSet& b, const StepSet& without) const {
    Word common = first_ & b.first_ & ~without.first_;
    for (std::uint32_t i = 0; i < extra_; ++i) common |= rest_[i] & b.rest_[i] & ~without.rest_[i];
    return common != 0;
  }
  friend bool operator==(const StepSet& a, const StepSet& b) {
    if (a.first_ != b.first_ || a.extra_ != b.extra_) return false;
    for (std::uint32_t i = 0; i < a.extra_; ++i) {
      if (a.rest_[i] != b.rest_[i]) return false;
    }
    return true;
  }

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
  // Takes over the words beyond the first; memory is asked for only if the width changes.
  void widen(const StepSet& other) {
    if (extra_ != other.extra_) {
      extra_ = other.extra_;
      rest_ = extra_ != 0 ? std::make_unique<Word[]>(extra_) : nullptr;
    }
    for (std::uint32_t i = 0; i < extra_; ++i) rest_[i] = other.rest_[i];
  }
  Word first_ = 0;
  std::uint32_t extra_ = 0;  // words beyond the first
  std::unique_ptr<Word[]> rest_;
};

}  // namespace flora::process
