#pragma once

#include "catalogue/spec.hpp"

/// Settings that are words, of which `settings` has nothing: those that decide about safety, WAL, replication
/// and I/O, as far as the version knows them. None of them is one that only some roles may see.
namespace pgvigil::catalogue::setting_info {

inline constexpr auto kColumns = std::to_array<Column>({
    {"name"},
    {"setting"},
    {"info", Use::gauge, "pg_setting_info", "Always 1: the value of a setting that is a word."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT s.name, s.setting, 1 AS info
  FROM (SELECT n.name, pg_catalog.current_setting(n.name, true) AS setting
          FROM (VALUES ('archive_mode'), ('huge_pages'), ('huge_pages_status'), ('io_method'), ('log_statement'),
                       ('password_encryption'), ('recovery_prefetch'), ('recovery_target_action'),
                       ('synchronous_commit'), ('track_functions'), ('wal_compression'), ('wal_level'),
                       ('wal_sync_method')) n(name)) s
 WHERE s.setting IS NOT NULL)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "setting_info", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::setting_info
