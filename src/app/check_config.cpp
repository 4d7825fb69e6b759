#include <fmt/core.h>

#include <cstdlib>

#include "app/commands.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/config/check_file.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

bool show(const std::string& file, const base::Result<void>& checked) {
  fmt::print("{}\n", checked ? fmt::format("{}: ok", file) : checked.error().message);
  return checked.has_value();
}

}  // namespace

int check_config(const CommandLine& line) {
  bool sound = true;
  for (const std::string& file : line.files)
    sound = show(file, config::check_file(file, catalogue::collectors(), rules::rules())) && sound;
  if (line.files.empty()) {
    const auto config = resolve(line, catalogue::collectors(), rules::rules());
    const std::string file = line.config_file.empty() ? "the command line" : line.config_file;
    sound = show(file, config.map([](const auto&) {}));
    if (config && !config->web.config_file.empty())
      sound = show(config->web.config_file, config::check_web_file(config->web.config_file)) && sound;
  }
  return sound ? EXIT_SUCCESS : kBadInput;
}

}  // namespace pgvigil::app
