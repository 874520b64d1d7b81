// SPDX-License-Identifier: EUPL-1.2
// The one file that sees spdlog. Its own JSON patterns do not escape values, so lines are made here and passed through whole.
#include "node/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json.hpp"
#include "base/time.hpp"
#include "orderer/pace.hpp"

namespace flora::node {

namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
  }
  return "error";
}

spdlog::level::level_enum spd_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

LogLevel parse_level(std::string_view word) {
  if (word == "debug") return LogLevel::kDebug;
  if (word == "warn") return LogLevel::kWarn;
  if (word == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

class SpdLog final : public Log {
 public:
  SpdLog(std::shared_ptr<spdlog::logger> logger, LogLevel level) : logger_(std::move(logger)) {
    logger_->set_pattern("%v");
    logger_->set_level(spd_level(level));
    logger_->flush_on(spdlog::level::warn);
  }
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    if (!logger_->should_log(spd_level(level))) return;
    orderer::SystemPace clock;
    const std::string line = log_line(base::to_rfc3339(clock.now()), level, event, fields);
    logger_->log(spd_level(level), spdlog::string_view_t(line.data(), line.size()));
  }
  void flush() override { logger_->flush(); }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
  void flush() override {}
};

}  // namespace

std::string log_line(std::string_view time, LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  base::JsonObject line{{"time", time}, {"level", name_of(level)}, {"event", event}};
  for (const auto& field : fields) {
    std::visit([&](const auto& value) { line[field.name] = value; }, field.value);
  }
  return base::to_json(base::Json(std::move(line)));
}

std::unique_ptr<Log> Log::open(std::string_view level, const std::string& file) {
  std::shared_ptr<spdlog::logger> logger;
  try {
    const spdlog::sink_ptr sink = file.empty() ? spdlog::sink_ptr(std::make_shared<spdlog::sinks::stderr_sink_mt>())
                                               : std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
    logger = std::make_shared<spdlog::logger>("flora", sink);
  } catch (const spdlog::spdlog_ex&) {
    logger = std::make_shared<spdlog::logger>("flora", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  }
  return std::make_unique<SpdLog>(std::move(logger), parse_level(level));
}

void Log::failure(std::string_view event, const base::Error& error) {
  write(static_cast<std::uint32_t>(error.code) >= 9000 ? LogLevel::kError : LogLevel::kWarn, event,
        {{"code", static_cast<std::int64_t>(error.code)}, {"name", base::name_of(error.code)}, {"detail", error.detail}});
}

Log& no_log() {
  static NoLog log;
  return log;
}

}  // namespace flora::node
