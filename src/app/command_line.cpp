#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "app/flags.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::app {
namespace {

using base::ErrorKind;

/// The flag that an argument such as --dsn=x names, without the value; null for another.
const Flag* flag_of(std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  for (const Flag& flag : flags())
    if (name.starts_with("--") && name.substr(2) == flag.name) return &flag;
  return nullptr;
}

/// The arguments for CLI11, last first as it wants them. `--flag=` with nothing behind is left out, as not
/// given: CLI11 would take the next argument for its value; and so it would for a flag whose value was
/// forgotten.
base::Result<std::vector<std::string>> arguments(int argc, const char* const* argv) {
  std::vector<std::string> list;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const Flag* flag = flag_of(argument);
    if (flag != nullptr && argument.ends_with('=') && argument.size() == flag->name.size() + 3) continue;
    const bool wants_next =
        flag != nullptr && !flag->is_toggle() && argument.find('=') == std::string_view::npos;
    if (wants_next && (i + 1 == argc || std::string_view(argv[i + 1]).starts_with("--")))
      return base::fail(ErrorKind::config, "{0} lacks its value; write {0}={1}", argument, flag->placeholder);
    list.emplace_back(argument);
    if (wants_next) list.emplace_back(argv[++i]);
  }
  std::reverse(list.begin(), list.end());
  return list;
}

/// --collector.NAME, --no-collector.NAME and --collector.NAME.KEY=VALUE as settings; nothing for another
/// argument. Whether there is such a collector, and such a key, is for resolve() to say.
std::optional<config::Assignment> collector_switch(std::string_view argument) {
  const bool on = argument.starts_with("--collector.");
  if (!on && !argument.starts_with("--no-collector.")) return std::nullopt;
  const std::string name(argument.substr(argument.find('.') + 1));
  const auto dot = name.find('.');
  const auto equals = name.find('=');
  if (on && dot != std::string::npos && equals != std::string::npos && dot < equals)
    return config::Assignment{std::string(argument.substr(0, argument.find('='))),
                              {"collectors", name.substr(0, dot), name.substr(dot + 1, equals - dot - 1)},
                              name.substr(equals + 1)};
  if (name.empty() || name.find_first_of(".=") != std::string::npos) return std::nullopt;
  return config::Assignment{std::string(argument), {"collectors", name, "enabled"}, on ? "true" : "false"};
}

/// Whether it may be a connection string, and so have a password in it: never to be shown.
bool may_connect(std::string_view argument) {
  return argument.find_first_of("=:/@") != std::string_view::npos;
}

tl::unexpected<base::Error> misplaced_dsn() {
  return base::fail(ErrorKind::config, "unexpected argument; a connection string is given by --dsn=");
}

/// What neither CLI11 nor collector_switch() knew. Values are never shown: they may be connection strings.
tl::unexpected<base::Error> unknown(std::string_view argument, bool command_given) {
  std::vector<std::string> known;
  const bool is_flag = argument.starts_with('-');
  if (!is_flag && may_connect(argument)) return misplaced_dsn();
  if (!is_flag && command_given)
    return base::fail(ErrorKind::config, "unexpected argument '{}'; see pgvigil --help",
                      base::clean_utf8(argument));
  if (is_flag)
    for (const Flag& flag : flags()) known.push_back(fmt::format("--{}", flag.name));
  else
    for (const CommandName& command : commands()) known.emplace_back(command.name);
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::string_view word = argument.substr(0, argument.find('='));
  const auto near = base::nearest(word, candidates);
  return base::fail(ErrorKind::config, "unknown {} '{}'; {}", is_flag ? "flag" : "command",
                    base::clean_utf8(word),
                    near ? fmt::format("did you mean '{}'?", *near) : "see pgvigil --help");
}

std::string_view name(Command command) {
  for (const CommandName& row : commands())
    if (row.command == command) return row.name;
  return "help";
}

/// What CLI11 made of the arguments.
struct Split {
  Command command = Command::serve;
  bool command_given = false;
  std::string collector;
  std::string product;
  std::vector<std::string> files;
  std::vector<std::vector<std::string>> values;  ///< by flag, in the order of flags()
  std::vector<std::string> unknown;
};

base::Result<Split> split_arguments(std::vector<std::string> reversed) {
  CLI::App app{"pgvigil"};
  app.allow_extras();
  app.set_version_flag("--version", "");
  app.require_subcommand(0, 1);
  std::vector<const CLI::Option*> options;
  for (const Flag& flag : flags()) {
    auto* const option = flag.is_toggle() ? app.add_flag(fmt::format("--{0},!--no-{0}", flag.name))
                                          : app.add_option(fmt::format("--{}", flag.name));
    options.push_back(option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
    if (!flag.is_toggle()) option->expected(1)->allow_extra_args(false);
  }
  Split split;
  for (const CommandName& row : commands()) {
    CLI::App* const command = app.add_subcommand(std::string(row.name))->fallthrough();
    command->callback([&split, &row] { split.command = row.command; });
    if (row.command == Command::explain) command->add_option("collector", split.collector);
    if (row.command == Command::check_config) command->add_option("file", split.files);
    if (row.command == Command::generate) command->add_option("product", split.product);
  }
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    split.command = Command::help;
    return split;
  } catch (const CLI::CallForVersion&) {
    split.command = Command::version;
    return split;
  } catch (const CLI::ParseError& error) {
    return base::fail(ErrorKind::config, "{}; see pgvigil --help", error.what());
  }
  if (may_connect(split.collector) || may_connect(split.product)) return misplaced_dsn();
  split.command_given = !app.get_subcommands().empty();
  for (const CLI::Option* option : options) {
    split.values.push_back(option->results());
    std::erase(split.values.back(), "");  // an empty value is as good as none
  }
  split.unknown = app.remaining(true);
  return split;
}

