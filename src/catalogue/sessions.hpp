#pragma once

#include "catalogue/spec.hpp"

/// The one statement that all of what is told of sessions comes from: a row for each process of the server,
/// and one for each database without any. Nothing is grouped here: collect/session_fold.hpp does that, which
/// names the columns too, so the server reads its processes once a poll for all collectors together. Ages are
/// in seconds; only a query that is under way has one. `xmin_age` is how many transactions back a process
/// keeps vacuum from removing rows; a VACUUM does not. `slot_xmin_age` and `prepared_xid_age`, the same on
/// every row, say it of slots and of prepared transactions; a slot that is lost keeps nothing. `task` is the
/// query of an autovacuum worker alone: no other text is read.
namespace pgvigil::catalogue::sessions {

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datname, pg_catalog.pg_get_userbyid(s.usesysid) AS usename, s.application_name, s.backend_type, s.state,
       s.wait_event_type, s.wait_event, s.pid = pg_catalog.pg_backend_pid() AS own,
       extract(epoch FROM pg_catalog.now() - s.xact_start) AS xact_age,
       CASE s.state WHEN 'active' THEN extract(epoch FROM pg_catalog.now() - s.query_start) END AS query_age,
       extract(epoch FROM pg_catalog.now() - s.state_change) AS state_age,
       CASE WHEN s.pid NOT IN (SELECT v.pid FROM pg_catalog.pg_stat_get_progress_info('VACUUM') v)
            THEN greatest(pg_catalog.age(s.backend_xid), pg_catalog.age(s.backend_xmin)) END AS xmin_age,
       CASE s.backend_type WHEN 'autovacuum worker' THEN s.query END AS task,
       CASE s.backend_type WHEN 'autovacuum worker' THEN extract(epoch FROM s.xact_start) END AS task_start,
       (SELECT max(greatest(pg_catalog.age(r.xmin), pg_catalog.age(r.catalog_xmin)))
          FROM pg_catalog.pg_replication_slots r
         WHERE r.wal_status IS DISTINCT FROM 'lost') AS slot_xmin_age,
       (SELECT max(pg_catalog.age(p.transaction)) FROM pg_catalog.pg_prepared_xact() p) AS prepared_xid_age
  FROM pg_catalog.pg_database d
  FULL JOIN pg_catalog.pg_stat_get_activity(NULL) s ON s.datid = d.oid)"}});

/// A collector of what `fold` makes of it.
consteval CollectorSpec folded(std::string_view name, model::Fold fold, std::span<const Column> columns,
                               bool minimal = false) {
  CollectorSpec spec;
  spec.name = name;
  spec.fold = fold;
  spec.queries = kQueries;
  spec.columns = columns;
  spec.all_stats = true;
  spec.minimal = minimal;
  return spec;
}

}  // namespace pgvigil::catalogue::sessions
