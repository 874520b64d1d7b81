// SPDX-License-Identifier: EUPL-1.2
#include "channel/tallies.hpp"

#include <algorithm>
#include <charconv>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "calendar/civil.hpp"
#include "channel/keys.hpp"
#include "package/guards.hpp"

namespace flora::channel {
namespace {

std::optional<std::size_t> find_field(const package::Step& step, std::string_view id) {
  for (std::size_t i = 0; i < step.data.size(); ++i) {
    if (step.data[i].id == id) return i;
  }
  return std::nullopt;
}

// The value of a field as text; empty if the step has no such field or the fact leaves it out.
std::string text_of(const Version& version, package::StepIndex step, const process::Data& data, std::string_view field) {
  const auto index = find_field(version.package->steps[step], field);
  return index ? process::field_text(*version.definition, step, *index, data) : std::string();
}

base::Bytes key_of(const Version& version, const package::Tally& tally, std::string_view value) {
  static constexpr std::array<std::uint8_t, 1> kZero{};
  return entry_key(entry::kTally,
                   {base::as_bytes(version.package->id), kZero, base::as_bytes(tally.id), kZero, base::as_bytes(value)});
}

// With the member; a full set stays as it is.
void insert(std::vector<std::string>& members, std::string member) {
  const auto at = std::lower_bound(members.begin(), members.end(), member);
  if ((at != members.end() && *at == member) || members.size() >= package::kTallySetMax) return;
  members.insert(at, std::move(member));
}

// "09:30", "09:30:05"
std::optional<std::int64_t> seconds_of(std::string_view text) {
  std::int64_t total = 0, scale = 3600;
  for (std::size_t at = 0; at + 2 <= text.size() && scale > 0; at += 3, scale /= 60) {
    int part = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, part);
    if (error != std::errc{} || end != text.data() + at + 2) return std::nullopt;
    total += part * scale;
  }
  return total;
}

std::optional<std::int64_t> number_of(const package::Package& package, const package::Field& field, std::string_view text) {
  switch (field.type) {
    case package::FieldType::kCode: {
      const package::CodeList* list = package.find_codes(field.list);
      if (list == nullptr) return std::nullopt;
      const auto it = std::find_if(list->codes.begin(), list->codes.end(), [&](const auto& code) { return code.id == text; });
      if (it == list->codes.end()) return std::nullopt;
      return it - list->codes.begin();
    }
    case package::FieldType::kDate: {
      const auto date = calendar::parse_date(text);
      return date ? std::optional<std::int64_t>(date->days) : std::nullopt;
    }
    case package::FieldType::kTime: return seconds_of(text);
    case package::FieldType::kBoolean: return text == "true" ? 1 : 0;
    case package::FieldType::kInteger: {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc{} ? std::optional<std::int64_t>(value) : std::nullopt;
    }
    case package::FieldType::kToken: break;
  }
  return std::nullopt;
}

process::Tallies::Value value_for_guards(const package::Package& package, const package::Tally& tally, const TallyValue& value) {
  process::Tallies::Value out;
  out.known = true;
  out.count = static_cast<std::int64_t>(value.count);
  if (!tally.is_set) return out;
  const auto field = find_field(package.steps[tally.step], tally.of_field);
  if (!field) return out;
  const package::Field& schema = package.steps[tally.step].data[*field];
  if (schema.type == package::FieldType::kToken) {
    out.tokens = value.members;
    return out;
  }
  for (const auto& member : value.members) {
    if (const auto number = number_of(package, schema, member)) out.values.push_back(*number);
  }
  std::sort(out.values.begin(), out.values.end());
  return out;
}

void include(const Version& version, const package::Tally& tally, package::StepIndex step, const process::Data& data,
             TallyValue& value) {
  if (!tally.is_set) {
    ++value.count;
  } else if (std::string member = text_of(version, step, data, tally.of_field); !member.empty()) {
    insert(value.members, std::move(member));
  }
}

}  // namespace

base::Bytes encode_tally(const TallyValue& value) {
  base::CborWriter w;
  w.array(3).uint(1).uint(value.count).array(value.members.size());
  for (const auto& member : value.members) w.text(member);
  return w.take();
}

base::Result<TallyValue> decode_tally(base::ByteView bytes) {
  FLORA_TRY(auto r, base::CborReader::open(bytes));
  FLORA_TRY(r.array(3));
  FLORA_TRY(const auto format, r.uint());
  if (format != 1) return base::fail(base::Code::kCorrupt, "a tally has an unknown format");
  TallyValue value;
  FLORA_TRY(value.count, r.uint());
  FLORA_TRY(const auto n, r.array());
  for (std::size_t i = 0; i < n; ++i) {
    FLORA_TRY(const auto member, r.text());
    value.members.emplace_back(member);
  }
  return value;
}

TallyValue TallyBook::read(const base::Bytes& key) const {
  if (const auto it = changed_.find(key); it != changed_.end()) return it->second;
  const auto bytes = tables_.get(base::Table::kChannel, in_channel(channel_, key));
  if (!bytes) return {};
  auto value = decode_tally(*bytes);
  FLORA_CHECK(value.has_value(), "a stored tally can be read");
  return *std::move(value);
}

process::Tallies TallyBook::seen_by(const Version& version, package::StepIndex step, const process::Data& data) {
  process::Tallies out;
  for (const auto& tally : version.package->tallies) {
    const std::string key = text_of(version, step, data, tally.by_field);
    if (key.empty()) {
      out.values.emplace_back();
      continue;
    }
    TallyValue value = read(key_of(version, tally, key));
    if (tally.step == step) include(version, tally, step, data, value);
    out.values.push_back(value_for_guards(*version.package, tally, value));
  }
  return out;
}

void TallyBook::add(const Version& version, package::StepIndex step, const process::Data& data) {
  for (const auto& tally : version.package->tallies) {
    if (tally.step != step) continue;
    const std::string by = text_of(version, step, data, tally.by_field);
    if (by.empty()) continue;
    const base::Bytes key = key_of(version, tally, by);
    TallyValue value = read(key);
    include(version, tally, step, data, value);
    changed_[key] = std::move(value);
  }
}

}  // namespace flora::channel
