#pragma once

#include "generate/board.hpp"

/// Of the databases board: what vacuum has to do, and what is weak in the schema.
namespace pgvigil::generate::boards::databases {

inline constexpr auto kVacuum = std::to_array<Panel>({
    {.title = "Vacuums and analyzes",
     .description = "Runs of autovacuum's workers, and those that somebody started.",
     .targets =
         {{{"sum(increase(pg_stat_user_tables_autovacuum_count{$server, $databases}[$__rate_interval]))",
            "autovacuum"},
           {"sum(increase(pg_stat_user_tables_autoanalyze_count{$server, $databases}[$__rate_interval]))",
            "autoanalyze"},
           {"sum(increase(pg_stat_user_tables_vacuum_count{$server, $databases}[$__rate_interval]))",
            "vacuum"},
           {"sum(increase(pg_stat_user_tables_analyze_count{$server, $databases}[$__rate_interval]))",
            "analyze"}}},
     .bars = true},
    {.title = "Autovacuum's workers",
     .description = "Workers at work, and how many there may be.",
     .targets = {{{"sum by (instance) (pg_stat_activity_count{$server, backend_type=\"autovacuum worker\"}) "
                   "or 0 * sum by (instance) (pg_settings_autovacuum_max_workers{$server})"},
                  {"max(pg_settings_autovacuum_max_workers{$server})", "autovacuum_max_workers",
                   Look::reference}}}},
    {.title = "Running vacuums",
     .description = "Blocks scanned, of the table's, and the phase, of each vacuum that runs now.",
     .kind = Kind::table,
     .targets =
         {{{"max by (datname, relname, phase) (pg_stat_progress_vacuum_phase{$server, $databases} == 1)"},
           {"max by (datname, relname) (pg_stat_progress_vacuum_heap_blks_scanned{$server, "
            "$databases} / (pg_stat_progress_vacuum_heap_blks{$server, $databases} > 0))"}}},
     .nothing = "No vacuum runs",
     .columns = {{{"datname", "Database", "", 105},
                  {"relname", "Table"},
                  {"phase", "Phase", "", 130},
                  {"B", "Scanned", "percentunit", 85}}}},
    {.title = "Transaction ids used",
     .description = "Age of the oldest id that is not frozen, of those that can be used. The lines are the "
                    "rule's limits.",
     .unit = "percentunit",
     .targets = {{{"max by (datname) (pg_database_wraparound_age_datfrozenxid{$server, $databases}) / (2 ^ "
                   "31 - 3000000)",
                   "{{datname}}"}}},
     .rule = "xid_wraparound"},
    {.title = "Multixact ids used",
     .description =
         "Age of the oldest multixact id, of those that can be used. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets = {{{"max by (datname) (pg_database_wraparound_age_datminmxid{$server, $databases}) / (2 ^ 31 "
                   "- 3000000)",
                   "{{datname}}"}}},
     .rule = "multixact_wraparound"},
    {.title = "Age over autovacuum_freeze_max_age",
     .description =
         "At 1 autovacuum begins to freeze the database's oldest tables. The lines are the rule's limits.",
     .targets = {{{"max by (datname) (pg_database_wraparound_age_datfrozenxid{$server, $databases} / on "
                   "(job, instance) group_left () pg_settings_autovacuum_freeze_max_age{$server})",
                   "{{datname}}"}}},
     .rule = "freeze_overdue"},
});

inline constexpr auto kSchema = std::to_array<Panel>({
    {.title = "Weak points of the schema",
     .description = "Indexes that serve for nothing, and what tables lack, in each database. Unused: never "
                    "scanned on this "
                    "server since its statistics were reset.",
     .kind = Kind::table,
     .targets =
         {{{"max by (instance, datname) (pg_schema_invalid_indexes{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_redundant_indexes{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_redundant_indexes_size_bytes{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_unused_indexes{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_unused_indexes_size_bytes{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_keyless_tables{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_unindexed_foreign_keys{$server, $databases})"},
           {"max by (instance, datname) (pg_schema_unvalidated_constraints{$server, $databases})"}}},
     .width = 24,
     .height = 6,
     .columns = {{{"instance", "Server", "", 160},
                  {"datname", "Database"},
                  {"A", "Invalid indexes", "short", 130, "invalid_indexes"},
                  {"B", "Redundant", "short", 100},
                  {"C", "Size of redundant", "bytes", 140},
                  {"D", "Unused", "short", 90},
                  {"E", "Size of unused", "bytes", 140},
                  {"F", "Without a key", "short", 120},
                  {"G", "Foreign keys without index", "short", 190},
                  {"H", "Not validated", "short", 120}}}},
    {.title = "Invalid indexes",
     .description = "Indexes that an unfinished CREATE, REINDEX or DROP INDEX CONCURRENTLY has left. The "
                    "line is the rule's "
                    "limit.",
     .targets = {{{"max by (datname) (pg_schema_invalid_indexes{$server, $databases})", "{{datname}}"}}},
     .rule = "invalid_indexes"},
    {.title = "Tables frozen longest ago",
     .description = "Transactions since the oldest that may be unfrozen in the table: those that vacuum must "
                    "freeze first.",
     .targets = {{{"max by (datname, relname) (pg_table_freeze_age_transactions{$server, $databases})",
                   "{{datname}} {{relname}}"}}},
     .nothing = "No table is half way to autovacuum_freeze_max_age",
     .top = kPeak,
     .top_count = 5},
    {.title = "TOAST of the biggest tables",
     .description = "Disk space of the long values that are kept beside the table, of the tables with most.",
     .unit = "bytes",
     .targets =
         {{{"sum by (datname, relname) (pg_stat_user_tables_toast_size_bytes{$server, $databases}) > 0",
            "{{datname}} {{relname}}"}}},
     .nothing = "No table has long values",
     .top = kPeak,
     .top_count = 5},
});

}  // namespace pgvigil::generate::boards::databases
