#pragma once

#include "catalogue/spec.hpp"

/// Subscriptions of all databases, with or without a worker. Positions are the publisher's: how late a
/// subscription is, its slot there tells, or the publisher's pg_wal_position_bytes_total beside the position
/// received. A subscription that is enabled and has no apply worker is broken; one whose worker fails and
/// starts again counts errors (15+). 13 does not let everybody read a subscription's oid: there its workers
/// are found by name and database.
namespace pgvigil::catalogue::stat_subscription {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"subname"},
    {"enabled", Use::gauge, "pg_stat_subscription_enabled", "1 if the subscription is enabled."},
    {"apply_workers", Use::gauge, "pg_stat_subscription_apply_workers",
     "Workers that apply its changes: 1, or 0 when it is down or disabled."},
    {"sync_workers", Use::gauge, "pg_stat_subscription_sync_workers",
     "Workers that copy tables for the first time."},
    {"parallel_workers", Use::gauge, "pg_stat_subscription_parallel_apply_workers",
     "Further workers that apply transactions which are still open on the publisher (16+)."},
    {"received", Use::counter, "pg_stat_subscription_received_position_bytes_total",
     "The publisher's WAL position that was received last, as bytes since the beginning."},
    {"reported", Use::counter, "pg_stat_subscription_reported_position_bytes_total",
     "The publisher's WAL position that was last reported back to it, as bytes since the beginning."},
    {"report_lag", Use::gauge, "pg_stat_subscription_report_lag_bytes",
     "WAL in bytes that is received and not yet reported back."},
    {"sent_time", Use::gauge, "pg_stat_subscription_last_message_sent_timestamp_seconds",
     "When the publisher sent its last message, by the publisher's clock, since the epoch."},
    {"received_time", Use::gauge, "pg_stat_subscription_last_message_received_timestamp_seconds",
     "When that message was received, since the epoch."},
    {"reported_time", Use::gauge, "pg_stat_subscription_reported_timestamp_seconds",
     "When a position was last reported to the publisher, since the epoch."},
    {"apply_error_count", Use::counter, "pg_stat_subscription_apply_errors_total",
     "Errors while changes were applied (15+)."},
    {"sync_error_count", Use::counter, "pg_stat_subscription_sync_errors_total",
     "Errors while tables were copied for the first time (15+)."},
    {"confl_insert_exists", Use::counter, "pg_stat_subscription_conflict_insert_exists_total",
     "Rows to be inserted whose key was there already (18+)."},
    {"confl_update_origin_differs", Use::counter, "pg_stat_subscription_conflict_update_origin_differs_total",
     "Rows to be updated that another origin had changed (18+)."},
    {"confl_update_exists", Use::counter, "pg_stat_subscription_conflict_update_exists_total",
     "Rows whose update would have given them a key that was there already (18+)."},
    {"confl_update_missing", Use::counter, "pg_stat_subscription_conflict_update_missing_total",
     "Rows to be updated that were not there (18+)."},
    {"confl_delete_origin_differs", Use::counter, "pg_stat_subscription_conflict_delete_origin_differs_total",
     "Rows to be deleted that another origin had changed (18+)."},
    {"confl_delete_missing", Use::counter, "pg_stat_subscription_conflict_delete_missing_total",
     "Rows to be deleted that were not there (18+)."},
    {"confl_multiple_unique_conflicts", Use::counter,
     "pg_stat_subscription_conflict_multiple_unique_conflicts_total",
     "Rows that violated several unique constraints at once (18+)."},
    {"stats_reset", Use::gauge, "pg_stat_subscription_reset_timestamp_seconds",
     "When these counters were last reset, since the epoch (15+)."},
});

