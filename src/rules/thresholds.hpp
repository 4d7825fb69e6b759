#pragma once

#include "pgvigil/model/rule.hpp"
#include "rules/indicators.hpp"

/// The five thresholds of the Bill-Inquiry service's plan. Warning is the plan's number.
namespace pgvigil::rules {

using model::Rule;
using model::Unit;

inline constexpr Rule kCpu = {
    "cpu",
    "CPU",
    {0.80, 0.90, base::Seconds(300)},
    "The database's container uses most of its CPU limit.",
    "CPU use of the limit over five minutes.",
    "docs/runbooks/cpu.md",
    {"cpu use of the limit", Unit::ratio,
     "rate(pg_container_cpu_usage_seconds_total[5m]) / pg_container_cpu_limit_cores", read_cpu},
};

inline constexpr Rule kMemory = {
    "memory",
    "Memory",
    {0.85, 0.95, base::Seconds(300)},
    "The database's container uses most of its memory limit.",
    "Working set over the memory limit.",
    "docs/runbooks/memory.md",
    {"memory working set of the limit", Unit::ratio,
     "pg_container_memory_working_set_bytes / pg_container_memory_limit_bytes", read_memory},
};

inline constexpr Rule kDisk = {
    "disk",
    "Disk",
    {0.80, 0.90, base::Seconds(300)},
    "The data or WAL volume is nearly full.",
    "Used over used and available, the fuller of the data and the WAL mount.",
    "docs/runbooks/disk.md",
    {"disk use", Unit::ratio,
     "max without (mount, role) ((pg_mount_size_bytes{role=~\"data|wal\"} - pg_mount_free_bytes) / "
     "(pg_mount_size_bytes{role=~\"data|wal\"} - pg_mount_free_bytes + pg_mount_available_bytes))",
     read_disk},
};

inline constexpr Rule kConnections = {
    "connections",
    "Connections",
    {0.80, 0.95, base::Seconds(300)},
    "Most of the server's connections are in use.",
    "Client backends over max_connections.",
    "docs/runbooks/connections.md",
    {"connections in use", Unit::ratio,
     "sum without (datname, state, usename, application_name, backend_type, wait_event_type, wait_event) "
     "(pg_stat_activity_count{backend_type=\"client backend\"}) / pg_settings_max_connections",
     read_connections},
};

inline constexpr Rule kLatency = {
    "latency",
    "Mean response time",
    {0.100, 0.500, base::Seconds(300)},
    "Statements take long on average.",
    "Mean execution time of all calls in five minutes.",
    "docs/runbooks/latency.md",
    {"mean execution time", Unit::seconds,
     "sum without (user, datname, queryid) (rate(pg_stat_statements_seconds_total[5m])) / "
     "sum without (user, datname, queryid) (rate(pg_stat_statements_calls_total[5m]))",
     read_latency},
};

}  // namespace pgvigil::rules
