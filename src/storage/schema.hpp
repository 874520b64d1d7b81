// SPDX-License-Identifier: EUPL-1.2
// The version of what stands in a home's tables, kept in kMeta under "schema" as be64. It counts changes in the meaning of
// stored bytes; new tables alone need none, because a missing column family is made when a home is opened.
#pragma once
#include <cstdint>

#include "base/tables.hpp"

namespace flora::storage {

inline constexpr std::uint64_t kSchemaVersion = 1;

// Brings `tables` to kSchemaVersion: an empty home is marked with it, an older one migrated step by step, each step in one
// atomic write that ends with the new number. Errors: kSchemaNewer (use a later program), kSchemaOlder (no migration from
// there; the detail says what to do), kCorrupt (contents but no number), kDiskFull, kStorageFailed.
base::Status check_schema(base::Tables& tables);

}  // namespace flora::storage
