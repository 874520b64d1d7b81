// SPDX-License-Identifier: EUPL-1.2
#include "process/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/cbor.hpp"
#include "calendar/civil.hpp"
#include "process/compiled.hpp"

namespace flora::process {

using base::Code;
using base::fail;
using package::Field;
using package::FieldType;

namespace {

constexpr std::int64_t kSecondsPerDay = calendar::kSecondsPerDay;

tl::unexpected<base::Error> refused(const Field& field, std::string_view why) {
  return fail(Code::kDataRefused, fmt::format("field {}: {}", field.id, why));
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kTokenCharsMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
           c == '-';
  });
}

// "HH:MM" or "HH:MM:SS".
std::optional<std::int64_t> parse_time(std::string_view text) {
  if (text.size() != 5 && text.size() != 8) return std::nullopt;
  std::int64_t part[3] = {0, 0, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % 3 == 2) {
      if (text[i] != ':') return std::nullopt;
    } else {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      part[i / 3] = part[i / 3] * 10 + (text[i] - '0');
    }
  }
  if (part[0] > 23 || part[1] > 59 || part[2] > 59) return std::nullopt;
  return part[0] * 3600 + part[1] * 60 + part[2];
}

std::string time_text(std::int64_t seconds) {
  const auto text = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
  return seconds % 60 == 0 ? text : text + fmt::format(":{:02}", seconds % 60);
}

// Puts values where they belong, whatever form they came in.
class DataBuilder {
 public:
  DataBuilder(const Definition& definition, StepIndex step) : package_(definition.package()), fields_(package_.steps[step].data) {
    data_.values.assign(fields_.size(), Data::kAbsent);
  }

  base::Result<std::size_t> place(std::string_view name) const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].id == name) return i;
    }
    // The name comes from outside and may be anything; it is told only if it could be a name.
    const bool tellable = is_token(name);
    return fail(Code::kDataRefused,
                tellable ? fmt::format("field {} is not in the step's schema", name) : "a field is not in the step's schema");
  }
  const Field& field(std::size_t i) const { return fields_[i]; }

  base::Status text(std::size_t i, std::string_view text) {
    const Field& f = fields_[i];
    std::int64_t& value = data_.values[i];
    switch (f.type) {
      case FieldType::kCode: {
        const auto* list = package_.find_codes(f.list);
        if (list == nullptr) return refused(f, "its code list is not defined");
        for (std::size_t c = 0; c < list->codes.size(); ++c) {
          if (list->codes[c].id == text) value = static_cast<std::int64_t>(c);
        }
        return value == Data::kAbsent ? base::Status(refused(f, fmt::format("not a code of {}", f.list))) : base::Status{};
      }
      case FieldType::kDate: {
        const auto date = calendar::parse_date(text);
        if (!date) return refused(f, "not a date YYYY-MM-DD");
        value = date->days;
        return {};
      }
      case FieldType::kTime: {
        const auto time = parse_time(text);
        if (!time) return refused(f, "not a time HH:MM");
        value = *time;
        return {};
      }
      case FieldType::kToken:
        if (!is_token(text)) return refused(f, "not a token of 1 to 64 letters, digits, '.', '_', ':' or '-'");
        value = static_cast<std::int64_t>(data_.tokens.size() * 128 + text.size());
        data_.tokens += text;
        return {};
      default: return refused(f, "a text where none is expected");
    }
  }
  base::Status integer(std::size_t i, std::int64_t number) {
    const Field& f = fields_[i];
    if (f.type != FieldType::kInteger) return refused(f, "a number where none is expected");
    if (number < f.min || number > f.max) return refused(f, fmt::format("not between {} and {}", f.min, f.max));
    data_.values[i] = number;
    return {};
  }
  base::Status boolean(std::size_t i, bool value) {
    if (fields_[i].type != FieldType::kBoolean) return refused(fields_[i], "true or false where none is expected");
    data_.values[i] = value ? 1 : 0;
    return {};
  }

  base::Result<Data> take() {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].required && data_.values[i] == Data::kAbsent) return refused(fields_[i], "is missing");
    }
    return std::move(data_);
  }

 private:
  const package::Package& package_;
  const std::vector<Field>& fields_;
  Data data_;
};

std::string_view token_of(const Data& data, std::int64_t value) {
  return std::string_view(data.tokens).substr(static_cast<std::size_t>(value / 128), static_cast<std::size_t>(value % 128));
}

}  // namespace

base::Result<Data> parse_data(const Definition& definition, StepIndex step, const base::Json& json) {
  DataBuilder builder(definition, step);
  if (json.is_null()) return builder.take();
  const auto* object = json.if_object();
  if (object == nullptr) return fail(Code::kDataRefused, "the data is not an object");
  for (const auto& member : *object) {
    FLORA_TRY(const auto i, builder.place(std::string_view(member.key().data(), member.key().size())));
    const auto& value = member.value();
    if (value.is_null()) continue;
    if (const auto* text = value.if_string()) {
      FLORA_TRY(builder.text(i, std::string_view(text->data(), text->size())));
    } else if (const auto* flag = value.if_bool()) {
      FLORA_TRY(builder.boolean(i, *flag));
    } else if (const auto* number = value.if_int64()) {
      FLORA_TRY(builder.integer(i, *number));
    } else {
      return refused(builder.field(i), "not a value of its type");
    }
  }
  return builder.take();
}

