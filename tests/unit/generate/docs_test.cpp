#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/generate/generate.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::generate {
namespace {

using model::Column;
using model::Query;
using model::Use;
using testing::HasSubstr;
using testing::Not;

std::string alerts_page(const Options& options) { return docs(options, {}).at(0).text; }

std::string metrics_page(const model::CollectorSpec& spec) {
  const std::array catalogue = {&spec};
  return docs({}, catalogue).at(1).text;
}

constexpr std::array kColumns = {
    Column{"datname"},
    Column{"old", Use::counter, "pg_old", "Old | blocks.", 1, "kept"},
    Column{"fresh", Use::gauge, "pg_fresh_bytes", "Fresh."},
};
constexpr std::array kQueries = {
    Query{13, "SELECT datname, old, NULL::bigint AS fresh FROM t"},
    Query{15, "SELECT datname, old,\n       fresh FROM t"},
    Query{17, "SELECT datname, NULL::bigint AS old, fresh FROM t"},
};

}  // namespace

TEST(AlertsPage, HasALineWithLimitsAndRunbookForEveryRule) {
  const std::string page = alerts_page({});
  for (const model::Rule* rule : rules::rules())
    EXPECT_THAT(page, HasSubstr(fmt::format("| [{0}](runbooks/{0}.md) | `{1}`", rule->alert, rule->id)));
  EXPECT_THAT(page, HasSubstr("| ≥ 80% | ≥ 90% | 5m |"));
  EXPECT_THAT(page, HasSubstr("| < 90% |  | 15m |"));
  EXPECT_THAT(page, HasSubstr("`cpu` * |"));
  EXPECT_THAT(page, HasSubstr("`restarted` |"));
}

TEST(AlertsPage, ShowsTheConfiguredLimits) {
  Options options;
  options.limits["memory"] = {0.5, 0.625, base::Seconds(90)};
  EXPECT_THAT(alerts_page(options), HasSubstr("| ≥ 50% | ≥ 62.5% | 90s |"));
}

TEST(MetricsPage, HasALineForEveryMetricOfTheCatalogue) {
  const std::string page = docs({}, catalogue::collectors()).at(1).text;
  for (const model::CollectorSpec* spec : catalogue::collectors())
    for (const Column& column : spec->columns) {
      if (column.use == Use::label) continue;
      EXPECT_THAT(page, HasSubstr(fmt::format("\n| `{}", column.metric)));
    }
}

TEST(MetricsPage, SaysSinceWhenAndUntilWhenThereAreSamples) {
  const std::string page = metrics_page({.name = "things", .queries = kQueries, .columns = kColumns});
  EXPECT_THAT(page, HasSubstr("| `pg_old` † | counter |  | 13 to before 17 | Old \\| blocks. |"));
  EXPECT_THAT(page, HasSubstr("| `pg_fresh_bytes` | gauge | bytes | 15 | Fresh. |"));
}

TEST(MetricsPage, SaysHowACollectorRuns) {
  EXPECT_THAT(metrics_page({.name = "things", .queries = kQueries, .columns = kColumns}),
              HasSubstr("## things\n\nRuns every 15s, at most 1000 rows. Labels: datname.\n"
                        "Group: default. Costs: not measured. Needs: not tested.\n"));
  EXPECT_THAT(
      metrics_page({.name = "things",
                    .scope = model::Scope::database,
                    .role = model::Role::primary,
                    .extension = "postgis",
                    .interval = base::Seconds(600),
                    .max_rows = 7,
                    .queries = kQueries,
                    .columns = kColumns,
                    .enabled = false}),
      HasSubstr("Runs every 10m, in each selected database, on primaries, where postgis is installed, "
                "at most 7 rows."));
}

TEST(MetricsPage, ListsEachCollectorUnderTheGroupThatAddsIt) {
  EXPECT_THAT(metrics_page({.name = "things", .queries = kQueries, .columns = kColumns, .minimal = true}),
              HasSubstr("| `minimal` | [things](#things) |\n| `default` | and nothing more |\n"));
  EXPECT_THAT(metrics_page({.name = "things", .queries = kQueries, .columns = kColumns, .enabled = false}),
              HasSubstr("| `all` | and [things](#things) |\n"));
}

TEST(MetricsPage, ShowsWhatWasMeasuredAndTested) {
  const std::string page =
      metrics_page({.name = "stat_user_tables", .queries = kQueries, .columns = kColumns});
  EXPECT_THAT(
      page, testing::ContainsRegex(
                "Costs: [0-9.]+ ms .rows: 20. on the small server, [0-9.]+ ms .rows: 200. on the large one. "
                "Needs: CONNECT on each database.\n"));
}

TEST(MetricsPage, SaysTheUnitThatAKeptNameHides) {
  constexpr std::array kKept = {
      Column{"a", Use::counter, "pg_read_time", "Milliseconds spent.", 1, "kept"},
      Column{"b", Use::gauge, "pg_oldest_timestamp_seconds", "Age of the oldest one."},
      Column{"c", Use::counter, "pg_active_time_seconds_total", "Time spent."},
      Column{"d", Use::counter, "pg_reset", "When it was, as seconds since the epoch.", 1, "kept"},
  };
  const std::string page = metrics_page({.name = "things", .queries = kQueries, .columns = kKept});
  for (const char* row :
       {"`pg_read_time` † | counter | ms |", "`pg_oldest_timestamp_seconds` | gauge | s |",
        "`pg_active_time_seconds_total` | counter | s |", "`pg_reset` † | counter | Unix time |"})
    EXPECT_THAT(page, HasSubstr(row));
}

TEST(MetricsPage, CountsAnExtensionsVersionsInItsOwnWay) {
  constexpr std::array kOfExtension = {Query{108, "SELECT datname, old, fresh FROM t"}};
  EXPECT_THAT(
      metrics_page({.name = "things", .extension = "postgis", .queries = kOfExtension, .columns = kColumns}),
      HasSubstr("| `pg_fresh_bytes` | gauge | bytes | 1.8 | Fresh. |"));
}

TEST(MetricsPage, ShowsAFamilyByWhatItsNamesBeginWith) {
  constexpr std::array kFamily = {Column{"name"}, Column{"help"},
                                  Column{"value", Use::family, "pg_settings_"}};
  const std::string page = metrics_page({.name = "settings", .queries = kQueries, .columns = kFamily});
  EXPECT_THAT(page, HasSubstr("| `pg_settings_*` | gauge | by name | 13 |"));
  EXPECT_THAT(page, Not(HasSubstr("Labels:")));
}

}  // namespace pgvigil::generate
