#include "pgvigil/config/user_collector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "bad_files.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/config/config.hpp"
#include "world.hpp"

/// Both formats of a user's collectors, and the keys that name their files.
namespace pgvigil::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFiles = std::string(PGVIGIL_SOURCE_DIR) + "/tests/config/";

base::Result<UserFile> collectors_in(std::string_view yaml, std::string_view name = "c.yml") {
  return parse_collectors(yaml, name, world::kWithHistogram, {});
}

base::Result<UserFile> queries_in(std::string_view yaml, std::string_view name = "q.yml", bool each = false) {
  return parse_queries(yaml, name, world::kCatalogue, {}, each);
}

std::string error_of(const base::Result<UserFile>& file) { return file ? "no error" : file.error().message; }

/// The only collector of that file.
UserCollector only(const base::Result<UserFile>& file) {
  if (!file || file->collectors.size() != 1) ADD_FAILURE() << error_of(file);
  return file && !file->collectors.empty() ? file->collectors.front() : UserCollector(CollectorText{});
}

std::vector<std::string> names(const std::vector<UserCollector>& collectors) {
  std::vector<std::string> names;
  for (const UserCollector& collector : collectors) names.emplace_back(collector.spec().name);
  return names;
}

std::vector<std::string> metrics(const model::CollectorSpec& spec) {
  std::vector<std::string> metrics;
  for (const model::Column& column : spec.columns)
    if (column.use != model::Use::label) metrics.emplace_back(column.metric);
  return metrics;
}

constexpr std::string_view kBills = R"(
collectors:
  bills:
    query: SELECT status, bills FROM bill
    metrics:
      status: label
      bills: {gauge: app_bills, help: Bills by status}
)";

/// A folder of the test's own with files in it, gone afterwards. Tests run side by side.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "pgvigil_XXXXXX";
    path_ = ::mkdtemp(name.data());
    std::filesystem::create_directories(path_ / "below");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, std::string_view content) const {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen((path_ / name).c_str(), "wb"), std::fclose);
    std::fwrite(content.data(), 1, content.size(), file.get());
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST(CollectorFiles, AreRefusedWithTheMessageOnTheirFirstLine) {
  expect_refusals(kFiles + "collectors",
                  [](const std::string& file) { return collectors_in(base::read_file(file).value(), file); });
}

TEST(CollectorFiles, TakeEveryKey) {
  const auto file = collectors_in(base::read_file(kFiles + "collectors/everything.good.yml").value());
  ASSERT_TRUE(file) << error_of(file);
  EXPECT_THAT(names(file->collectors), ElementsAre("bills", "calls", "versions"));
  const model::CollectorSpec& bills = file->collectors[0].spec();
  EXPECT_EQ(bills.scope, model::Scope::database);
  EXPECT_THAT(bills.databases, ElementsAre("app", "audit"));
  EXPECT_EQ(bills.role, model::Role::primary);
  EXPECT_EQ(bills.interval, 30s);
  EXPECT_EQ(bills.timeout, 2s);
  EXPECT_EQ(bills.max_rows, 100U);
  EXPECT_TRUE(bills.user);
  EXPECT_FALSE(bills.open);
  EXPECT_THAT(metrics(bills), ElementsAre("app_bills", "app_bill_age_seconds", "app_bill_ms",
                                          "app_bill_wait_seconds", "app_one"));
  EXPECT_EQ(bills.columns[2].help, "Bills by status.");
  EXPECT_EQ(bills.columns[3].scale, 0.001);
  EXPECT_TRUE(bills.columns[5].bounds_by_row());
  EXPECT_EQ(bills.columns[6].help, "One, on two lines.");
  const model::CollectorSpec& calls = file->collectors[1].spec();
  EXPECT_EQ(calls.extension, "pg_stat_statements");
  EXPECT_EQ(calls.queries[0].since, 108);
  EXPECT_EQ(calls.queries[1].since, 110);
  EXPECT_EQ(file->collectors[2].spec().queries[1].since, 17);
}

TEST(CollectorFiles, NeedLittle) {
  const UserCollector bills = only(collectors_in(kBills));
  EXPECT_EQ(bills.spec().scope, model::Scope::cluster);
  EXPECT_EQ(bills.spec().queries[0].since, 0);
  EXPECT_EQ(bills.spec().queries[0].sql, "SELECT status, bills FROM bill");
  EXPECT_FALSE(model::fault(bills.spec()));
}

