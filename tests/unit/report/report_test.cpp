#include "pgvigil/report/report.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "prometheus.hpp"

namespace pgvigil::report {
namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::Each;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr double kGib = 1024.0 * 1024 * 1024;

}  // namespace

TEST(Report, NamesThePeriodAndEachInstance) {
  Prometheus prometheus;
  prometheus.has("pg_static", 1, R"("short_version":"14.23")");
  const std::string text = prometheus.report();
  EXPECT_THAT(
      text, StartsWith("# PostgreSQL from 2021-05-01 00:00 to 2021-05-31 00:00 UTC\n\n30 days as Prometheus "
                       "kept them, looked at every 5 min;"));
  EXPECT_THAT(text, HasSubstr("\n## `db:9187`, PostgreSQL 14.23\n"));
}

TEST(Report, SaysOfEachSectionWithoutDataWhyThatMayBe) {
  const std::string text = Prometheus().report();
  std::size_t sections = 0;
  std::size_t missing = 0;
  for (std::size_t at = 0; (at = text.find("\n### ", at)) != std::string::npos; ++at) ++sections;
  for (std::size_t at = 0; (at = text.find("\nNo data: ", at)) != std::string::npos; ++at) ++missing;
  EXPECT_EQ(sections, 11U);
  EXPECT_EQ(missing, 12U);  // growth and work have several parts; data and alerts are known
  EXPECT_THAT(text,
              HasSubstr("### Alerts\n\nNone fired, or this Prometheus does not have pgvigil's rules.\n"));
}

