#pragma once

#include "catalogue/spec.hpp"

/// CPU and memory of the database's own container, read from its cgroup: host/container.hpp.
namespace pgvigil::catalogue::container {

inline constexpr auto kColumns = std::to_array<Column>({
    {"cpu_usage_seconds", Use::counter, "pg_container_cpu_usage_seconds_total",
     "CPU time used by the database's container."},
    {"cpu_limit_cores", Use::gauge, "pg_container_cpu_limit_cores",
     "CPU cores that the container may use; without a limit, those of the host."},
    {"cpu_throttled_seconds", Use::counter, "pg_container_cpu_throttled_seconds_total",
     "Time in which the container had to wait because its CPU quota was used up."},
    {"memory_working_set_bytes", Use::gauge, "pg_container_memory_working_set_bytes",
     "Memory that the kernel cannot easily take back: usage without inactive file cache, as the kubelet "
     "computes it."},
    {"memory_limit_bytes", Use::gauge, "pg_container_memory_limit_bytes",
     "Memory that the container may use; without a limit, that of the host."},
    {"oom_kills", Use::counter, "pg_container_oom_kills_total",
     "Processes of the container killed because its memory was used up."},
});

inline constexpr CollectorSpec kSpec = {
    .name = "container", .source = model::Source::container, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::container
