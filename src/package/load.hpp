// SPDX-License-Identifier: EUPL-1.2
// From the files of a package to its model and its canonical form. Pure: the caller reads the files.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "package/model.hpp"

namespace flora::package {

// Path inside the package ("process.yaml", "codes/lists.yaml", "scenarios/a4.txt") -> content.
using Sources = std::map<std::string, std::string>;

enum class Severity : std::uint8_t { kError, kWarning };

// One thing that is wrong, as `flora package check` prints it.
struct Problem {
  std::string check;  // snake_case name of the check
  Severity severity = Severity::kError;
  std::string element;  // id of the step, rule, view ... or empty
  Place place;
  std::string sentence;  // what is wrong, in English
  std::string run;       // the shortest run that shows it, or empty
  std::string hint;      // what to consider, or empty
};

struct Loaded {
  Package package;                // meaningful only if no problem is an error
  std::vector<Problem> problems;  // all of them, in order of file and line
  bool ok() const;
};

// Reads the source form. Never stops at the first problem; a package with an error is refused whole.
// `minimal`: only package.yaml and process.yaml are demanded (flora process run).
Loaded load(const Sources& sources, bool minimal = false);

// Deterministic CBOR of everything that binds (docs/reference/formats.md, "package"); its SHA-256 is the version on the
// ledger. Scenarios and comments are part of the source, not of the canonical form.
base::Bytes encode_package(const Package& package);
base::Result<Package> decode_package(base::ByteView canonical);

// The sentence of a rule in a language, made from its elements where the package gives none.
std::string sentence(const Package& package, const Rule& rule, std::string_view language);
// The sentence made from the elements alone, also where the package words it in its own way: what the machine does.
std::string made_sentence(const Package& package, const Rule& rule, std::string_view language);

}  // namespace flora::package
