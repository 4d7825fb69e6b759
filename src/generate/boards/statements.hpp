#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace statements {

inline constexpr auto kVariables = std::to_array<Variable>({
    {"database", "Database", "pg_stat_statements_calls_total{$server}", "datname"},
    {"queryid", "Statement", "pg_stat_statements_calls_total{$server, $databases, queryid!=\"other\"}",
     "queryid"},
    {.name = "topk", .label = "Top", .values = "10,5,20,50"},
});

inline constexpr auto kAll = std::to_array<Panel>({
    {.title = "Statements",
     .description = "Statements executed, by all roles in all databases.",
     .unit = "ops",
     .targets = {{{"rate(pgvigil_statements_calls_total{$server}[$__rate_interval])"}}},
     .width = 6},
    {.title = "Mean response time",
     .description = "Execution time over executions, of all statements. The lines are the rule's limits.",
     .unit = "s",
     .targets = {{{"rate(pgvigil_statements_seconds_total{$server}[$__rate_interval]) / "
                   "(rate(pgvigil_statements_calls_total{$server}[$__rate_interval]) > 0)"}}},
     .rule = "latency",
     .width = 6},
    {.title = "Sessions executing, by database",
     .description =
         "Execution time of statements, in seconds each second: how many sessions execute at a time.",
     .targets = {{{"sum by (datname) (rate(pg_stat_statements_seconds_total{$server, "
                   "$databases}[$__rate_interval]))",
                   "{{datname}}"}}},
     .width = 6,
     .stack = true},
    {.title = "Reading and writing blocks",
     .description = "Time that statements read blocks, and below zero wrote them, in seconds each second. "
                    "Only where track_io_timing is on.",
     .unit = "s",
     .targets = {{{"sum by (datname) (rate(pg_stat_statements_block_read_seconds_total{$server, "
                   "$databases}[$__rate_interval]))",
                   "{{datname}} reading"},
                  {"sum by (datname) (rate(pg_stat_statements_block_write_seconds_total{$server, "
                   "$databases}[$__rate_interval]))",
                   "{{datname}} writing", Look::below}}},
     .width = 6},
    {.title = "Entries of pg_stat_statements",
     .description = "Statements that are known, without pgvigil's own, and how many there may be.",
     .targets = {{{"pg_stat_statements_entries{$server}"},
                  {"max(pg_settings_pg_stat_statements_max{$server})", "pg_stat_statements.max",
                   Look::reference}}},
     .width = 12},
    {.title = "Entries thrown away",
     .description = "How often the least executed statements were thrown away because there were more than "
                    "pg_stat_statements.max: often, and rare statements are not seen. From PostgreSQL 14 on.",
     .targets = {{{"increase(pg_stat_statements_dealloc_total{$server}[$__rate_interval])"}}},
     .width = 12,
     .bars = true},
});

