// SPDX-License-Identifier: EUPL-1.2
// The node's log: one JSON object a line on stderr, {"time","level","event",...}. Events are fixed words, values are escaped,
// so that no input can forge a line. No personal data, no case, actor or file number, no credential ever stands in it: fields
// are heights, counts, codes, durations, member and channel ids. Any thread.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace flora::node {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

struct LogField {
  std::string_view name;
  std::variant<std::int64_t, bool, std::string_view> value;
  LogField(std::string_view n, std::int64_t v) : name(n), value(v) {}
  LogField(std::string_view n, std::size_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view n, int v) : name(n), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view n, bool v) : name(n), value(v) {}
  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
};

class Log {
 public:
  // `level` as in the configuration; unknown words count as "info". With `file` empty: stderr.
  static std::unique_ptr<Log> open(std::string_view level, const std::string& file = {});
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) = 0;
  virtual void flush() = 0;

  void info(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::kInfo, event, fields); }
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::kWarn, event, fields); }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) { write(LogLevel::kError, event, fields); }
  // Code, name and detail of an error. Details of our errors carry no personal data.
  void failure(std::string_view event, const base::Error& error);
};

// Swallows everything; for tests.
Log& no_log();

// The line that `write` makes, without its newline; for tests.
std::string log_line(std::string_view time, LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

}  // namespace flora::node
