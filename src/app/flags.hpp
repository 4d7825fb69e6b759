#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/command_line.hpp"

/// The tables that the command line is read by.
namespace pgvigil::app {

using Status = base::Result<void>;

/// The one list of sub-commands: registration, dispatch, help and spelling hints come from it.
struct CommandName {
  std::string_view name;
  Command command;
  std::string_view help;
};

std::span<const CommandName> commands();

struct Flag;

/// A flag's value or its variable's, and what it is called in messages.
struct Given {
  const Flag* flag;
  std::string origin;
  std::string value;  ///< of a toggle: true or false
};

struct Flag {
  std::string_view name;         ///< without dashes
  std::string_view variable;     ///< postgres_exporter's environment variable, or empty
  std::string_view placeholder;  ///< what its value is; empty: a toggle, which has a --no- form
  std::string_view help;
  Status (*take)(CommandLine&, const Given&);
  std::string_view setting = {};  ///< the configuration's key, for those that set just one
  bool repeatable = false;
  std::string_view harmless = {};  ///< of a refused one: the value that asks for nothing, its default

  std::string_view commands = {};  ///< those that it is for, where not for all: "check, explain"

  bool is_toggle() const { return placeholder.empty(); }
};

/// Every flag, refused ones of postgres_exporter's among them; --help, --version and --collector.NAME stand
/// apart.
std::span<const Flag> flags();

/// A collector of postgres_exporter's (0.11 to 0.20) and one of ours that has a part of its metrics. Several
/// rows where ours divide them; ours may be missing from the catalogue.
struct ExporterCollector {
  std::string_view theirs;
  std::string_view ours;
};

std::span<const ExporterCollector> exporter_collectors();

/// The text of --help.
std::string help();

}  // namespace pgvigil::app
