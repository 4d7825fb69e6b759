#include "app/flags.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "app/period.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/config/duration.hpp"

namespace pgvigil::app {
namespace {

using base::ErrorKind;

constexpr CommandName kCommands[] = {
    {"serve", Command::serve, "Polls the server and serves its metrics and status page; the default."},
    {"check", Command::check,
     "Polls twice and prints the five thresholds; exits 0 ok, 1 warning, 2 critical, 3 unknown."},
    {"check-config", Command::check_config,
     "Reads [FILE...], or what --config.file and --web.config.file name, and says what is wrong; exits 0 or "
     "2."},
    {"explain", Command::explain,
     "Prints what [COLLECTOR], or each, runs on this server, and what came of it."},
    {"doctor", Command::doctor,
     "Looks for what the set-up lacks, and prints the SQL or setting that mends it; exits 0, 1 or 3."},
    {"generate", Command::generate,
     "Writes [alerts | dashboards | docs | all] with the configured limits below --out=DIR."},
    {"healthcheck", Command::healthcheck,
     "Asks the daemon on this machine, by --web.listen-address, whether it is alive; exits 0 or 1."},
    {"report", Command::report,
     "Writes the analysis of a period as Markdown, from what --prometheus.url has kept."},
    {"version", Command::version, "Prints the version."},
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (const auto part = base::trim(text.substr(0, end)); !part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

void set(CommandLine& line, const Given& given, std::string_view key, config::Value value) {
  line.settings.push_back({given.origin, split(key, '.'), std::move(value)});
}

Status take_setting(CommandLine& line, const Given& given) {
  set(line, given, given.flag->setting, given.value);
  return {};
}

Status take_list(CommandLine& line, const Given& given) {
  set(line, given, given.flag->setting, split(given.value, ','));
  return {};
}

/// Those of several flags of one name make one list.
Status take_addresses(CommandLine& line, const Given& given) {
  std::vector<std::string> all = split(given.value, ',');
  const auto earlier = std::find_if(line.settings.begin(), line.settings.end(),
                                    [&](const auto& setting) { return setting.origin == given.origin; });
  if (earlier == line.settings.end()) {
    set(line, given, given.flag->setting, std::move(all));
  } else {
    auto& list = std::get<std::vector<std::string>>(earlier->value);
    list.insert(list.end(), all.begin(), all.end());
  }
  return {};
}

Status take_label(CommandLine& line, const Given& given) {
  const auto equals = given.value.find('=');
  if (equals == std::string::npos)
    return base::fail(ErrorKind::config, "{}: a label without '='; it must be NAME=VALUE", given.origin);
  const std::string name(base::trim(given.value.substr(0, equals)));
  line.settings.push_back({given.origin, {"labels", name}, given.value.substr(equals + 1)});
  return {};
}

Status take_labels(CommandLine& line, const Given& given) {
  for (std::string& label : split(given.value, ','))
    if (Status one = take_label(line, {given.flag, given.origin, std::move(label)}); !one) return one;
  return {};
}

Status take_window(CommandLine& line, const Given& given) {
  const auto window = config::parse_duration(given.value);
  if (!window || *window < base::Seconds(1))
    return base::fail(ErrorKind::config, "{} is '{}'; it must be a duration from 1s to 24h, such as 10s",
                      given.origin, base::clean_utf8(given.value));
  line.window = *window;
  return {};
}

/// postgres_exporter counts statements; here the remainder of all others is a row too.
Status take_statement_limit(CommandLine& line, const Given& given) {
  std::uint32_t limit = 0;
  const char* const end = given.value.data() + given.value.size();
  if (std::from_chars(given.value.data(), end, limit).ptr != end || limit == 0 || limit > 10'000)
    return base::fail(ErrorKind::config, "{} is '{}'; it must be a number from 1 to 10000", given.origin,
                      base::clean_utf8(given.value));
  for (const std::string_view setting :
       {given.flag->setting, std::string_view("collectors.stat_statements_detail.max_rows")})
    set(line, given, setting, std::to_string(std::size_t{limit} + 1));
  return {};
}

Status take_disable_settings(CommandLine& line, const Given& given) {
  set(line, given, given.flag->setting, given.value == "true" ? "false" : "true");
  return {};
}

Status refuse(CommandLine&, const Given& given) {
  if (given.value == given.flag->harmless) return {};
  return base::fail(ErrorKind::config, "{} has no meaning here; {}", given.origin, given.flag->help);
}

/// A flag of postgres_exporter's without a meaning here: says what to do instead.
constexpr Flag refused(std::string_view name, std::string_view variable, std::string_view placeholder,
                       std::string_view harmless, std::string_view instead) {
  return {name, variable, placeholder, instead, refuse, {}, false, harmless};
}

Status take_config_file(CommandLine& line, const Given& given) {
  line.config_file = given.value;
  return {};
}

Status take_json(CommandLine& line, const Given& given) {
  line.json = given.value == "true";
  return {};
}

Status take_target(CommandLine& line, const Given& given) {
  line.target = given.value;
  return {};
}

Status take_out(CommandLine& line, const Given& given) {
  line.out = given.value;
  return {};
}

Status take_url(CommandLine& line, const Given& given) {
  if (!given.value.starts_with("http://") && !given.value.starts_with("https://"))
    return base::fail(ErrorKind::config, "{} does not begin with http:// or https://", given.origin);
  line.report.url = given.value;
  return {};
}

template <std::string ReportRequest::*member>
Status take_text(CommandLine& line, const Given& given) {
  line.report.*member = given.value;
  return {};
}

Status take_since(CommandLine& line, const Given& given) {
  const auto since = parse_since(given.value);
  if (!since)
    return base::fail(ErrorKind::config, "{} is '{}'; it must be from 1h to 365d, such as 30d", given.origin,
                      base::clean_utf8(given.value));
  line.report.since = *since;
  return {};
}

Status take_until(CommandLine& line, const Given& given) {
  line.report.until = parse_time(given.value);
  if (line.report.until) return {};
  return base::fail(ErrorKind::config,
                    "{} is '{}'; it must be a time in UTC, such as 2026-05-01 or 2026-05-01T12:00:00Z",
                    given.origin, base::clean_utf8(given.value));
}

constexpr Flag only_for(std::string_view commands, std::string_view name, std::string_view placeholder,
                        std::string_view help, Status (*take)(CommandLine&, const Given&)) {
  return {name, {}, placeholder, help, take, {}, false, {}, commands};
}

constexpr Flag kFlags[] = {
    {"config.file", "", "FILE", "The configuration; see docs/pgvigil.example.yml. None is needed.",
     take_config_file},
    {"collectors", "", "GROUP", "Which collectors run: minimal (what the thresholds need), default or all.",
     take_setting, "collectors.group"},
    {"collectors.file", "", "FILE,...",
     "Collectors of your own; see docs/user-collectors.md. May be repeated.", take_list, "collector_files",
     true},
    {"extend.query-path", "PG_EXPORTER_EXTEND_QUERY_PATH", "FILE",
     "Queries of your own, in postgres_exporter's format (queries.yaml).", take_setting, "queries_file"},
    {"dsn", "", "DSN", "The server: a libpq connection string or URI. Else DATA_SOURCE_* or PG* variables.",
     take_setting, "dsn"},
    {"web.listen-address", "PG_EXPORTER_WEB_LISTEN_ADDRESS", "HOST:PORT",
     "Where to listen (0.0.0.0:9187). May be repeated.", take_addresses, "web.listen_address", true},
    {"web.config.file", "", "FILE", "TLS, users and headers of the page; see docs/web-security.md.",
     take_setting, "web.config_file"},
    {"web.telemetry-path", "PG_EXPORTER_WEB_TELEMETRY_PATH", "PATH", "Where the metrics are (/metrics).",
     take_setting, "web.telemetry_path"},
    {"web.enable-lifecycle", "", "", "Lets POST /-/reload read the configuration again, as SIGHUP does.",
     take_setting, "web.enable_lifecycle"},
    {"log.level", "", "LEVEL", "debug, info, warn or error (info).", take_setting, "log.level"},
    {"log.format", "", "FORMAT", "logfmt or json (logfmt).", take_setting, "log.format"},
    {"label", "", "NAME=VALUE", "A constant label of every sample; may be repeated.", take_label, {}, true},
    only_for("check", "window", "DURATION", "The time between the two polls (10s).", take_window),
    only_for("check, explain, doctor", "target", "NAME", "Which of several targets.", take_target),
    only_for("check, explain, doctor", "json", "", "Prints JSON.", take_json),
    only_for("generate, report", "out", "PATH",
             "The directory to write below (generate) or the file to write (report).", take_out),
    only_for("report", "prometheus.url", "URL", "Where Prometheus is; may have a path, and user:password@.",
             take_url),
    only_for("report", "prometheus.token-file", "FILE", "Has the bearer token to send.",
             take_text<&ReportRequest::token_file>),
    only_for("report", "prometheus.ca-file", "FILE",
             "PEM, whom to trust instead of the system's authorities.", take_text<&ReportRequest::ca_file>),
    only_for("report", "since", "DURATION", "How long the period is, 1h to 365d (30d).", take_since),
    only_for("report", "until", "TIME", "Its end, in UTC, such as 2026-05-01 (now).", take_until),
    only_for("report", "instance", "HOST:PORT", "This instance only, as Prometheus names it (each).",
             take_text<&ReportRequest::instance>),
    {"include-databases", "PG_EXPORTER_INCLUDE_DATABASES", "NAME,...", "Visits only these databases.",
     take_list, "databases.include"},
    {"exclude-databases", "PG_EXPORTER_EXCLUDE_DATABASES", "NAME,...", "Does not visit these databases.",
     take_list, "databases.exclude"},
    {"constantLabels", "PG_EXPORTER_CONSTANT_LABELS", "NAME=VALUE,...", "As several --label.", take_labels},
    {"disable-settings-metrics", "PG_EXPORTER_DISABLE_SETTINGS_METRICS", "", "As --no-collector.settings.",
     take_disable_settings, "collectors.settings.enabled"},
    {"auto-discover-databases", "PG_EXPORTER_AUTO_DISCOVER_DATABASES", "",
     "Runs the queries of --extend.query-path in each database; collectors always find theirs.", take_setting,
     "queries_in_each_database"},
    {"collector.stat_statements.limit", "", "NUMBER", "How many statements have samples of their own (100).",
     take_statement_limit, "collectors.stat_statements.max_rows"},
    {"collector.stat_statements.include_query", "", "", "As --collector.stat_statements_text.", take_setting,
     "collectors.stat_statements_text.enabled"},
    refused("disable-default-metrics", "PG_EXPORTER_DISABLE_DEFAULT_METRICS", "", "false",
            "choose --collectors=minimal, or switch collectors off by --no-collector.NAME"),
    refused("dumpmaps", "", "", "false", "run `pgvigil explain`"),
    refused("metric-prefix", "PG_EXPORTER_METRIC_PREFIX", "PREFIX", "pg",
            "rename by metric_relabel_configs in Prometheus"),
    refused("collection-timeout", "PG_EXPORTER_COLLECTION_TIMEOUT", "DURATION", "",
            "set collectors.NAME.timeout in the file of --config.file"),
    refused("web.systemd-socket", "", "", "false", "name an address by --web.listen-address"),
    refused("collector.stat_statements.query_length", "", "NUMBER", "", "leave it out"),
    refused("collector.stat_statements.exclude_databases", "", "NAME,...", "",
            "drop them by metric_relabel_configs in Prometheus"),
    refused("collector.stat_statements.exclude_users", "", "NAME,...", "",
            "drop them by metric_relabel_configs in Prometheus"),
};

}  // namespace

std::span<const CommandName> commands() { return kCommands; }
std::span<const Flag> flags() { return kFlags; }

std::string help() {
  std::string text =
      "pgvigil watches PostgreSQL servers and serves what it sees to Prometheus.\n\n"
      "Usage: pgvigil [COMMAND] [FLAG...]\n\nCommands:\n";
  for (const CommandName& command : kCommands)
    text += fmt::format("  {:<13}{}\n", command.name, command.help);
  text += "\nFlags:\n";
  const auto row = [&](std::string_view flag, std::string_view help) {
    text += fmt::format("  {:<48}{}\n", flag, help);
  };
  for (const Flag& flag : kFlags) {
    if (flag.take == refuse) continue;
    const std::string only = flag.commands.empty() ? "" : fmt::format("For {}. ", flag.commands);
    const std::string variable = flag.variable.empty() ? "" : fmt::format(" [${}]", flag.variable);
    row(flag.is_toggle() ? fmt::format("--[no-]{}", flag.name)
                         : fmt::format("--{}={}", flag.name, flag.placeholder),
        fmt::format("{}{}{}", only, flag.help, variable));
  }
  row("--[no-]collector.NAME", "Switches a collector on or off, by its or postgres_exporter's name.");
  row("--collector.NAME.KEY=VALUE", "Its interval, timeout or max_rows.");
  row("-h, --help", "Prints this.");
  row("--version", "Prints the version.");
  return text;
}

}  // namespace pgvigil::app
