#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace replication {

inline constexpr auto kStandbys = std::to_array<Panel>({
    {.title = "Role",
     .description = "Primary, or a standby that replays a primary's WAL, over time.",
     .kind = Kind::timeline,
     .targets = {{{"pg_replication_is_replica{$server}"}}},
     .width = 9,
     .height = 5,
     .words = Words::role},
    {.title = "Standbys",
     .description =
         "The standbys as their primary sees them: WAL that they have not replayed yet, and how long a "
         "commit takes to be written, flushed and replayed there.",
     .kind = Kind::table,
     .targets = {{{"max by (instance, application_name, client_addr, state, slot_name) "
                   "(pg_stat_replication_pg_wal_lsn_diff{$server})"},
                  {"max by (instance, application_name, client_addr, state, slot_name) "
                   "(pg_stat_replication_replay_lag_seconds{$server})"}}},
     .width = 15,
     .height = 5,
     .nothing = "No standby streams from these servers",
     .columns = {{{"instance", "Primary", "", 150},
                  {"application_name", "Standby"},
                  {"client_addr", "Address", "", 110},
                  {"state", "State", "", 100},
                  {"slot_name", "Slot", "", 100},
                  {"A", "Behind", "bytes", 90, "replication_behind"},
                  {"B", "Replay lag", "s", 100}}}},
    {.title = "Lag of replay, in time",
     .description = "How far each standby's replay is behind at most: 0 where it streams and has replayed "
                    "all, else the age of "
                    "the last commit that it replayed. The lines are the rule's limits.",
     .unit = "s",
     .targets = {{{"pg_recovery_replay_lag_seconds{$server}"}}},
     .rule = "replication_lag",
     .width = 12,
     .nothing = "None of these servers is a standby"},
    {.title = "Lag of replay, in WAL",
     .description =
         "WAL that a standby has not replayed yet, as the primary sees it. The line is the rule's first "
         "limit.",
     .unit = "bytes",
     .targets = {{{"max by (application_name) (pg_stat_replication_pg_wal_lsn_diff{$server})",
                   "{{application_name}}"}}},
     .rule = "replication_behind",
     .width = 12,
     .nothing = "No standby streams from these servers"},
    {.title = "Lag of writing, flushing and replaying",
     .description =
         "Time from a commit's WAL being flushed here until the standby has written, flushed and replayed "
         "it. It is how long a synchronous commit would wait.",
     .unit = "s",
     .targets = {{{"max by (application_name) (pg_stat_replication_write_lag_seconds{$server})",
                   "{{application_name}} write"},
                  {"max by (application_name) (pg_stat_replication_flush_lag_seconds{$server})",
                   "{{application_name}} flush"},
                  {"max by (application_name) (pg_stat_replication_replay_lag_seconds{$server})",
                   "{{application_name}} replay"}}},
     .width = 12,
     .nothing = "No standby streams from these servers"},
    {.title = "WAL not sent, written, flushed and replayed",
     .description = "WAL that each standby lacks, each line including those before it. Much that is not "
                    "sent: the network or "
                    "this server; not flushed: the standby's disk; not replayed: its queries or its one CPU.",
     .unit = "bytes",
     .targets = {{{"max by (application_name) (pg_stat_replication_sent_lag_bytes{$server})",
                   "{{application_name}} not sent"},
                  {"max by (application_name) (pg_stat_replication_write_lag_bytes{$server})",
                   "{{application_name}} not written"},
                  {"max by (application_name) (pg_stat_replication_flush_lag_bytes{$server})",
                   "{{application_name}} not flushed"},
                  {"max by (application_name) (pg_stat_replication_replay_lag_bytes{$server})",
                   "{{application_name}} not replayed"}}},
     .width = 12,
     .nothing = "No standby streams from these servers"},
    {.title = "Stream of WAL",
     .description = "Whether each standby streams WAL from its upstream, over time.",
     .kind = Kind::timeline,
     .targets = {{{"pg_recovery_receiver_streaming{$server}"}}},
     .rule = "receiver",
     .words = Words::active,
     .nothing = "None of these servers is a standby with an upstream"},
    {.title = "Synchronous standbys missing",
     .description = "Standbys that commits wait for and that do not stream: at one, commits hang. The line "
                    "is the rule's "
                    "limit.",
     .targets = {{{"pg_replication_synchronous_required{$server} - "
                   "pg_replication_senders_synchronous{$server} unless "
                   "pg_replication_is_replica{$server} == 1"}}},
     .rule = "synchronous_standbys",
     .nothing = "All of these servers are standbys"},
    {.title = "Subscriptions with a worker",
     .description = "Share of five minutes in which an enabled subscription had a worker that applies "
                    "changes. The line is "
                    "the rule's limit.",
     .unit = "percentunit",
     .targets =
         {{{"max by (datname, subname) (avg_over_time(pg_stat_subscription_apply_workers{$server}[5m]) and "
            "pg_stat_subscription_enabled{$server} == 1)",
            "{{datname}} {{subname}}"}}},
     .rule = "subscription",
     .max = 1,
     .nothing = "These servers have no subscription"},
});

