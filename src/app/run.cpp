#include "pgvigil/app/run.hpp"

#include <fmt/core.h>

#include <cstdlib>

#include "app/commands.hpp"
#include "app/version.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

int refuse(const base::Error& error) {
  fmt::print(stderr, "pgvigil: {}\n", error.message);
  return kBadInput;
}

}  // namespace

int run(int argc, char** argv) {
  const auto line = parse_command_line(argc, argv, [](const char* name) { return std::getenv(name); });
  if (!line) return refuse(line.error());
  if (line->command == Command::help) return fmt::print("{}", line->text), EXIT_SUCCESS;
  if (line->command == Command::version)
    return fmt::print("pgvigil {} ({})\n", kVersion, kCompiler), EXIT_SUCCESS;

  const auto config = resolve(*line, catalogue::collectors(), rules::rules());
  if (!config) return refuse(config.error());
  switch (line->command) {
    case Command::check:
      return check(*line, *config);
    case Command::explain:
      return explain(*line, *config);
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