inline constexpr std::string_view kWorkers = R"(
SELECT d.datname, s.subname, s.subenabled::int AS enabled,
       pg_catalog.count(w.pid) FILTER (WHERE w.relid IS NULL) AS apply_workers,
       pg_catalog.count(w.pid) FILTER (WHERE w.relid IS NOT NULL) AS sync_workers,
       NULL::bigint AS parallel_workers,
       max(w.received_lsn - '0/0'::pg_lsn) FILTER (WHERE w.relid IS NULL) AS received,
       max(w.latest_end_lsn - '0/0'::pg_lsn) FILTER (WHERE w.relid IS NULL) AS reported,
       max(greatest(w.received_lsn, w.latest_end_lsn) - w.latest_end_lsn) FILTER (WHERE w.relid IS NULL) AS report_lag,
       max(extract(epoch FROM w.last_msg_send_time)) FILTER (WHERE w.relid IS NULL) AS sent_time,
       max(extract(epoch FROM w.last_msg_receipt_time)) FILTER (WHERE w.relid IS NULL) AS received_time,
       max(extract(epoch FROM w.latest_end_time)) FILTER (WHERE w.relid IS NULL) AS reported_time,
)";
inline constexpr std::string_view kWorkersSince16 = R"(
SELECT d.datname, s.subname, s.subenabled::int AS enabled,
       pg_catalog.count(w.pid) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS apply_workers,
       pg_catalog.count(w.pid) FILTER (WHERE w.relid IS NOT NULL) AS sync_workers,
       pg_catalog.count(w.pid) FILTER (WHERE w.leader_pid IS NOT NULL) AS parallel_workers,
       max(w.received_lsn - '0/0'::pg_lsn) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS received,
       max(w.latest_end_lsn - '0/0'::pg_lsn) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS reported,
       max(greatest(w.received_lsn, w.latest_end_lsn) - w.latest_end_lsn) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS report_lag,
       max(extract(epoch FROM w.last_msg_send_time)) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS sent_time,
       max(extract(epoch FROM w.last_msg_receipt_time)) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS received_time,
       max(extract(epoch FROM w.latest_end_time)) FILTER (WHERE w.relid IS NULL AND w.leader_pid IS NULL) AS reported_time,
)";
inline constexpr std::string_view kNoErrors =
    R"(       NULL::bigint AS apply_error_count, NULL::bigint AS sync_error_count,
)";
inline constexpr std::string_view kErrors =
    R"(       max(e.apply_error_count) AS apply_error_count, max(e.sync_error_count) AS sync_error_count,
)";
inline constexpr std::string_view kNoConflicts =
    R"(       NULL::bigint AS confl_insert_exists, NULL::bigint AS confl_update_origin_differs,
       NULL::bigint AS confl_update_exists, NULL::bigint AS confl_update_missing,
       NULL::bigint AS confl_delete_origin_differs, NULL::bigint AS confl_delete_missing,
       NULL::bigint AS confl_multiple_unique_conflicts,
)";
inline constexpr std::string_view kConflicts =
    R"(       max(e.confl_insert_exists) AS confl_insert_exists, max(e.confl_update_origin_differs) AS confl_update_origin_differs,
       max(e.confl_update_exists) AS confl_update_exists, max(e.confl_update_missing) AS confl_update_missing,
       max(e.confl_delete_origin_differs) AS confl_delete_origin_differs, max(e.confl_delete_missing) AS confl_delete_missing,
       max(e.confl_multiple_unique_conflicts) AS confl_multiple_unique_conflicts,
)";
inline constexpr std::string_view kNoReset = R"(       NULL::double precision AS stats_reset
)";
inline constexpr std::string_view kReset = R"(       extract(epoch FROM max(e.stats_reset)) AS stats_reset
)";
inline constexpr std::string_view kSubscriptions = R"(  FROM pg_catalog.pg_subscription s
  JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
)";
/// The oid is not readable in 13: subscriptions of one name are told apart by their worker's database.
inline constexpr std::string_view kByName =
    R"(  LEFT JOIN (pg_catalog.pg_stat_subscription w JOIN pg_catalog.pg_stat_activity a ON a.pid = w.pid)
         ON w.subname = s.subname AND a.datid = s.subdbid)";
inline constexpr std::string_view kById =
    R"(  LEFT JOIN pg_catalog.pg_stat_subscription w ON w.subid = s.oid)";
inline constexpr std::string_view kStats = R"(
  LEFT JOIN pg_catalog.pg_stat_subscription_stats e ON e.subid = s.oid)";
inline constexpr std::string_view kOrder = R"(
 GROUP BY 1, 2, 3
 ORDER BY enabled DESC, 1, 2)";

inline constexpr auto kQueries = std::to_array<Query>({
    {13, kJoined<kWorkers, kNoErrors, kNoConflicts, kNoReset, kSubscriptions, kByName, kOrder>},
    {14, kJoined<kWorkers, kNoErrors, kNoConflicts, kNoReset, kSubscriptions, kById, kOrder>},
    {15, kJoined<kWorkers, kErrors, kNoConflicts, kReset, kSubscriptions, kById, kStats, kOrder>},
    {16, kJoined<kWorkersSince16, kErrors, kNoConflicts, kReset, kSubscriptions, kById, kStats, kOrder>},
    {18, kJoined<kWorkersSince16, kErrors, kConflicts, kReset, kSubscriptions, kById, kStats, kOrder>},
});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_subscription", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_subscription
