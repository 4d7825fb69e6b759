#pragma once

#include "generate/board.hpp"

/// Of the databases board: the tables that are biggest, or most of something.
namespace pgvigil::generate::boards::databases {

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

}  // namespace pgvigil::generate::boards::databases
