// SPDX-License-Identifier: EUPL-1.2
// The nouns of `flora`, one file each: add_<noun> declares its verbs and what they run.
#pragma once
#include "cli/context.hpp"

namespace flora::cli {

using AddNoun = void (*)(CLI::App& app, Context& context);

void add_cert(CLI::App& app, Context& context);
void add_cose(CLI::App& app, Context& context);
void add_home(CLI::App& app, Context& context);
void add_serve(CLI::App& app, Context& context);
void add_journal(CLI::App& app, Context& context);
void add_verify(CLI::App& app, Context& context);
void add_docs(CLI::App& app, Context& context);
void add_calendar(CLI::App& app, Context& context);
void add_feel(CLI::App& app, Context& context);
void add_package(CLI::App& app, Context& context);
void add_process(CLI::App& app, Context& context);

}  // namespace flora::cli
