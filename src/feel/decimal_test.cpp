// SPDX-License-Identifier: EUPL-1.2
#include "feel/decimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/random.hpp"

namespace flora::feel {
namespace {

__extension__ using I128 = __int128;

Decimal number(std::string_view text) { return Decimal::parse(text).value(); }

std::string digits(I128 v) {
  std::string out;
  const bool negative = v < 0;
  for (auto rest = static_cast<unsigned __int128>(negative ? -v : v); rest != 0; rest /= 10)
    out.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
  if (out.empty()) return "0";
  if (negative) out.push_back('-');
  std::reverse(out.begin(), out.end());
  return out;
}

// Schoolbook arithmetic on strings of digits, as slow and as plain as possible: the oracle for long numbers.
struct Long {
  bool negative = false;
  std::string digits;  // most significant first, no leading zeros except "0"
};

std::string strip(std::string d) {
  const auto at = d.find_first_not_of('0');
  return at == std::string::npos ? "0" : d.substr(at);
}
std::string add_digits(std::string a, std::string b) {
  if (a.size() < b.size()) std::swap(a, b);
  b.insert(0, a.size() - b.size(), '0');
  int carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int sum = (a[i] - '0') + (b[i] - '0') + carry;
    a[i] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return strip((carry != 0 ? "1" : "") + a);
}
bool less_digits(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }
std::string subtract_digits(std::string a, std::string b) {  // a >= b
  b.insert(0, a.size() - b.size(), '0');
  int borrow = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    int d = (a[i] - '0') - (b[i] - '0') - borrow;
    borrow = d < 0 ? 1 : 0;
    a[i] = static_cast<char>('0' + (d + 10) % 10);
  }
  return strip(a);
}
std::string multiply_digits(const std::string& a, const std::string& b) {
  std::string out = "0";
  for (std::size_t i = 0; i < b.size(); ++i) {
    std::string part = "0";
    for (int n = 0; n < b[i] - '0'; ++n) part = add_digits(part, a);
    out = add_digits(strip(out + "0"), part);
  }
  return out;
}
// digits * 10^exponent, rounded to 34 digits half to even, as plain text.
std::string rounded(bool negative, std::string d, int exponent, bool sticky = false) {
  d = strip(d);
  if (d.size() > 34) {
    const std::string cut = d.substr(34);
    exponent += static_cast<int>(cut.size());
    d = d.substr(0, 34);
    const bool rest = sticky || cut.find_first_not_of('0', 1) != std::string::npos;
    if (cut[0] > '5' || (cut[0] == '5' && (rest || (d.back() - '0') % 2 == 1))) d = add_digits(d, "1");
  }
  if (d == "0") return "0";
  if (exponent >= 0) {
    d.append(static_cast<std::size_t>(exponent), '0');
  } else {
    const auto places = static_cast<std::size_t>(-exponent);
    if (d.size() <= places) d.insert(0, places + 1 - d.size(), '0');
    d.insert(d.size() - places, ".");
    while (d.back() == '0') d.pop_back();
    if (d.back() == '.') d.pop_back();
  }
  return (negative ? "-" : "") + d;
}

struct Sample {
  bool negative;
  std::string digits;
  int exponent;
  Decimal value;
};
Sample sample(base::SeededRandom& random, int exponent_spread) {
  Sample s;
  s.negative = random.below(2) == 1;
  const auto length = 1 + random.below(34);
  for (std::uint64_t i = 0; i < length; ++i) {
    const auto kind = random.below(8);
    s.digits.push_back(static_cast<char>('0' + (kind == 0 ? 0 : kind == 1 ? 9 : kind == 2 ? 5 : random.below(10))));
  }
  s.digits = strip(s.digits);
  if (s.digits == "0") s.negative = false;
  s.exponent = static_cast<int>(random.below(static_cast<std::uint64_t>(2 * exponent_spread + 1))) - exponent_spread;
  s.value = number((s.negative ? "-" : "") + s.digits + "e" + std::to_string(s.exponent));
  return s;
}

TEST(Decimal, ReadsAndWritesPlainDigits) {
  for (const auto* text :
       {"0", "1", "-1", "10", "0.872", "-0.872", "125.4321987654", "1234567890123456789012345678901234", "0.1"}) {
    EXPECT_EQ(number(text).text(), text);
  }
  EXPECT_EQ(number(".872").text(), "0.872");
  EXPECT_EQ(number("-0").text(), "0");
  EXPECT_EQ(number("1.50").text(), "1.5");
  EXPECT_EQ(number("1e3").text(), "1000");
  EXPECT_EQ(number("007").text(), "7");
  for (const auto* text : {"", "-", ".", "1.2.3", "1e", "e3", " 1", "1 ", "+1", "1,5", "0x1"})
    EXPECT_FALSE(Decimal::parse(text)) << text;
  EXPECT_FALSE(Decimal::parse("1e3", false));
  EXPECT_FALSE(Decimal::parse("1e6145"));
  EXPECT_TRUE(Decimal::parse("9e6144"));
  EXPECT_EQ(number("1e-7000").text(), "0");
}

TEST(Decimal, RoundsHalfToEvenAt34Digits) {
  EXPECT_EQ(number("12345678901234567890123456789012345").text(), "12345678901234567890123456789012340");
  EXPECT_EQ(number("12345678901234567890123456789012355").text(), "12345678901234567890123456789012360");
  EXPECT_EQ(number("123456789012345678901234567890123450000000000001").text(),
            "123456789012345678901234567890123500000000000000");
  EXPECT_EQ(number("99999999999999999999999999999999995").text(), "100000000000000000000000000000000000");
}

TEST(Decimal, AgreesWithIntegersWhereTheyFit) {
  base::SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto a = static_cast<std::int64_t>(random.next()) >> random.below(64);
    const auto b = static_cast<std::int64_t>(random.next()) >> random.below(64);
    const Decimal x(a), y(b);
    EXPECT_EQ(add(x, y)->text(), digits(static_cast<I128>(a) + b));
    EXPECT_EQ(subtract(x, y)->text(), digits(static_cast<I128>(a) - b));
    const I128 product = static_cast<I128>(a) * b;
    if (digits(product).size() <= 34) EXPECT_EQ(multiply(x, y)->text(), digits(product));
    EXPECT_EQ(x <=> y, a <=> b);
    EXPECT_EQ(x.to_int64(), a);
    if (b != 0 && a % b == 0) EXPECT_EQ(divide(x, y)->text(), digits(static_cast<I128>(a) / b));
  }
}

