#include "app/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>

#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

const std::string kRoot = PGVIGIL_SOURCE_DIR;

using Arguments = std::vector<const char*>;
using Variables = std::map<std::string, std::string>;

base::Result<CommandLine> parse(Arguments arguments, const Variables& variables = {}) {
  arguments.insert(arguments.begin(), "pgvigil");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

/// The configuration of a command line, over the real catalogue and rules.
base::Result<config::Config> resolved(const Arguments& arguments, const Variables& variables = {}) {
  const auto line = parse(arguments, variables);
  if (!line) return tl::unexpected(line.error());
  return resolve(*line, catalogue::collectors(), rules::rules());
}

std::string error_of(const Arguments& arguments, const Variables& variables = {}) {
  const auto config = resolved(arguments, variables);
  return config ? "no error" : config.error().message;
}

bool enabled(const config::Config& config, std::string_view name) {
  for (const model::CollectorSpec& spec : config::collectors(config, catalogue::collectors()))
    if (spec.name == name) return spec.enabled;
  ADD_FAILURE() << "no collector " << name;
  return false;
}

}  // namespace

TEST(CommandLine, ServesWithDefaultsWhenNothingIsGiven) {
  const auto line = parse({});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, Command::serve);
  EXPECT_EQ(resolved({}), config::Config{});
}

TEST(CommandLine, KnowsItsCommands) {
  EXPECT_EQ(parse({"serve", "--log.level=debug"})->command, Command::serve);
  EXPECT_EQ(parse({"version"})->command, Command::version);
  EXPECT_EQ(parse({"--version"})->command, Command::version);
  EXPECT_EQ(parse({"check", "--version"})->command, Command::version);
  const auto check = parse({"check", "--json", "--window=3s"});
  EXPECT_EQ(check->command, Command::check);
  EXPECT_TRUE(check->json);
  EXPECT_EQ(check->window, base::Seconds(3));
  const auto explain = parse({"--json", "explain", "wal", "--dsn=host=db"});
  EXPECT_EQ(explain->command, Command::explain);
  EXPECT_EQ(explain->collector, "wal");
  EXPECT_TRUE(explain->json);
  EXPECT_EQ(parse({"explain"})->collector, "");
}

