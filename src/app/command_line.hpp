#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/config/config.hpp"
#include "pgvigil/config/environment.hpp"

namespace pgvigil::app {

enum class Command : std::uint8_t {
  serve,
  check,
  check_config,
  explain,
  doctor,
  generate,
  healthcheck,
  report,
  version,
  help
};

/// What `report` asks, and whom.
struct ReportRequest {
  std::string url;                      ///< of Prometheus; may hold a password
  std::string token_file;               ///< with a bearer token; empty: none
  std::string ca_file;                  ///< of the authorities to trust; empty: the system's
  std::string instance;                 ///< empty: all
  base::Seconds since{2'592'000};       ///< the period's length
  std::optional<base::WallTime> until;  ///< its end; nothing: now
};

/// What the arguments and the environment ask for. Nothing has been read or checked but their own form.
struct CommandLine {
  Command command = Command::serve;
  std::string text;                ///< of help: to be printed, exit code 0
  std::string config_file;         ///< empty: none
  std::string collector;           ///< of explain; empty: all
  std::string target;              ///< of check and explain: its name; empty: the only one
  std::string product;             ///< of generate: alerts, dashboards, docs or all
  std::vector<std::string> files;  ///< of check-config; none: those that the flags name
  std::string out;                 ///< of generate: the directory to write below; of report: the file
  bool json = false;               ///< of check, explain and doctor
  base::Millis window{10'000};     ///< of check: between its two polls
  ReportRequest report;
  std::vector<config::Assignment>
      settings;  ///< over the file's, in this order: environment first, flags after it
};

/// Reads flags in Prometheus' manner, postgres_exporter's flags and PG_EXPORTER_* variables where they mean
/// something here, and DATA_SOURCE_*. A flag wins over its variable. An error (kind config) is one line that
/// names the flag or variable, never a connection string; the caller prints it and exits with code 2. No I/O
/// but DATA_SOURCE_*_FILE.
base::Result<CommandLine> parse_command_line(int argc, const char* const* argv, const config::Lookup& lookup);

/// The configuration: the file's, if one is named, with the command line's settings over it.
base::Result<config::Config> resolve(const CommandLine& line, config::Catalogue catalogue,
                                     config::Rules rules);

/// Overwrites the values of arguments that may hold a password: /proc/PID/cmdline shows them to every user.
void hide_secrets(int argc, char** argv);

}  // namespace pgvigil::app