TEST(Report, AsksForTheJobAndTheInstanceAsTheyAreSpelt) {
  Prometheus prometheus;
  Options options;
  options.job = R"(a "job" \)";
  options.instance = "db:9187";
  EXPECT_THAT(prometheus.report(options), HasSubstr("## `db:9187`"));
  for (const std::string& promql : prometheus.asked) {
    EXPECT_THAT(promql, HasSubstr(R"(job="a \"job\" \\", instance="db:9187")"));
    EXPECT_THAT(promql, Not(HasSubstr("$")));
  }
}

TEST(Report, AsksForNoMorePointsThanPrometheusGives) {
  for (const int days : {1, 30, 365}) {
    Prometheus prometheus;
    Options options;
    options.since = std::chrono::days(days);
    prometheus.report(options);
    for (const std::string& path : prometheus.paths) {
      const auto number = [&](const std::string& name) {
        const auto at = path.find("&" + name + "=");
        return at == std::string::npos ? 0.0 : std::stod(path.substr(at + name.size() + 2));
      };
      if (path.find("query_range") != std::string::npos) {
        EXPECT_LT((number("end") - number("start")) / number("step"), 11'000) << days;
      }
    }
  }
}

TEST(Report, NeedsAPrometheus) {
  Prometheus prometheus;
  prometheus.answers("last_over_time(pg_up", "<html>");
  EXPECT_EQ(prometheus.report(), "error: what answers is not Prometheus: its URL may have a path of its own");
  prometheus.answers("last_over_time(pg_up", R"({"status":"success","data":{"result":[{"metric":7}]}})");
  EXPECT_THAT(prometheus.report(), StartsWith("error: Prometheus' answer is not understood"));
  prometheus.answers("last_over_time(pg_up", R"({"status":"error","error":"not ready"})");
  EXPECT_EQ(prometheus.report(), "error: Prometheus: not ready");
  prometheus.add("last_over_time(pg_up", "");
  EXPECT_EQ(prometheus.report(),
            "error: Prometheus has no pg_up of job 'pgvigil' between 2021-05-01 00:00 and "
            "2021-05-31 00:00; the job is alerting.job in the configuration");
}

TEST(Report, SaysInItsSectionThatPrometheusRefusedAQuery) {
  Prometheus prometheus;
  prometheus.fails("pg_stat_statements_seconds_total", {ErrorKind::io, "answered 422: too many samples", ""});
  prometheus.answers("ALERTS", R"({"status":"error","error":"query timed out"})");
  EXPECT_EQ(prometheus.section("Statements by total time"), "No data: answered 422: too many samples.");
  EXPECT_EQ(prometheus.section("Alerts"), "No data: Prometheus: query timed out.");
}

TEST(Report, EndsWhenPrometheusEnds) {
  Prometheus prometheus;
  prometheus.fails("ALERTS", {ErrorKind::timeout, "no answer", ""});
  EXPECT_EQ(prometheus.report(), "error: no answer");
}

TEST(Report, TellsGapsFromOutages) {
  const auto points = [](std::initializer_list<std::pair<long, int>> list) {
    std::string text;
    for (const auto& [step, value] : list)
      text += fmt::format(R"({}[{},"{}"])", text.empty() ? "" : ",",
                          Prometheus::kStart + step * Prometheus::kStep, value);
    return Prometheus::series(R"("instance":"db:9187")", text);
  };
  Prometheus prometheus;
  prometheus.add("min_over_time(pg_up", points({{1, 1}, {2, 0}, {3, 0}, {4, 1}, {8640, 1}}));
  EXPECT_EQ(
      prometheus.section("Data and outages"),
      "There is data for 0.0579 % of the period (25 min).\n"
      "Everything below is of that time alone: what was in between is not known.\n\n"
      "| No data from | until | length |\n|---|---|---:|\n"
      "| 2021-05-01 00:20 | 2021-05-30 23:55 | 30 days |\n\n"
      "That is less than a day: sums may be missing below, and there are no forecasts and no advice.\n\n"
      "The server was reached in 60 % of that time; not for 10 min.\n\n"
      "| Not reached from | until | length |\n|---|---|---:|\n"
      "| 2021-05-01 00:05 | 2021-05-01 00:15 | 10 min |\n\n"
      "Restarts seen: not known.");
}

TEST(Report, HoldsEachThresholdAgainstItsLimits) {
  Prometheus prometheus;
  const std::string rule = R"("rule":"latency")";
  prometheus.has("avg by (instance, rule) (avg_over_time(pgvigil_threshold_value", 0.0125, rule);
  prometheus.has("quantile_over_time(0.95, pgvigil_threshold_value", 0.02, rule);
  prometheus.has("max_over_time(pgvigil_threshold_value", 1.5, rule);
  prometheus.has("pgvigil_threshold_limit", 0.1, rule + R"(,"severity":"warning")");
  prometheus.has("pgvigil_threshold_limit", 0.5, rule + R"(,"severity":"critical")");
  prometheus.has("count_over_time(pgvigil_threshold_state", 864, rule);
  prometheus.has(">= bool 1", 432, rule);
  prometheus.has(">= bool 2", 0, rule);
  prometheus.add("pgvigil_threshold_value{job=\"pgvigil\", instance=~\".+\"}[3599s]",
                 Prometheus::series(R"("instance":"db:9187","rule":"latency")",
                                    R"([1619830800,"0.01"],[1619834400,"0.9"],[1619838000,"NaN"])"));
  EXPECT_THAT(
      prometheus.section("The five thresholds"),
      AllOf(HasSubstr(
                "| Mean response time | 100 ms | 500 ms | 12.5 ms | 20 ms | 1.5 s | 36 h (50 %) | never | "
                "2021-05-01 01:00 (900 ms) |\n"),
            HasSubstr("No data: CPU, Memory, Disk, Connections.")));
}

TEST(Report, ShowsTheTextsOfStatementsThatHoldNoPassword) {
  Prometheus prometheus;
  const std::vector<std::pair<std::string, bool>> texts = {{"SELECT a | b", true},
                                                           {" (( select 1", true},
                                                           {"WITH x AS (SELECT)", true},
                                                           {"merge into t", true},
                                                           {"ALTER ROLE r", false},
                                                           {"selection", false},
                                                           {"/* SELECT */ CREATE", false},
                                                           {"-- x\\nSELECT", false},
                                                           {"SELECTé", false},
                                                           {"", false},
                                                           {"COPY t FROM", false},
                                                           {"EXPLAIN SELECT", false},
                                                           {";SELECT", false},
                                                           {"dElEtE\\nFROM t", true},
                                                           {"select_1", false}};
  for (std::size_t id = 0; id < texts.size(); ++id) {
    prometheus.has("pg_stat_statements_seconds_total", 1, fmt::format(R"("queryid":"{}")", id));
    prometheus.has("pg_stat_statements_query_id", 1,
                   fmt::format(R"("queryid":"{}","query":"{}")", id, texts[id].first));
  }
  const std::string section = prometheus.section("Statements by total time");
  for (std::size_t id = 0; id < texts.size(); ++id)
    EXPECT_EQ(section.find(fmt::format("`{}` | (withheld) |", id)) == std::string::npos, texts[id].second)
        << texts[id].first;
  EXPECT_THAT(section, AllOf(HasSubstr("| `SELECT a \\| b` |"), HasSubstr("| `dElEtE FROM t` |"),
                             Not(HasSubstr("ROLE")), Not(HasSubstr("CREATE"))));
}

TEST(Report, ShowsFifteenStatementsAndTheRemainder) {
  Prometheus prometheus;
  for (int id = 1; id <= 20; ++id)
    prometheus.has("pg_stat_statements_seconds_total", id, fmt::format(R"("queryid":"{}")", id));
  prometheus.has("pg_stat_statements_seconds_total", 0.5, R"("queryid":"other")");
  EXPECT_THAT(prometheus.section("Statements by total time"),
              AllOf(HasSubstr("`6`"), Not(HasSubstr("`5`")), HasSubstr("all others"),
                    HasSubstr("| 20 s | 9.5 % | – | – | – | – | `20` | – |"),
                    EndsWith("`--collector.stat_statements_text`.")));
}

TEST(Report, ForecastsByTheTrend) {
  Prometheus prometheus;
  const std::string data = R"("role":"data")";
  const auto disk = [&](double used, double rate) {
    Prometheus volume = prometheus;
    volume.has("(last_over_time(pg_mount_size_bytes", 20 * kGib, data);
    volume.has("(last_over_time((pg_mount_size_bytes", used * kGib, data);
    volume.has("(last_over_time(pg_mount_available_bytes", (20 - used) * kGib, data);
    volume.has("deriv(", rate * kGib / 86'400, data);
    volume.has("pgvigil_threshold_limit", 0.8, R"("rule":"disk","severity":"warning")");
    return volume.section("Growth");
  };
  EXPECT_THAT(disk(10, 0.5), HasSubstr("| data | 20 GiB | 10 GiB (50 %) | 512 MiB | 12 days | 20 days |"));
  EXPECT_THAT(disk(17, 0.5), HasSubstr("| now | 6 days |"));
  EXPECT_THAT(disk(10, -1), HasSubstr("| -1 GiB | never: not growing | never: not growing |"));
  EXPECT_THAT(disk(10, 0.0001), HasSubstr("| over 10 years | over 10 years |"));
  prometheus.add("min_over_time(pg_up", Prometheus::series(R"("instance":"db:9187")", R"([1619827500,"1"])"));
  EXPECT_THAT(disk(10, 0.5), HasSubstr("| too little data | too little data |"));
}

TEST(Report, CallsNoIndexUnusedThatWasNotWatchedForADay) {
  Prometheus prometheus;
  const auto index = [](std::string_view name) {
    return fmt::format(R"("datname":"a","schemaname":"s","relname":"t","indexrelname":"{}")", name);
  };
  prometheus.has("pg_stat_user_indexes_size_bytes", 2 * kGib, index("new"));
  prometheus.has("pg_stat_user_indexes_size_bytes", kGib, index("old"));
  prometheus.has("count_over_time(pg_stat_user_indexes_idx_scan_total", 23, index("new"));
  prometheus.has("count_over_time(pg_stat_user_indexes_idx_scan_total", 24, index("old"));
  EXPECT_THAT(prometheus.section("Unused indexes"),
              AllOf(HasSubstr("| `a` | `s.old` | `t` | 1 GiB | 24 h |"), Not(HasSubstr("new"))));
}

TEST(Report, GivesNoAdviceOnLessThanADay) {
  Prometheus prometheus;
  prometheus.setting("autovacuum", 0);
  EXPECT_THAT(prometheus.section("Suggested settings"), HasSubstr("`autovacuum`"));
  prometheus.add("min_over_time(pg_up", Prometheus::series(R"("instance":"db:9187")", R"([1619827500,"1"])"));
  EXPECT_EQ(prometheus.section("Suggested settings"),
            "No data: less than a day of it is no ground for advice.");
}

TEST(Report, ShowsAlertsOfNoInstanceOnTheirOwn) {
  Prometheus prometheus;
  prometheus.add("ALERTS", R"({"metric":{"alertname":"PgvigilDown","severity":"critical"},"value":[0,"90"]},)"
                           R"({"metric":{"instance":"db:9187","alertname":"Two|\nlines"},"value":[0,"1"]})");
  const std::string text = prometheus.report();
  EXPECT_THAT(text, HasSubstr("| `Two\\| lines` | – | 60 s |\n"));
  EXPECT_THAT(text,
              EndsWith("\n## Alerts of no one instance\n\n| alert | severity | firing for |\n|---|---|---:|\n"
                       "| `PgvigilDown` | `critical` | 90 min |\n"));
}

TEST(Report, ReckonsTheCostFromTheConfiguredPrices) {
  Prometheus prometheus;
  prometheus.has("(last_over_time(pg_mount_size_bytes", 20 * kGib, R"("role":"data")");
  prometheus.has("(last_over_time((pg_mount_size_bytes", 5 * kGib, R"("role":"data")");
  Options options;
  options.cost = {0.2, 0.4, "EUR"};
  EXPECT_THAT(
      prometheus.report(options),
      AllOf(HasSubstr("| 20 GiB | 0.2 EUR | 4.00 EUR |"), HasSubstr("| 5 GiB | 0.4 EUR | 2.00 EUR |"),
            HasSubstr("| together |  |  | 6.00 EUR |"), HasSubstr("25 % of what is paid for is in use.")));
}

}  // namespace pgvigil::report
