// SPDX-License-Identifier: EUPL-1.2
#include "feel/decimal.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace flora::feel {

namespace {

__extension__ using U128 = unsigned __int128;

constexpr auto kPowersOfTen = [] {
  std::array<U128, 39> out{};
  out[0] = 1;
  for (std::size_t i = 1; i < out.size(); ++i) out[i] = out[i - 1] * 10;
  return out;
}();
constexpr U128 kCoefficientEnd = kPowersOfTen[Decimal::kDigits];  // the first that does not fit

constexpr U128 join(std::uint64_t high, std::uint64_t low) { return (static_cast<U128>(high) << 64) | low; }
constexpr std::uint64_t high_of(U128 v) { return static_cast<std::uint64_t>(v >> 64); }
constexpr std::uint64_t low_of(U128 v) { return static_cast<std::uint64_t>(v); }

int digits_of(U128 v) {
  if (v == 0) return 1;
  const int bits = high_of(v) != 0 ? 128 - std::countl_zero(high_of(v)) : 64 - std::countl_zero(low_of(v));
  const int guess = bits * 1233 >> 12;  // bits * log10(2), rounded down
  return guess + (v >= kPowersOfTen[static_cast<std::size_t>(guess)] ? 1 : 0);
}

// 256 bits, least significant limb first: room for the product of two coefficients, or for one shifted by 40 digits.
struct Wide {
  std::array<std::uint64_t, 4> limb{};

  explicit Wide(U128 v = 0) : limb{low_of(v), high_of(v), 0, 0} {}
  bool fits_128() const { return (limb[2] | limb[3]) == 0; }
  bool is_zero() const { return (limb[0] | limb[1] | limb[2] | limb[3]) == 0; }
  U128 low_128() const { return join(limb[1], limb[0]); }

  void multiply(std::uint64_t by) {
    std::uint64_t carry = 0;
    for (auto& l : limb) {
      const U128 product = static_cast<U128>(l) * by + carry;
      l = low_of(product);
      carry = high_of(product);
    }
  }
  void multiply_power_of_ten(int n) {
    for (; n > 19; n -= 19) multiply(low_of(kPowersOfTen[19]));
    multiply(low_of(kPowersOfTen[static_cast<std::size_t>(n)]));
  }
  // Divides in place and returns the remainder.
  std::uint64_t divide(std::uint64_t by) {
    std::uint64_t remainder = 0;
    for (std::size_t i = 4; i-- > 0;) {
      const U128 part = join(remainder, limb[i]);
      limb[i] = low_of(part / by);
      remainder = low_of(part % by);
    }
    return remainder;
  }
  // Divides by 10^n; true if something was cut off.
  bool cut_digits(int n) {
    bool lost = false;
    for (; n > 19; n -= 19) lost |= divide(low_of(kPowersOfTen[19])) != 0;
    if (n > 0) lost |= divide(low_of(kPowersOfTen[static_cast<std::size_t>(n)])) != 0;
    return lost;
  }
  void add(const Wide& other) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const U128 sum = static_cast<U128>(limb[i]) + other.limb[i] + carry;
      limb[i] = low_of(sum);
      carry = high_of(sum);
    }
  }
  void subtract(const Wide& other) {  // not larger than this
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const U128 difference = static_cast<U128>(limb[i]) - other.limb[i] - borrow;
      limb[i] = low_of(difference);
      borrow = high_of(difference) != 0 ? 1 : 0;
    }
  }
  bool less_than(const Wide& other) const {
    for (std::size_t i = 4; i-- > 0;) {
      if (limb[i] != other.limb[i]) return limb[i] < other.limb[i];
    }
    return false;
  }
  int digits() const {
    if (fits_128()) return digits_of(low_128());
    Wide rest = *this;
    int n = 0;
    while (!rest.fits_128()) {
      rest.divide(low_of(kPowersOfTen[19]));
      n += 19;
    }
    return n + digits_of(rest.low_128());
  }
};

struct Parts {
  bool negative;
  U128 coefficient;
  int exponent;
};

// Brings value * 10^exponent (plus something smaller than its last digit, if `sticky`) into range, half to even.
std::optional<Parts> round_to_range(bool negative, Wide value, int exponent, bool sticky) {
  const int surplus = std::max(value.digits() - Decimal::kDigits, Decimal::kExponentMin - exponent);
  if (surplus > 80) return Parts{false, 0, 0};  // far below the smallest number
  if (surplus > 0) {
    sticky |= value.cut_digits(surplus - 1);
    const std::uint64_t last = value.divide(10);
    exponent += surplus;
    const bool odd = (value.limb[0] & 1) != 0;
    if (last > 5 || (last == 5 && (sticky || odd))) value.add(Wide(1));
  }
  U128 coefficient = value.low_128();
  if (coefficient == kCoefficientEnd) {
    coefficient /= 10;
    ++exponent;
  }
  if (coefficient == 0) return Parts{false, 0, 0};
  while (exponent > Decimal::kExponentMax && coefficient < kCoefficientEnd / 10) {
    coefficient *= 10;
    --exponent;
  }
  if (exponent > Decimal::kExponentMax) return std::nullopt;
  return Parts{negative, coefficient, exponent};
}

}  // namespace

