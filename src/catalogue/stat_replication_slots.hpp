#pragma once

#include "catalogue/spec.hpp"

/// What the decoding for each logical slot has cost. Transactions that outgrow logical_decoding_work_mem are
/// spilled to disk, or streamed to the consumer before they are committed.
namespace pgvigil::catalogue::stat_replication_slots {

inline constexpr auto kColumns = std::to_array<Column>({
    {"slot_name"},
    {"spill_txns", Use::counter, "pg_stat_replication_slots_spill_transactions_total",
     "Transactions spilled to disk."},
    {"spill_count", Use::counter, "pg_stat_replication_slots_spills_total",
     "Times that a transaction was spilled, one perhaps more than once."},
    {"spill_bytes", Use::counter, "pg_stat_replication_slots_spill_bytes_total",
     "Decoded bytes spilled to disk."},
    {"stream_txns", Use::counter, "pg_stat_replication_slots_stream_transactions_total",
     "Transactions streamed to the consumer before they were committed."},
    {"stream_count", Use::counter, "pg_stat_replication_slots_streams_total",
     "Times that a transaction was streamed, one perhaps more than once."},
    {"stream_bytes", Use::counter, "pg_stat_replication_slots_stream_bytes_total",
     "Decoded bytes streamed before the commit."},
    {"total_txns", Use::counter, "pg_stat_replication_slots_transactions_total",
     "Transactions decoded and given to the consumer."},
    {"total_bytes", Use::counter, "pg_stat_replication_slots_bytes_total",
     "Bytes of these transactions, as decoded."},
    {"stats_reset", Use::gauge, "pg_stat_replication_slots_reset_timestamp_seconds",
     "When these counters were last reset, since the epoch."},
});

inline constexpr auto kQueries = std::to_array<Query>({{14, R"(
SELECT r.slot_name, r.spill_txns, r.spill_count, r.spill_bytes, r.stream_txns, r.stream_count, r.stream_bytes,
       r.total_txns, r.total_bytes, extract(epoch FROM r.stats_reset) AS stats_reset
  FROM pg_catalog.pg_stat_replication_slots r
 ORDER BY r.total_bytes DESC, r.slot_name)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_replication_slots", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_replication_slots
