// SPDX-License-Identifier: EUPL-1.2
// Values as JSON: numbers with their exact digits; {"date":...}, {"time":...}, {"date_time":...}, {"duration":...},
// {"range":"[1..5)"}; a context whose only key is one of these words, or "context", is wrapped as {"context":{...}}.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "calendar/zone.hpp"
#include "feel/value.hpp"

namespace flora::feel {

// Plain JSON: every object becomes a context, every number a decimal with all its digits (rounded to 34). Errors:
// kJsonMalformed, kDuplicate, kTooDeep, kOutOfRange (a number too large); the detail names the byte.
base::Result<Value> parse_plain_json(std::string_view text);
// Replaces the forms above by what they mean. Errors: kMalformed.
base::Result<Value> interpret_json(const Value& plain, const calendar::ZoneSource* zones);

std::string to_json(const Value& value);
void append_json(std::string& out, const Value& value);
void append_json_string(std::string& out, std::string_view text);
// As FEEL prints it: "[1..5)", {a: 1}.
std::string to_text(const Value& value);

}  // namespace flora::feel
