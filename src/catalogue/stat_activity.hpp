#pragma once

#include "catalogue/spec.hpp"

/// Sessions by what they are and do, our own among them: they take up connections too. Every state is there
/// for every database, at 0 where nobody is in it. Processes that belong to no database are not sessions.
namespace pgvigil::catalogue::stat_activity {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"state"},
    {"usename"},
    {"application_name"},
    {"backend_type"},
    {"wait_event_type"},
    {"wait_event"},
    {"count", Use::gauge, "pg_stat_activity_count", "Sessions in this state.", 1, kEndsInCount},
    {"max_tx_duration", Use::gauge, "pg_stat_activity_max_tx_duration",
     "Age in seconds of their oldest open transaction, 0 if there is none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT datname, state, seen.usename, seen.application_name, seen.backend_type, seen.wait_event_type, seen.wait_event,
       coalesce(seen.count, 0) AS count, coalesce(seen.max_tx_duration, 0) AS max_tx_duration
  FROM (SELECT d.datname, s.state
          FROM pg_catalog.pg_database d
         CROSS JOIN (VALUES ('active'), ('idle'), ('idle in transaction'), ('idle in transaction (aborted)'),
                            ('fastpath function call'), ('disabled')) s(state)) possible
  FULL JOIN (SELECT a.datname, a.state, a.usename, coalesce(a.application_name, '') AS application_name,
                    a.backend_type, a.wait_event_type, a.wait_event, pg_catalog.count(*) AS count,
                    greatest(0, max(extract(epoch FROM pg_catalog.now() - a.xact_start))) AS max_tx_duration
               FROM pg_catalog.pg_stat_activity a
              WHERE a.datname IS NOT NULL AND a.state IS NOT NULL
              GROUP BY 1, 2, 3, 4, 5, 6, 7) seen USING (datname, state)
 ORDER BY count DESC, max_tx_duration DESC, datname, state)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "stat_activity", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::stat_activity
