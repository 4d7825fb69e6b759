#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Everything that is asked of Prometheus, as a table. DATA ONLY.
///
///   $server  matchers of the job and its instances     $alerts  the same, and alerts of no instance
///   $range   the period                                 $inner   the period without its first step
///   $step    what the period is looked at by            $coarse  the same for what changes slowly or is much
///   $slot    a step without its first second: a sample belongs to one of them
///   $day     a day, or the period where that is shorter
namespace pgvigil::report {

enum class Ask : std::size_t {
  instances,
  version,
  up,
  restarts,
  value_mean,
  value_p95,
  value_max,
  value_hours,
  limit,
  state_known,
  state_warning,
  state_critical,
  statement_seconds,
  statement_calls,
  statement_text,
  database_size,
  database_growth,
  table_size,
  table_growth,
  disk_size,
  disk_used,
  disk_available,
  disk_growth,
  wal_written,
  blocks_hit,
  blocks_read,
  commits,
  rollbacks,
  deadlocks,
  temp_files,
  temp_bytes,
  checkpoints_timed,
  checkpoints_requested,
  dead_rows,
  live_rows,
  autovacuums,
  last_autovacuum,
  index_size,
  index_watched,
  alerts,
  backup_time,
  backup_size,
  backup_succeeded,
  backup_longest,
  settings,
  memory_limit,
  memory_peak,
  connections_peak,
  idle_longest,
  end
};

/// Asked at the end of the period, or for each step or hour of it.
enum class Shape : std::uint8_t { now, steps, hours };

struct Query {
  Ask ask;
  std::string_view promql;
  Shape shape = Shape::now;
};

inline constexpr auto kQueries = std::to_array<Query>({
    {Ask::instances, "group by (instance) (last_over_time(pg_up{$server}[$range:$coarse]))"},
    {Ask::version, "group by (instance, short_version) (last_over_time(pg_static{$server}[$day:$coarse]))"},
    {Ask::up, "min by (instance) (min_over_time(pg_up{$server}[$slot]))", Shape::steps},
    {Ask::restarts, "sum by (instance) (changes(pg_postmaster_start_time_seconds{$server}[$range:$step]))"},

    {Ask::value_mean, "avg by (instance, rule) (avg_over_time(pgvigil_threshold_value{$server}[$range]))"},
    {Ask::value_p95,
     "max by (instance, rule) (quantile_over_time(0.95, pgvigil_threshold_value{$server}[$range]))"},
    {Ask::value_max, "max by (instance, rule) (max_over_time(pgvigil_threshold_value{$server}[$range]))"},
    {Ask::value_hours, "max by (instance, rule) (avg_over_time(pgvigil_threshold_value{$server}[3599s]))",
     Shape::hours},
    {Ask::limit,
     "max by (instance, rule, severity) (last_over_time(pgvigil_threshold_limit{$server}[$range:$coarse]))"},
    {Ask::state_known,
     "max by (instance, rule) (count_over_time(pgvigil_threshold_state{$server}[$inner:$step]))"},
    {Ask::state_warning,
     "max by (instance, rule) (sum_over_time((pgvigil_threshold_state{$server} >= bool 1)[$inner:$step]))"},
    {Ask::state_critical,
     "max by (instance, rule) (sum_over_time((pgvigil_threshold_state{$server} >= bool 2)[$inner:$step]))"},

    {Ask::statement_seconds,
     "sum by (instance, datname, user, queryid) "
     "(increase(pg_stat_statements_seconds_total{$server}[$range:$step])) > 0"},
    {Ask::statement_calls,
     "sum by (instance, datname, user, queryid) "
     "(increase(pg_stat_statements_calls_total{$server}[$range:$step])) > 0"},
    {Ask::statement_text,
     "group by (instance, queryid, query) "
     "(last_over_time(pg_stat_statements_query_id{$server}[$range:$coarse]))"},

    {Ask::database_size,
     "max by (instance, datname) "
     "(last_over_time(pg_database_size_bytes{$server, datname!~\"template[01]\"}[$day:$coarse]))"},
    {Ask::database_growth,
     "sum by (instance, datname) "
     "(delta(pg_database_size_bytes{$server, datname!~\"template[01]\"}[$range:$coarse]))"},
    {Ask::table_size,
     "max by (instance, datname, schemaname, relname) "
     "(last_over_time((pg_stat_user_tables_table_size_bytes{$server} + "
     "pg_stat_user_tables_index_size_bytes{$server})[$day:$coarse]))"},
    {Ask::table_growth,
     "topk by (instance) (10, sum by (instance, datname, schemaname, relname) "
     "(delta((pg_stat_user_tables_table_size_bytes{$server} + "
     "pg_stat_user_tables_index_size_bytes{$server})[$range:$coarse])) > 0)"},
    {Ask::disk_size, "max by (instance, role) (last_over_time(pg_mount_size_bytes{$server}[$day:$coarse]))"},
    {Ask::disk_used,
     "max by (instance, role) (last_over_time((pg_mount_size_bytes{$server} - "
     "pg_mount_free_bytes{$server})[$day:$coarse]))"},
    {Ask::disk_available,
     "min by (instance, role) (last_over_time(pg_mount_available_bytes{$server}[$day:$coarse]))"},
    {Ask::disk_growth,
     "max by (instance, role) (deriv((pg_mount_size_bytes{$server} - "
     "pg_mount_free_bytes{$server})[$range:$coarse]))"},
    {Ask::wal_written, "sum by (instance) (increase(pg_wal_position_bytes_total{$server}[$range:$step]))"},

    {Ask::blocks_hit,
     "sum by (instance, datname) (increase(pg_stat_database_blks_hit{$server}[$range:$step])) > 0"},
    {Ask::blocks_read,
     "sum by (instance, datname) (increase(pg_stat_database_blks_read{$server}[$range:$step]))"},
    {Ask::commits,
     "sum by (instance, datname) (increase(pg_stat_database_xact_commit{$server}[$range:$step])) > 0"},
    {Ask::rollbacks,
     "sum by (instance, datname) (increase(pg_stat_database_xact_rollback{$server}[$range:$step]))"},
    {Ask::deadlocks,
     "sum by (instance, datname) (increase(pg_stat_database_deadlocks{$server}[$range:$step]))"},
    {Ask::temp_files,
     "sum by (instance, datname) (increase(pg_stat_database_temp_files{$server}[$range:$step]))"},
    {Ask::temp_bytes,
     "sum by (instance, datname) (increase(pg_stat_database_temp_bytes{$server}[$range:$step]))"},
    {Ask::checkpoints_timed,
     "sum by (instance) (increase(pg_stat_bgwriter_checkpoints_timed_total{$server}[$range:$step]))"},
    {Ask::checkpoints_requested,
     "sum by (instance) (increase(pg_stat_bgwriter_checkpoints_req_total{$server}[$range:$step]))"},

    {Ask::dead_rows,
     "topk by (instance) (10, max by (instance, datname, schemaname, relname) "
     "(last_over_time(pg_stat_user_tables_n_dead_tup{$server}[$day:$coarse])) > 0)"},
    {Ask::live_rows,
     "max by (instance, datname, schemaname, relname) "
     "(last_over_time(pg_stat_user_tables_n_live_tup{$server}[$day:$coarse]))"},
    {Ask::autovacuums,
     "sum by (instance, datname, schemaname, relname) "
     "(increase(pg_stat_user_tables_autovacuum_count{$server}[$range:$coarse]))"},
    {Ask::last_autovacuum,
     "max by (instance, datname, schemaname, relname) "
     "(last_over_time(pg_stat_user_tables_last_autovacuum{$server}[$day:$coarse])) > 0"},
    {Ask::index_size,
     "topk by (instance) (10, max by (instance, datname, schemaname, relname, indexrelname) "
     "(last_over_time(pg_stat_user_indexes_size_bytes{$server}[$day:$coarse])) and "
     "(max by (instance, datname, schemaname, relname, indexrelname) "
     "(last_over_time(pg_stat_user_indexes_required{$server}[$day:$coarse])) == 0) and "
     "(sum by (instance, datname, schemaname, relname, indexrelname) "
     "(increase(pg_stat_user_indexes_idx_scan_total{$server}[$range:$coarse])) == 0))"},
    {Ask::index_watched,
     "max by (instance, datname, schemaname, relname, indexrelname) "
     "(count_over_time(pg_stat_user_indexes_idx_scan_total{$server}[$inner:$coarse]))"},

    {Ask::alerts,
     "count_over_time((max by (instance, alertname, severity) "
     "(ALERTS{$alerts, alertstate=\"firing\"}))[$inner:1m])"},
    {Ask::backup_time,
     "max by (instance, kind) (last_over_time(pg_backup_last_success_timestamp_seconds{$server}"
     "[$range:$coarse]))"},
    {Ask::backup_size,
     "max by (instance, kind) (last_over_time(pg_backup_last_size_bytes{$server}[$range:$coarse]))"},
    {Ask::backup_succeeded,
     "min by (instance, kind) (last_over_time(pg_backup_last_success{$server}[$range:$coarse]))"},
    {Ask::backup_longest,
     "max by (instance, kind) (max_over_time((time() - "
     "pg_backup_last_success_timestamp_seconds{$server})[$inner:$coarse]))"},

    {Ask::settings,
     "last_over_time({__name__=~\"pg_settings_(autovacuum|"
     "autovacuum_vacuum_scale_factor|checkpoint_timeout_seconds|effective_cache_size_bytes|"
     "idle_in_transaction_session_timeout_seconds|max_connections|max_wal_size_bytes|"
     "shared_buffers_bytes|track_io_timing|work_mem_bytes)\", $server}[$day:$coarse])"},
    {Ask::memory_limit,
     "max by (instance) (last_over_time(pg_container_memory_limit_bytes{$server}[$day:$coarse]))"},
    {Ask::memory_peak,
     "max by (instance) (max_over_time(pg_container_memory_working_set_bytes{$server}[$range:$step]))"},
    {Ask::connections_peak,
     "max by (instance) (max_over_time((sum by (instance) "
     "(pg_stat_activity_count{$server, backend_type=\"client backend\"}))[$range:$step]))"},
    {Ask::idle_longest,
     "max by (instance) (max_over_time(pg_stat_activity_max_tx_duration{$server, "
     "state=~\"idle in transaction.*\"}[$range:$step]))"},
});

constexpr bool each_in_its_place() {
  for (std::size_t i = 0; i < kQueries.size(); ++i)
    if (kQueries[i].ask != static_cast<Ask>(i)) return false;
  return kQueries.size() == static_cast<std::size_t>(Ask::end);
}
static_assert(each_in_its_place(), "kQueries has another order than Ask");

}  // namespace pgvigil::report
