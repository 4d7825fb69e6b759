#include "pgvigil/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>

#include "bad_files.hpp"
#include "pgvigil/base/text.hpp"
#include "world.hpp"

namespace pgvigil::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kRoot = PGVIGIL_SOURCE_DIR;

base::Result<Config> read(std::string_view yaml) {
  return parse(yaml, "pgvigil.yml", world::kCatalogue, world::kRules);
}

std::string error_of(const base::Result<Config>& result) {
  return result ? "no error" : result.error().message;
}

/// A file of the test's own that is gone afterwards.
class Scratch {
 public:
  explicit Scratch(std::string_view content)
      : path_(testing::TempDir() + "pgvigil_config." + std::to_string(::getpid())) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path_.c_str(), "wb"), std::fclose);
    std::fwrite(content.data(), 1, content.size(), file.get());
  }
  ~Scratch() { std::filesystem::remove(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST(BadFiles, AreRefusedWithTheMessageOnTheirFirstLine) {
  expect_refusals(kRoot + "/tests/config",
                  [](const std::string& file) { return load(file, world::kCatalogue, world::kRules); });
}

TEST(GoodFiles, AreAccepted) {
  const auto good = files(kRoot + "/tests/config", ".good.yml");
  ASSERT_FALSE(good.empty());
  for (const auto& file : good) EXPECT_EQ(error_of(load(file, world::kCatalogue, world::kRules)), "no error");
}

TEST(Config, OfAnEmptyFileIsTheDefault) {
  for (const char* file : {"empty", "comments-only"}) {
    const auto config = load(kRoot + "/tests/config/" + file + ".good.yml", world::kCatalogue, world::kRules);
    ASSERT_TRUE(config) << file;
    EXPECT_EQ(*config, Config{});
  }
}

TEST(Config, TakesEverySettingFromTheFile) {
  const auto config = load(kRoot + "/tests/config/everything.good.yml", world::kCatalogue, world::kRules);
  ASSERT_TRUE(config) << error_of(config);
  Config expected;
  expected.dsn = "host=/run/postgresql dbname=postgres";
  expected.databases = {{"app", "audit"}, {"scratch"}};
  expected.web = {{"127.0.0.1:0"}, "/pg/metrics"};
  expected.log = {LogLevel::warn, LogFormat::json};
  expected.labels = {{"cluster", "dev"}, {"zone", "1"}};
  expected.thresholds["cpu"] = {0.7, 0.8, 3600s};
  expected.thresholds["latency"] = {std::nullopt, 0.75, std::nullopt};
  expected.group = model::Group::minimal;
  expected.collectors["stat_statements"] = {false, 1min, 10s, 51};
  expected.mounts = {{"/bitnami/postgresql", "data"}, {"/wal", "wal"}};
  expected.detect_shutdown.ping = false;
  expected.alerting = {
      "postgres", "https://wiki.example/db", "https://grafana.example", {{"team", "us"}}, true, "pg", "vol",
      20};
  expected.cost = {0.2, 0.1, "EUR"};
  EXPECT_EQ(*config, expected);
}

TEST(Targets, ByDefaultAreTheOneThatTheRootDescribes) {
  const auto config = read("dsn: host=db");
  ASSERT_TRUE(config) << error_of(config);
  const auto targets = watched(*config);
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].name, "");
  EXPECT_EQ(targets[0].dsn, "host=db");
}

TEST(Targets, HaveTheirOwnKeysOverTheRootsWhereverThoseStand) {
  const auto config = load(kRoot + "/tests/config/targets.good.yml", world::kCatalogue, world::kRules);
  ASSERT_TRUE(config) << error_of(config);
  TargetConfig billing;
  billing.name = "billing.eu-1_a";
  billing.dsn = "service=billing";
  billing.labels = {{"cluster", "dev"}};
  billing.collectors["stat_statements"].interval = 30s;
  TargetConfig orders = billing;
  orders.name = "orders";
  orders.dsn = "postgresql://pgvigil@orders.example/postgres";
  orders.labels["team"] = "shop";
  orders.databases.include = {"orders"};
  orders.collectors["stat_statements"].max_rows = 51;
  orders.thresholds["cpu"].warning = 0.6;
  orders.mounts = {{"/orders", "data"}};
  orders.detect_shutdown.ping = false;
  EXPECT_THAT(watched(*config), ElementsAre(billing, orders));
}

TEST(Targets, AreUnderTheCommandLinesSettingsToo) {
  auto config = load(kRoot + "/tests/config/targets.good.yml", world::kCatalogue, world::kRules);
  ASSERT_TRUE(config) << error_of(config);
  const auto set = [&](std::vector<std::string> path, const Value& value) {
    return assign(*config, {"--flag", std::move(path), value}, world::kCatalogue, world::kRules);
  };
  EXPECT_TRUE(set({"collectors", "stat_statements", "max_rows"}, "7"));
  EXPECT_TRUE(set({"web", "telemetry_path"}, "/m"));
  for (const TargetConfig& target : config->targets)
    EXPECT_EQ(target.collectors.at("stat_statements").max_rows, 7U) << target.name;
  const Config before = *config;
  EXPECT_EQ(set({"dsn"}, "host=db password=secret").error().message,
            "--flag: targets stand beside a dsn; each of them names its own server: leave the dsn out");
  EXPECT_EQ(set({"databases", "exclude"}, std::vector<std::string>{"orders"}).error().message,
            "--flag: databases both includes and excludes 'orders'; name it in one of the lists");
  EXPECT_EQ(*config, before);
}

