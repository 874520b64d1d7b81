// SPDX-License-Identifier: EUPL-1.2
#include "package/load.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "package/readers.hpp"
#include "package/utf8.hpp"

namespace flora::package {

bool Loaded::ok() const {
  return std::none_of(problems.begin(), problems.end(), [](const Problem& p) { return p.severity == Severity::kError; });
}

namespace {

constexpr std::string_view kManifest = "package.yaml", kProcess = "process.yaml", kViews = "views.yaml",
                           kRuleTexts = "texts/rules.yaml";
// Together: five times a federal standard with all its texts; one file alone may have half of it (yaml.hpp).
constexpr std::size_t kSourceBytesMax = base::limits::kPackageFileBytesMax / 4;

bool is_under(std::string_view path, std::string_view folder, std::string_view ending) {
  return path.starts_with(folder) && path.ends_with(ending) && path.find('/', folder.size()) == std::string_view::npos;
}

class Loader {
 public:
  Loader(const Sources& sources, bool minimal) : sources_(sources), minimal_(minimal) {}

  Loaded run() {
    if (fits()) {
      read_all();
      std::sort(out_.package.rules.begin(), out_.package.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
      if (!unreadable_) check_model(out_.package, problems_, minimal_);
    }
    out_.problems = problems_.take();
    return std::move(out_);
  }

 private:
  using Read = void (*)(const Scope&, const yaml::Node&);

  Scope scope(const std::string& file) { return {out_.package, problems_, names_, file, ""}; }

  bool fits() {
    std::size_t bytes = 0;
    for (const auto& [path, text] : sources_) bytes += text.size();
    if (bytes <= kSourceBytesMax) return true;
    problems_.error("too_large", {"package.yaml", 1, 1}, "",
                    fmt::format("The package's files are larger than {} bytes together.", kSourceBytesMax), "Split the package.");
    return false;
  }

  void read_yaml(const std::string& path, const std::string& text, Read read) {
    const auto parsed = yaml::parse(text, path == kProcess ? relation_keys() : std::vector<std::string_view>{});
    for (const auto& fault : parsed.faults)
      problems_.error("yaml", {path, fault.line, fault.column}, "", fault.sentence, fault.hint);
    if (parsed.root) read(scope(path), *parsed.root);
    unreadable_ = unreadable_ || !parsed.root;
  }

  void read_one(std::string_view path, Read read, bool needed) {
    const auto it = sources_.find(std::string(path));
    if (it != sources_.end()) return read_yaml(it->first, it->second, read);
    if (needed)
      problems_.error("missing_file", {std::string(path), 1, 1}, "", fmt::format("The file {} is missing.", path), "Add it.");
  }

  void read_each(std::string_view folder, Read read) {
    for (const auto& [path, text] : sources_) {
      if (is_under(path, folder, ".yaml") && path != kRuleTexts) read_yaml(path, text, read);
    }
  }

  void read_all() {
    read_one(kManifest, read_manifest, true);
    read_each("codes/", read_codes);
    read_one(kProcess, read_process, true);
    if (unreadable_) return;  // what follows could only complain about what is missing
    read_one(kRuleTexts, read_rule_texts, false);
    read_each("texts/", read_texts);
    read_one(kViews, read_views, !minimal_);
    for (const auto& [path, text] : sources_) {
      if (is_under(path, "scenarios/", ".txt")) {
        if (const auto bad = find_unprintable(text)) {
          problems_.error("yaml", {path, bad->line, bad->column}, "", bad->sentence, "Save the file as UTF-8 text.");
        } else {
          read_scenarios(scope(path), text);
        }
      } else if (path.ends_with(".yaml") && path != kManifest && path != kProcess && path != kViews &&
                 !is_under(path, "codes/", ".yaml") && !is_under(path, "texts/", ".yaml")) {
        problems_.warning("unknown_file", {path, 1, 1}, "", "No part of a package is read from this file.",
                          "A package has package.yaml, process.yaml, views.yaml and the folders codes, texts and scenarios.");
      }
    }
  }

  const Sources& sources_;
  bool minimal_;
  bool unreadable_ = false;
  Loaded out_;
  Problems problems_;
  NameIndex names_;
};

}  // namespace

Loaded load(const Sources& sources, bool minimal) { return Loader(sources, minimal).run(); }

}  // namespace flora::package
