#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <set>

#include "pgvigil/generate/generate.hpp"
#include "pgvigil/rules/rules.hpp"

/// The rule files as a YAML reader sees them: what Prometheus would load.
namespace pgvigil::generate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

YAML::Node groups_of(const Options& options) { return YAML::Load(alerts(options).at(0).text)["groups"]; }

/// The alert of that name and severity; a null node where there is none.
YAML::Node alert(const Options& options, const std::string& name, const std::string& severity) {
  for (const auto& group : groups_of(options))
    for (const auto& rule : group["rules"])
      if (rule["alert"].as<std::string>("") == name &&
          rule["labels"]["severity"].as<std::string>() == severity)
        return rule;
  return YAML::Node(YAML::NodeType::Null);
}

std::string expr_of(const Options& options, const std::string& name, const std::string& severity) {
  return alert(options, name, severity)["expr"].as<std::string>("no such alert");
}

std::string recorded(const Options& options, const std::string& record) {
  const YAML::Node rules = groups_of(options)[0]["rules"];
  for (const auto& rule : rules)
    if (rule["record"].as<std::string>() == record) return rule["expr"].as<std::string>();
  return "no such record";
}

std::string annotation(const Options& options, const std::string& name, const std::string& severity,
                       const std::string& key) {
  return alert(options, name, severity)["annotations"][key].as<std::string>("no such annotation");
}

}  // namespace

TEST(Alerts, HaveOneForEachLevelOfTheirRule) {
  EXPECT_TRUE(alert({}, "PostgresCpuHigh", "warning").IsMap());
  EXPECT_TRUE(alert({}, "PostgresCpuHigh", "critical").IsMap());
  EXPECT_TRUE(alert({}, "PostgresRestarted", "warning").IsMap());
  EXPECT_TRUE(alert({}, "PostgresRestarted", "critical").IsNull());
  EXPECT_TRUE(alert({}, "PostgresDown", "warning").IsNull());
  EXPECT_TRUE(alert({}, "PostgresDown", "critical").IsMap());
}

TEST(Alerts, LeaveNoRuleOut) {
  std::set<std::string> written;
  for (const auto& group : groups_of({}))
    for (const auto& rule : group["rules"])
      if (rule["alert"]) written.insert(rule["alert"].as<std::string>());
  std::set<std::string> known;
  for (const model::Rule* rule : rules::rules()) known.emplace(rule->alert);
  EXPECT_EQ(written, known);
}

TEST(Alerts, StandInGroupsByBoardBehindTheRecords) {
  std::vector<std::string> names;
  for (const auto& group : groups_of({})) names.push_back(group["name"].as<std::string>());
  EXPECT_EQ(names.front(), "pgvigil-records");
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  for (const auto& group : groups_of({})) EXPECT_EQ(group["interval"].as<std::string>(), "30s");
  EXPECT_THAT(names, testing::Contains("pgvigil-bill-inquiry"));
}

TEST(Alerts, OfWhatPgvigilJudgesCompareWithTheExportedLimit) {
  EXPECT_EQ(expr_of({}, "PostgresLatencyHigh", "critical"),
            "instance:pgvigil_statements_mean:seconds_rate5m >= ignoring (rule, severity) "
            "pgvigil_threshold_limit{rule=\"latency\",severity=\"critical\"}");
}

TEST(Alerts, OfWhatPgvigilJudgesTellTheLimitOfTheirOwnServer) {
  const std::string limit =
      "{{ with printf `pgvigil_threshold_limit{rule=\"cpu\",severity=\"warning\",job=%q,instance=%q}` "
      "$labels.job "
      "$labels.instance | query }}{{ . | first | value | humanizePercentage }}{{ end }}";
  EXPECT_EQ(annotation({}, "PostgresCpuHigh", "warning", "limit"), limit);
  EXPECT_THAT(annotation({}, "PostgresCpuHigh", "warning", "description"),
              HasSubstr("(limit " + limit + ")"));
}

TEST(Alerts, OfOtherRulesCompareWithTheConfiguredNumberAndTellIt) {
  EXPECT_EQ(expr_of({}, "PostgresReplicationBehind", "critical"),
            "max without (state) (pg_stat_replication_pg_wal_lsn_diff) >= 4294967296");
  EXPECT_EQ(annotation({}, "PostgresReplicationBehind", "critical", "limit"), "4GiB");
  Options options;
  options.limits["replication_behind"] = {1 << 20, 1 << 30, base::Seconds(60)};
  const YAML::Node warning = alert(options, "PostgresReplicationBehind", "warning");
  EXPECT_EQ(warning["expr"].as<std::string>(),
            "max without (state) (pg_stat_replication_pg_wal_lsn_diff) >= 1048576");
  EXPECT_EQ(warning["for"].as<std::string>(), "1m");
  EXPECT_THAT(warning["annotations"]["description"].as<std::string>(),
              HasSubstr("has {{ $value | humanize1024 }}B of WAL to replay (limit 1MiB)"));
}

