#pragma once

#include "generate/board.hpp"
#include "generate/boards/databases_tables.hpp"
#include "generate/boards/databases_upkeep.hpp"

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
