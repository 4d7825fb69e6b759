#pragma once

#include "catalogue/spec.hpp"

/// Space on the file systems that hold the server's data, WAL, tablespaces and log: host/mounts.hpp.
namespace pgvigil::catalogue::mounts {

inline constexpr auto kColumns = std::to_array<Column>({
    {"mount"},
    {"role"},
    {"size_bytes", Use::gauge, "pg_mount_size_bytes", "Size of the file system."},
    {"available_bytes", Use::gauge, "pg_mount_available_bytes",
     "Space that users other than root can still take."},
    {"free_bytes", Use::gauge, "pg_mount_free_bytes", "Free space, what is reserved for root included."},
    {"files", Use::gauge, "pg_mount_files", "Inodes of the file system."},
    {"files_free", Use::gauge, "pg_mount_files_free", "Free inodes of the file system."},
    {"readonly", Use::gauge, "pg_mount_readonly",
     "1 where the file system, or the server's own mount of it, is read-only."},
});

inline constexpr CollectorSpec kSpec = {
    .name = "mounts", .source = model::Source::mounts, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::mounts
