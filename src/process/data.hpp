// SPDX-License-Identifier: EUPL-1.2
// The data of a fact: small typed values in the order of the step's schema. Nothing that is not in the schema gets in; there
// is no free text (process-language, section 1).
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "process/definition.hpp"

namespace flora::process {

// An opaque token: 1 to this many characters of [A-Za-z0-9._:-].
inline constexpr std::size_t kTokenCharsMax = 64;

// One number per field of Step::data. What it means depends on the field's type:
//   code: place in its code list · date: days since 1970-01-01 · time: seconds since midnight · integer: itself ·
//   boolean: 0 or 1 · token: place of its text in `tokens`, as offset * 128 + length
struct Data {
  static constexpr std::int64_t kAbsent = std::numeric_limits<std::int64_t>::min();
  std::vector<std::int64_t> values;  // empty: every field absent
  std::string tokens;                // the texts, one after the other

  void clear() {
    values.clear();
    tokens.clear();
  }
  friend bool operator==(const Data&, const Data&) = default;
};

// {"result":"positive","date":"2021-04-12"}: codes and tokens as strings, dates "YYYY-MM-DD", times "HH:MM" or "HH:MM:SS",
// integers, booleans. null means absent. Errors: kDataRefused; the detail names the field, never its value.
base::Result<Data> parse_data(const Definition& definition, StepIndex step, const base::Json& json);
// The same as a deterministic CBOR map (text -> text, integer, boolean; absent fields are left out). Errors: kDataRefused,
// and those of CborReader::open.
base::Result<Data> parse_data(const Definition& definition, StepIndex step, base::ByteView cbor);
// Bounds and code places of values that did not come through the parsers. Errors: kDataRefused.
base::Status check_data(const Definition& definition, StepIndex step, const Data& data);

// One value that is not absent. Errors: kDataRefused.
base::Status check_value(const Definition& definition, StepIndex step, std::size_t index, const Data& data);

base::Bytes encode_data(const Definition& definition, StepIndex step, const Data& data);
base::JsonObject to_json(const Definition& definition, StepIndex step, const Data& data);

// One field as text (code id, date, ...); empty if absent. `index` counts through Step::data.
std::string field_text(const Definition& definition, StepIndex step, std::size_t index, const Data& data);

}  // namespace flora::process