TEST(CollectorFiles, AddTheDatabasesNameAtDatabaseScope) {
  const auto columns = [](const std::string& metrics) {
    const UserCollector one =
        only(collectors_in("collectors: {b: {scope: database, query: SELECT 1, metrics: {" + metrics +
                           "n: {gauge: b, help: B.}}}}"));
    std::vector<std::string> names;
    for (const model::Column& column : one.spec().columns) names.emplace_back(column.name);
    return names;
  };
  EXPECT_THAT(columns(""), ElementsAre("datname", "n"));
  EXPECT_THAT(columns("status: label, datname: label, "), ElementsAre("status", "datname", "n"));
}

TEST(CollectorFiles, MayHoldNothing) {
  EXPECT_EQ(error_of(collectors_in("")), "no error");
  EXPECT_EQ(error_of(collectors_in(base::read_file(kFiles + "collectors/empty.good.yml").value())),
            "no error");
}

TEST(UserCollector, OwnsItsTextForAsLongAsACopyLives) {
  std::optional<UserCollector> first = only(collectors_in(kBills));
  const UserCollector copy = *first;
  first.reset();
  EXPECT_EQ(copy.spec().name, "bills");
  EXPECT_EQ(copy.spec().columns[1].metric, "app_bills");
}

TEST(UserCollector, IsEqualToOneOfTheSameText) {
  EXPECT_EQ(only(collectors_in(kBills)), only(collectors_in(kBills)));
  std::string other(kBills);
  other.replace(other.find("app_bills"), 9, "app_bilks");
  EXPECT_NE(only(collectors_in(kBills)), only(collectors_in(other)));
}

TEST(QueriesFiles, AreRefusedWithTheMessageOnTheirFirstLine) {
  expect_refusals(kFiles + "queries", [](const std::string& file) {
    return queries_in(base::read_file(file).value(), file, false);
  });
}

TEST(QueriesFiles, BecomeACollectorANamespace) {
  const auto file = queries_in(base::read_file(kFiles + "queries/everything.good.yml").value());
  ASSERT_TRUE(file) << error_of(file);
  EXPECT_THAT(names(file->collectors), ElementsAre("pg_cache", "queries_wal"));
  const model::CollectorSpec& cache = file->collectors[0].spec();
  EXPECT_EQ(cache.interval, 60s);
  EXPECT_EQ(cache.queries[0].since, 14);
  EXPECT_EQ(cache.before, 17);
  EXPECT_TRUE(cache.user);
  EXPECT_TRUE(cache.open);
  EXPECT_THAT(metrics(cache), ElementsAre("pg_cache_hits", "pg_cache_resets_count"));
  EXPECT_EQ(cache.columns[1].use, model::Use::counter);
  EXPECT_EQ(cache.columns[1].help, "Hits.");
  EXPECT_EQ(cache.columns[2].help, "Column resets_count of the query pg_cache.");
  EXPECT_THAT(metrics(file->collectors[1].spec()), ElementsAre("wal_size_mb"));
  EXPECT_THAT(file->notes, IsEmpty());
}

TEST(QueriesFiles, LoseWhatPgvigilExportsItselfAndSaySo) {
  const auto file = queries_in(R"(
pg_wal:
  query: SELECT 1
  metrics: [{size_bytes: {usage: GAUGE}}]
pg:
  query: SELECT 1
  metrics: [{wal_size_bytes: {usage: GAUGE}}, {up: {usage: GAUGE}}, {rows: {usage: GAUGE}}]
)");
  ASSERT_TRUE(file) << error_of(file);
  EXPECT_THAT(names(file->collectors), ElementsAre("pg"));
  EXPECT_THAT(metrics(file->collectors[0].spec()), ElementsAre("pg_rows"));
  EXPECT_THAT(file->notes,
              ElementsAre("q.yml:2: pg_wal left out: the built-in collector wal exports it",
                          "q.yml:5: pg without pg_up: pgvigil itself exports it",
                          "q.yml:5: pg without pg_wal_size_bytes: the built-in collector wal exports it"));
}

