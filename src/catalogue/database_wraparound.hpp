#pragma once

#include "catalogue/spec.hpp"

/// How far each database is from transaction id wraparound, in transactions. postgres_exporter calls the same
/// numbers _seconds, which they are not, and only when asked to: those names are not kept. Databases that
/// accept no connection are included: their age grows like the others'.
namespace pgvigil::catalogue::database_wraparound {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"age_datfrozenxid", Use::gauge, "pg_database_wraparound_age_datfrozenxid",
     "Age, in transactions, of the oldest transaction id that is not frozen."},
    {"age_datminmxid", Use::gauge, "pg_database_wraparound_age_datminmxid",
     "Age, in multixacts, of the oldest multixact id that is not frozen."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT d.datname,
       pg_catalog.age(d.datfrozenxid) AS age_datfrozenxid,
       pg_catalog.mxid_age(d.datminmxid) AS age_datminmxid
  FROM pg_catalog.pg_database d
 ORDER BY age_datfrozenxid DESC, d.datname)"}});

inline constexpr CollectorSpec kSpec = {
    .name = "database_wraparound", .interval = seconds(60), .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::database_wraparound