inline constexpr std::string_view kNoLogical = "These servers have no logical slots";

inline constexpr auto kSlots = std::to_array<Panel>({
    {.title = "Slots",
     .description =
         "Each replication slot: whether somebody streams from it, the WAL that it holds back, and what "
         "may still come before it is lost (where max_slot_wal_keep_size is set).",
     .kind = Kind::table,
     .targets = {{{"max by (instance, slot_name) (pg_replication_slots_active{$server})"},
                  {"max by (instance, slot_name) (pg_replication_slots_pg_wal_lsn_diff{$server})"},
                  {"max by (instance, slot_name) (pg_replication_slots_safe_wal_size_bytes{$server})"},
                  {"max by (instance, slot_name, wal_status) (pg_replication_slots_wal_status{$server})"}}},
     .width = 12,
     .columns = {{{"instance", "Server", "", 150},
                  {"slot_name", "Slot"},
                  {.field = "A", .title = "Consumer", .width = 100, .words = Words::active},
                  {"B", "Held back", "bytes", 110},
                  {"C", "Left", "bytes", 90},
                  {"wal_status", "WAL", "", 110}}}},
    {.title = "WAL held back by slots",
     .description = "WAL from a slot's oldest position until now: the server keeps all of it.",
     .unit = "bytes",
     .targets = {{{"max by (slot_name) (pg_replication_slots_pg_wal_lsn_diff{$server})", "{{slot_name}}"}}},
     .width = 12,
     .nothing = "These servers have no slots"},
    {.title = "Slots with a consumer",
     .description = "Whether somebody streams from each slot, over time. Without a consumer WAL piles up.",
     .kind = Kind::timeline,
     .targets = {{{"max by (slot_name) (pg_replication_slots_active{$server})", "{{slot_name}}"}}},
     .rule = "slot_inactive",
     .width = 12,
     .words = Words::active,
     .nothing = "These servers have no slots"},
    {.title = "Slots that lose their WAL",
     .description =
         "Slots whose WAL is unreserved, to be removed at the next checkpoint, or lost. The line is the "
         "rule's limit.",
     .targets = {{{"sum by (wal_status) (pg_replication_slots_wal_status{$server, "
                   "wal_status=~\"unreserved|lost\"}) or "
                   "0 * sum(pg_up{$server})",
                   "{{wal_status}}"}}},
     .rule = "slot_wal",
     .width = 12,
     .legend = Legend::hidden},
    {.title = "Decoded for consumers",
     .description =
         "Changes of whole transactions that logical slots gave to their consumers. From PostgreSQL 14 on.",
     .unit = "binBps",
     .targets =
         {{{"max by (slot_name) (rate(pg_stat_replication_slots_bytes_total{$server}[$__rate_interval]))",
            "{{slot_name}}"}}},
     .nothing = kNoLogical},
    {.title = "Spilled to disk by slots",
     .description = "Changes of transactions that did not fit into logical_decoding_work_mem, written to "
                    "disk to be decoded: raise it where that goes on. From PostgreSQL 14 on.",
     .unit = "binBps",
     .targets = {{{"max by (slot_name) "
                   "(rate(pg_stat_replication_slots_spill_bytes_total{$server}[$__rate_interval]))",
                   "{{slot_name}}"}}},
     .nothing = kNoLogical},
    {.title = "Streamed before the commit",
     .description = "Changes of big transactions that were sent to a consumer that takes them before they "
                    "are committed, instead of being spilled. From PostgreSQL 14 on.",
     .unit = "binBps",
     .targets = {{{"max by (slot_name) "
                   "(rate(pg_stat_replication_slots_stream_bytes_total{$server}[$__rate_interval]))",
                   "{{slot_name}}"}}},
     .nothing = kNoLogical},
});

inline constexpr auto kWal = std::to_array<Panel>({
    {.title = "WAL written",
     .description = "How fast WAL is written, or on a standby received.",
     .unit = "binBps",
     .targets = {{{"rate(pg_wal_position_bytes_total{$server}[$__rate_interval])"}}}},
    {.title = "WAL on disk",
     .description = "Size of pg_wal, and max_wal_size, which it should seldom pass.",
     .unit = "bytes",
     .targets = {{{"pg_wal_size_bytes{$server}"},
                  {"max(pg_settings_max_wal_size_bytes{$server})", "max_wal_size", Look::reference}}}},
    {.title = "Segments of WAL",
     .description = "Files in pg_wal.",
     .targets = {{{"pg_wal_segments{$server}"}}}},
});

