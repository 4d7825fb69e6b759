#include "app/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>

#include "app/log_budget.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::app {
namespace {

config::LogFormat g_format = config::LogFormat::logfmt;  // set once, before any other thread runs

spdlog::level::level_enum level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return spdlog::level::debug;
    case config::LogLevel::info:
      return spdlog::level::info;
    case config::LogLevel::warn:
      return spdlog::level::warn;
    case config::LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string json_text(std::string_view text) { return nlohmann::json(base::clean_utf8(text)).dump(); }

/// Bare where it can be, quoted as JSON quotes where not.
std::string logfmt_text(std::string_view text) {
  const auto harmless = [](char c) {
    return c != ' ' && !base::is_control(c) && c != '"' && c != '=' && c != '\\';
  };
  const bool bare = !text.empty() && std::ranges::all_of(text, harmless) && base::is_utf8(text);
  return bare ? std::string(text) : json_text(text);
}

}  // namespace

std::string format_event(config::LogFormat format, std::string_view message, const Fields& fields) {
  const bool json = format == config::LogFormat::json;
  std::string line = (json ? "\"msg\":" : "msg=") + (json ? json_text(message) : logfmt_text(message));
  for (const auto& [key, value] : fields)
    line += json ? fmt::format(",\"{}\":{}", key, json_text(value))
                 : fmt::format(" {}={}", key, logfmt_text(value));
  return line;
}

void start_log(const config::Log& settings) {
  g_format = settings.format;
  auto logger =
      std::make_shared<spdlog::logger>("pgvigil", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(level_of(settings.level));
  logger->flush_on(spdlog::level::debug);
  const bool json = settings.format == config::LogFormat::json;
  logger->set_pattern(
      json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
      spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(config::LogLevel level) { spdlog::default_logger()->set_level(level_of(level)); }

void log(config::LogLevel level, std::string_view message, const Fields& fields) {
  if (!spdlog::should_log(level_of(level))) return;
  static std::mutex mutex;
  static LogBudget budget;
  const auto verdict = [&] {
    const std::lock_guard lock(mutex);
    return budget.take(message, std::chrono::steady_clock::now());
  }();
  if (!verdict.write && verdict.left_out > 1) return;
  if (verdict.left_out > 0)
    spdlog::log(spdlog::level::warn, "{}",
                format_event(g_format, verdict.write ? "lines were left out" : "lines are left out from here",
                             {{"of", std::string(message)}, {"lines", std::to_string(verdict.left_out)}}));
  if (verdict.write) spdlog::log(level_of(level), "{}", format_event(g_format, message, fields));
}

}  // namespace pgvigil::app
