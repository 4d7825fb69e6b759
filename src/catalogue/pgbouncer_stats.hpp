#pragma once

#include "catalogue/spec.hpp"

/// What went through each database since pgbouncer started.
namespace pgvigil::catalogue::pgbouncer_stats {

inline constexpr auto kColumns = std::to_array<Column>({
    {"database"},
    {"total_xact_count", Use::counter, "pgbouncer_stats_sql_transactions_pooled_total", "Transactions."},
    {"total_query_count", Use::counter, "pgbouncer_stats_queries_pooled_total", "Statements."},
    {"total_received", Use::counter, "pgbouncer_stats_received_bytes_total",
     "Bytes received from clients and servers."},
    {"total_sent", Use::counter, "pgbouncer_stats_sent_bytes_total", "Bytes sent to clients and servers."},
    {"total_xact_time", Use::counter, "pgbouncer_stats_server_in_transaction_seconds_total",
     "Time that server connections were in a transaction.", 1e-6},
    {"total_query_time", Use::counter, "pgbouncer_stats_queries_duration_seconds_total",
     "Time that server connections were running statements.", 1e-6},
    {"total_wait_time", Use::counter, "pgbouncer_stats_client_wait_seconds_total",
     "Time that clients waited for a server connection.", 1e-6},
    {"total_server_assignment_count", Use::counter, "pgbouncer_stats_server_assignments_total",
     "How often a client was given a server connection, from 1.23 on."},
    {"total_client_parse_count", Use::counter, "pgbouncer_stats_client_parses_total",
     "Prepared statements that clients sent, from 1.24 on."},
    {"total_server_parse_count", Use::counter, "pgbouncer_stats_server_parses_total",
     "Prepared statements that were sent to servers, from 1.24 on."},
    {"total_bind_count", Use::counter, "pgbouncer_stats_binds_total",
     "Prepared statements made ready to run, from 1.24 on."},
});

inline constexpr auto kQueries = std::to_array<Query>({{0, "SHOW STATS"}});

inline constexpr CollectorSpec kSpec = on_console("pgbouncer_stats", kQueries, kColumns);

}  // namespace pgvigil::catalogue::pgbouncer_stats
