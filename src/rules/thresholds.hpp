#pragma once

#include "pgvigil/model/rule.hpp"
#include "rules/indicators.hpp"

/// The five thresholds of the Bill-Inquiry service's plan. Warning is the plan's number.
namespace pgvigil::rules {

using base::Seconds;
using model::kNoLimit;
using model::Rule;
using model::Side;
using model::Unit;

inline constexpr Rule kCpu = {
    .id = "cpu",
    .title = "CPU",
    .alert = "PostgresCpuHigh",
    .limits = {0.80, 0.90, Seconds(300)},
    .summary = "The database's container uses most of its CPU limit.",
    .description =
        "{value} of the CPU limit is in use (limit {limit}). First: find the statements that take most "
        "time, on the Statements board.",
    .indicator =
        {"CPU use of the limit over five minutes.", Unit::ratio,
         "rate(pg_container_cpu_usage_seconds_total[5m]) / pg_container_cpu_limit_cores", read_cpu,
         "instance:pg_container_cpu_usage:ratio_rate5m",
         "sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container=\"$container\"}[5m])) / "
         "sum by (namespace, pod) (container_spec_cpu_quota{container=\"$container\"} / "
         "container_spec_cpu_period{container=\"$container\"})"},
    .board = "container",
    .keep_firing = Seconds(300),
};

inline constexpr Rule kMemory = {
    .id = "memory",
    .title = "Memory",
    .alert = "PostgresMemoryHigh",
    .limits = {0.85, 0.95, Seconds(300)},
    .summary = "The database's container uses most of its memory limit.",
    .description =
        "The working set is {value} of the memory limit (limit {limit}). First: count the sessions and look "
        "at work_mem; at the limit the kernel kills a process and the server restarts.",
    .indicator =
        {"Working set over the memory limit.", Unit::ratio,
         "pg_container_memory_working_set_bytes / pg_container_memory_limit_bytes", read_memory,
         "instance:pg_container_memory_working_set:ratio",
         "sum by (namespace, pod) (container_memory_working_set_bytes{container=\"$container\"}) / "
         "sum by (namespace, pod) (container_spec_memory_limit_bytes{container=\"$container\"} > 0)"},
    .board = "container",
    .keep_firing = Seconds(300),
};

inline constexpr Rule kDisk = {
    .id = "disk",
    .title = "Disk",
    .alert = "PostgresDiskHigh",
    .limits = {0.80, 0.90, Seconds(300)},
    .summary = "The data or WAL volume is nearly full.",
    .description =
        "{value} of the volume is in use (limit {limit}). First: see whether WAL or tables grow; a full "
        "volume "
        "stops the server.",
    .indicator =
        {"Used over used and available, the fuller of the data and the WAL mount.", Unit::ratio,
         "max without (mount, role) ((pg_mount_size_bytes{role=~\"data|wal\"} - pg_mount_free_bytes) / "
         "(pg_mount_size_bytes{role=~\"data|wal\"} - pg_mount_free_bytes + pg_mount_available_bytes))",
         read_disk, "instance:pg_mount_used:ratio",
         "max by (namespace, pod) (label_replace(kubelet_volume_stats_used_bytes{persistentvolumeclaim=~"
         "\"$claim-.+\"} / (kubelet_volume_stats_used_bytes + kubelet_volume_stats_available_bytes), "
         "\"pod\", "
         "\"$1\", \"persistentvolumeclaim\", \"$claim-(.+)\"))"},
    .board = "container",
};

inline constexpr Rule kConnections = {
    .id = "connections",
    .title = "Connections",
    .alert = "PostgresConnectionsHigh",
    .limits = {0.80, 0.95, Seconds(300)},
    .summary = "Most of the server's connections are in use.",
    .description =
        "{value} of max_connections are in use (limit {limit}). First: see which role and state hold them, "
        "on "
        "the Activity board; at 100 % nobody gets in.",
    .indicator =
        {"Client backends over max_connections.", Unit::ratio,
         "sum without (datname, state, usename, application_name, backend_type, wait_event_type, wait_event) "
         "(pg_stat_activity_count{backend_type=\"client backend\"}) / pg_settings_max_connections",
         read_connections, "instance:pg_stat_activity_count:ratio"},
    .board = "activity",
    .keep_firing = Seconds(300),
};

inline constexpr Rule kLatency = {
    .id = "latency",
    .title = "Mean response time",
    .alert = "PostgresLatencyHigh",
    .limits = {0.100, 0.500, Seconds(300)},
    .summary = "Statements take long on average.",
    .description =
        "A statement takes {value} on average (limit {limit}). First: the statements by mean time, on the "
        "Statements board; then lock waits and CPU.",
    .indicator =
        {"Mean execution time of all calls in five minutes.", Unit::seconds,
         "rate(pgvigil_statements_seconds_total[5m]) / (rate(pgvigil_statements_calls_total[5m]) > 0)",
         read_latency, "instance:pgvigil_statements_mean:seconds_rate5m"},
    .board = "statements",
    .keep_firing = Seconds(300),
};

}  // namespace pgvigil::rules
