// SPDX-License-Identifier: EUPL-1.2
// The loader's readers, one per file of the source form, and the checks over the whole model. Each reports what is wrong and
// reads on. Internal to the module.
#pragma once
#include "package/scope.hpp"

namespace flora::package {

// package.yaml
void read_manifest(const Scope& scope, const yaml::Node& root);
// codes/*.yaml
void read_codes(const Scope& scope, const yaml::Node& root);
// texts/rules.yaml (by rule id) and the other texts/*.yaml (by key); after the process.
void read_rule_texts(const Scope& scope, const yaml::Node& root);
void read_texts(const Scope& scope, const yaml::Node& root);
// process.yaml: everything but its rules, then its rules (in order of the file; load() sorts them).
void read_phases(const Scope& scope, const yaml::Node& node);
void read_process(const Scope& scope, const yaml::Node& root);
void read_rules(const Scope& scope, const yaml::Node& node);
// views.yaml
void read_views(const Scope& scope, const yaml::Node& root);
// scenarios/*.txt
void read_scenarios(const Scope& scope, std::string_view text);

// Every kind of rule by its own key, with all keys it may have.
std::vector<std::pair<std::string_view, Words>> rule_keys();
// The keys of rules whose values are relations, for the short form.
const std::vector<std::string_view>& relation_keys();

// Checks of the finished model. `minimal`: views may be absent, and what they leave out is only a warning.
void check_model(Package& package, Problems& problems, bool minimal);
void check_guards(const Package& package, Problems& problems);
void check_views(const Package& package, Problems& problems, bool minimal);
// Whether a field's id says that it would carry personal data (identifying.cpp has the list); the word that says so.
std::string_view identifying_word(std::string_view field_id);

}  // namespace flora::package
