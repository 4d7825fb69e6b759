#pragma once

#include "app/command_line.hpp"
#include "pgvigil/config/config.hpp"

/// The sub-commands. Each returns the exit code.
namespace pgvigil::app {

/// Bad input, said in one line on stderr.
inline constexpr int kBadInput = 2;

/// The daemon: polls and serves until SIGTERM or SIGINT.
int serve(const CommandLine& line, const config::Config& config);

/// Two polls, `line.window` apart; the five thresholds as a table or as JSON. Exit code as monitoring plugins
/// have it: 0 ok, 1 warning, 2 critical, 3 unknown; the worst counts, and critical is worse than unknown.
int check(const CommandLine& line, const config::TargetConfig& target);

/// Reads configuration files as the daemon would and says of each `FILE: ok` or what is wrong: `line.files`,
/// or else those that --config.file and --web.config.file name.
int check_config(const CommandLine& line);

/// The SQL chosen for this server, its mapping, outcome and time, of one collector or of all.
int explain(const CommandLine& line, const config::TargetConfig& target);

/// Looks for everything that a set-up may lack, and prints what mends it. 0: nothing is; 1: something; 3:
/// there is no session.
int doctor(const CommandLine& line, const config::TargetConfig& target);

/// Writes alert rules, dashboards or docs below `line.out`; prints the path of each file that it changed.
int generate(const CommandLine& line, const config::Config& config);

/// Asks the daemon that the configuration describes, on this machine, whether it is alive: 0 yes, 1 no.
int healthcheck(const config::Config& config);

/// Writes the analysis of a period to `line.out`, or prints it. 1: Prometheus cannot say anything of it.
int report(const CommandLine& line, const config::Config& config);

}  // namespace pgvigil::app
