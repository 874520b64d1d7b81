// SPDX-License-Identifier: EUPL-1.2
// `--batch`: JSON Lines in, one answer line per line out, in order (interfaces: unknown fields are ignored, a line that cannot
// be read is answered with `error`; exit status 0 if every line could be read, else 2).
#pragma once
#include <functional>
#include <string_view>

#include "base/json.hpp"
#include "cli/context.hpp"

namespace flora::cli {

// Answers one request; the `id` is added by the caller.
using Answer = std::function<base::JsonObject(const base::JsonObject& request)>;

// Reads `path` ("-" for standard input) line by line and writes answers to standard output. Sets context.exit_status.
void run_batch(Context& context, std::string_view path, const Answer& answer);

// {"code": number, "name": "...", "detail": "..."}
base::JsonObject error_json(const base::Error& error);

}  // namespace flora::cli
