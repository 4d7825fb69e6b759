#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/config/check_file.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

bool show(const std::string& file, const base::Result<void>& checked, std::string_view more = {}) {
  fmt::print("{}\n", checked ? fmt::format("{}: ok{}", file, more) : checked.error().message);
  return checked.has_value();
}

/// "; collectors: minimal", or of each target where they differ; nothing where all have the default.
std::string groups(const config::Config& config) {
  std::vector<std::string> parts;
  bool alike = true;
  for (const config::TargetConfig& target : config::watched(config)) {
    alike = alike && target.group == config.group;
    parts.push_back(fmt::format("{} {}", target.name, model::name(target.group)));
  }
  if (!alike) return fmt::format("; collectors: {}", fmt::join(parts, ", "));
  if (config.group == model::Group::standard) return {};
  return fmt::format("; collectors: {}", model::name(config.group));
}

}  // namespace

int check_config(const CommandLine& line) {
  bool sound = true;
  for (const std::string& file : line.files)
    sound = show(file, config::check_file(file, catalogue::collectors(), rules::rules())) && sound;
  if (line.files.empty()) {
    const auto config = resolve(line, catalogue::collectors(), rules::rules());
    const std::string file = line.config_file.empty() ? "the command line" : line.config_file;
    sound = show(file, config.map([](const auto&) {}), config ? groups(*config) : "");
    if (config && !config->web.config_file.empty())
      sound = show(config->web.config_file, config::check_web_file(config->web.config_file)) && sound;
  }
  return sound ? EXIT_SUCCESS : kBadInput;
}

}  // namespace pgvigil::app
