// SPDX-License-Identifier: EUPL-1.2
// The engine alone, driven by JSON lines: what `flora process run` does (docs/reference/command-line.md). Many cases, one ledger
// time, no ledger. Pure; one thread.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "process/definition.hpp"
#include "process/effects.hpp"
#include "process/engine.hpp"
#include "process/state.hpp"

namespace flora::process {

class LineRun {
 public:
  explicit LineRun(std::shared_ptr<const Definition> definition);

  // What one input line causes: lines of the clock, then the answer (none for the passing of time). A line that cannot be read,
  // or is refused, is answered with `error`.
  std::vector<base::JsonObject> line(std::string_view text);
  // One line per case, by case id.
  std::vector<base::JsonObject> states() const;

  bool any_refused() const { return refused_; }
  bool any_unreadable() const { return unreadable_; }

 private:
  struct Case {
    CaseState state;
    std::vector<std::string> names;  // of entered facts
    std::int64_t due = kNever;       // under which it stands in agenda_
  };
  struct Answer {
    std::string content;    // what was said under this message id
    base::JsonObject line;  // the first answer
  };
  using Lines = std::vector<base::JsonObject>;

  base::Status read(const base::JsonObject& input, Lines& out);
  base::Status move_time(base::Instant now, Lines& out);
  base::Result<base::JsonObject> answer(const base::JsonObject& input, const std::string& id);
  base::Result<Command> command_of(const base::JsonObject& input, const Case& of) const;
  base::Result<Command> fact_of(const base::JsonObject& input, const Case& of) const;
  base::Result<Command> act_of(const base::JsonObject& input, const Case& of) const;
  base::Result<RoleIndex> role_of(const base::JsonObject& input) const;
  base::Result<FactRef> fact_named(const Case& of, std::string_view name) const;
  void clock_line(const std::string& id, Case& of, Lines& out);
  void put_on_agenda(const std::string& id, Case& of);

  std::shared_ptr<const Definition> definition_;
  std::map<std::string, Case, std::less<>> cases_;
  std::set<std::pair<std::int64_t, std::string>> agenda_;  // due instant, case: the order of the clock
  std::map<std::string, Answer, std::less<>> answers_;
  std::optional<base::Instant> now_;
  std::uint64_t n_ = 0;
  Effects effects_;
  bool refused_ = false, unreadable_ = false;
};

}  // namespace flora::process
