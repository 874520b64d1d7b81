// SPDX-License-Identifier: EUPL-1.2
#include "feel/type.hpp"

#include <array>

namespace flora::feel {

Type Type::code(std::vector<std::string> codes) {
  Type out(Kind::kString);
  out.codes_ = std::make_shared<const std::vector<std::string>>(std::move(codes));
  return out;
}

Type Type::list(Type element, std::uint32_t items_max) {
  Type out(Kind::kList);
  out.element_ = std::make_shared<const Type>(std::move(element));
  out.items_max_ = items_max;
  return out;
}

Type Type::range(Type endpoint) {
  Type out(Kind::kRange);
  out.element_ = std::make_shared<const Type>(std::move(endpoint));
  return out;
}

Type Type::context(Members members) {
  Type out(Kind::kContext);
  out.members_ = std::make_shared<const Members>(std::move(members));
  return out;
}

const Type& Type::element() const {
  static const Type kUnknown;
  return element_ ? *element_ : kUnknown;
}

std::string Type::text() const {
  constexpr std::array<std::string_view, 12> kNames = {"anything",
                                                       "null",
                                                       "boolean",
                                                       "number",
                                                       "string",
                                                       "date",
                                                       "time",
                                                       "date and time",
                                                       "years and months duration",
                                                       "days and time duration",
                                                       "range",
                                                       "list"};
  if (kind_ == Kind::kContext) return "context";
  std::string out(kNames[static_cast<std::size_t>(kind_)]);
  if ((kind_ == Kind::kList || kind_ == Kind::kRange) && element_ && !element_->is_any()) out += " of " + element_->text();
  return out;
}

}  // namespace flora::feel
