#pragma once

#include "generate/board.hpp"

namespace pgvigil::generate::boards {
namespace container {

inline constexpr auto kCpu = std::to_array<Panel>({
    {.title = "CPU of the limit",
     .description = "CPU time used of the container's limit. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets = {{{"sum by (instance) "
                   "(rate(pg_container_cpu_usage_seconds_total{$server}[$__rate_interval])) / max by "
                   "(instance) (pg_container_cpu_limit_cores{$server})"}}},
     .rule = "cpu",
     .max = 1},
    {.title = "CPU used",
     .description =
         "CPU time used by the database's container, in cores, and its limit: the host's where it has none.",
     .targets =
         {{{"sum by (instance) (rate(pg_container_cpu_usage_seconds_total{$server}[$__rate_interval]))"},
           {"max(pg_container_cpu_limit_cores{$server})", "limit", Look::reference}}}},
    {.title = "CPU throttled",
     .description =
         "Time that the container's threads waited for their CPU quota, of all time. The line is the "
         "rule's limit.",
     .unit = "percentunit",
     .targets = {{{"rate(pg_container_cpu_throttled_seconds_total{$server}[$__rate_interval])"}}},
     .rule = "cpu_throttled",
     .nothing = "The container has no CPU quota"},
});

inline constexpr auto kMemory = std::to_array<Panel>({
    {.title = "Memory of the limit",
     .description = "Working set of the container's memory limit. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets = {{{"max by (instance) (pg_container_memory_working_set_bytes{$server} / "
                   "pg_container_memory_limit_bytes{$server})"}}},
     .rule = "memory",
     .max = 1},
    {.title = "Memory used",
     .description =
         "Working set: what the kernel cannot easily take back, as the kubelet computes it. The limit is "
         "the host's where the container has none.",
     .unit = "bytes",
     .targets = {{{"pg_container_memory_working_set_bytes{$server}"},
                  {"max(pg_container_memory_limit_bytes{$server})", "limit", Look::reference}}}},
    {.title = "Killed for want of memory in ten minutes",
     .description =
         "Processes of the container that the kernel killed. A killed backend restarts the whole server. "
         "The line is the rule's limit.",
     .targets = {{{"increase(pg_container_oom_kills_total{$server}[10m])"}}},
     .rule = "oom_kill"},
});

inline constexpr auto kPressure = std::to_array<Panel>({
    {.title = "Waiting for the CPU",
     .description = "Share of the time in which a task of the container waited for a CPU (pressure stall "
                    "information).",
     .unit = "percentunit",
     .targets = {{{"rate(pg_container_pressure_waiting_seconds_total{$server, "
                   "resource=\"cpu\"}[$__rate_interval])"}}},
     .max = 1,
     .nothing = "No pressure stall information here"},
    {.title = "Waiting for memory",
     .description =
         "Share of the time in which a task of the container waited for memory. The lines are the rule's "
         "limits.",
     .unit = "percentunit",
     .targets = {{{"rate(pg_container_pressure_waiting_seconds_total{$server, "
                   "resource=\"memory\"}[$__rate_interval])"}}},
     .rule = "memory_pressure",
     .max = 1,
     .nothing = "No pressure stall information here"},
    {.title = "Waiting for the disk",
     .description = "Share of the time in which a task of the container waited for I/O.",
     .unit = "percentunit",
     .targets = {{{"rate(pg_container_pressure_waiting_seconds_total{$server, "
                   "resource=\"io\"}[$__rate_interval])"}}},
     .max = 1,
     .nothing = "No pressure stall information here"},
});

