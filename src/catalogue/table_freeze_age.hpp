#pragma once

#include "catalogue/spec.hpp"

/// Which tables keep a database from being frozen: the 20 oldest of those past half of
/// autovacuum_freeze_max_age or autovacuum_multixact_freeze_max_age, the system's own included. Another
/// session's temporary table is one that no vacuum but its owner's freezes. database_wraparound has the
/// database's age.
namespace pgvigil::catalogue::table_freeze_age {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"schemaname"},
    {"relname"},
    {"xid_age", Use::gauge, "pg_table_freeze_age_transactions",
     "Transactions since the oldest that may be unfrozen in the table or its TOAST table."},
    {"mxid_age", Use::gauge, "pg_table_freeze_age_multixacts",
     "Multixacts since the oldest that may be unfrozen in the table or its TOAST table."},
});

inline constexpr auto kQueries = std::to_array<Query>({{13, R"(
SELECT pg_catalog.current_database() AS datname, n.nspname AS schemaname, a.relname, a.xid_age, a.mxid_age
  FROM (SELECT c.relnamespace, c.relname, greatest(pg_catalog.age(c.relfrozenxid), pg_catalog.age(t.relfrozenxid)) AS xid_age,
               greatest(pg_catalog.mxid_age(c.relminmxid), pg_catalog.mxid_age(t.relminmxid)) AS mxid_age
          FROM pg_catalog.pg_class c
          LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
         WHERE c.relkind IN ('r', 'm')) a
  JOIN pg_catalog.pg_namespace n ON n.oid = a.relnamespace
 WHERE a.xid_age > pg_catalog.current_setting('autovacuum_freeze_max_age')::int / 2
    OR a.mxid_age > pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::int / 2
 ORDER BY greatest(a.xid_age, a.mxid_age) DESC, n.nspname, a.relname
 LIMIT 20)"}});

inline constexpr CollectorSpec kSpec = {.name = "table_freeze_age",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .max_rows = 20,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::table_freeze_age
