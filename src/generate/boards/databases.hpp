#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace databases {

inline constexpr auto kVariables = std::to_array<Variable>({
    {"database", "Database", "pg_database_size_bytes{$server, datname!~\"template[01]\"}", "datname"},
    {.name = "topk", .label = "Top tables", .values = "10,5,20,50"},
});

inline constexpr auto kDatabasesRow = std::to_array<Panel>({
    {.title = "Databases",
     .description = "Each database: size, growth over the range, sessions, transactions, rollbacks, cache, "
                    "and age of its oldest transaction id that is not frozen.",
     .kind = Kind::table,
     .targets =
         {{{"max by (instance, datname) (pg_database_size_bytes{$server, $databases})"},
           {"max by (instance, datname) (delta(pg_database_size_bytes{$server, $databases}[$__range]))"},
           {"sum by (instance, datname) (pg_stat_database_numbackends{$server, $databases})"},
           {"sum by (instance, datname) (rate(pg_stat_database_xact_commit{$server, "
            "$databases}[$__rate_interval]))"},
           {"sum by (instance, datname) (increase(pg_stat_database_xact_rollback{$server, "
            "$databases}[$__range]))"},
           {"sum by (instance, datname) (increase(pg_stat_database_blks_hit{$server, $databases}[$__range])) "
            "/ "
            "(sum by (instance, datname) (increase(pg_stat_database_blks_hit{$server, "
            "$databases}[$__range])) + "
            "sum by (instance, datname) (increase(pg_stat_database_blks_read{$server, "
            "$databases}[$__range])) > "
            "0)"},
           {"sum by (instance, datname) (increase(pg_stat_database_temp_bytes{$server, "
            "$databases}[$__range]))"},
           {"max by (instance, datname) (pg_database_wraparound_age_datfrozenxid{$server, $databases}) / (2 "
            "^ 31 - 3000000)"}}},
     .width = 24,
     .height = 8,
     .sort = "Size",
     .columns = {{{"instance", "Server", "", 160},
                  {.field = "datname", .title = "Database", .board = "databases", .variable = "database"},
                  {.field = "A", .title = "Size", .unit = "bytes", .width = 220, .bar = true},
                  {"B", "Growth", "bytes", 110},
                  {"C", "Sessions", "short", 100},
                  {"D", "Commits", "ops", 120},
                  {"E", "Rollbacks", "short", 110},
                  {"F", "Found in cache", "percentunit", 140, "cache_hits"},
                  {"G", "Temp files", "bytes", 120},
                  {"H", "Ids used", "percentunit", 110, "xid_wraparound"}}}},
    {.title = "Size",
     .description = "Disk space of each database.",
     .unit = "bytes",
     .targets = {{{"sum by (datname) (pg_database_size_bytes{$server, $databases})", "{{datname}}"}}},
     .stack = true},
    {.title = "Growth a day",
     .description = "How fast each database grows, by the trend of an hour.",
     .unit = "bytes",
     .targets = {{{"86400 * sum by (datname) (deriv(pg_database_size_bytes{$server, $databases}[1h]))",
                   "{{datname}}"}}},
     .min = kAuto},
    {.title = "Transactions",
     .description = "Transactions committed, and rolled back below zero.",
     .unit = "ops",
     .targets =
         {{{"sum by (datname) (rate(pg_stat_database_xact_commit{$server, $databases}[$__rate_interval]))",
            "{{datname}}"},
           {"sum by (datname) (rate(pg_stat_database_xact_rollback{$server, $databases}[$__rate_interval]))",
            "{{datname}} rolled back", Look::below}}}},
    {.title = "Rolled back",
     .description = "Transactions rolled back, of all. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets =
         {{{"sum by (datname) (rate(pg_stat_database_xact_rollback{$server, $databases}[$__rate_interval])) "
            "/ (sum by (datname) (rate(pg_stat_database_xact_rollback{$server, "
            "$databases}[$__rate_interval])) + sum by (datname) (rate(pg_stat_database_xact_commit{$server, "
            "$databases}[$__rate_interval])) > 0)",
            "{{datname}}"}}},
     .rule = "rollbacks"},
    {.title = "Rows returned and fetched",
     .description = "Rows that scans read, and those of them that were found by an index. Many more read "
                    "than fetched: a missing index.",
     .unit = "ops",
     .targets =
         {{{"sum by (datname) (rate(pg_stat_database_tup_returned{$server, $databases}[$__rate_interval]))",
            "{{datname}} returned"},
           {"sum by (datname) (rate(pg_stat_database_tup_fetched{$server, $databases}[$__rate_interval]))",
            "{{datname}} fetched", Look::below}}}},
    {.title = "Rows changed",
     .description = "Rows that statements inserted, updated and deleted.",
     .unit = "ops",
     .targets = {{{"sum(rate(pg_stat_database_tup_inserted{$server, $databases}[$__rate_interval]))",
                   "inserted", Look::plain, "green"},
                  {"sum(rate(pg_stat_database_tup_updated{$server, $databases}[$__rate_interval]))",
                   "updated", Look::plain, "blue"},
                  {"sum(rate(pg_stat_database_tup_deleted{$server, $databases}[$__rate_interval]))",
                   "deleted", Look::plain, "orange"}}},
     .stack = true},
});

