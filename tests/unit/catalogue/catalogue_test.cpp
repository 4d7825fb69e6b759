#include "pgvigil/catalogue/catalogue.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pgvigil::catalogue {
namespace {

using model::CollectorSpec;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const CollectorSpec& named(std::string_view name) {
  const auto all = collectors();
  return **std::ranges::find(all, name, [](const CollectorSpec* spec) { return spec->name; });
}

}  // namespace

TEST(Catalogue, ServesPostgreSQL13AndUpButForWhatCameLater) {
  std::vector<std::string_view> later;
  for (const CollectorSpec* spec : collectors())
    if (spec->server == model::Server::postgresql && !spec->queries.empty() && spec->extension.empty() &&
        spec->queries.front().since != 13)
      later.push_back(spec->name);
  EXPECT_THAT(later, ElementsAre("ident_file_mappings", "replication_slots_invalidation", "shmem_allocations",
                                 "stat_checkpointer", "stat_io", "stat_recovery_prefetch",
                                 "stat_replication_slots", "stat_user_tables_scans", "stat_wal"));
}

TEST(Catalogue, LeavesToThoseWhoAskWhatIsDearSecretOrNeedsMoreThanPgMonitor) {
  std::vector<std::string_view> off;
  for (const CollectorSpec* spec : collectors())
    if (!spec->enabled) off.push_back(spec->name);
  EXPECT_THAT(off, ElementsAre("buffercache_summary", "buffercache_usage", "file_settings", "hba_file_rules",
                               "ident_file_mappings", "index_bloat", "process_idle", "stat_statements_detail",
                               "stat_statements_text", "stat_user_indexes_rows", "stat_user_tables_scans",
                               "statio_user_indexes", "table_bloat", "table_pages"));
}

TEST(Catalogue, SaysWhichRowsComeFirstBecauseTheRestIsCutButOfThoseThatHaveFew) {
  std::vector<std::string_view> unordered;
  for (const CollectorSpec* spec : collectors()) {
    const bool shows = spec->server == model::Server::pgbouncer;  // SHOW has its own order
    const bool folded = spec->fold != model::Fold::none;          // which chooses by itself
    if (shows || folded ||
        std::ranges::find(spec->columns, model::Use::label, &model::Column::use) == spec->columns.end())
      continue;
    if (std::ranges::any_of(spec->queries, [](const model::Query& query) {
          return query.sql.find("\n ORDER BY ") == std::string_view::npos;
        }))
      unordered.push_back(spec->name);
  }
  EXPECT_THAT(unordered, ElementsAre("buffercache_usage", "control_info", "schema_indexes", "schema_tables",
                                     "setting_info", "shmem_allocations", "stat_io", "stat_slru",
                                     "stat_wal_receiver", "static", "table_size_skipped"));
}

TEST(Catalogue, ReadsStatementCountersWithoutTexts) {
  for (const char* name : {"stat_statements", "stat_statements_detail"}) {
    for (const model::Query& query : named(name).queries) {
      EXPECT_THAT(std::string(query.sql), HasSubstr("@extschema@.pg_stat_statements(false)"));
      EXPECT_THAT(std::string(query.sql), Not(HasSubstr(".query,")));
    }
  }
}

TEST(Catalogue, AsksForEveryCounterOfAStatementAndTheDetailsAlsoForThoseOfTheOthers) {
  const auto has = [](const CollectorSpec& spec, std::string_view column) {
    const std::string sql(spec.queries.back().sql);
    return sql.find(" AS " + std::string(column) + ",") != std::string::npos ||
           sql.find(" AS " + std::string(column) + "\n") != std::string::npos;
  };
  const CollectorSpec& narrow = named("stat_statements");
  const CollectorSpec& wide = named(narrow.within);
  for (const CollectorSpec* spec : {&narrow, &wide}) {
    ASSERT_EQ(spec->fold, model::Fold::statements);
    for (const model::Column& column : spec->columns) {
      if (column.use == model::Use::label) continue;
      EXPECT_TRUE(has(*spec, column.name)) << column.name;
      EXPECT_TRUE(has(wide, column.name)) << column.name;
    }
  }
}

TEST(Catalogue, AsksForSessionsInOneStatementWhereNothingElseIsAskedOfThem) {
  constexpr std::array<std::string_view, 3> kOthers = {"blocking", "stat_ssl", "stat_subscription"};
  const std::string_view sql = named("stat_activity").queries.front().sql;
  for (const CollectorSpec* spec : collectors()) {
    for (const model::Query& query : spec->queries) {
      if (query.sql.data() == sql.data() || std::ranges::count(kOthers, spec->name) > 0) continue;
      EXPECT_THAT(std::string(query.sql), Not(HasSubstr("pg_stat_activity"))) << spec->name;
      EXPECT_THAT(std::string(query.sql), Not(HasSubstr("pg_stat_get_activity"))) << spec->name;
    }
  }
}

TEST(Catalogue, KeepsRoomForEveryRowThatTheSqlMeasures) {
  const CollectorSpec& sizes = named("table_size");
  EXPECT_THAT(std::string(sizes.queries.front().sql), HasSubstr("rank <= " + std::to_string(sizes.max_rows)));
}

}  // namespace pgvigil::catalogue
