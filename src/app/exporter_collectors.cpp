#include "app/flags.hpp"

namespace pgvigil::app {
namespace {

constexpr ExporterCollector kExporterCollectors[] = {
    {"bgwriter", "stat_bgwriter"},
    {"buffercache_summary", "buffercache_summary"},
    {"database", "database"},
    {"database_wraparound", "database_wraparound"},
    {"locks", "locks"},
    {"long_running_transactions", "long_running_transactions"},
    {"postmaster", "postmaster"},
    {"process_idle", "process_idle"},
    {"replication", "replication"},
    {"replication_slot", "replication_slots"},
    {"replication_slot", "replication_slots_position"},
    {"replication_slot", "replication_slots_wal_status"},
    {"replication_slots", "replication_slots"},
    {"replication_slots", "replication_slots_position"},
    {"replication_slots", "replication_slots_wal_status"},
    {"roles", "roles"},
    {"settings", "settings"},
    {"stat_activity", "stat_activity"},
    {"stat_activity_autovacuum", "stat_activity_autovacuum"},
    {"stat_archiver", "stat_archiver"},
    {"stat_bgwriter", "stat_bgwriter"},
    {"stat_checkpointer", "stat_checkpointer"},
    {"stat_database", "stat_database"},
    {"stat_progress_vacuum", "stat_progress_vacuum"},
    {"stat_progress_vacuum", "stat_progress_vacuum_phase"},
    {"stat_replication", "stat_replication"},
    {"stat_statements", "stat_statements"},
    {"stat_user_tables", "stat_user_tables"},
    {"stat_user_tables", "table_size"},
    {"stat_user_tables", "table_size_skipped"},
    {"stat_wal_receiver", "stat_wal_receiver"},
    {"statio_user_indexes", "statio_user_indexes"},
    {"statio_user_tables", "statio_user_tables"},
    {"wal", "wal"},
    {"xlog_location", "control"},
};

}  // namespace

std::span<const ExporterCollector> exporter_collectors() { return kExporterCollectors; }

}  // namespace pgvigil::app
