#include <gmock/gmock.h>

#include "prometheus.hpp"

namespace pgvigil::report {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kMib = 1024.0 * 1024;
constexpr double kGib = 1024 * kMib;
constexpr double kMonth = 30;

std::string advice(Prometheus& prometheus) { return prometheus.section("Suggested settings"); }

/// A server on which nothing is to be changed.
Prometheus content() {
  Prometheus prometheus;
  prometheus.setting("autovacuum", 1);
  prometheus.setting("autovacuum_vacuum_scale_factor", 0.2);
  prometheus.setting("checkpoint_timeout_seconds", 300);
  prometheus.setting("effective_cache_size_bytes", kGib);
  prometheus.setting("idle_in_transaction_session_timeout_seconds", 0);
  prometheus.setting("max_connections", 100);
  prometheus.setting("max_wal_size_bytes", kGib);
  prometheus.setting("shared_buffers_bytes", 256 * kMib);
  prometheus.setting("track_io_timing", 1);
  prometheus.setting("work_mem_bytes", 4 * kMib);
  prometheus.has("pg_container_memory_limit_bytes", 2 * kGib);
  prometheus.has("pg_container_memory_working_set_bytes", kGib);
  prometheus.has("pg_stat_activity_count", 60);
  prometheus.has("checkpoints_timed_total", 8000);
  prometheus.has("checkpoints_req_total", 100);
  return prometheus;
}

/// The same server after one change.
template <typename Change>
std::string advice_after(Change change) {
  Prometheus prometheus = content();
  change(prometheus);
  return advice(prometheus);
}

}  // namespace

TEST(Settings, AreLeftAloneWhereNothingWasMeasuredAgainstThem) {
  Prometheus prometheus = content();
  EXPECT_EQ(advice(prometheus), "What was measured gives no reason to change one.");
}

TEST(Settings, GiveTheCacheAQuarterOfMemoryThatIsThere) {
  const auto misses = [](double read, double working_set) {
    return advice_after([&](Prometheus& prometheus) {
      prometheus.has("blks_hit", 9e8, R"("datname":"a")");
      prometheus.has("blks_read", read, R"("datname":"a")");
      prometheus.has("pg_container_memory_working_set_bytes", working_set);
    });
  };
  EXPECT_THAT(misses(1e8, kGib), HasSubstr("| `shared_buffers` | 256 MiB | 512 MiB | 90 % of the blocks"));
  EXPECT_THAT(misses(1e7, kGib), Not(HasSubstr("shared_buffers")));
  EXPECT_THAT(misses(1e8, 1.7 * kGib), Not(HasSubstr("shared_buffers")));
}

TEST(Settings, TellThePlannerOfTheMemoryThatThereIs) {
  EXPECT_THAT(
      advice_after(
          [](Prometheus& prometheus) { prometheus.has("pg_container_memory_limit_bytes", 512 * kMib); }),
      HasSubstr("| `effective_cache_size` | 1 GiB | 256 MiB | the planner counts on 200 % of the memory"));
}

TEST(Settings, SortInMemoryWhatWentToTemporaryFiles) {
  const auto sorts = [](double a_day, double size) {
    return advice_after([&](Prometheus& prometheus) {
      prometheus.has("temp_bytes", a_day * kMonth, R"("datname":"a")");
      prometheus.has("temp_files", a_day * kMonth / size, R"("datname":"a")");
    });
  };
  EXPECT_THAT(sorts(2 * kGib, 3 * kMib),
              HasSubstr("| `work_mem` | 4 MiB | 8 MiB | 2 GiB a day went to temporary "
                        "files, 3 MiB each on average |"));
  EXPECT_THAT(sorts(2 * kGib, 100 * kMib), HasSubstr("| 256 MiB for the statements concerned alone |"));
  EXPECT_THAT(sorts(0.5 * kGib, 3 * kMib), Not(HasSubstr("work_mem")));
}

TEST(Settings, SpaceCheckpointsOut) {
  EXPECT_THAT(advice_after([](Prometheus& prometheus) { prometheus.has("checkpoints_req_total", 8000); }),
              HasSubstr("| `max_wal_size` | 1 GiB | 2 GiB | 50"));
  EXPECT_THAT(advice_after([](Prometheus& prometheus) {
                prometheus.has("pg_wal_position_bytes_total", 9000 * kGib);
                prometheus.has("checkpoints_req_total", 8000);
              }),
              HasSubstr("| `max_wal_size` | 1 GiB | 4 GiB |"));
  EXPECT_THAT(
      advice_after([](Prometheus& prometheus) { prometheus.has("pg_wal_position_bytes_total", 60 * kGib); }),
      HasSubstr("| `checkpoint_timeout` | 5 min | 15 min | 267 timed checkpoints and 2 GiB of WAL a day"));
}

TEST(Settings, KeepConnectionsNearWhatIsUsed) {
  const auto peak = [](double sessions) {
    return advice_after([&](Prometheus& prometheus) { prometheus.has("pg_stat_activity_count", sessions); });
  };
  EXPECT_THAT(peak(23), HasSubstr("| `max_connections` | 100 | 50 | at most 23 of 100 were in use at once"));
  EXPECT_THAT(peak(95), HasSubstr("| `max_connections` | 100 | a pooler in front |"));
  EXPECT_THAT(peak(40), Not(HasSubstr("max_connections")));
}

TEST(Settings, LetVacuumDoItsWork) {
  EXPECT_THAT(advice_after([](Prometheus& prometheus) { prometheus.setting("autovacuum", 0); }),
              HasSubstr("| `autovacuum` | off | on | without it tables bloat"));
  const auto dead = [](double rows) {
    return advice_after([&](Prometheus& prometheus) {
      const std::string table = R"("datname":"a","schemaname":"public","relname":"bill")";
      prometheus.has("n_dead_tup", rows, table);
      prometheus.has("n_live_tup", 70'000, table);
    });
  };
  EXPECT_THAT(dead(30'000),
              HasSubstr("| `autovacuum_vacuum_scale_factor` | 0.2 | 0.05 for that table | 30 % of "
                        "`public.bill` are dead rows (30,000)"));
  EXPECT_THAT(dead(9'000), Not(HasSubstr("scale_factor")));
}

TEST(Settings, EndSessionsThatAreIdleInATransaction) {
  EXPECT_THAT(
      advice_after([](Prometheus& prometheus) { prometheus.has("max_tx_duration", 1200); }),
      HasSubstr(
          "| `idle_in_transaction_session_timeout` | none | 10 min | a session was idle in a transaction "
          "for 20 min"));
  EXPECT_THAT(advice_after([](Prometheus& prometheus) { prometheus.has("max_tx_duration", 500); }),
              Not(HasSubstr("idle")));
}

}  // namespace pgvigil::report
