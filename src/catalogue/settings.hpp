#pragma once

#include "catalogue/spec.hpp"

/// Every boolean and numeric setting, a family each, named and converted as postgres_exporter does: `.` and
/// `-` become `_`; ms, s, min, h, d become seconds, B to TB (8kB: blocks) bytes; -1 mostly means "off" and
/// stays -1. What our own session has SET (time limits, read-only, keepalives) says nothing about the server:
/// for that, what RESET would give. Where a managed server puts other text into a numeric setting, what it
/// begins with counts, or nothing. A setting whose unit is unknown is left out; of two settings with one
/// name, the first is kept.
namespace pgvigil::catalogue::settings {

inline constexpr auto kColumns = std::to_array<Column>({
    {"name"},
    {"help"},
    {"value", Use::family, "pg_settings_"},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT DISTINCT ON (1)
       pg_catalog.regexp_replace(pg_catalog.lower(s.name), '[^a-z0-9_]', '_', 'g')
         || coalesce('_' || u.base, '') AS name,
       'Server Parameter: ' || s.name || coalesce(' [Units converted to ' || u.base || '.]', '') AS help,
       CASE WHEN s.vartype = 'bool' THEN (s.setting = 'on')::int
            WHEN s.number = -1 OR u.base IS NULL THEN s.number
            ELSE pg_catalog.trim_scale(s.number * s.multiple * u.factor) END AS value
  FROM (SELECT p.name, p.vartype, p.setting, p.unit,
               CASE WHEN p.vartype <> 'bool'
                    THEN pg_catalog.substring(p.setting, '^-?[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?')::numeric
                    END AS number,
               coalesce(pg_catalog.substring(p.unit, '^[0-9]+')::numeric, 1) AS multiple
          FROM (SELECT g.name, g.vartype, g.unit,
                       CASE WHEN g.source = 'session'
                                 OR g.name = 'transaction_read_only' AND NOT pg_catalog.pg_is_in_recovery()
                            THEN g.reset_val ELSE g.setting END AS setting
                  FROM pg_catalog.pg_settings g
                 WHERE g.vartype IN ('bool', 'integer', 'real')) p) s
  LEFT JOIN (VALUES ('ms', 'seconds', 0.001), ('s', 'seconds', 1), ('min', 'seconds', 60), ('h', 'seconds', 3600),
                    ('d', 'seconds', 86400), ('B', 'bytes', 1), ('kB', 'bytes', 1024), ('MB', 'bytes', 1048576),
                    ('GB', 'bytes', 1073741824), ('TB', 'bytes', 1099511627776)) u(unit, base, factor)
    ON u.unit = pg_catalog.regexp_replace(s.unit, '^[0-9]+', '')
 WHERE s.unit IS NULL OR u.unit IS NOT NULL
 ORDER BY 1, s.name)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "settings", .interval = seconds(60), .queries = kQueries, .columns = kColumns, .minimal = true};

}  // namespace pgvigil::catalogue::settings
