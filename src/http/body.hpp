// SPDX-License-Identifier: EUPL-1.2
// Reading JSON bodies: every mistake with a code and a JSON Pointer (RFC 6901) to its place. Pure.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

namespace flora::http {

struct BadBody {
  base::Error error;
  std::string pointer;
};
template <class T>
using Body = tl::expected<T, BadBody>;

// An object of the body, with where it stands.
class Fields {
 public:
  Fields(const base::JsonObject& object, std::string pointer) : object_(&object), pointer_(std::move(pointer)) {}

  // Errors of all: kWrongType, kOutOfRange (a text over `chars_max` bytes or with control characters), kMalformed.
  Body<std::string> text(std::string_view name, std::size_t bytes_max = 256) const;  // kMissingField
  Body<std::string> text_or(std::string_view name, std::string_view fallback, std::size_t bytes_max = 256) const;
  Body<bool> flag_or(std::string_view name, bool fallback) const;
  Body<std::optional<base::Instant>> time(std::string_view name) const;
  Body<base::CaseId> case_id(std::string_view name) const;                                               // kMissingField
  Body<Fields> object(std::string_view name) const;                                                      // kMissingField
  Body<const base::JsonArray*> array(std::string_view name, std::size_t least, std::size_t most) const;  // kMissingField
  Body<Fields> element(const base::JsonArray& array, std::string_view array_name, std::size_t index) const;
  Body<bool> only(std::initializer_list<std::string_view> names) const;  // kUnknownField
  bool has(std::string_view name) const { return object_->contains(name); }
  const base::Json* find(std::string_view name) const { return object_->if_contains(name); }
  tl::unexpected<BadBody> wrong(std::string_view name, base::Code code, std::string detail) const;

 private:
  const base::JsonObject* object_;
  std::string pointer_;
};

// The body as one JSON object. Errors: those of parse_json, kWrongType.
Body<base::Json> read_object(const Request& request);

// A reason code as commands carry it: 1 to 64 letters of [a-z0-9_].
bool is_reason_code(std::string_view text);

}  // namespace flora::http