TEST(Decimal, AgreesWithSchoolbookArithmetic) {
  base::SeededRandom random(2);
  for (int i = 0; i < 4'000; ++i) {
    const Sample a = sample(random, i % 2 == 0 ? 6 : 60), b = sample(random, i % 2 == 0 ? 6 : 60);
    EXPECT_EQ(multiply(a.value, b.value)->text(),
              rounded(a.negative != b.negative, multiply_digits(a.digits, b.digits), a.exponent + b.exponent));
    const int exponent = std::min(a.exponent, b.exponent);
    const std::string x = strip(a.digits + std::string(static_cast<std::size_t>(a.exponent - exponent), '0'));
    const std::string y = strip(b.digits + std::string(static_cast<std::size_t>(b.exponent - exponent), '0'));
    std::string sum;
    if (a.negative == b.negative) {
      sum = rounded(a.negative, add_digits(x, y), exponent);
    } else {
      sum = less_digits(x, y) ? rounded(b.negative, subtract_digits(y, x), exponent)
                              : rounded(a.negative, subtract_digits(x, y), exponent);
    }
    EXPECT_EQ(add(a.value, b.value)->text(), sum) << a.value.text() << " + " << b.value.text();
    const bool less = a.negative != b.negative ? a.negative : less_digits(x, y) != a.negative;
    const auto order = x == y && a.negative == b.negative ? std::strong_ordering::equal
                       : less                             ? std::strong_ordering::less
                                                          : std::strong_ordering::greater;
    EXPECT_EQ(a.value <=> b.value, order) << a.value.text() << " <=> " << b.value.text();
  }
}

TEST(Decimal, DividesToTheNearest) {
  EXPECT_EQ(divide(number("1"), number("3"))->text(), "0.3333333333333333333333333333333333");
  EXPECT_EQ(divide(number("2"), number("3"))->text(), "0.6666666666666666666666666666666667");
  EXPECT_EQ(divide(number("100"), number("10"))->text(), "10");
  EXPECT_FALSE(divide(number("1"), number("0")));
  EXPECT_FALSE(divide(number("0"), number("0")));
  base::SeededRandom random(3);
  for (int i = 0; i < 2'000; ++i) {
    const Sample a = sample(random, 20), b = sample(random, 20);
    if (b.value.is_zero()) continue;
    const Decimal q = divide(a.value, b.value).value();
    // Long division on digits: 36 digits of the quotient and whether something is left.
    std::string rest = "0", out;
    int exponent = a.exponent - b.exponent;
    std::string dividend = a.digits;
    dividend.append(72, '0');
    exponent -= 72;
    for (const char c : dividend) {
      rest = strip(rest + c);
      int digit = 0;
      while (!less_digits(rest, b.digits)) {
        rest = subtract_digits(rest, b.digits);
        ++digit;
      }
      out.push_back(static_cast<char>('0' + digit));
    }
    EXPECT_EQ(q.text(), rounded(a.negative != b.negative, out, exponent, rest != "0"))
        << a.value.text() << " / " << b.value.text();
  }
}

TEST(Decimal, OverflowHasNoValue) {
  const Decimal huge = number("9e6144");
  EXPECT_FALSE(add(huge, huge));
  EXPECT_FALSE(multiply(huge, Decimal(10)));
  EXPECT_FALSE(divide(huge, number("0.1")));
  EXPECT_TRUE(multiply(number("1e-6176"), number("0.1"))->is_zero());
}

}  // namespace
}  // namespace flora::feel
