#pragma once

#include "catalogue/spec.hpp"

/// How many tables of each subscription are in which state of their first copy, every state with its figure.
/// 13 does not let everybody read a subscription's oid: there one that has no table is missing.
namespace pgvigil::catalogue::subscription_tables {

inline constexpr auto kColumns = std::to_array<Column>({
    {"datname"},
    {"subname"},
    {"state"},
    {"tables", Use::gauge, "pg_subscription_tables",
     "Tables of the subscription in this state: init, copy, finished (copied), synchronized, ready (in step "
     "with "
     "the others)."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT s.subname, t.state, pg_catalog.count(r.srrelid) AS tables
  FROM (SELECT DISTINCT w.subid, w.subname FROM pg_catalog.pg_stat_subscription w
         WHERE w.subid IN (SELECT o.srsubid FROM pg_catalog.pg_subscription_rel o)) s
 CROSS JOIN (VALUES ('i', 'init'), ('d', 'copy'), ('f', 'finished'), ('s', 'synchronized'),
                    ('r', 'ready')) t(code, state)
  LEFT JOIN pg_catalog.pg_subscription_rel r ON r.srsubid = s.subid AND r.srsubstate = t.code::"char"
 GROUP BY 1, 2
 ORDER BY 1, 2)"},
    {14, R"(
SELECT s.subname, t.state, pg_catalog.count(r.srrelid) AS tables
  FROM pg_catalog.pg_subscription s
 CROSS JOIN (VALUES ('i', 'init'), ('d', 'copy'), ('f', 'finished'), ('s', 'synchronized'),
                    ('r', 'ready')) t(code, state)
  LEFT JOIN pg_catalog.pg_subscription_rel r ON r.srsubid = s.oid AND r.srsubstate = t.code::"char"
 WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
 GROUP BY 1, 2
 ORDER BY 1, 2)"},
});

inline constexpr CollectorSpec kSpec = {.name = "subscription_tables",
                                        .scope = Scope::database,
                                        .interval = seconds(60),
                                        .queries = kQueries,
                                        .columns = kColumns};

}  // namespace pgvigil::catalogue::subscription_tables
