#pragma once

#include "generate/measured.hpp"

/// Made by tests/integration/privileges_test.py from docs/privileges.md: do not edit.
namespace pgvigil::generate {

inline constexpr Right kRights[] = {
    {"blocking", "pg_read_all_stats"},
    {"container", "nothing"},
    {"container_info", "nothing"},
    {"container_pressure", "nothing"},
    {"database", "pg_read_all_stats for a part of it"},
    {"database_conflicts", "nothing"},
    {"database_wraparound", "nothing"},
    {"locks", "nothing"},
    {"long_running_transactions", "pg_read_all_stats"},
    {"mounts", "pg_read_all_settings"},
    {"postmaster", "nothing"},
    {"prepared_transactions", "nothing"},
    {"replication", "nothing"},
    {"replication_slots", "nothing"},
    {"replication_slots_position", "nothing"},
    {"replication_slots_wal_status", "nothing"},
    {"roles", "nothing"},
    {"sequences", "SELECT on each sequence"},
    {"settings", "nothing"},
    {"settings_pending_restart", "nothing"},
    {"stat_activity", "pg_read_all_stats"},
    {"stat_archiver", "nothing"},
    {"stat_bgwriter", "nothing"},
    {"stat_checkpointer", "nothing"},
    {"stat_database", "nothing"},
    {"stat_progress_vacuum", "pg_read_all_stats"},
    {"stat_progress_vacuum_phase", "pg_read_all_stats"},
    {"stat_replication", "pg_read_all_stats"},
    {"stat_statements", "pg_read_all_stats"},
    {"stat_statements_text", "pg_read_all_stats"},
    {"stat_user_indexes", "CONNECT on each database"},
    {"stat_user_tables", "CONNECT on each database"},
    {"static", "nothing"},
    {"statio_user_tables", "CONNECT on each database"},
    {"table_size", "CONNECT on each database"},
    {"table_size_skipped", "CONNECT on each database"},
    {"wal", "pg_monitor"},
    {"xmin_horizon", "pg_read_all_stats"},
};

}  // namespace pgvigil::generate