inline constexpr auto kCheckpoints = std::to_array<Panel>({
    {.title = "Checkpoints in an hour",
     .description =
         "Checkpoints that WAL forced before checkpoint_timeout, and those that came on time. The line is "
         "the rule's limit for requested ones.",
     .targets = {{{"sum(increase(pg_stat_bgwriter_checkpoints_req_total{$server}[1h]))", "requested"},
                  {"sum(increase(pg_stat_bgwriter_checkpoints_timed_total{$server}[1h]))", "on time"}}},
     .rule = "checkpoints"},
    {.title = "Time of checkpoints",
     .description =
         "Time that checkpoints wrote and synchronised files, in seconds each second. Writing is spread out "
         "on purpose; synchronising is not.",
     .unit = "s",
     .targets = {{{"sum(rate(pg_stat_bgwriter_checkpoint_write_seconds_total{$server}[$__rate_interval]))",
                   "writing"},
                  {"sum(rate(pg_stat_bgwriter_checkpoint_sync_seconds_total{$server}[$__rate_interval]))",
                   "synchronising"}}}},
    {.title = "Buffers written",
     .description =
         "Who writes changed buffers: checkpoints and the background writer should, sessions themselves "
         "should not have to.",
     .unit = "ops",
     .targets =
         {{{"sum(rate(pg_stat_bgwriter_buffers_checkpoint_total{$server}[$__rate_interval]))", "checkpoints"},
           {"sum(rate(pg_stat_bgwriter_buffers_clean_total{$server}[$__rate_interval]))",
            "background writer"},
           {"sum(rate(pg_stat_bgwriter_buffers_backend_total{$server}[$__rate_interval]))", "sessions"}}},
     .stack = true},
    {.title = "Buffers allocated",
     .description = "Buffers taken for blocks that were not in shared buffers.",
     .unit = "ops",
     .targets = {{{"rate(pg_stat_bgwriter_buffers_alloc_total{$server}[$__rate_interval])"}}}},
    {.title = "Background writer stopped early",
     .description =
         "Rounds in which the background writer stopped because it had written bgwriter_lru_maxpages.",
     .unit = "ops",
     .targets = {{{"rate(pg_stat_bgwriter_maxwritten_clean_total{$server}[$__rate_interval])"}}}},
    {.title = "Sessions that synchronised files themselves",
     .description =
         "Only when the checkpointer's queue is full: it should stay at zero. Before PostgreSQL 17.",
     .unit = "ops",
     .targets = {{{"rate(pg_stat_bgwriter_buffers_backend_fsync_total{$server}[$__rate_interval])"}}}},
});

inline constexpr auto kArchive = std::to_array<Panel>({
    {.title = "Segments archived",
     .description = "Segments of WAL archived, and failed attempts below zero.",
     .targets = {{{"increase(pg_stat_archiver_archived_count{$server}[$__rate_interval])",
                   "{{instance}} archived"},
                  {"increase(pg_stat_archiver_failed_count{$server}[$__rate_interval])",
                   "{{instance}} failed", Look::below}}},
     .bars = true},
    {.title = "Failures without success",
     .description = "Failed attempts in 15 minutes in which none succeeded. The lines are the rule's limits.",
     .targets = {{{"increase(pg_stat_archiver_failed_count{$server}[15m]) and "
                   "increase(pg_stat_archiver_archived_count{$server}[15m]) < 1 or 0 * "
                   "increase(pg_stat_archiver_failed_count{$server}[15m])"}}},
     .rule = "archiver"},
    {.title = "Age of the last archived segment",
     .description =
         "Time since a segment was archived: what is newer would be missing in a point-in-time recovery.",
     .unit = "s",
     .targets = {{{"pg_stat_archiver_last_archive_age{$server}"}}},
     .nothing = "Nothing was archived yet"},
    {.title = "Oldest file that waits",
     .description =
         "How long the oldest WAL file that is not archived has waited. The lines are the rule's limits.",
     .unit = "s",
     .targets = {{{"time() - pg_archive_status_oldest_ready_timestamp_seconds{$server}"}}},
     .rule = "archive_backlog",
     .width = 12,
     .nothing = "No file waits"},
    {.title = "WAL that waits to be archived",
     .description = "Size of the WAL files that are complete and not archived yet.",
     .unit = "bytes",
     .targets = {{{"pg_archive_status_ready_bytes{$server}"}}},
     .width = 12},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"Standbys", kStandbys},
    {"Slots", kSlots},
    {"WAL", kWal},
    {"Checkpoints and background writer", kCheckpoints},
    {"Archive", kArchive},
});

}  // namespace replication

inline constexpr Board kReplication = {
    .id = "replication",
    .title = "PostgreSQL: Replication and WAL",
    .description = "How far standbys are behind, what slots hold back, WAL, checkpoints and the archive.",
    .variables = {},
    .rows = replication::kRows,
};

}  // namespace pgvigil::generate::boards
