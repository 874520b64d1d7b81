// SPDX-License-Identifier: EUPL-1.2
// Numbers of FEEL: decimals of 34 digits (IEEE 754-2008 decimal128 without infinities, NaN and negative zero), rounded half to
// even. Never a float. An operation that has no value in that set (overflow, division by zero) gives nullopt, FEEL's null.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flora::feel {

class Decimal {
 public:
  static constexpr int kDigits = 34;
  static constexpr int kExponentMin = -6176;  // of the last digit
  static constexpr int kExponentMax = 6111;

  constexpr Decimal() = default;         // zero
  constexpr Decimal(std::int64_t value)  // NOLINT(google-explicit-constructor): whole numbers are numbers
      : low_(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value)), negative_(value < 0) {}

  // Digits with at most one point and, if allowed, an exponent; at least one digit. More than 34 digits are rounded.
  // nullopt: malformed, or too large.
  static std::optional<Decimal> parse(std::string_view text, bool exponent_allowed = true);
  // coefficient * 10^exponent; the coefficient is high * 2^64 + low and may have more than 34 digits.
  static std::optional<Decimal> make(bool negative, std::uint64_t high, std::uint64_t low, int exponent);

  friend std::optional<Decimal> add(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> subtract(const Decimal& a, const Decimal& b) { return add(a, b.negated()); }
  friend std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
  friend std::optional<Decimal> divide(const Decimal& a, const Decimal& b);
  Decimal negated() const;

  // By value: 1.0 equals 1.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

  bool is_zero() const { return (low_ | high_) == 0; }
  bool is_negative() const { return negative_; }
  Decimal truncated() const;  // without what stands behind the point
  // The value if it is whole and fits.
  std::optional<std::int64_t> to_int64() const;
  // Plain digits without exponent, without trailing zeros behind the point: "-0.872", "10", "0".
  std::string text() const;

 private:
  static Decimal from_parts(bool negative, std::uint64_t high, std::uint64_t low, int exponent);  // in range already
  // value = (-1)^negative * (high * 2^64 + low) * 10^exponent, coefficient < 10^34; zero is never negative.
  std::uint64_t low_ = 0, high_ = 0;
  std::int16_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace flora::feel
