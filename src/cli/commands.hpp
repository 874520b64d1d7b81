// SPDX-License-Identifier: EUPL-1.2
// The nouns of `flora`, one file each: add_<noun> declares its verbs and what they run.
#pragma once
#include "cli/context.hpp"

namespace flora::cli {

using AddNoun = void (*)(CLI::App& app, Context& context);

void add_ca(CLI::App& app, Context& context);
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
void add_case(CLI::App& app, Context& context);
void add_view(CLI::App& app, Context& context);
void add_submit(CLI::App& app, Context& context);
void add_finding(CLI::App& app, Context& context);
void add_receipt(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);

// Verbs that stand in files of their own.
void add_process_script(CLI::App& process_noun, Context& context);
void add_receipt_verify(CLI::App& receipt_noun, Context& context);

}  // namespace flora::cli