Status take(CommandLine& line, Given given) {
  if (given.flag->is_toggle()) {
    constexpr std::array<std::string_view, 4> kTrue = {"true", "TRUE", "True", "1"};
    constexpr std::array<std::string_view, 4> kFalse = {"false", "FALSE", "False", "0"};
    const bool yes = std::find(kTrue.begin(), kTrue.end(), given.value) != kTrue.end();
    if (!yes && std::find(kFalse.begin(), kFalse.end(), given.value) == kFalse.end())
      return base::fail(ErrorKind::config, "{} is '{}'; it must be true or false", given.origin,
                        base::clean_utf8(given.value));
    given.value = yes ? "true" : "false";
  }
  return given.flag->take(line, given);
}

/// The variables of those flags that were not given.
Status take_environment(CommandLine& line, const Split& split, const config::Lookup& lookup) {
  for (std::size_t i = 0; i < flags().size(); ++i) {
    const Flag& flag = flags()[i];
    const std::string variable(flag.variable);
    if (flag.name == "dsn" && split.values[i].empty()) {
      const auto dsn = config::dsn_from_environment(lookup);
      if (!dsn) return tl::unexpected(dsn.error());
      if (*dsn) line.settings.push_back({"DATA_SOURCE_*", {"dsn"}, **dsn});
      if (const auto file = config::password_file_from_environment(lookup))
        line.settings.push_back({"DATA_SOURCE_PASS_FILE", {"password_file"}, *file});
    }
    if (variable.empty() || !split.values[i].empty()) continue;
    const char* value = lookup(variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    if (Status one = take(line, {&flag, variable, value}); !one) return one;
  }
  return {};
}

Status take_flags(CommandLine& line, const Split& split) {
  for (std::size_t i = 0; i < flags().size(); ++i) {
    const Flag& flag = flags()[i];
    const auto& values = split.values[i];
    if (values.empty()) continue;
    if (!flag.commands.empty() && flag.commands.find(name(line.command)) == std::string_view::npos)
      return base::fail(ErrorKind::config, "--{} is no flag of {}; it is one of {}", flag.name,
                        name(line.command), flag.commands);
    if (values.size() > 1 && !flag.repeatable)
      return base::fail(ErrorKind::config, "--{} is given twice; give it once", flag.name);
    for (const std::string& value : values)
      if (Status one = take(line, {&flag, fmt::format("--{}", flag.name), value}); !one) return one;
  }
  return {};
}

/// A collector's setting under our names for it: one of postgres_exporter's may be several of ours.
std::vector<config::Assignment> in_our_names(const config::Assignment& setting) {
  if (setting.path.front() != "collectors" || setting.path.back() != "enabled") return {setting};
  std::vector<config::Assignment> ours;
  for (const ExporterCollector& row : exporter_collectors())
    if (row.theirs == setting.path.at(1))
      ours.push_back({setting.origin, {"collectors", std::string(row.ours), "enabled"}, setting.value});
  if (ours.empty()) ours.push_back(setting);
  return ours;
}

/// Whether it says where collectors of the user's are.
bool names_collectors(const config::Assignment& setting) {
  return setting.path.front() == "collector_files" || setting.path.front().starts_with("queries_");
}

}  // namespace

base::Result<CommandLine> parse_command_line(int argc, const char* const* argv,
                                             const config::Lookup& lookup) {
  auto list = arguments(argc, argv);
  if (!list) return tl::unexpected(list.error());
  const auto split = split_arguments(std::move(*list));
  if (!split) return tl::unexpected(split.error());
  CommandLine line;
  line.command = split->command;
  line.collector = split->collector;
  line.product = split->product;
  line.files = split->files;
  if (line.command == Command::help) line.text = help();
  if (line.command == Command::help || line.command == Command::version) return line;
  std::vector<config::Assignment> switches;
  for (const std::string& argument : split->unknown) {
    auto one = collector_switch(argument);
    if (!one) return unknown(argument, split->command_given);
    switches.push_back(std::move(*one));
  }
  if (Status taken = take_environment(line, *split, lookup); !taken) return tl::unexpected(taken.error());
  if (Status taken = take_flags(line, *split); !taken) return tl::unexpected(taken.error());
  line.settings.insert(line.settings.end(), switches.begin(), switches.end());
  return line;
}

base::Result<config::Config> resolve(const CommandLine& line, config::Catalogue catalogue,
                                     config::Rules rules) {
  // What the file says of a collector needs that collector, and a flag wins over the file: first and last.
  base::Result<config::Config> config;
  for (const config::Assignment& setting : line.settings)
    if (names_collectors(setting))
      if (const auto set = config::assign(*config, setting, catalogue, rules); !set)
        return tl::unexpected(set.error());
  if (!line.config_file.empty())
    config = config::load(line.config_file, catalogue, rules, *std::move(config));
  if (!config) return config;
  for (const config::Assignment& setting : line.settings) {
    for (const config::Assignment& one : in_our_names(setting))
      if (const auto set = config::assign(*config, one, catalogue, rules); !set)
        return tl::unexpected(set.error());
  }
  return config;
}

}  // namespace pgvigil::app
