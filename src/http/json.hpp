// SPDX-License-Identifier: EUPL-1.2
// The shapes of schemas.cpp, written from the channel's and the package's values. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "channel/effects.hpp"
#include "channel/read.hpp"
#include "http/backend.hpp"
#include "package/model.hpp"
#include "vault/vault.hpp"

namespace flora::http {

base::JsonArray json_of(const std::vector<std::string>& texts);
base::JsonObject json_of(const package::Text& text);
base::Json json_or_null(std::string_view text);                   // null if empty
base::Json json_of_due(const std::optional<base::Instant>& due);  // "2021-04-09T24:00", null without a limit

base::JsonObject json_of(const base::Error& error);
base::JsonObject json_of(const channel::FindingChange& change);
base::JsonObject json_of(const channel::NoteSent& note);
base::JsonObject json_of(const channel::DutyChange& duty);
base::JsonObject json_of(const std::vector<channel::AgencyCues>& cues);
base::JsonObject json_of(const Outcome& outcome, std::size_t number);  // WriteResult

base::JsonObject json_of(const channel::Finding& finding);
base::JsonObject json_of(const channel::FindingShown& finding);
base::JsonObject json_of(const channel::FactShown& fact);
base::JsonObject json_of(const channel::Duty& duty);
base::JsonObject json_of(const channel::Missing& missing);
base::JsonObject json_of(const channel::BlockedStep& blocked);
base::JsonObject json_of(const vault::Record& record);  // Person

base::JsonObject json_of_package(const package::Package& package, const base::Hash& version);
base::JsonObject json_of(const Status& status);

}  // namespace flora::http
