// SPDX-License-Identifier: EUPL-1.2
// Types that are known when an expression is compiled. A small immutable tree; cheap to copy. Null belongs to every type.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feel/value.hpp"

namespace flora::feel {

class Type {
 public:
  enum class Kind : std::uint8_t {
    kAny,  // not known
    kNull,
    kBoolean,
    kNumber,
    kString,
    kDate,
    kTime,
    kDateTime,
    kYearsMonths,
    kDaysTime,
    kRange,
    kList,
    kContext
  };
  using Members = std::vector<std::pair<std::string, Type>>;

  Type() = default;  // any
  static Type of(Kind kind) { return Type(kind); }
  static Type boolean() { return Type(Kind::kBoolean); }
  static Type number() { return Type(Kind::kNumber); }
  static Type string() { return Type(Kind::kString); }
  static Type date() { return Type(Kind::kDate); }
  static Type time() { return Type(Kind::kTime); }
  static Type date_time() { return Type(Kind::kDateTime); }
  // A string that is one of these; comparing it with another literal is a type error.
  static Type code(std::vector<std::string> codes);
  static Type list(Type element, std::uint32_t items_max);
  static Type range(Type endpoint);
  static Type context(Members members);

  Kind kind() const { return kind_; }
  bool is_any() const { return kind_ == Kind::kAny; }
  const std::vector<std::string>* codes() const { return codes_.get(); }  // nullptr unless made by code()
  const Type& element() const;                                            // list, range
  std::uint32_t items_max() const { return items_max_; }                  // list
  const Members* members() const { return members_.get(); }               // nullptr unless a context
  std::string text() const;                                               // "list of number"

 private:
  explicit Type(Kind kind) : kind_(kind) {}
  Kind kind_ = Kind::kAny;
  std::uint32_t items_max_ = 0;
  std::shared_ptr<const std::vector<std::string>> codes_;
  std::shared_ptr<const Type> element_;
  std::shared_ptr<const Members> members_;
};

}  // namespace flora::feel
