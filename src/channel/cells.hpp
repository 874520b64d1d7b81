// SPDX-License-Identifier: EUPL-1.2
// The cells of a view's row: worked out from a case, stored with the row, sorted by, shown, filtered. Pure. Internal to the
// module.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cbor.hpp"
#include "channel/plan.hpp"
#include "channel/read.hpp"
#include "process/engine.hpp"

namespace flora::channel {

// What is stored of a cell. A function of the case alone: not of the day it is looked at.
struct StoredCell {
  std::optional<std::int64_t> number;     // instants in nanoseconds, places in lists
  std::string text;                       // a token
  std::vector<package::StepIndex> steps;  // kMissing, kNext
};

StoredCell make_cell(const ColumnPlan& column, package::AgencyIndex agency, const process::Definition& definition,
                     const process::CaseState& state);
// One CBOR item: null / integer / text / [+ integer].
void write_cell(base::CborWriter& writer, const StoredCell& cell);
base::Result<StoredCell> read_cell(base::CborReader& reader);

// Bytes whose order is the column's; what is empty comes last, whichever way the view is sorted.
std::string sort_key(const ColumnPlan& column, const StoredCell& cell, bool descending);
// The sort key that a case without a sorted column has.
inline std::string no_sort_key() { return {}; }

// For showing at an instant (WorkdaysSince counts up to its day).
Cell show_cell(const ColumnPlan& column, const StoredCell& cell, const process::Definition& definition, base::Instant now);
// A field's value alone, as in a fact's data.
Cell show_value(const package::Package& package, const package::Field& field, std::int64_t value, std::string_view token);

// A filter as text, checked once per page against the column's kind.
class CellFilter {
 public:
  // Errors: kQueryUnknown (a column of the vault), kOutOfRange (the value does not fit the column).
  static base::Result<CellFilter> parse(const ColumnPlan& column, std::string_view value);
  bool matches(const Cell& cell) const;

 private:
  enum class Kind : std::uint8_t { kEmpty, kText, kNumber, kStep } kind_ = Kind::kEmpty;
  std::string text_;
  std::optional<std::int64_t> from_, to_;  // kNumber, inclusive
};

}  // namespace flora::channel
