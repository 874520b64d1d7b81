// SPDX-License-Identifier: EUPL-1.2
// For the tests of this module: holds an answer against the schema that the API description promises for it.
#pragma once
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flora::http {

// Empty if `value` fits, else where and why not. Stricter than JSON Schema in one thing: a member that the schema does not
// name is a fault, unless the schema says additionalProperties.
std::string check_schema(const base::Json& value, std::string_view schema_name);

}  // namespace flora::http
