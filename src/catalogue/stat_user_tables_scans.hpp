#pragma once

#include "catalogue/spec.hpp"

/// When each table was last read, and updates that found no room on their page: what stat_user_tables has
/// from 16 on.
namespace pgvigil::catalogue::stat_user_tables_scans {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"last_seq_scan", Use::gauge, "pg_stat_user_tables_last_seq_scan_timestamp_seconds",
     "When the table was last scanned sequentially, as seconds since the epoch; no sample for never."},
    {"last_idx_scan", Use::gauge, "pg_stat_user_tables_last_idx_scan_timestamp_seconds",
     "When the table was last scanned by an index, as seconds since the epoch; no sample for never."},
    {"n_tup_newpage_upd", Use::counter, "pg_stat_user_tables_n_tup_newpage_upd_total",
     "Rows updated whose new version went to another page, for want of room: a lower fillfactor helps."},
});

inline constexpr auto kQueries = std::to_array<Query>({{16, R"(
SELECT pg_catalog.current_database() AS datname, t.schemaname, t.relname,
       extract(epoch FROM t.last_seq_scan) AS last_seq_scan, extract(epoch FROM t.last_idx_scan) AS last_idx_scan,
       t.n_tup_newpage_upd
  FROM pg_catalog.pg_stat_user_tables t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
 ORDER BY c.relpages DESC, t.relid)"}});

inline constexpr CollectorSpec kSpec = {.name = "stat_user_tables_scans",
                                        .scope = model::Scope::database,
                                        .interval = seconds(60),
                                        .max_rows = 2000,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::stat_user_tables_scans
