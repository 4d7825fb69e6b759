#include "pgvigil/app/run.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "app/commands.hpp"
#include "app/version.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

int refuse(const base::Error& error) {
  fmt::print(stderr, "pgvigil: {}\n", error.message);
  return kBadInput;
}

/// The target that --target names, or the only one.
base::Result<config::TargetConfig> chosen(const CommandLine& line, const config::Config& config) {
  const auto targets = config::watched(config);
  std::vector<std::string_view> names;
  for (const config::TargetConfig& target : targets) {
    if (target.name == line.target || (line.target.empty() && targets.size() == 1)) return target;
    names.push_back(target.name);
  }
  if (config.targets.empty())
    return base::fail(base::ErrorKind::config, "--target: the configuration has no targets; leave it out");
  if (line.target.empty())
    return base::fail(base::ErrorKind::config, "there are several targets; name one by --target={}",
                      fmt::join(names, "|"));
  const auto near = base::nearest(line.target, names);
  return base::fail(
      base::ErrorKind::config, "unknown target '{}'; {}", base::one_line(line.target),
      near ? fmt::format("did you mean '{}'?", *near) : fmt::format("known are {}", fmt::join(names, ", ")));
}

int on_target(int (*command)(const CommandLine&, const config::TargetConfig&), const CommandLine& line,
              const config::Config& config) {
  const auto target = chosen(line, config);
  return target ? command(line, *target) : refuse(target.error());
}

}  // namespace

int run(int argc, char** argv) {
  const auto line = parse_command_line(argc, argv, [](const char* name) { return std::getenv(name); });
  hide_secrets(argc, argv);
  if (!line) return refuse(line.error());
  if (line->command == Command::help) return fmt::print("{}", line->text), EXIT_SUCCESS;
  if (line->command == Command::version)
    return fmt::print("pgvigil {} ({})\n", kVersion, kCompiler), EXIT_SUCCESS;

  if (line->command == Command::check_config) return check_config(*line);
  const auto config = resolve(*line, catalogue::collectors(), rules::rules());
  if (!config) return refuse(config.error());
  switch (line->command) {
    case Command::check:
      return on_target(check, *line, *config);
    case Command::explain:
      return on_target(explain, *line, *config);
    case Command::doctor:
      return on_target(doctor, *line, *config);
    case Command::generate:
      return generate(*line, *config);
    case Command::healthcheck:
      return healthcheck(*config);
    case Command::report:
      return report(*line, *config);
    default:
      return serve(*line, *config);
  }
}

}  // namespace pgvigil::app
