#pragma once

#include "generate/measured.hpp"

/// Made by tests/bench/collector_cost: do not edit.
namespace pgvigil::generate {

inline constexpr Cost kCosts[] = {
    {"blocking", 270, 1, 140, 1},
    {"database", 2100, 4, 27000, 13},
    {"database_conflicts", 32, 4, 48, 13},
    {"database_wraparound", 20, 4, 21, 13},
    {"locks", 140, 36, 180, 117},
    {"long_running_transactions", 56, 1, 74, 1},
    {"postmaster", 15, 1, 13, 1},
    {"prepared_transactions", 32, 4, 41, 13},
    {"replication", 20, 1, 18, 1},
    {"replication_slots", 24, 0, 24, 0},
    {"replication_slots_position", 22, 0, 23, 0},
    {"replication_slots_wal_status", 20, 0, 19, 0},
    {"roles", 23, 19, 24, 19},
    {"sequences", 64, 0, 69, 0},
    {"settings", 1500, 288, 1500, 288},
    {"settings_pending_restart", 630, 1, 730, 1},
    {"stat_activity", 230, 32, 240, 78},
    {"stat_archiver", 24, 1, 17, 1},
    {"stat_bgwriter", 92, 1, 86, 1},
    {"stat_checkpointer", 19, 1, 18, 1},
    {"stat_database", 46, 4, 69, 13},
    {"stat_progress_vacuum", 60, 0, 38, 0},
    {"stat_progress_vacuum_phase", 56, 0, 42, 0},
    {"stat_replication", 70, 0, 86, 0},
    {"stat_statements", 840, 262, 18000, 5056},
    {"stat_statements_text", 1200, 100, 21000, 100},
    {"stat_user_indexes", 280, 40, 1900, 400},
    {"stat_user_tables", 330, 20, 1600, 200},
    {"static", 20, 1, 28, 1},
    {"statio_user_tables", 720, 20, 1900, 200},
    {"table_size", 930, 20, 8200, 200},
    {"table_size_skipped", 110, 1, 120, 1},
    {"wal", 32, 1, 73, 1},
    {"xmin_horizon", 100, 4, 120, 4},
};

}  // namespace pgvigil::generate