TEST(CommandLine, TakesWhatToReportOnAndWhomToAsk) {
  EXPECT_EQ(parse({"healthcheck", "--web.listen-address=:9187"})->command, Command::healthcheck);
  const auto line = parse({"report", "--prometheus.url=https://me:secret@p.example/prometheus", "--since=4w",
                           "--until=2026-05-01", "--instance=db:9187", "--out=may.md",
                           "--prometheus.token-file=/token", "--prometheus.ca-file", "/ca.pem"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_EQ(line->command, Command::report);
  EXPECT_EQ(line->out, "may.md");
  EXPECT_EQ(line->report.url, "https://me:secret@p.example/prometheus");
  EXPECT_EQ(line->report.since, std::chrono::weeks(4));
  EXPECT_EQ(line->report.until, std::chrono::sys_days(std::chrono::year(2026) / 5 / 1));
  EXPECT_EQ(line->report.instance, "db:9187");
  EXPECT_EQ(line->report.token_file, "/token");
  EXPECT_EQ(line->report.ca_file, "/ca.pem");
  EXPECT_EQ(parse({"report"})->report.since, std::chrono::days(30));
  EXPECT_EQ(parse({"report"})->report.until, std::nullopt);
}

TEST(CommandLine, RefusesPeriodsAndAddressesThatMakeNoSense) {
  EXPECT_EQ(error_of({"report", "--since=30m"}), "--since is '30m'; it must be from 1h to 365d, such as 30d");
  EXPECT_THAT(error_of({"report", "--until=May"}), HasSubstr("--until is 'May'; it must be a time in UTC"));
  EXPECT_EQ(error_of({"report", "--prometheus.url=me:secret@p.example"}),
            "--prometheus.url does not begin with http:// or https://");
  EXPECT_THAT(error_of({"check", "--since=30d"}),
              HasSubstr("--since is no flag of check; it is one of report"));
}

TEST(CommandLine, GivesItsHelpAsAValue) {
  for (const Arguments& arguments : {Arguments{"--help"}, Arguments{"-h"}, Arguments{"check", "--help"}}) {
    const auto line = parse(arguments);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->command, Command::help);
    for (const char* part :
         {"serve", "check", "explain", "healthcheck", "report", "version", "--web.listen-address=HOST:PORT",
          "[$PG_EXPORTER_WEB_TELEMETRY_PATH]", "--[no-]collector.NAME"})
      EXPECT_THAT(line->text, HasSubstr(part));
  }
}

TEST(CommandLine, SetsTheConfiguration) {
  const auto config =
      resolved({"--dsn", "host=db dbname=app", "--web.listen-address=127.0.0.1:0", "--web.telemetry-path=/m",
                "--log.level=warn", "--log.format=json", "--label=cluster=dev", "--label=team=a=b",
                "--include-databases=app, audit", "--exclude-databases=scratch"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->dsn, "host=db dbname=app");
  EXPECT_EQ(config->web, (config::Web{{"127.0.0.1:0"}, "/m"}));
  EXPECT_EQ(config->log, (config::Log{config::LogLevel::warn, config::LogFormat::json}));
  EXPECT_THAT(config->labels, ElementsAre(Pair("cluster", "dev"), Pair("team", "a=b")));
  EXPECT_EQ(config->databases, (config::Databases{{"app", "audit"}, {"scratch"}}));
}

TEST(CommandLine, PrefersFlagsToVariablesAndThoseToTheFile) {
  const std::string file = "--config.file=" + kRoot + "/tests/config/everything.good.yml";
  const Variables variables = {{"PG_EXPORTER_WEB_TELEMETRY_PATH", "/variable"},
                               {"PG_EXPORTER_WEB_LISTEN_ADDRESS", ":1"},
                               {"PG_EXPORTER_CONSTANT_LABELS", "cluster=variable, zone=2"},
                               {"DATA_SOURCE_NAME", "host=variable"}};
  EXPECT_EQ(resolved({file.c_str()})->web.telemetry_path, "/pg/metrics");
  EXPECT_EQ(resolved({file.c_str()})->dsn, "host=/run/postgresql dbname=postgres");
  const auto config =
      resolved({file.c_str(), "--web.telemetry-path=/flag", "--label=cluster=flag"}, variables);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->web.telemetry_path, "/flag");
  EXPECT_EQ(config->web.listen_addresses, std::vector<std::string>{":1"});
  EXPECT_EQ(config->dsn, "host=variable");
  EXPECT_THAT(config->labels, ElementsAre(Pair("cluster", "flag"), Pair("zone", "2")));
  EXPECT_EQ(resolved({"--dsn=host=flag"}, variables)->dsn, "host=flag");
}

TEST(CommandLine, TakesAnEmptyValueForNone) {
  EXPECT_EQ(resolved({"--dsn=", "--extend.query-path=", "--log.level=", "check"}), config::Config{});
  EXPECT_EQ(resolved({"--dsn", ""}, {{"DATA_SOURCE_NAME", "host=db"}})->dsn, "host=db");
  EXPECT_EQ(error_of({}, {{"PG_EXPORTER_EXTEND_QUERY_PATH", ""}, {"PG_EXPORTER_WEB_TELEMETRY_PATH", ""}}),
            "no error");
}

TEST(CommandLine, SwitchesCollectors) {
  const auto config = resolved({"--no-collector.wal", "--collector.stat_statements_text",
                                "--no-collector.locks", "--collector.locks"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_FALSE(enabled(*config, "wal"));
  EXPECT_TRUE(enabled(*config, "stat_statements_text"));
  EXPECT_TRUE(enabled(*config, "locks"));
}

TEST(CommandLine, SwitchesCollectorsByPostgresExportersNames) {
  EXPECT_FALSE(enabled(*resolved({"--collectors=minimal"}), "roles"));
  EXPECT_TRUE(enabled(*resolved({"--collector.roles", "--collectors=minimal"}), "roles"));
  EXPECT_EQ(resolved({"--collector.wal.max_rows=7"})->collectors.at("wal").max_rows, 7U);
  EXPECT_FALSE(enabled(*resolved({"--no-collector.bgwriter"}), "stat_bgwriter"));
  EXPECT_FALSE(enabled(*resolved({"--no-collector.replication_slots"}), "replication_slots_position"));
  EXPECT_FALSE(enabled(*resolved({"--disable-settings-metrics"}), "settings"));
  EXPECT_TRUE(enabled(*resolved({"--no-disable-settings-metrics"}), "settings"));
  EXPECT_FALSE(enabled(*resolved({}, {{"PG_EXPORTER_DISABLE_SETTINGS_METRICS", "1"}}), "settings"));
  EXPECT_TRUE(enabled(*resolved({"--collector.stat_statements.include_query"}), "stat_statements_text"));
  EXPECT_TRUE(enabled(*resolved({"--collector.process_idle"}), "process_idle"));
  for (const char* name : {"stat_statements", "stat_statements_detail"})
    EXPECT_EQ(resolved({"--collector.stat_statements.limit=50"})->collectors.at(name).max_rows, 51U);
}

TEST(CommandLine, KnowsEveryCollectorOfPostgresExporter) {
  for (const char* name : {"bgwriter",
                           "buffercache_summary",
                           "database",
                           "database_wraparound",
                           "locks",
                           "long_running_transactions",
                           "postmaster",
                           "process_idle",
                           "replication",
                           "replication_slot",
                           "replication_slots",
                           "roles",
                           "settings",
                           "stat_activity",
                           "stat_activity_autovacuum",
                           "stat_archiver",
                           "stat_bgwriter",
                           "stat_checkpointer",
                           "stat_database",
                           "stat_progress_vacuum",
                           "stat_replication",
                           "stat_statements",
                           "stat_user_tables",
                           "stat_wal_receiver",
                           "statio_user_indexes",
                           "statio_user_tables",
                           "wal",
                           "xlog_location"}) {
    EXPECT_EQ(error_of({("--no-collector." + std::string(name)).c_str()}), "no error");
    EXPECT_EQ(error_of({("--collector." + std::string(name)).c_str()}), "no error");
  }
  EXPECT_EQ(error_of({"--collectors=tiny"}),
            "--collectors: collectors.group is 'tiny'; it must be minimal, default or all");
  EXPECT_EQ(
      error_of({"--collector.wal.interval=soon"}),
      "--collector.wal.interval: collectors.wal.interval is 'soon'; it must be a duration from 100ms to 24h, "
      "such as 15s");
  EXPECT_EQ(error_of({"--collector.wal.intervall=30s"}),
            "--collector.wal.intervall: unknown key 'intervall' in collectors.wal; did you mean 'interval'?");
  EXPECT_EQ(error_of({"--no-collector.wall"}),
            "--no-collector.wall: unknown collector 'wall'; did you mean 'wal'?");
}

TEST(CommandLine, RunsTheQueriesOfAFileInEachDatabaseOnDemand) {
  EXPECT_FALSE(resolved({})->queries_in_each_database);
  EXPECT_TRUE(resolved({"--auto-discover-databases"})->queries_in_each_database);
  EXPECT_TRUE(resolved({}, {{"PG_EXPORTER_AUTO_DISCOVER_DATABASES", "true"}})->queries_in_each_database);
}

TEST(CommandLine, KnowsTheCollectorsOfTheFilesThatItNames) {
  const std::string own = "--collectors.file=" + kRoot + "/deploy/database/collectors.yml";
  EXPECT_TRUE(enabled(*resolved({own.c_str()}), "kos_recent"));
  EXPECT_FALSE(enabled(*resolved({"--no-collector.kos_recent", own.c_str()}), "kos_recent"));
  EXPECT_EQ(error_of({"--no-collector.kos_recnt", own.c_str()}),
            "--no-collector.kos_recnt: unknown collector 'kos_recnt'; did you mean 'kos_recent'?");
  const std::string queries = kRoot + "/tests/config/queries/everything.good.yml";
  EXPECT_TRUE(enabled(*resolved({}, {{"PG_EXPORTER_EXTEND_QUERY_PATH", queries}}), "pg_cache"));
}

TEST(CommandLine, NamesAFileOfCollectorsThatIsNotThere) {
  EXPECT_EQ(error_of({"--collectors.file=/nowhere/c.yml"}),
            "--collectors.file: collector_files: /nowhere/c.yml: cannot be read (No such file or directory); "
            "name a readable file");
}

TEST(CommandLine, ListensOnEachAddressThatItNames) {
  const std::vector<std::string> both = {":1", "127.0.0.1:2"};
  EXPECT_EQ(resolved({"--web.listen-address=:1", "--web.listen-address=127.0.0.1:2"})->web.listen_addresses,
            both);
  EXPECT_EQ(resolved({}, {{"PG_EXPORTER_WEB_LISTEN_ADDRESS", ":1, 127.0.0.1:2"}})->web.listen_addresses,
            both);
  EXPECT_EQ(
      resolved({"--web.listen-address=:3"}, {{"PG_EXPORTER_WEB_LISTEN_ADDRESS", ":1"}})->web.listen_addresses,
      std::vector<std::string>{":3"});
  EXPECT_EQ(error_of({"--web.listen-address=:1", "--web.listen-address=:1"}),
            "--web.listen-address: web.listen_address names ':1' twice; name each address once");
}

TEST(CommandLine, TakesTheWebConfigurationOfTheToolkit) {
  EXPECT_EQ(resolved({"--web.config.file=etc/web.yml"})->web.config_file, "etc/web.yml");
}

TEST(CommandLine, RefusesWhatHasNoMeaningAndSaysWhatHas) {
  EXPECT_EQ(error_of({"--metric-prefix=mydb"}),
            "--metric-prefix has no meaning here; rename by metric_relabel_configs in Prometheus");
  EXPECT_THAT(error_of({}, {{"PG_EXPORTER_COLLECTION_TIMEOUT", "1m"}}),
              HasSubstr("PG_EXPORTER_COLLECTION_TIMEOUT has no meaning here; "));
  EXPECT_THAT(error_of({"--disable-default-metrics"}), HasSubstr("--no-collector.NAME"));
  for (const char* flag :
       {"--dumpmaps", "--collection-timeout=1m", "--web.systemd-socket",
        "--collector.stat_statements.query_length=9", "--collector.stat_statements.exclude_databases=a",
        "--collector.stat_statements.exclude_users=a"})
    EXPECT_THAT(error_of({flag}), HasSubstr(" has no meaning here; ")) << flag;
}

TEST(CommandLine, AcceptsTheDefaultOfWhatHasNoMeaning) {
  EXPECT_EQ(error_of({"--metric-prefix=pg", "--no-dumpmaps"},
                     {{"PG_EXPORTER_DISABLE_DEFAULT_METRICS", "false"}, {"PG_EXPORTER_METRIC_PREFIX", "pg"}}),
            "no error");
}

TEST(CommandLine, HintsAtTheNearestFlagAndCommand) {
  EXPECT_EQ(error_of({"--web.listen-adress=:1"}),
            "unknown flag '--web.listen-adress'; did you mean '--web.listen-address'?");
  EXPECT_EQ(error_of({"--frobnicate-the-thing"}),
            "unknown flag '--frobnicate-the-thing'; see pgvigil --help");
  EXPECT_EQ(error_of({"chek"}), "unknown command 'chek'; did you mean 'check'?");
  EXPECT_EQ(error_of({"explain", "wal", "locks"}), "unexpected argument 'locks'; see pgvigil --help");
}

TEST(CommandLine, NamesTheFlagWhoseValueIsWrong) {
  EXPECT_EQ(error_of({"--log.level=loud"}),
            "--log.level: log.level is 'loud'; it must be debug, info, warn or error");
  EXPECT_EQ(error_of({"check", "--window=1"}),
            "--window is '1'; it must be a duration from 1s to 24h, such as 10s");
  EXPECT_EQ(error_of({"--label=cluster"}), "--label: a label without '='; it must be NAME=VALUE");
  EXPECT_THAT(error_of({"--label=datname=x"}), HasSubstr("--label: the label 'datname' is taken by "));
  EXPECT_EQ(error_of({"--collector.stat_statements.limit=many"}),
            "--collector.stat_statements.limit is 'many'; it must be a number from 1 to 10000");
  EXPECT_EQ(error_of({}, {{"PG_EXPORTER_DISABLE_SETTINGS_METRICS", "perhaps"}}),
            "PG_EXPORTER_DISABLE_SETTINGS_METRICS is 'perhaps'; it must be true or false");
}

TEST(CommandLine, WantsAValueOnceAndWithItsCommand) {
  EXPECT_EQ(error_of({"--dsn"}), "--dsn lacks its value; write --dsn=DSN");
  EXPECT_EQ(error_of({"--dsn", "--log.level=info"}), "--dsn lacks its value; write --dsn=DSN");
  EXPECT_EQ(error_of({"--web.telemetry-path=/a", "--web.telemetry-path=/b"}),
            "--web.telemetry-path is given twice; give it once");
  EXPECT_EQ(error_of({"--json"}), "--json is no flag of serve; it is one of check, explain, doctor");
  EXPECT_EQ(error_of({"explain", "--window=5s"}), "--window is no flag of explain; it is one of check");
}

TEST(CommandLine, NeverShowsAConnectionString) {
  for (const Arguments& arguments :
       {Arguments{"postgresql://me:secret@db/app"}, Arguments{"host=db password=secret"},
        Arguments{"--dns=postgresql://me:secret@db/app"}, Arguments{"--dns", "host=db password=secret"},
        Arguments{"--dsn=password=secret", "--dsn=password=secret"}, Arguments{"check", "password=secret"}})
    EXPECT_THAT(error_of(arguments), Not(testing::AnyOf(HasSubstr("secret"), "no error")));
}

}  // namespace pgvigil::app