TEST(Alerts, ShowNumbersInTheirUnit) {
  Options options;
  options.limits["long_transaction"] = {0.25, 97'270, base::Seconds(0)};
  EXPECT_EQ(annotation(options, "PostgresLongTransaction", "warning", "limit"), "250ms");
  EXPECT_EQ(annotation(options, "PostgresLongTransaction", "critical", "limit"), "1d 3h 1m 10s");
  EXPECT_EQ(annotation(options, "PostgresLongTransaction", "warning", "value"),
            "{{ $value | humanizeDuration }}");
  EXPECT_EQ(annotation({}, "PostgresTempFilesHigh", "warning", "limit"), "10MiB/s");
  EXPECT_EQ(annotation({}, "PostgresTempFilesHigh", "warning", "value"), "{{ $value | humanize1024 }}B/s");
  EXPECT_EQ(annotation({}, "PostgresInodesHigh", "critical", "limit"), "97%");
  EXPECT_EQ(annotation({}, "PostgresFreezeOverdue", "warning", "limit"), "1.1");
  EXPECT_EQ(annotation({}, "PostgresFreezeOverdue", "warning", "value"), "{{ $value | humanize }}");
}

TEST(Alerts, OfARuleThatIsOverBelowItsLimitFireBelow) {
  EXPECT_EQ(expr_of({}, "PostgresDown", "critical"), "pg_up < 1");
}

TEST(Alerts, PutWhatBindsLooserThanTheComparisonInParentheses) {
  EXPECT_EQ(
      expr_of({}, "PostgresSlotInactive", "warning"),
      "(pg_replication_slots_active and pg_replication_slots_pg_wal_lsn_diff unless ignoring (slot_name, "
      "database) pg_replication_is_replica == 1) < 1");
  EXPECT_EQ(expr_of({}, "PostgresInodesHigh", "warning"),
            "1 - pg_mount_files_free / (pg_mount_files > 0) >= 0.9");
}

TEST(Alerts, AskForTheConfiguredJobWhereNobodyAnswers) {
  EXPECT_EQ(expr_of({}, "PgvigilDown", "critical"),
            "(up{job=\"pgvigil\"} or absent(up{job=\"pgvigil\"}) - 1) < 1");
  Options options;
  options.alerting.job = "db";
  EXPECT_EQ(expr_of(options, "PgvigilDown", "critical"),
            "(up{job=\"db\"} or absent(up{job=\"db\"}) - 1) < 1");
}

TEST(Alerts, HoldAndGoOnAsTheirRuleSays) {
  const YAML::Node cpu = alert({}, "PostgresCpuHigh", "warning");
  EXPECT_EQ(cpu["for"].as<std::string>(), "5m");
  EXPECT_EQ(cpu["keep_firing_for"].as<std::string>(), "5m");
  const YAML::Node deadlocks = alert({}, "PostgresDeadlocks", "warning");
  EXPECT_FALSE(deadlocks["for"]);
  EXPECT_FALSE(deadlocks["keep_firing_for"]);
}

TEST(Alerts, LinkToRunbookAndDashboard) {
  EXPECT_EQ(annotation({}, "PostgresDown", "critical", "runbook_url"),
            "http://{{ $labels.instance }}/runbooks/PostgresDown");
  Options options;
  options.alerting.runbooks = "https://wiki.example/db";
  options.alerting.grafana = "https://grafana.example";
  EXPECT_EQ(annotation(options, "PostgresDown", "critical", "runbook_url"),
            "https://wiki.example/db/PostgresDown");
  EXPECT_EQ(annotation(options, "PostgresDown", "critical", "dashboard_url"),
            "https://grafana.example/d/pgvigil-overview?var-job={{ $labels.job | urlquery }}"
            "{{ with $labels.instance }}&var-instance={{ . | urlquery }}{{ end }}");
}

TEST(Alerts, CarryTheConfiguredLabels) {
  Options options;
  options.alerting.labels = {{"service", "bill inquiry"}, {"team", "it's us"}};
  const YAML::Node labels = alert(options, "PostgresDown", "critical")["labels"];
  EXPECT_EQ((labels.as<std::map<std::string, std::string>>()),
            (std::map<std::string, std::string>{
                {"severity", "critical"}, {"service", "bill inquiry"}, {"team", "it's us"}}));
}

TEST(Alerts, KeepLabelsThatYamlWouldReadAsSomethingElse) {
  for (const std::string text :
       {"true", "on", "12", "", "a: b", "#", "say \"it's\"", " blank", "two\nlines"}) {
    Options options;
    options.alerting.labels = {{"team", text}};
    EXPECT_EQ(alert(options, "PostgresDown", "critical")["labels"]["team"].as<std::string>(), text);
  }
}

TEST(Kubelet, ReplacesTheThreeRecordsThatItHasNumbersFor) {
  Options kubelet;
  kubelet.alerting.kubelet = true;
  kubelet.alerting.container = "pg";
  kubelet.alerting.claim = "vol";
  std::vector<std::string> changed;
  const YAML::Node ours = groups_of({});
  const YAML::Node theirs = groups_of(kubelet);
  for (std::size_t i = 0; i < ours[0]["rules"].size(); ++i)
    if (ours[0]["rules"][i]["expr"].as<std::string>() != theirs[0]["rules"][i]["expr"].as<std::string>())
      changed.push_back(theirs[0]["rules"][i]["record"].as<std::string>());
  EXPECT_THAT(changed,
              ElementsAre("instance:pg_container_cpu_usage:ratio_rate5m",
                          "instance:pg_container_memory_working_set:ratio", "instance:pg_mount_used:ratio"));
  EXPECT_THAT(
      recorded(kubelet, "instance:pg_container_memory_working_set:ratio"),
      AllOf(StartsWith("sum by (namespace, pod) (container_memory_working_set_bytes{container=\"pg\"}) / "),
            EndsWith(" * on (namespace, pod) group_right () (pg_up >= bool 0)")));
  EXPECT_THAT(recorded(kubelet, "instance:pg_mount_used:ratio"), HasSubstr("\"vol-(.+)\""));
  for (std::size_t i = 1; i < ours.size(); ++i) EXPECT_EQ(YAML::Dump(ours[i]), YAML::Dump(theirs[i]));
}

TEST(Hurry, DividesIntervalsWindowsAndHoldTimes) {
  Options options;
  options.alerting.hurry = 60;
  EXPECT_EQ(groups_of(options)[0]["interval"].as<std::string>(), "1s");
  const YAML::Node cpu = alert(options, "PostgresCpuHigh", "warning");
  EXPECT_EQ(cpu["for"].as<std::string>(), "5s");
  EXPECT_EQ(cpu["keep_firing_for"].as<std::string>(), "5s");
  EXPECT_EQ(recorded(options, "instance:pg_container_cpu_usage:ratio_rate5m"),
            "rate(pg_container_cpu_usage_seconds_total[5s]) / pg_container_cpu_limit_cores");
  EXPECT_THAT(recorded(options, "statement:pg_stat_statements_mean:seconds_rate1d_offset10m"),
              HasSubstr("[24m] offset 10s"));
  EXPECT_THAT(expr_of(options, "PostgresPanic", "critical"), HasSubstr("[15s:1s]"));
}

TEST(Hurry, LeavesLimitsAndHorizonsAlone) {
  Options options;
  options.alerting.hurry = 1000;
  EXPECT_THAT(expr_of(options, "PostgresConnectionsForecast", "warning"),
              AllOf(StartsWith("(predict_linear(instance:pg_stat_activity_count:ratio[1s], 3600) and "),
                    EndsWith(") >= 1")));
  EXPECT_EQ(expr_of(options, "PostgresLongTransaction", "critical"),
            "pg_long_running_transactions_oldest_age_seconds >= 7200");
}

TEST(Hurry, MakesNothingShorterThanASecondAndZeroStaysZero) {
  Options options;
  options.alerting.hurry = 1000;
  EXPECT_EQ(alert(options, "PostgresCpuHigh", "warning")["for"].as<std::string>(), "1s");
  EXPECT_FALSE(alert(options, "PostgresDeadlocks", "warning")["for"]);
}

TEST(PrometheusRule, HasTheSameGroupsAsTheFile) {
  for (const unsigned hurry : {1U, 7U}) {
    Options options;
    options.alerting.hurry = hurry;
    const YAML::Node object = YAML::Load(alerts(options).at(1).text);
    EXPECT_EQ(object["kind"].as<std::string>(), "PrometheusRule");
    EXPECT_EQ(object["apiVersion"].as<std::string>(), "monitoring.coreos.com/v1");
    EXPECT_EQ(object["metadata"]["name"].as<std::string>(), "pgvigil");
    EXPECT_EQ(object["metadata"]["labels"]["app.kubernetes.io/name"].as<std::string>(), "pgvigil");
    YAML::Emitter in_object;
    YAML::Emitter in_file;
    in_object << YAML::Flow << object["spec"]["groups"];
    in_file << YAML::Flow << groups_of(options);
    EXPECT_STREQ(in_object.c_str(), in_file.c_str());
  }
}

TEST(RuleFiles, AreTheSameEachTimeAndSayWhoMadeThem) {
  for (const File& file : alerts({})) EXPECT_THAT(file.text, HasSubstr("Made by `pgvigil generate`"));
  EXPECT_EQ(alerts({}).at(0).path, "alerts/pgvigil.rules.yml");
  EXPECT_EQ(alerts({}).at(1).path, "alerts/prometheusrule.yml");
  EXPECT_EQ(alerts({}).at(0).text, alerts({}).at(0).text);
}

TEST(RuleFiles, HaveNoLineThatIsHardToRead) {
  const std::string text = alerts({}).at(1).text;
  for (std::size_t from = 0; from < text.size(); from = text.find('\n', from) + 1)
    EXPECT_LE(text.find('\n', from) - from, 120U) << text.substr(from, text.find('\n', from) - from);
}

}  // namespace pgvigil::generate
