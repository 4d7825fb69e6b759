#pragma once

#include "catalogue/spec.hpp"

/// Who keeps vacuum from removing dead rows, and how far back. A session does it by its snapshot and by its
/// own transaction id; a VACUUM and we ourselves do not count. A standby without a slot does it by
/// hot_standby_feedback, through its walsender; with a slot, the slot does. A slot that is lost holds
/// nothing.
namespace pgvigil::catalogue::xmin_horizon {

inline constexpr auto kColumns = std::to_array<Column>({
    {"holder"},
    {"age", Use::gauge, "pg_xmin_horizon_age",
     "Age, in transactions, of the oldest one whose view of rows is kept for the holder; 0 if there is "
     "none."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT h.holder, greatest(0, max(x.age)) AS age
  FROM (VALUES ('session'), ('slot'), ('prepared'), ('standby')) h(holder)
  LEFT JOIN (SELECT CASE a.backend_type WHEN 'walsender' THEN 'standby' ELSE 'session' END AS holder,
                    greatest(pg_catalog.age(a.backend_xid), pg_catalog.age(a.backend_xmin)) AS age
               FROM pg_catalog.pg_stat_activity a
              WHERE a.pid <> pg_catalog.pg_backend_pid()
                AND a.pid NOT IN (SELECT v.pid FROM pg_catalog.pg_stat_progress_vacuum v)
              UNION ALL
             SELECT 'slot', greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin))
               FROM pg_catalog.pg_replication_slots s
              WHERE s.wal_status IS DISTINCT FROM 'lost'
              UNION ALL
             SELECT 'prepared', pg_catalog.age(p.transaction)
               FROM pg_catalog.pg_prepared_xacts p) x ON x.holder = h.holder
 GROUP BY h.holder
 ORDER BY age DESC, h.holder)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "xmin_horizon", .queries = kQueries, .columns = kColumns, .all_stats = true};

}  // namespace pgvigil::catalogue::xmin_horizon