std::optional<Decimal> Decimal::make(bool negative, std::uint64_t high, std::uint64_t low, int exponent) {
  const auto parts = round_to_range(negative, Wide(join(high, low)), exponent, false);
  if (!parts) return std::nullopt;
  return from_parts(parts->negative, high_of(parts->coefficient), low_of(parts->coefficient), parts->exponent);
}

Decimal Decimal::from_parts(bool negative, std::uint64_t high, std::uint64_t low, int exponent) {
  Decimal out;
  out.high_ = high;
  out.low_ = low;
  out.exponent_ = static_cast<std::int16_t>(exponent);
  out.negative_ = negative && (high | low) != 0;
  return out;
}

std::optional<Decimal> Decimal::parse(std::string_view text, bool exponent_allowed) {
  std::size_t i = 0;
  const bool negative = i < text.size() && text[i] == '-';
  if (negative) ++i;
  U128 coefficient = 0;
  std::int64_t exponent = 0;
  int kept = 0;
  bool any = false, point = false, sticky = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (kept < 37) {
      coefficient = coefficient * 10 + static_cast<unsigned>(c - '0');
      if (coefficient != 0) ++kept;
      if (point) --exponent;
    } else {
      sticky |= c != '0';
      if (!point) ++exponent;
    }
  }
  if (!any) return std::nullopt;
  if (i < text.size() && exponent_allowed && (text[i] | 0x20) == 'e') {
    ++i;
    const bool minus = i < text.size() && text[i] == '-';
    if (minus || (i < text.size() && text[i] == '+')) ++i;
    std::int64_t written = 0;
    const std::size_t begin = i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
      written = std::min<std::int64_t>(written * 10 + (text[i] - '0'), 1'000'000);
    if (i == begin) return std::nullopt;
    exponent += minus ? -written : written;
  }
  if (i != text.size()) return std::nullopt;
  exponent = std::clamp<std::int64_t>(exponent, -10'000'000, 10'000'000);
  const auto parts = round_to_range(negative, Wide(coefficient), static_cast<int>(exponent), sticky);
  if (!parts) return std::nullopt;
  return from_parts(parts->negative, high_of(parts->coefficient), low_of(parts->coefficient), parts->exponent);
}

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
  if (b.is_zero()) return a;
  if (a.is_zero()) return b;
  if ((a.high_ | b.high_) == 0 && a.exponent_ == b.exponent_) {  // most sums there are; two halves of 128 bits cannot overflow
    const bool same = a.negative_ == b.negative_, a_larger = a.low_ >= b.low_;
    const U128 x = a.low_, y = b.low_, result = same ? x + y : a_larger ? x - y : y - x;
    return Decimal::from_parts(same || a_larger ? a.negative_ : b.negative_, high_of(result), low_of(result),
                               result == 0 ? 0 : a.exponent_);
  }
  const Decimal& big = a.exponent_ >= b.exponent_ ? a : b;
  const Decimal& small = a.exponent_ >= b.exponent_ ? b : a;
  const U128 big_coefficient = join(big.high_, big.low_), small_coefficient = join(small.high_, small.low_);
  Wide left(big_coefficient), right(small_coefficient);
  // Bring both to one exponent: the bigger by filling up, to at most 68 digits; beyond that the smaller by cutting off, where
  // only whether something was lost can still matter (34 digits are kept).
  const int gap = big.exponent_ - small.exponent_;
  const int shift = std::min(gap, 2 * Decimal::kDigits - digits_of(big_coefficient));
  left.multiply_power_of_ten(shift);
  const int cut = gap - shift;
  const bool sticky = cut > 0 && right.cut_digits(std::min(cut, Decimal::kDigits + 1));
  const int exponent = small.exponent_ + cut;
  bool negative = big.negative_;
  if (a.negative_ == b.negative_) {
    left.add(right);
  } else if (sticky) {  // then `left` has 68 digits and is the greater by far
    right.add(Wide(1));
    left.subtract(right);  // a little too much taken: the rest is `sticky`
  } else if (left.less_than(right)) {
    right.subtract(left);
    left = right;
    negative = small.negative_;
  } else {
    left.subtract(right);
  }
  const auto parts = round_to_range(negative, left, exponent, sticky);
  if (!parts) return std::nullopt;
  return Decimal::from_parts(parts->negative, high_of(parts->coefficient), low_of(parts->coefficient), parts->exponent);
}

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
  if ((a.high_ | b.high_) == 0) {
    const U128 product = static_cast<U128>(a.low_) * b.low_;
    const int exponent = a.exponent_ + b.exponent_;
    if (product < kCoefficientEnd && exponent >= Decimal::kExponentMin && exponent <= Decimal::kExponentMax) {
      return Decimal::from_parts(a.negative_ != b.negative_, high_of(product), low_of(product), product == 0 ? 0 : exponent);
    }
  }
  Wide product(join(a.high_, a.low_));
  Wide upper = product;
  product.multiply(b.low_);
  upper.multiply(b.high_);  // below 2^177: shifting by one limb loses nothing
  Wide shifted;
  shifted.limb = {0, upper.limb[0], upper.limb[1], upper.limb[2]};
  product.add(shifted);
  const auto parts = round_to_range(a.negative_ != b.negative_, product, a.exponent_ + b.exponent_, false);
  if (!parts) return std::nullopt;
  return Decimal::from_parts(parts->negative, high_of(parts->coefficient), low_of(parts->coefficient), parts->exponent);
}

