// SPDX-License-Identifier: EUPL-1.2
// JSON Schemas of the API's bodies, by name. Immutable after the first call; any thread.
#pragma once
#include <map>
#include <span>
#include <string_view>

#include "base/json.hpp"

namespace flora::http {

const std::map<std::string_view, base::Json>& schemas();
const base::Json& schema(std::string_view name);  // stops the process if there is none: the names are our own

}  // namespace flora::http
