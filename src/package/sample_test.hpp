// SPDX-License-Identifier: EUPL-1.2
// What the tests of this module share: the sample package, changed in one place at a time.
#pragma once
#include <gtest/gtest.h>

#include "package/sample.hpp"

namespace flora::package {

// The sample with `what` replaced by `with` in one file; `what` must be there.
inline Sources spoilt(const std::string& file, std::string_view what, std::string_view with) {
  Sources out = sample_sources();
  const std::size_t at = out[file].find(what);
  EXPECT_NE(at, std::string::npos) << "not in the sample: " << what;
  if (at != std::string::npos) out[file].replace(at, what.size(), with);
  return out;
}

}  // namespace flora::package