base::Result<Data> parse_data(const Definition& definition, StepIndex step, base::ByteView cbor) {
  DataBuilder builder(definition, step);
  FLORA_TRY(auto reader, base::CborReader::open(cbor));
  FLORA_TRY(const auto pairs, reader.map());
  for (std::size_t n = 0; n < pairs; ++n) {
    FLORA_TRY(const auto name, reader.text());
    FLORA_TRY(const auto i, builder.place(name));
    switch (reader.peek()) {
      case base::CborType::kText: {
        FLORA_TRY(const auto text, reader.text());
        FLORA_TRY(builder.text(i, text));
        break;
      }
      case base::CborType::kBoolean: {
        FLORA_TRY(const auto flag, reader.boolean());
        FLORA_TRY(builder.boolean(i, flag));
        break;
      }
      case base::CborType::kUint:
      case base::CborType::kNegative: {
        FLORA_TRY(const auto number, reader.integer());
        FLORA_TRY(builder.integer(i, number));
        break;
      }
      default: return refused(builder.field(i), "not a value of its type");
    }
  }
  FLORA_TRY(reader.end());
  return builder.take();
}

base::Status check_value(const Definition& definition, StepIndex step, std::size_t index, const Data& data) {
  const Field& f = definition.package().steps[step].data[index];
  const std::int64_t value = data.values[index];
  bool fits = value >= 0;
  switch (f.type) {
    case FieldType::kCode: {
      const auto* list = definition.compiled().steps[step].lists[index];
      fits = fits && list != nullptr && value < static_cast<std::int64_t>(list->codes.size());
      break;
    }
    case FieldType::kDate: fits = value > -800'000 && value < 3'000'000; break;  // years 0001 to 9999
    case FieldType::kTime: fits = fits && value < kSecondsPerDay; break;
    case FieldType::kInteger: fits = value >= f.min && value <= f.max; break;
    case FieldType::kBoolean: fits = value == 0 || value == 1; break;
    case FieldType::kToken:
      fits =
          fits && static_cast<std::uint64_t>(value / 128 + value % 128) <= data.tokens.size() && is_token(token_of(data, value));
      break;
  }
  return fits ? base::Status{} : base::Status(refused(f, "outside its range"));
}

base::Status check_data(const Definition& definition, StepIndex step, const Data& data) {
  const auto& fields = definition.package().steps[step].data;
  if (!data.values.empty() && data.values.size() != fields.size()) return fail(Code::kDataRefused, "wrong number of fields");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (data.values.empty() || data.values[i] == Data::kAbsent) {
      if (fields[i].required) return refused(fields[i], "is missing");
      continue;
    }
    FLORA_TRY(check_value(definition, step, i, data));
  }
  return {};
}

base::Bytes encode_data(const Definition& definition, StepIndex step, const Data& data) {
  const auto& fields = definition.package().steps[step].data;
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < data.values.size() && i < fields.size(); ++i) {
    if (data.values[i] != Data::kAbsent) present.push_back(i);
  }
  // Deterministic order of map keys: shorter encodings first, then bytewise (RFC 8949, 4.2.1).
  std::sort(present.begin(), present.end(), [&](auto a, auto b) {
    const auto &x = fields[a].id, &y = fields[b].id;
    return x.size() != y.size() ? x.size() < y.size() : x < y;
  });
  base::CborWriter writer;
  writer.map(present.size());
  for (auto i : present) {
    writer.text(fields[i].id);
    if (fields[i].type == FieldType::kInteger) {
      writer.integer(data.values[i]);
    } else if (fields[i].type == FieldType::kBoolean) {
      writer.boolean(data.values[i] != 0);
    } else {
      writer.text(field_text(definition, step, i, data));
    }
  }
  return writer.take();
}

base::JsonObject to_json(const Definition& definition, StepIndex step, const Data& data) {
  const auto& fields = definition.package().steps[step].data;
  base::JsonObject out;
  for (std::size_t i = 0; i < data.values.size() && i < fields.size(); ++i) {
    if (data.values[i] == Data::kAbsent) continue;
    if (fields[i].type == FieldType::kInteger) {
      out[fields[i].id] = data.values[i];
    } else if (fields[i].type == FieldType::kBoolean) {
      out[fields[i].id] = data.values[i] != 0;
    } else {
      out[fields[i].id] = field_text(definition, step, i, data);
    }
  }
  return out;
}

std::string field_text(const Definition& definition, StepIndex step, std::size_t index, const Data& data) {
  if (index >= data.values.size() || data.values[index] == Data::kAbsent) return {};
  const Field& f = definition.package().steps[step].data[index];
  const std::int64_t value = data.values[index];
  switch (f.type) {
    case FieldType::kCode: return definition.package().find_codes(f.list)->codes[static_cast<std::size_t>(value)].id;
    case FieldType::kDate: return calendar::to_text(calendar::CivilDate{static_cast<std::int32_t>(value)});
    case FieldType::kTime: return time_text(value);
    case FieldType::kInteger: return std::to_string(value);
    case FieldType::kBoolean: return value != 0 ? "true" : "false";
    case FieldType::kToken: return std::string(token_of(data, value));
  }
  return {};
}

}  // namespace flora::process