TEST(Load, SaysWhyAFileCannotBeRead) {
  EXPECT_THAT(error_of(load("/nowhere/pgvigil.yml", world::kCatalogue, world::kRules)),
              HasSubstr("/nowhere/pgvigil.yml: cannot be read (No such file or directory)"));
  EXPECT_THAT(error_of(load(kRoot + "/tests/config", world::kCatalogue, world::kRules)),
              HasSubstr("is a directory"));
}

TEST(Load, RefusesAFileOfMoreThanAMebibyte) {
  const Scratch most(std::string((1 << 20) - 1, '#') + "\n");
  EXPECT_EQ(error_of(load(most.path(), world::kCatalogue, world::kRules)), "no error");
  const Scratch more(std::string(1 << 20, '#') + "\n");
  EXPECT_THAT(error_of(load(more.path(), world::kCatalogue, world::kRules)),
              HasSubstr("is larger than 1 MiB"));
}

TEST(Parse, RefusesANulByte) {
  const std::string yaml("dsn: a\0b\n", 9);
  EXPECT_EQ(error_of(read(yaml)), "pgvigil.yml:1: the text is not UTF-8; save the file as UTF-8");
}

TEST(Parse, QuotesALongOrManyLinedValueOnOneShortLine) {
  EXPECT_EQ(
      error_of(read("log: {level: \"" + std::string(100, 'x') + "\"}")),
      "pgvigil.yml:1: log.level is '" + std::string(60, 'x') + "...'; it must be debug, info, warn or error");
  EXPECT_EQ(error_of(read("log: {level: \"a\\nb\"}")),
            "pgvigil.yml:1: log.level is 'a b'; it must be debug, info, warn or error");
}

TEST(Collectors, AreOwnCopiesWithTheFilesChanges) {
  const auto config = read("collectors: {wal: {enabled: false, interval: 1m}}");
  ASSERT_TRUE(config) << error_of(config);
  const auto specs = collectors(*config, world::kCatalogue);
  ASSERT_EQ(specs.size(), 2U);
  EXPECT_EQ(specs[0].interval, 15s);
  EXPECT_EQ(specs[1].interval, 1min);
  EXPECT_FALSE(specs[1].enabled);
  EXPECT_TRUE(world::kWal.enabled);
}

TEST(Apply, CutsADefaultTimeoutToAShorterInterval) {
  EXPECT_EQ(apply(world::kWal, CollectorOverride{.interval = 2s}).timeout, 2s);
  EXPECT_EQ(apply(world::kWal, CollectorOverride{.interval = 1min}).timeout, 5s);
}

TEST(Limits, AreTheRulesButForWhatTheFileChanges) {
  const auto config = read("thresholds: {cpu: {critical: 0.99, hold: 10m}}");
  ASSERT_TRUE(config) << error_of(config);
  const auto all = limits(*config, world::kRules);
  EXPECT_EQ(all.at("cpu").warning, 0.80);
  EXPECT_EQ(all.at("cpu").critical, 0.99);
  EXPECT_EQ(all.at("cpu").hold, 600s);
  EXPECT_EQ(all.at("latency").critical, 0.5);
}

TEST(Databases, AreAllUnlessIncludedOrExcluded) {
  EXPECT_TRUE(Databases{}.selects("app"));
  EXPECT_FALSE((Databases{{}, {"app"}}).selects("app"));
  EXPECT_TRUE((Databases{{"app"}, {}}).selects("app"));
  EXPECT_FALSE((Databases{{"app"}, {}}).selects("App"));
}

TEST(Assign, SetsWhatAFileCouldSet) {
  Config config;
  const auto set = [&](std::vector<std::string> path,
                       std::variant<std::string, std::vector<std::string>> value) {
    return assign(config, {"--flag", std::move(path), std::move(value)}, world::kCatalogue, world::kRules);
  };
  EXPECT_TRUE(set({"web", "telemetry_path"}, "/m"));
  EXPECT_TRUE(set({"labels", "cluster"}, "dev"));
  EXPECT_TRUE(set({"collectors", "wal", "enabled"}, "false"));
  EXPECT_TRUE(set({"databases", "include"}, std::vector<std::string>{"app", "audit"}));
  EXPECT_EQ(config.web.telemetry_path, "/m");
  EXPECT_EQ(config.labels.at("cluster"), "dev");
  EXPECT_EQ(config.collectors.at("wal").enabled, false);
  EXPECT_THAT(config.databases.include, ElementsAre("app", "audit"));
}

TEST(Assign, NamesItsOriginInErrorsAndLeavesTheConfigAsItWas) {
  Config config;
  config.thresholds["cpu"].warning = 0.5;
  const Config before = config;
  const auto bad =
      assign(config, {"--cpu", {"thresholds", "cpu", "critical"}, "0.4"}, world::kCatalogue, world::kRules);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message,
            "--cpu: thresholds.cpu: warning 0.5 is above critical 0.4; it must be at most that");
  EXPECT_EQ(config, before);
}

TEST(Assign, RefusesTextThatIsNotUtf8) {
  Config config;
  const auto bad =
      assign(config, {"--label", {"labels", "city"}, "S\xe9oul"}, world::kCatalogue, world::kRules);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "--label: the text is not UTF-8; use UTF-8");
}

}  // namespace pgvigil::config
