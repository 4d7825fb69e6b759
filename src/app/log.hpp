#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pgvigil/config/config.hpp"

namespace pgvigil::app {

using Fields = std::vector<std::pair<std::string_view, std::string>>;

/// The daemon's log: one line an event on stderr, `ts=… level=info msg="…" key=value`, or the same as JSON.
/// Of one message no more lines are written than LogBudget allows; what is left out is counted. Any thread.
void start_log(const config::Log& settings);
void set_log_level(config::LogLevel level);
void log(config::LogLevel level, std::string_view message, const Fields& fields = {});

/// One event as the given format writes it, without time and level.
std::string format_event(config::LogFormat format, std::string_view message, const Fields& fields);

}  // namespace pgvigil::app