std::optional<Decimal> divide(const Decimal& a, const Decimal& b) {
  if (b.is_zero()) return std::nullopt;
  if (a.is_zero()) return Decimal();
  const U128 numerator = join(a.high_, a.low_), denominator = join(b.high_, b.low_);
  // So many digits in front that the quotient has 35 or 36 of them; the remainder only says whether it is exact.
  const int shift = std::max(0, Decimal::kDigits + 1 + digits_of(denominator) - digits_of(numerator));
  Wide dividend(numerator);
  dividend.multiply_power_of_ten(shift);
  Wide quotient;
  U128 remainder = 0;
  for (int bit = 255; bit >= 0; --bit) {
    const auto i = static_cast<std::size_t>(bit / 64);
    remainder = (remainder << 1) | (dividend.limb[i] >> (bit % 64) & 1);
    if (remainder >= denominator) {
      remainder -= denominator;
      quotient.limb[i] |= 1ULL << (bit % 64);
    }
  }
  int exponent = a.exponent_ - b.exponent_ - shift;
  const auto parts = round_to_range(a.negative_ != b.negative_, quotient, exponent, remainder != 0);
  if (!parts) return std::nullopt;
  U128 coefficient = parts->coefficient;
  exponent = parts->exponent;
  while (exponent < a.exponent_ - b.exponent_ && coefficient % 10 == 0) {  // 100 / 10 is 10, not 10.000...
    coefficient /= 10;
    ++exponent;
  }
  return Decimal::from_parts(parts->negative, high_of(coefficient), low_of(coefficient), exponent);
}

Decimal Decimal::negated() const {
  Decimal out = *this;
  out.negative_ = !negative_ && !is_zero();
  return out;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.is_zero() || b.is_zero() || a.negative_ != b.negative_) {
    const int sign_a = a.is_zero() ? 0 : a.negative_ ? -1 : 1;
    const int sign_b = b.is_zero() ? 0 : b.negative_ ? -1 : 1;
    return sign_a <=> sign_b;
  }
  U128 left = join(a.high_, a.low_), right = join(b.high_, b.low_);
  if (a.exponent_ != b.exponent_) {
    const int first_a = digits_of(left) + a.exponent_, first_b = digits_of(right) + b.exponent_;
    if (first_a != first_b) return a.negative_ ? first_b <=> first_a : first_a <=> first_b;
    // The first digits stand at the same place, so the longer one is at most 34 digits and the other can be filled up.
    if (a.exponent_ > b.exponent_) left *= kPowersOfTen[static_cast<std::size_t>(a.exponent_ - b.exponent_)];
    if (b.exponent_ > a.exponent_) right *= kPowersOfTen[static_cast<std::size_t>(b.exponent_ - a.exponent_)];
  }
  if (left == right) return std::strong_ordering::equal;
  return (left < right) != a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
}

Decimal Decimal::truncated() const {
  if (exponent_ >= 0) return *this;
  if (exponent_ < -kDigits) return {};
  const U128 whole = join(high_, low_) / kPowersOfTen[static_cast<std::size_t>(-exponent_)];
  return from_parts(negative_, high_of(whole), low_of(whole), 0);
}

std::optional<std::int64_t> Decimal::to_int64() const {
  U128 coefficient = join(high_, low_);
  if (coefficient == 0) return 0;
  if (exponent_ < 0) {
    if (exponent_ < -kDigits) return std::nullopt;
    const U128 unit = kPowersOfTen[static_cast<std::size_t>(-exponent_)];
    if (coefficient % unit != 0) return std::nullopt;
    coefficient /= unit;
  } else if (exponent_ > 0) {
    if (exponent_ > 19 || high_of(coefficient) != 0) return std::nullopt;
    coefficient *= kPowersOfTen[static_cast<std::size_t>(exponent_)];  // below 2^64 * 10^19 < 2^128
  }
  const U128 limit = (static_cast<U128>(1) << 63) - (negative_ ? 0 : 1);
  if (coefficient > limit) return std::nullopt;
  const std::uint64_t magnitude = low_of(coefficient);
  return static_cast<std::int64_t>(negative_ ? 0 - magnitude : magnitude);
}

std::string Decimal::text() const {
  std::string digits;
  for (U128 rest = join(high_, low_); rest != 0; rest /= 10)
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (digits.empty()) return "0";
  std::reverse(digits.begin(), digits.end());
  if (exponent_ >= 0) {
    digits.append(static_cast<std::size_t>(exponent_), '0');
  } else {
    const auto places = static_cast<std::size_t>(-exponent_);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, ".");
    while (digits.back() == '0') digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
  }
  return negative_ ? "-" + digits : digits;
}

}  // namespace flora::feel
