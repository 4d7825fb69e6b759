#pragma once

#include "catalogue/spec.hpp"

/// Who waits for whose lock. pg_blocking_pids() stops the whole lock manager while it looks, so it is called
/// only for sessions that wait for a heavyweight lock, the 200 that have waited longest at most: of a longer
/// queue the figures about root blockers tell only what those 200 show. Unless somebody waits nothing is read
/// but what each process waits for: neither pg_locks nor the sessions. A parallel worker counts as its
/// leader, which is whom pg_blocking_pids() names. Prepared transactions have no pid: together they are one
/// root blocker, as old as the oldest. Sessions that wait for each other in a circle, until the server finds
/// the deadlock, are blocked and have no root. A root that is in no transaction (a session's advisory lock)
/// has age 0. 13 does not tell since when a lock is awaited: there, since when its session works.
namespace pgvigil::catalogue::blocking {

inline constexpr auto kColumns = std::to_array<Column>({
    {"blocked", Use::gauge, "pg_blocking_blocked_sessions",
     "Sessions that wait for a lock which another session holds or waits for."},
    {"roots", Use::gauge, "pg_blocking_root_blockers",
     "Sessions that block others and wait for no lock themselves."},
    {"longest_wait", Use::gauge, "pg_blocking_longest_wait_seconds",
     "How long the longest wait for a lock has lasted."},
    {"worst_blocked", Use::gauge, "pg_blocking_worst_root_blocked_sessions",
     "The most sessions that stand behind one root blocker, directly or not."},
    {"worst_age", Use::gauge, "pg_blocking_worst_root_age_seconds",
     "Age of the transaction of the root blocker that blocks most."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
WITH RECURSIVE sessions AS MATERIALIZED (
  SELECT a.pid, CASE a.backend_type WHEN 'parallel worker' THEN coalesce(a.leader_pid, a.pid) ELSE a.pid END AS session,
         a.xact_start, a.wait_event_type = 'Lock' AS waits, coalesce(a.state_change, a.query_start) AS since
    FROM pg_catalog.pg_stat_get_activity(NULL) a
   WHERE EXISTS (SELECT FROM pg_catalog.pg_stat_get_backend_idset() b
                  WHERE pg_catalog.pg_stat_get_backend_wait_event_type(b) = 'Lock')
), waiting AS MATERIALIZED (
  SELECT pid, session, since FROM sessions WHERE waits
), edges AS MATERIALIZED (
  SELECT w.session AS blocked, b.pid AS blocker
    FROM (SELECT pid, session FROM waiting ORDER BY since LIMIT 200) w
   CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b(pid)
), behind AS (
  SELECT e.blocker AS root, e.blocked FROM edges e WHERE e.blocker NOT IN (SELECT session FROM waiting)
   UNION
  SELECT b.root, e.blocked FROM behind b JOIN edges e ON e.blocker = b.blocked
), roots AS MATERIALIZED (
  SELECT b.root, pg_catalog.count(*) AS blocked,
         extract(epoch FROM pg_catalog.clock_timestamp()
           - CASE b.root WHEN 0 THEN (SELECT min(p.prepared) FROM pg_catalog.pg_prepared_xacts p)
                         ELSE (SELECT s.xact_start FROM sessions s WHERE s.pid = b.root) END) AS age
    FROM behind b
   GROUP BY b.root
), worst AS (
  SELECT blocked, age FROM roots ORDER BY blocked DESC, age DESC NULLS LAST LIMIT 1
)
SELECT (SELECT pg_catalog.count(DISTINCT session) FROM waiting) AS blocked,
       (SELECT pg_catalog.count(*) FROM roots) AS roots,
       (SELECT greatest(0, max(extract(epoch FROM pg_catalog.clock_timestamp() - since))) FROM waiting) AS longest_wait,
       coalesce((SELECT blocked FROM worst), 0) AS worst_blocked,
       greatest(0, (SELECT age FROM worst)) AS worst_age)"},
    {14, R"(
WITH RECURSIVE sessions AS MATERIALIZED (
  SELECT a.pid, CASE a.backend_type WHEN 'parallel worker' THEN coalesce(a.leader_pid, a.pid) ELSE a.pid END AS session,
         a.xact_start, a.wait_event_type = 'Lock' AS waits
    FROM pg_catalog.pg_stat_get_activity(NULL) a
   WHERE EXISTS (SELECT FROM pg_catalog.pg_stat_get_backend_idset() b
                  WHERE pg_catalog.pg_stat_get_backend_wait_event_type(b) = 'Lock')
), awaited AS MATERIALIZED (
  SELECT l.pid, min(l.waitstart) AS since
    FROM pg_catalog.pg_locks l
   WHERE NOT l.granted AND EXISTS (SELECT FROM sessions WHERE waits)
   GROUP BY l.pid
), waiting AS MATERIALIZED (
  SELECT s.pid, s.session, a.since FROM sessions s LEFT JOIN awaited a ON a.pid = s.pid WHERE s.waits
), edges AS MATERIALIZED (
  SELECT w.session AS blocked, b.pid AS blocker
    FROM (SELECT pid, session FROM waiting ORDER BY since LIMIT 200) w
   CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) b(pid)
), behind AS (
  SELECT e.blocker AS root, e.blocked FROM edges e WHERE e.blocker NOT IN (SELECT session FROM waiting)
   UNION
  SELECT b.root, e.blocked FROM behind b JOIN edges e ON e.blocker = b.blocked
), roots AS MATERIALIZED (
  SELECT b.root, pg_catalog.count(*) AS blocked,
         extract(epoch FROM pg_catalog.clock_timestamp()
           - CASE b.root WHEN 0 THEN (SELECT min(p.prepared) FROM pg_catalog.pg_prepared_xacts p)
                         ELSE (SELECT s.xact_start FROM sessions s WHERE s.pid = b.root) END) AS age
    FROM behind b
   GROUP BY b.root
), worst AS (
  SELECT blocked, age FROM roots ORDER BY blocked DESC, age DESC NULLS LAST LIMIT 1
)
SELECT (SELECT pg_catalog.count(DISTINCT session) FROM waiting) AS blocked,
       (SELECT pg_catalog.count(*) FROM roots) AS roots,
       (SELECT greatest(0, max(extract(epoch FROM pg_catalog.clock_timestamp() - since))) FROM waiting) AS longest_wait,
       coalesce((SELECT blocked FROM worst), 0) AS worst_blocked,
       greatest(0, (SELECT age FROM worst)) AS worst_age)"},
});

inline constexpr CollectorSpec kSpec = {
    .name = "blocking", .queries = kQueries, .columns = kColumns, .all_stats = true, .minimal = true};

}  // namespace pgvigil::catalogue::blocking
