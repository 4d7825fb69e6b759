#pragma once

#include "catalogue/spec.hpp"

/// How far each database is from transaction id wraparound, in transactions. postgres_exporter calls the same
/// numbers _seconds, which they are not: kept, with the right ones beside them. Databases that accept no
/// connection are included: their age grows like the others'. Of the way to the emergency vacuum, 1 is passed
/// on every healthy server for a while; of the way to wraparound the server stops just before 1.
namespace pgvigil::catalogue::database_wraparound {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"age_datfrozenxid", Use::gauge, "pg_database_wraparound_age_datfrozenxid",
     "Age, in transactions, of the oldest transaction id that is not frozen."},
    {"age_datminmxid", Use::gauge, "pg_database_wraparound_age_datminmxid",
     "Age, in multixacts, of the oldest multixact id that is not frozen."},
    {"age_datfrozenxid_seconds", Use::gauge, "pg_database_wraparound_age_datfrozenxid_seconds",
     "The same as pg_database_wraparound_age_datfrozenxid: transactions, not seconds."},
    {"age_datminmxid_seconds", Use::gauge, "pg_database_wraparound_age_datminmxid_seconds",
     "The same as pg_database_wraparound_age_datminmxid: multixacts, not seconds."},
    {"xid_ratio", Use::gauge, "pg_database_wraparound_xid_ratio",
     "Share of the way to wraparound of transaction ids (2^31) that is used up."},
    {"mxid_ratio", Use::gauge, "pg_database_wraparound_mxid_ratio",
     "Share of the way to wraparound of multixact ids (2^31) that is used up."},
    {"xid_freeze_ratio", Use::gauge, "pg_database_wraparound_xid_freeze_ratio",
     "Age of the oldest transaction id as a share of autovacuum_freeze_max_age."},
    {"mxid_freeze_ratio", Use::gauge, "pg_database_wraparound_mxid_freeze_ratio",
     "Age of the oldest multixact id as a share of autovacuum_multixact_freeze_max_age."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT a.datname, a.xid_age AS age_datfrozenxid, a.mxid_age AS age_datminmxid,
       a.xid_age AS age_datfrozenxid_seconds, a.mxid_age AS age_datminmxid_seconds,
       a.xid_age / 2147483648.0::double precision AS xid_ratio,
       a.mxid_age / 2147483648.0::double precision AS mxid_ratio,
       a.xid_age / pg_catalog.current_setting('autovacuum_freeze_max_age')::double precision AS xid_freeze_ratio,
       a.mxid_age / pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::double precision
         AS mxid_freeze_ratio
  FROM (SELECT d.datname, pg_catalog.age(d.datfrozenxid) AS xid_age, pg_catalog.mxid_age(d.datminmxid) AS mxid_age
          FROM pg_catalog.pg_database d) a
 ORDER BY xid_age DESC, a.datname)"}});

inline constexpr CollectorSpec kSpec = {.name = "database_wraparound",
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .minimal = true};

}  // namespace pgvigil::catalogue::database_wraparound