inline constexpr auto kTop = std::to_array<Panel>({
    {.title = "Top statements by time",
     .description = "The statements that took most time in the range. A click on an id shows that one below. "
                    "Texts are there where collector stat_statements_text is on.",
     .kind = Kind::table,
     .targets =
         {{{.expr = "sum by (queryid, user, datname) (increase(pg_stat_statements_seconds_total{$server, "
                    "$databases, queryid!=\"other\"}[$__range]))",
            .texts = true},
           {"sum by (queryid, user, datname) (increase(pg_stat_statements_calls_total{$server, "
            "$databases}[$__range]))"},
           {"sum by (queryid, user, datname) (increase(pg_stat_statements_seconds_total{$server, "
            "$databases}[$__range])) / (sum by (queryid, user, datname) "
            "(increase(pg_stat_statements_calls_total{$server, $databases}[$__range])) > 0)"},
           {"sum by (queryid, user, datname) (increase(pg_stat_statements_rows_total{$server, "
            "$databases}[$__range])) / (sum by (queryid, user, datname) "
            "(increase(pg_stat_statements_calls_total{$server, $databases}[$__range])) > 0)"},
           {"sum by (queryid, user, datname) (increase(pg_stat_statements_block_read_seconds_total{$server, "
            "$databases}[$__range]))"}}},
     .width = 24,
     .height = 12,
     .top = "sum by (queryid, user, datname) (increase(pg_stat_statements_seconds_total{$server, $databases, "
            "queryid!=\"other\"}[$__range])) > 0",
     .sort = "Time",
     .columns = {{{.field = "queryid",
                   .title = "Statement",
                   .width = 190,
                   .board = "statements",
                   .variable = "queryid"},
                  {"query", "Text"},
                  {"user", "Role", "", 110},
                  {"datname", "Database", "", 130},
                  {.field = "A", .title = "Time", .unit = "s", .width = 190, .bar = true},
                  {"B", "Calls", "short", 80},
                  {"C", "Mean", "s", 90},
                  {"D", "Rows a call", "short", 105},
                  {"E", "Reading blocks", "s", 125}}}},
    {.title = "Time",
     .description =
         "Execution time of the statements that took most time in the range, in seconds each second.",
     .unit = "s",
     .targets = {{{.expr = "sum by (queryid) (rate(pg_stat_statements_seconds_total{$server, "
                           "$databases}[$__rate_interval]))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .stack = true,
     .legend = Legend::table,
     .top = "sum by (queryid) (increase(pg_stat_statements_seconds_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
    {.title = "Calls",
     .description = "Executions of the statements that were executed most often in the range.",
     .unit = "ops",
     .targets = {{{.expr = "sum by (queryid) (rate(pg_stat_statements_calls_total{$server, "
                           "$databases}[$__rate_interval]))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .stack = true,
     .legend = Legend::table,
     .top = "sum by (queryid) (increase(pg_stat_statements_calls_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
    {.title = "Mean time",
     .description = "Execution time a call, of the statements that were slowest on average in the range.",
     .unit = "s",
     .targets = {{{.expr =
                       "sum by (queryid) (rate(pg_stat_statements_seconds_total{$server, "
                       "$databases}[$__rate_interval])) / (sum by (queryid) "
                       "(rate(pg_stat_statements_calls_total{$server, $databases}[$__rate_interval])) > 0)",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .legend = Legend::table,
     .top = "sum by (queryid) (increase(pg_stat_statements_seconds_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) / (sum by (queryid) "
            "(increase(pg_stat_statements_calls_total{$server, $databases, queryid!=\"other\"}[$__range] @ "
            "end())) > 0)"},
    {.title = "Reading and writing blocks",
     .description = "Time that the statements with most of it read and wrote blocks, in seconds each second. "
                    "Only where track_io_timing is on.",
     .unit = "s",
     .targets = {{{.expr = "(sum by (queryid) (rate(pg_stat_statements_block_read_seconds_total{$server, "
                           "$databases}[$__rate_interval])) + sum by (queryid) "
                           "(rate(pg_stat_statements_block_write_seconds_total{$server, "
                           "$databases}[$__rate_interval])))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .stack = true,
     .legend = Legend::table,
     .top = "sum by (queryid) (increase(pg_stat_statements_block_read_seconds_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) + sum by (queryid) "
            "(increase(pg_stat_statements_block_write_seconds_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
    {.title = "WAL",
     .description = "WAL that the statements with most of it generated.",
     .unit = "binBps",
     .targets = {{{.expr = "sum by (queryid) (rate(pg_stat_statements_wal_bytes_total{$server, "
                           "$databases}[$__rate_interval]))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .stack = true,
     .legend = Legend::table,
     .top = "sum by (queryid) (increase(pg_stat_statements_wal_bytes_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
    {.title = "Temporary files",
     .description =
         "What the statements with most of it wrote to temporary files, because work_mem was too small.",
     .unit = "binBps",
     .targets = {{{.expr = "sum by (queryid) (rate(pg_stat_statements_temp_written_bytes_total{$server, "
                           "$databases}[$__rate_interval]))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .stack = true,
     .legend = Legend::table,
     .nothing = "No statement spills to disk",
     .top = "sum by (queryid) (increase(pg_stat_statements_temp_written_bytes_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
    {.title = "Found in shared buffers",
     .description = "Blocks found in shared buffers, of all, by the statements that had to read most.",
     .unit = "percentunit",
     .targets =
         {{{.expr =
                "sum by (queryid) (rate(pg_stat_statements_shared_hit_bytes_total{$server, "
                "$databases}[$__rate_interval])) / (sum by (queryid) "
                "(rate(pg_stat_statements_shared_hit_bytes_total{$server, $databases}[$__rate_interval])) + "
                "sum by (queryid) (rate(pg_stat_statements_shared_read_bytes_total{$server, "
                "$databases}[$__rate_interval])) > 0)",
            .legend = "{{statement}}",
            .texts = true}}},
     .width = 12,
     .height = 9,
     .max = 1,
     .legend = Legend::table,
     .nothing = "No statement had to read",
     .top = "sum by (queryid) (increase(pg_stat_statements_shared_read_bytes_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
    {.title = "Planning",
     .description = "Time that the statements with most of it were planned, in seconds each second. Only "
                    "where pg_stat_statements.track_planning is on.",
     .unit = "s",
     .targets = {{{.expr = "sum by (queryid) (rate(pg_stat_statements_plan_seconds_total{$server, "
                           "$databases}[$__rate_interval]))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .width = 12,
     .height = 9,
     .stack = true,
     .legend = Legend::table,
     .nothing = "pg_stat_statements.track_planning is off",
     .top = "sum by (queryid) (increase(pg_stat_statements_plan_seconds_total{$server, $databases, "
            "queryid!=\"other\"}[$__range] @ end())) > 0"},
});

inline constexpr auto kChosen = std::to_array<Panel>({
    {.title = "Calls",
     .description = "Executions of the chosen statements, by role and database.",
     .unit = "ops",
     .targets = {{{"sum by (user, datname) (rate(pg_stat_statements_calls_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval]))",
                   "{{user}} in {{datname}}"}}}},
    {.title = "Mean time",
     .description = "Execution time a call of the chosen statements, by role and database.",
     .unit = "s",
     .targets = {{{"sum by (user, datname) (rate(pg_stat_statements_seconds_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval])) / (sum by (user, datname) "
                   "(rate(pg_stat_statements_calls_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval])) > 0)",
                   "{{user}} in {{datname}}"}}}},
    {.title = "Mean time over that of the day before",
     .description = "How many times as long the chosen statements take as in the 24 hours before, for 50 ms "
                    "and more. The lines are the rule's limits.",
     .targets = {{{.expr = "(sum by (queryid) (rate(pg_stat_statements_seconds_total{$server, $databases, "
                           "queryid=~\"$queryid\", queryid!=\"other\"}[$__rate_interval])) / (sum by "
                           "(queryid) (rate(pg_stat_statements_calls_total{$server, $databases, "
                           "queryid=~\"$queryid\", queryid!=\"other\"}[$__rate_interval])) > 0) > 0.05) / "
                           "(sum by (queryid) (increase(pg_stat_statements_seconds_total{$server, "
                           "$databases, queryid=~\"$queryid\", queryid!=\"other\"}[1d] offset 10m)) / (sum "
                           "by (queryid) (increase(pg_stat_statements_calls_total{$server, $databases, "
                           "queryid=~\"$queryid\", queryid!=\"other\"}[1d] offset 10m)) > 0))",
                   .legend = "{{statement}}",
                   .texts = true}}},
     .rule = "statement_regression",
     .nothing = "None takes 50 ms, or there is no history yet"},
    {.title = "Rows a call",
     .description = "Rows that a call of the chosen statements returned or changed.",
     .targets = {{{"sum by (user, datname) (rate(pg_stat_statements_rows_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval])) / (sum by (user, datname) "
                   "(rate(pg_stat_statements_calls_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval])) > 0)",
                   "{{user}} in {{datname}}"}}}},
    {.title = "Reading blocks, a call",
     .description =
         "Time that a call of the chosen statements read blocks. Only where track_io_timing is on.",
     .unit = "s",
     .targets = {{{"sum by (user, datname) (rate(pg_stat_statements_block_read_seconds_total{$server, "
                   "$databases, queryid=~\"$queryid\"}[$__rate_interval])) / (sum by (user, datname) "
                   "(rate(pg_stat_statements_calls_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval])) > 0)",
                   "{{user}} in {{datname}}"}}}},
    {.title = "Share of all time",
     .description = "Execution time of the chosen statements, of that of all.",
     .unit = "percentunit",
     .targets = {{{"sum(rate(pg_stat_statements_seconds_total{$server, $databases, "
                   "queryid=~\"$queryid\"}[$__rate_interval])) / "
                   "(sum(rate(pg_stat_statements_seconds_total{$server}[$__rate_interval])) > 0)",
                   "share"}}},
     .max = 1},
    {.title = "Text",
     .description = "The text of the chosen statements, where collector stat_statements_text is on.",
     .kind = Kind::table,
     .targets = {{{"max by (queryid, query) (pg_stat_statements_query_id{$server, queryid=~\"$queryid\"})"}}},
     .width = 24,
     .height = 7,
     .nothing = "Texts are not exported: collector stat_statements_text is off",
     .columns = {{{"queryid", "Statement", "", 190}, {"query", "Text"}}}},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"All statements", kAll},
    {"Top statements", kTop},
    {"Chosen statements", kChosen},
});

}  // namespace statements

inline constexpr Board kStatements = {
    .id = "statements",
    .title = "PostgreSQL: Statements",
    .description =
        "Which statements take the time: the top by time, calls, mean time and I/O, and each by itself.",
    .variables = statements::kVariables,
    .rows = statements::kRows,
};

}  // namespace pgvigil::generate::boards
