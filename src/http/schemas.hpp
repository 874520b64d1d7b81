// SPDX-License-Identifier: EUPL-1.2
// JSON Schemas of the API's bodies, by name. Immutable after the first call; any thread.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flora::http {

const std::map<std::string_view, base::Json>& schemas();
const base::Json& schema(std::string_view name);  // stops the process if there is none: the names are our own
// Two spaces a level, members in the order they have.
std::string indented_json(const base::Json& value);

}  // namespace flora::http