inline constexpr auto kCache = std::to_array<Panel>({
    {.title = "Found in shared buffers",
     .description =
         "Blocks found in shared buffers, of all that were asked for. The line is the rule's limit.",
     .unit = "percentunit",
     .targets =
         {{{"sum by (datname) (rate(pg_stat_database_blks_hit{$server, $databases}[$__rate_interval])) / "
            "(sum by (datname) (rate(pg_stat_database_blks_hit{$server, $databases}[$__rate_interval])) + "
            "sum by (datname) (rate(pg_stat_database_blks_read{$server, $databases}[$__rate_interval])) > 0)",
            "{{datname}}"}}},
     .rule = "cache_hits",
     .max = 1},
    {.title = "Reading and writing blocks",
     .description = "Time that sessions read blocks, and below zero wrote them, in seconds each second. Only "
                    "where track_io_timing is on.",
     .unit = "s",
     .targets = {{{"sum by (datname) (rate(pg_stat_database_block_read_seconds_total{$server, "
                   "$databases}[$__rate_interval]))",
                   "{{datname}} reading"},
                  {"sum by (datname) (rate(pg_stat_database_block_write_seconds_total{$server, "
                   "$databases}[$__rate_interval]))",
                   "{{datname}} writing", Look::below}}}},
    {.title = "Temporary files",
     .description = "Data that sorts and hashes spilled to disk. The line is the rule's limit.",
     .unit = "binBps",
     .targets =
         {{{"sum by (datname) (rate(pg_stat_database_temp_bytes{$server, $databases}[$__rate_interval]))",
            "{{datname}}"}}},
     .rule = "temp_files"},
});

