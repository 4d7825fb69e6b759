#pragma once

#include "rules/thresholds.hpp"

/// What runs out: connections, space, inodes, CPU time, memory, numbers of a sequence.
namespace pgvigil::rules {

inline constexpr Rule kConnectionsForecast = {
    .id = "connections_forecast",
    .title = "Connections, forecast",
    .alert = "PostgresConnectionsForecast",
    .limits = {1, kNoLimit, Seconds(600)},
    .summary = "At this rate the server's connections will be used up within an hour.",
    .description =
        "In an hour {value} of max_connections would be in use. First: see which application's sessions "
        "grow, on the Activity board; a pool without a bound is the usual cause.",
    // A step, such as an application's start, has passed through the shorter window before the hold time
    // is over.
    .indicator =
        {"Connections in use in an hour, by the trend of half an hour, once over half of them are and "
         "while the trend goes on.",
         Unit::ratio,
         "predict_linear(instance:pg_stat_activity_count:ratio[30m], 3600) and "
         "instance:pg_stat_activity_count:ratio > 0.5 and "
         "deriv(instance:pg_stat_activity_count:ratio[10m]) > "
         "deriv(instance:pg_stat_activity_count:ratio[30m]) / 2"},
    .board = "activity",
    .keep_firing = Seconds(600),
};

inline constexpr Rule kDiskForecast = {
    .id = "disk_forecast",
    .title = "Disk, forecast",
    .alert = "PostgresDiskForecast",
    .limits = {1, kNoLimit, Seconds(3600)},
    .summary = "At this rate the data or WAL volume will be full within a day.",
    .description =
        "In 24 hours {value} of the volume would be in use. First: see which database grows, on the "
        "Databases "
        "board, and whether WAL is held back, on the Replication board.",
    .indicator =
        {"Use of the fuller volume in 24 hours, by the trend of six hours, once it is half full "
         "and while the trend goes on.",
         Unit::ratio,
         "predict_linear(instance:pg_mount_used:ratio[6h], 86400) and instance:pg_mount_used:ratio > 0.5 and "
         "deriv(instance:pg_mount_used:ratio[1h]) > deriv(instance:pg_mount_used:ratio[6h]) / 2"},
    .board = "container",
    .keep_firing = Seconds(3600),
};

inline constexpr Rule kInodes = {
    .id = "inodes",
    .title = "Inodes",
    .alert = "PostgresInodesHigh",
    .limits = {0.90, 0.97, Seconds(300)},
    .summary = "A volume of the server has few inodes left.",
    .description =
        "{value} of the inodes of {{ $labels.mount }} ({{ $labels.role }}) are in use (limit {limit}). "
        "First: "
        "count the files; many small tables or log files use them up.",
    .indicator = {"Inodes in use, of those of the file system.", Unit::ratio,
                  "1 - pg_mount_files_free / (pg_mount_files > 0)"},
    .board = "container",
};

inline constexpr Rule kReadOnly = {
    .id = "mount_readonly",
    .title = "Mount read-only",
    .alert = "PostgresMountReadOnly",
    .limits = {kNoLimit, 1, Seconds(0)},
    .summary = "A volume of the server has become read-only.",
    .description =
        "{{ $labels.mount }} ({{ $labels.role }}) is read-only: the server cannot write. First: the kernel's "
        "log "
        "says why; mostly the disk failed.",
    .indicator = {"1 where the file system is read-only.", Unit::state, "pg_mount_readonly"},
    .board = "container",
};

inline constexpr Rule kCpuThrottled = {
    .id = "cpu_throttled",
    .title = "CPU throttled",
    .alert = "PostgresCpuThrottled",
    .limits = {0.25, kNoLimit, Seconds(900)},
    .summary = "The database's container waits for its CPU quota.",
    .description =
        "The container's CPUs, added up, waited {value} of the time for quota (limit {limit}). First: raise "
        "the CPU limit, or find the statements that take most time.",
    .indicator = {"Time spent waiting for CPU quota, per second, over five minutes.", Unit::ratio,
                  "rate(pg_container_cpu_throttled_seconds_total[5m])"},
    .board = "container",
    .keep_firing = Seconds(300),
};

inline constexpr Rule kMemoryPressure = {
    .id = "memory_pressure",
    .title = "Memory pressure",
    .alert = "PostgresMemoryPressure",
    .limits = {0.10, 0.30, Seconds(300)},
    .summary = "Tasks of the database's container wait for memory.",
    .description =
        "In {value} of the time a task of the container waited for memory (limit {limit}). First: fewer "
        "sessions, a smaller work_mem, or a higher memory limit.",
    .indicator = {"Share of the time in which a task waited for memory, over five minutes.", Unit::ratio,
                  "rate(pg_container_pressure_waiting_seconds_total{resource=\"memory\"}[5m])"},
    .board = "container",
    .keep_firing = Seconds(300),
};

inline constexpr Rule kOomKill = {
    .id = "oom_kill",
    .title = "Out of memory",
    .alert = "PostgresOomKill",
    .limits = {kNoLimit, 1, Seconds(0)},
    .summary = "The kernel killed a process of the database's container for want of memory.",
    .description =
        "Processes killed in ten minutes: {value}; a killed backend restarts the whole server. First: raise "
        "the memory limit or lower work_mem and max_connections.",
    .indicator = {"Processes killed in ten minutes.", Unit::number,
                  "round(increase(pg_container_oom_kills_total[10m]))"},
    .board = "container",
};

inline constexpr Rule kSequence = {
    .id = "sequence",
    .title = "Sequence near its end",
    .alert = "PostgresSequenceHigh",
    .limits = {0.70, 0.90, Seconds(300)},
    .summary = "A sequence is near the end of its numbers.",
    .description =
        "Sequence {{ $labels.schemaname }}.{{ $labels.sequencename }} of {{ $labels.datname }} has used "
        "{value} "
        "(limit {limit}). First: make the column and the sequence bigint before inserts fail.",
    .indicator = {"Numbers used, of those that the sequence and its column can hold.", Unit::ratio,
                  "pg_sequence_used_ratio"},
    .board = "databases",
};

}  // namespace pgvigil::rules
