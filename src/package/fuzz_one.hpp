// SPDX-License-Identifier: EUPL-1.2
// One input of the fuzz target, shared with the ordinary test that replays the corpus.
#pragma once
#include "base/check.hpp"
#include "package/load.hpp"
#include "package/sample.hpp"

namespace flora::package {

inline void check_loaded(const Loaded& loaded) {
  for (const auto& p : loaded.problems) {
    FLORA_CHECK(!p.check.empty() && !p.sentence.empty() && !p.place.file.empty() && p.place.line > 0, "a problem without place");
  }
  if (!loaded.ok()) return;
  const base::Bytes bytes = encode_package(loaded.package);
  const auto again = decode_package(bytes);
  FLORA_CHECK(again.has_value(), "a package that loads must decode");
  FLORA_CHECK(base::equal(encode_package(*again), bytes), "the canonical form must be stable");
  for (const auto& rule : loaded.package.rules) {
    for (const char* language : {"de", "en", "plain"})
      FLORA_CHECK(!made_sentence(loaded.package, rule, language).empty(), "a rule without words");
  }
}

inline void fuzz_one(base::ByteView input) {
  constexpr std::size_t kBytesMax = 64 * 1024;
  if (input.empty() || input.size() > kBytesMax) return;
  const std::string text(base::as_text(input));
  if (const auto decoded = decode_package(input))
    FLORA_CHECK(base::equal(encode_package(*decoded), input), "one package, one form");
  for (const char* file :
       {"process.yaml", "views.yaml", "package.yaml", "codes/lists.yaml", "texts/rules.yaml", "scenarios/x.txt"}) {
    Sources sources = sample_sources();
    sources[file] = text;
    check_loaded(load(sources, (input[0] & 1) != 0));
  }
}

}  // namespace flora::package