inline constexpr auto kTables = std::to_array<Panel>({
    {.title = "Biggest tables",
     .description = "The biggest tables of the chosen databases: size, rows, dead rows, how they are read, "
                    "and when vacuum and analyze were last there.",
     .kind = Kind::table,
     .targets =
         {{{"sum by (instance, datname, schemaname, relname) (pg_stat_user_tables_table_size_bytes{$server, "
            "$databases} + pg_stat_user_tables_index_size_bytes{$server, $databases})"},
           {"sum by (instance, datname, schemaname, relname) (pg_stat_user_tables_index_size_bytes{$server, "
            "$databases})"},
           {"sum by (instance, datname, schemaname, relname) (pg_stat_user_tables_n_live_tup{$server, "
            "$databases})"},
           {"sum by (instance, datname, schemaname, relname) (pg_stat_user_tables_n_dead_tup{$server, "
            "$databases})"},
           {"sum by (instance, datname, schemaname, relname) "
            "(increase(pg_stat_user_tables_seq_tup_read{$server, $databases}[$__range])) / $__range_s"},
           {"sum by (instance, datname, schemaname, relname) "
            "(increase(pg_stat_user_tables_idx_tup_fetch{$server, $databases}[$__range])) / $__range_s"},
           {"1000 * (max by (instance, datname, schemaname, relname) "
            "((pg_stat_user_tables_last_autovacuum{$server, $databases} > "
            "pg_stat_user_tables_last_vacuum{$server, $databases}) or "
            "pg_stat_user_tables_last_vacuum{$server, $databases} or "
            "pg_stat_user_tables_last_autovacuum{$server, $databases}) > 0)"},
           {"1000 * (max by (instance, datname, schemaname, relname) "
            "((pg_stat_user_tables_last_autoanalyze{$server, $databases} > "
            "pg_stat_user_tables_last_analyze{$server, $databases}) or "
            "pg_stat_user_tables_last_analyze{$server, $databases} or "
            "pg_stat_user_tables_last_autoanalyze{$server, $databases}) > 0)"}}},
     .width = 24,
     .height = 10,
     .top = "sum by (instance, datname, schemaname, relname) (pg_stat_user_tables_table_size_bytes{$server, "
            "$databases} + pg_stat_user_tables_index_size_bytes{$server, $databases})",
     .sort = "Size",
     .columns = {{{"instance", "Server", "", 140},
                  {"datname", "Database", "", 130},
                  {"schemaname", "Schema", "", 90},
                  {"relname", "Table"},
                  {.field = "A", .title = "Size", .unit = "bytes", .width = 200, .bar = true},
                  {"B", "of it indexes", "bytes", 110},
                  {"C", "Rows", "short", 85},
                  {"D", "Dead rows", "short", 95},
                  {"E", "Read by scans", "ops", 120},
                  {"F", "Read by index", "ops", 120},
                  {"G", "Last vacuum", "dateTimeFromNow", 145},
                  {"H", "Last analyze", "dateTimeFromNow", 145}}}},
    {.title = "Dead rows",
     .description = "Rows that vacuum has to remove, of the tables that have most.",
     .targets = {{{"sum by (datname, relname) (pg_stat_user_tables_n_dead_tup{$server, $databases} > 0)",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Dead rows over autovacuum's threshold",
     .description = "Dead rows, of those at which autovacuum should start by the server's settings. The "
                    "line is the rule's limit.",
     .targets =
         {{{"max by (datname, relname) (pg_stat_user_tables_n_dead_tup{$server, $databases} / on (job, "
            "instance, datname, schemaname, relname) (pg_stat_user_tables_n_live_tup{$server, $databases} * "
            "on (job, instance) group_left () pg_settings_autovacuum_vacuum_scale_factor{$server} + on "
            "(job, instance) group_left () pg_settings_autovacuum_vacuum_threshold{$server}))",
            "{{datname}} {{relname}}"}}},
     .rule = "autovacuum_behind",
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Rows changed since the last analyze",
     .description = "The planner does not know of them yet, in the tables that have most.",
     .targets =
         {{{"sum by (datname, relname) (pg_stat_user_tables_n_mod_since_analyze{$server, $databases} > 0)",
            "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Rows inserted, updated and deleted",
     .description = "By table, of those that change most.",
     .unit = "ops",
     .targets = {{{"sum by (datname, relname) (rate(pg_stat_user_tables_n_tup_ins{$server, "
                   "$databases}[$__rate_interval])) + sum by (datname, relname) "
                   "(rate(pg_stat_user_tables_n_tup_upd{$server, $databases}[$__rate_interval])) + sum by "
                   "(datname, relname) (rate(pg_stat_user_tables_n_tup_del{$server, "
                   "$databases}[$__rate_interval])) > 0",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Updates without index work",
     .description = "Heap-only updates, of all. Few: an index on a column that changes, or no room left in "
                    "the pages (fillfactor).",
     .unit = "percentunit",
     .targets = {{{"sum by (datname, relname) (rate(pg_stat_user_tables_n_tup_hot_upd{$server, "
                   "$databases}[$__rate_interval])) / (sum by (datname, relname) "
                   "(rate(pg_stat_user_tables_n_tup_upd{$server, $databases}[$__rate_interval])) > 0)",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .max = 1,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Whole tables read",
     .description = "Scans that read a table from end to end, by table, of those with most.",
     .unit = "ops",
     .targets = {{{"sum by (datname, relname) (rate(pg_stat_user_tables_seq_scan{$server, "
                   "$databases}[$__rate_interval])) > 0",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Rows read by scans of whole tables",
     .description = "Rows that scans from end to end read, by table, of those with most. Where few are "
                    "wanted, an index "
                    "is missing.",
     .unit = "ops",
     .targets = {{{"sum by (datname, relname) (rate(pg_stat_user_tables_seq_tup_read{$server, "
                   "$databases}[$__rate_interval])) > 0",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Scans by index",
     .description = "Scans that used an index, by table, of those with most.",
     .unit = "ops",
     .targets = {{{"sum by (datname, relname) (rate(pg_stat_user_tables_idx_scan{$server, "
                   "$databases}[$__rate_interval])) > 0",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Blocks read by table",
     .description = "Blocks of the table, its indexes and its TOAST that were not found in shared buffers, "
                    "of the tables with most.",
     .unit = "ops",
     .targets =
         {{{"sum by (datname, relname) (rate(pg_statio_user_tables_heap_blocks_read{$server, "
            "$databases}[$__rate_interval])) + sum by (datname, relname) "
            "(rate(pg_statio_user_tables_idx_blocks_read{$server, $databases}[$__rate_interval])) + sum by "
            "(datname, relname) (rate(pg_statio_user_tables_toast_blocks_read{$server, "
            "$databases}[$__rate_interval])) + sum by (datname, relname) "
            "(rate(pg_statio_user_tables_tidx_blocks_read{$server, $databases}[$__rate_interval])) > 0",
            "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = kPeak},
    {.title = "Found in shared buffers by table",
     .description =
         "Blocks of the table and its indexes found in shared buffers, of the tables with most reads.",
     .unit = "percentunit",
     .targets = {{{"sum by (datname, relname) (rate(pg_statio_user_tables_heap_blocks_hit{$server, "
                   "$databases}[$__rate_interval])) / (sum by (datname, relname) "
                   "(rate(pg_statio_user_tables_heap_blocks_hit{$server, $databases}[$__rate_interval])) + "
                   "sum by (datname, relname) (rate(pg_statio_user_tables_heap_blocks_read{$server, "
                   "$databases}[$__rate_interval])) > 0)",
                   "{{datname}} {{relname}}"}}},
     .width = 12,
     .height = 9,
     .max = 1,
     .legend = Legend::table,
     .top = kPeak},
});

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

inline constexpr auto kOther = std::to_array<Panel>({
    {.title = "Sequences",
     .description = "Numbers used, of those that the sequence and its column can hold: the ten that are "
                    "nearest to their end.",
     .kind = Kind::bargauge,
     .unit = "percentunit",
     .targets = {{{"sort_desc(topk(10, max by (datname, schemaname, sequencename) "
                   "(pg_sequence_used_ratio{$server, $databases})))",
                   "{{datname}} {{sequencename}}"}}},
     .rule = "sequence",
     .width = 12,
     .max = 1,
     .decimals = 1},
    {.title = "Settings pending restart",
     .description =
         "Settings that have changed in the files and wait for a restart. The line is the rule's limit.",
     .targets = {{{"pg_settings_pending_restart{$server}"}}},
     .rule = "pending_restart",
     .width = 6},
    {.title = "Tables not sized",
     .description =
         "Tables whose size was not read because somebody holds or awaits an exclusive lock on them.",
     .targets = {{{"sum by (datname) (pg_stat_user_tables_size_skipped{$server, $databases})",
                   "{{datname}}"}}},
     .width = 6},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Databases", kDatabasesRow},
    {"Cache and I/O", kCache},
    {"Tables", kTables},
    {"Vacuum and freezing", kVacuum},
    {"Schema", kSchema},
    {"Sequences and settings", kOther},
});

}  // namespace databases

inline constexpr Board kDatabases = {
    .id = "databases",
    .title = "PostgreSQL: Databases and tables",
    .description = "Size and growth, rows, cache, vacuum and freezing of databases and their tables.",
    .variables = databases::kVariables,
    .rows = databases::kRows,
};

}  // namespace pgvigil::generate::boards