inline constexpr auto kDisk = std::to_array<Panel>({
    {.title = "File systems",
     .description = "The file systems of data, WAL, tablespaces and log.",
     .kind = Kind::table,
     .targets =
         {{{"max by (instance, role, mount) ((pg_mount_size_bytes{$server} - pg_mount_free_bytes{$server}) / "
            "(pg_mount_size_bytes{$server} - pg_mount_free_bytes{$server} + "
            "pg_mount_available_bytes{$server}))"},
           {"max by (instance, role, mount) (pg_mount_size_bytes{$server})"},
           {"max by (instance, role, mount) (pg_mount_available_bytes{$server})"},
           {"max by (instance, role, mount) (1 - pg_mount_files_free{$server} / (pg_mount_files{$server} > "
            "0))"},
           {"max by (instance, role, mount) (pg_mount_readonly{$server})"}}},
     .width = 24,
     .height = 6,
     .columns = {{{"instance", "Server", "", 200},
                  {"role", "For", "", 140},
                  {"mount", "Mounted at"},
                  {"A", "In use", "percentunit", 130, "disk"},
                  {"B", "Size", "bytes", 130},
                  {"C", "Available", "bytes", 130},
                  {"D", "Inodes in use", "percentunit", 140, "inodes"},
                  {.field = "E", .title = "State", .width = 130, .words = Words::writable}}}},
    {.title = "Space in use",
     .description = "Used, of used and available. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets = {{{"max by (instance, role) ((pg_mount_size_bytes{$server} - pg_mount_free_bytes{$server}) / "
                   "(pg_mount_size_bytes{$server} - pg_mount_free_bytes{$server} + "
                   "pg_mount_available_bytes{$server}))",
                   "{{instance}} {{role}}"}}},
     .rule = "disk",
     .max = 1},
    {.title = "Space in use in 24 hours",
     .description = "Use of the fuller of the data and the WAL volume, by the trend of six hours. The line "
                    "is the rule's "
                    "limit.",
     .unit = "percentunit",
     .targets =
         {{{"clamp(predict_linear(pgvigil_threshold_value{$server, rule=\"disk\"}[6h], 86400), 0, 2)"}}},
     .rule = "disk_forecast"},
    {.title = "Space available",
     .description = "What users other than root can still take.",
     .unit = "bytes",
     .targets = {{{"min by (instance, role) (pg_mount_available_bytes{$server})", "{{instance}} {{role}}"}}}},
    {.title = "Inodes in use",
     .description = "Of those of the file system. The lines are the rule's limits.",
     .unit = "percentunit",
     .targets =
         {{{"max by (instance, role) (1 - pg_mount_files_free{$server} / (pg_mount_files{$server} > 0))",
            "{{instance}} {{role}}"}}},
     .rule = "inodes",
     .width = 12,
     .max = 1},
    {.title = "Writable",
     .description = "Whether each file system can be written to, over time.",
     .kind = Kind::timeline,
     .targets = {{{"max by (instance, role) (pg_mount_readonly{$server})", "{{instance}} {{role}}"}}},
     .rule = "mount_readonly",
     .width = 12,
     .words = Words::writable},
});

inline constexpr auto kSource = std::to_array<Panel>({
    {.title = "Where these figures come from",
     .description =
         "Whether they are of the database's own container or of the whole host, and where they were read.",
     .kind = Kind::table,
     .targets = {{{"max by (instance, scope, source, cgroup_version) (pg_container_info{$server})"}}},
     .width = 24,
     .height = 5,
     .columns = {{{"instance", "Server"},
                  {"scope", "Of the"},
                  {"source", "Read from"},
                  {"cgroup_version", "Version of cgroup"}}}},
});

inline constexpr auto kRows = std::to_array<Row>({
    {"CPU", kCpu},
    {"Memory", kMemory},
    {"Pressure", kPressure},
    {"Disk", kDisk},
    {"Source", kSource},
});

}  // namespace container

inline constexpr Board kContainer = {
    .id = "container",
    .title = "PostgreSQL: Container and disk",
    .description = "CPU, memory and pressure of the database's container, and the file systems of its data.",
    .variables = {},
    .rows = container::kRows,
};

}  // namespace pgvigil::generate::boards
