// SPDX-License-Identifier: EUPL-1.2
// Bodies of requests: strict JSON, then typed access with pointers, as the handlers do it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "http/body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace flora;
  http::Request request;
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto body = http::read_object(request);
  if (!body) return 0;
  // What was read once is written and read again as the same.
  const auto again = base::parse_json(base::to_json(*body));
  if (!again || base::canonical_json(*again) != base::canonical_json(*body)) std::abort();
  const http::Fields fields(body->get_object(), "");
  for (const char* list : {"facts", "acts", "persons"}) {
    const auto array = fields.array(list, 1, 1000);
    if (!array) continue;
    for (std::size_t i = 0; i < (*array)->size(); ++i) {
      const auto element = fields.element(**array, list, i);
      if (!element) continue;
      static_cast<void>(element->only({"case", "new_case", "step", "at", "by", "data"}));
      static_cast<void>(element->case_id("case"));
      static_cast<void>(element->time("at"));
      static_cast<void>(element->text("step", 128));
      static_cast<void>(element->text_or("by", "", 128));
      static_cast<void>(element->flag_or("new_case", false));
      if (const auto finding = element->object("finding")) static_cast<void>(finding->text("rule"));
    }
  }
  return 0;
}