TEST(QueriesFiles, LeaveOutWhatWouldAskNothing) {
  const auto file = queries_in(R"(
pg_off:
  query: ""
pg_old:
  query: SELECT 1
  runonserver: "<=9.6.x || 10.x"
  metrics: [{size: {usage: GAUGE}}]
)");
  ASSERT_TRUE(file) << error_of(file);
  EXPECT_THAT(file->collectors, IsEmpty());
  EXPECT_THAT(file->notes, ElementsAre("q.yml:2: pg_off left out: it has no query",
                                       "q.yml:4: pg_old left out: its runonserver takes in no version that "
                                       "pgvigil watches"));
}

TEST(QueriesFiles, HaveHistogramsWhoseRowsBringTheirBounds) {
  const auto file = queries_in(base::read_file(kFiles + "queries/histogram.good.yml").value());
  const model::CollectorSpec& waits = only(file).spec();
  ASSERT_THAT(metrics(waits), ElementsAre("shop_waits_seconds"));
  EXPECT_EQ(waits.columns[1].name, "seconds");
  EXPECT_TRUE(waits.columns[1].bounds_by_row());
  EXPECT_EQ(waits.columns[1].help, "How long customers waited.");
  EXPECT_FALSE(model::fault(waits));
}

TEST(QueriesFiles, LoseAHistogramOfWhichPgvigilExportsASampleItself) {
  const auto error = [](std::string_view yaml) {
    const auto file = parse_queries(yaml, "q.yml", world::kWithHistogram, {}, false);
    return file && file->collectors.empty() ? file->notes.at(0) : error_of(file);
  };
  EXPECT_EQ(error("pg_process_idle: {query: SELECT 1, metrics: [{seconds: {usage: HISTOGRAM}}]}"),
            "q.yml:1: pg_process_idle left out: the built-in collector process_idle exports it");
  EXPECT_EQ(error("pg_process: {query: SELECT 1, metrics: [{idle_seconds_sum: {usage: GAUGE}}]}"),
            "q.yml:1: pg_process left out: the built-in collector process_idle exports it");
  EXPECT_EQ(error("pg: {query: SELECT 1, metrics: [{calls_total: {usage: HISTOGRAM}}]}"),
            "q.yml:1: pg left out: the built-in collector stat_statements exports it");
}

TEST(QueriesFiles, SayOnOneLineWhatTheyLeaveOut) {
  const auto file = queries_in("\"pg\\noff\":\n  query: ''\n");
  ASSERT_TRUE(file) << error_of(file);
  EXPECT_THAT(file->notes, ElementsAre("q.yml:1: pg off left out: it has no query"));
}

TEST(QueriesFiles, SayOnOneLineWhatIsWrong) {
  const auto file = queries_in("\"pg\\non\":\n  query: SELECT 1\n  metrics: [{\"a\\tb\": {usage: WRONG}}]\n");
  ASSERT_FALSE(file);
  EXPECT_THAT(error_of(file), testing::StartsWith("q.yml:3: pg on.metrics.a b: the usage 'WRONG' is not"));
}

TEST(QueriesFiles, UnderstandRangesOfVersions) {
  const auto range = [](const std::string& text) {
    const UserCollector one = only(
        queries_in("a: {query: SELECT 1, runonserver: \"" + text + "\", metrics: [{b: {usage: GAUGE}}]}"));
    const model::CollectorSpec& spec = one.spec();
    return spec.queries.empty() ? "refused" : fmt::format("{} to {}", spec.queries[0].since, spec.before);
  };
  EXPECT_EQ(range(">=9.4.0"), "0 to 0");
  EXPECT_EQ(range(">=15.0.0"), "15 to 0");
  EXPECT_EQ(range(">=14.0.0 <17.0.0"), "14 to 17");
  EXPECT_EQ(range("<17.0.0"), "0 to 17");
  EXPECT_EQ(range("<=16.x"), "0 to 17");
  EXPECT_EQ(range("> 15.x"), "16 to 0");
  EXPECT_EQ(range("15.x || 16.x"), "15 to 17");
  EXPECT_EQ(range(">=9.6.1 <10.0.0 || >=14"), "14 to 0");
  EXPECT_EQ(range(">=13.0.0 !=13.x"), "14 to 0");
}

