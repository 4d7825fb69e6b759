#pragma once

#include "catalogue/spec.hpp"

/// Each publication of logical replication: how much it publishes, and what cannot be changed because of it.
/// pg_publication_tables would open each table.
namespace pgvigil::catalogue::publications {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"pubname"},
    {"all_tables", Use::gauge, "pg_publication_all_tables",
     "1 for a publication of all tables, present and future."},
    {"tables", Use::gauge, "pg_publication_tables",
     "Tables that are published: partitions are counted, not their partitioned tables."},
    {"unidentified", Use::gauge, "pg_publication_tables_without_replica_identity",
     "Published tables without a replica identity: their rows cannot be updated or deleted."},
});

inline constexpr std::string_view kOfTables = R"(
WITH RECURSIVE members AS (
  SELECT r.prpubid AS publication, r.prrelid AS relation FROM pg_catalog.pg_publication_rel r
)";
inline constexpr std::string_view kOfSchemas = R"(   UNION
  SELECT s.pnpubid, c.oid
    FROM pg_catalog.pg_publication_namespace s
    JOIN pg_catalog.pg_class c ON c.relnamespace = s.pnnspid
)";
inline constexpr std::string_view kCounted = R"(   UNION
  SELECT m.publication, h.inhrelid
    FROM members m
    JOIN pg_catalog.pg_inherits h ON h.inhparent = m.relation
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition
), tables AS (
  SELECT c.oid,
         c.relreplident = 'f'
         OR EXISTS (SELECT FROM pg_catalog.pg_index i
                     WHERE i.indrelid = c.oid
                       AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END) AS identified
    FROM pg_catalog.pg_class c
   WHERE c.oid >= 16384 AND c.relkind = 'r' AND c.relpersistence = 'p'
)
SELECT pg_catalog.current_database() AS datname, p.pubname, p.puballtables::int AS all_tables,
       pg_catalog.count(t.oid) AS tables,
       pg_catalog.count(t.oid) FILTER (WHERE NOT t.identified AND (p.pubupdate OR p.pubdelete)) AS unidentified
  FROM pg_catalog.pg_publication p
  LEFT JOIN tables t ON p.puballtables
                        OR (p.oid, t.oid) IN (SELECT m.publication, m.relation FROM members m)
 GROUP BY p.oid, p.pubname, p.puballtables
 ORDER BY p.pubname)";

inline constexpr auto kQueries = std::to_array<Query>({
    {13, kJoined<kOfTables, kCounted>},
    {15, kJoined<kOfTables, kOfSchemas, kCounted>},
});

inline constexpr CollectorSpec kSpec = {.name = "publications",
                                        .scope = model::Scope::database,
                                        .interval = seconds(300),
                                        .timeout = seconds(10),
                                        .max_rows = 100,
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::publications
