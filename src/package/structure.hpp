// SPDX-License-Identifier: EUPL-1.2
// Whether a package that did not come through the loader holds together. Internal to the module.
#pragma once
#include "base/result.hpp"
#include "package/model.hpp"

namespace flora::package {

// Every index points at something, ids are there and unique, rules are in order, amounts are within the limits: what the engine
// and the projections rely on without looking. Errors: kUnknownReference, kDuplicate, kOutOfRange, kMissingField.
base::Status check_structure(const Package& package);

}  // namespace flora::package