TEST(QueriesFiles, RunInEachDatabaseWhereThatIsWanted) {
  constexpr std::string_view kTwo = R"(
a: {query: SELECT 1, metrics: [{n: {usage: GAUGE}}]}
b: {query: SELECT 1, master: true, metrics: [{n: {usage: GAUGE}}]}
)";
  const auto in_dsn = queries_in(kTwo);
  const auto in_each = queries_in(kTwo, "q.yml", true);
  ASSERT_TRUE(in_dsn && in_each);
  EXPECT_EQ(in_dsn->collectors[0].spec().scope, model::Scope::cluster);
  EXPECT_EQ(in_each->collectors[0].spec().scope, model::Scope::database);
  EXPECT_EQ(in_each->collectors[0].spec().columns[0].name, "datname");
  EXPECT_EQ(in_each->collectors[1].spec().scope, model::Scope::cluster);
}

TEST(UserFiles, AreFoundBesideTheConfigurationThatNamesThem) {
  const Folder folder;
  folder.write("below/bills.yml", kBills);
  folder.write("queries.yaml", "a: {query: SELECT 1, metrics: [{n: {usage: GAUGE}}]}");
  const std::string path = folder.write("pgvigil.yml",
                                        "collectors: {bills: {interval: 1m}, wal: {enabled: false}}\n"
                                        "collector_files: [below/bills.yml]\n"
                                        "queries_file: queries.yaml\n");
  const auto config = load(path, world::kCatalogue, world::kRules);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(names(config->user_collectors), ElementsAre("a", "bills"));
  const auto specs = collectors(*config, world::kCatalogue);
  std::vector<std::string_view> all;
  for (const model::CollectorSpec& spec : specs) all.push_back(spec.name);
  EXPECT_THAT(all, ElementsAre("a", "bills", "stat_statements", "wal"));
  EXPECT_EQ(specs[1].interval, 1min);
  EXPECT_EQ(*load(path, world::kCatalogue, world::kRules), *config);
}

TEST(UserFiles, AreHeldAgainstEachOther) {
  const Folder folder;
  folder.write("one.yml", kBills);
  folder.write("two.yml", kBills);
  const std::string path = folder.write("pgvigil.yml", "collector_files: [one.yml, two.yml]\n");
  const auto config = load(path, world::kCatalogue, world::kRules);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message,
              HasSubstr("two.yml:3: collectors.bills: there is a collector bills already"));
}

TEST(UserFiles, AreNamedWhereTheyCannotBeRead) {
  const auto error = [](std::string_view yaml) {
    const auto config = parse(yaml, "/nowhere/pgvigil.yml", world::kCatalogue, world::kRules);
    return config ? "no error" : config.error().message;
  };
  EXPECT_EQ(
      error("\ncollector_files: [c.yml]"),
      "/nowhere/pgvigil.yml:2: collector_files: /nowhere/c.yml: cannot be read (No such file or directory); "
      "name a readable file");
  EXPECT_EQ(error("queries_file: [q]"),
            "/nowhere/pgvigil.yml:1: queries_file is a list; it must be the path of postgres_exporter's "
            "queries.yaml");
  EXPECT_EQ(error("collector_files: c.yml"),
            "/nowhere/pgvigil.yml:1: collector_files is 'c.yml'; it must be a list of files such as "
            "[collectors.yml]");
}

TEST(UserFiles, ShareNoLabelWithTheConstantOnes) {
  const Folder folder;
  const std::string bills = folder.write("bills.yml", kBills);
  const std::string path = folder.write("pgvigil.yml", "labels: {status: x}\ncollector_files: [bills.yml]\n");
  const auto config = load(path, world::kCatalogue, world::kRules);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message, path + ":1: the label 'status' is taken by bills; choose another name");
  Config labelled;
  labelled.labels["status"] = "x";
  const auto set = assign(labelled, {"--collectors.file", {"collector_files"}, std::vector{bills}},
                          world::kCatalogue, world::kRules);
  ASSERT_FALSE(set);
  EXPECT_EQ(
      set.error().message,
      "--collectors.file: the label 'status' of collector bills is a constant label too; choose another "
      "name");
}

}  // namespace pgvigil::config
