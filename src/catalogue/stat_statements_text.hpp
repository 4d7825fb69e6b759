#pragma once

#include "catalogue/spec.hpp"

/// The texts of the statements that stat_statements has series for, off unless asked for. All texts lie in
/// one file, which is read whole for one; so collect/statement_texts.hpp remembers texts, and asks ($1; an
/// empty array: all) when the top has a statement that it does not know. A utility statement can hold a
/// password, so only a text that begins with one of six keywords is let through, after white space, comments
/// and opening parentheses. The pattern must not take for a comment what the server does not: a `--` comment
/// ends at a carriage return, too, and a comment within a comment is not understood, so that such a text is
/// left out. Only the first 4,000 characters are looked at. In a database without encoding (SQL_ASCII) a cut
/// could split a character: other than ASCII is `?` there. postgres_exporter types this counter; a constant 1
/// is a gauge.
namespace pgvigil::catalogue::stat_statements_text {

inline constexpr auto kColumns = std::to_array<Column>({
    {"queryid"},
    {"query"},
    {"present", Use::gauge, "pg_stat_statements_query_id",
     "Always 1: the beginning of the statement's text."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {104, R"(
SELECT t.queryid, pg_catalog.min(t.query) AS query, 1 AS present
  FROM (SELECT s.queryid,
               CASE WHEN s.query ~* '^(\s|[(]|--[^\n\r]*[\n\r]|/[*]([^*/]|[*](?!/)|/(?![*]))*[*]/)*'
                                     '(select|insert|update|delete|merge|with)\M' THEN
                 pg_catalog.left(pg_catalog.regexp_replace(
                   CASE WHEN pg_catalog.getdatabaseencoding() = 'SQL_ASCII'
                        THEN pg_catalog.regexp_replace(s.query, '[^\t\n\r -~]', '?', 'g') ELSE s.query END,
                   '^(\s|--[^\n\r]*[\n\r]|/[*]([^*/]|[*](?!/)|/(?![*]))*[*]/)+', ''), 120) END AS query
          FROM (SELECT p.queryid, pg_catalog.left(p.query, 4000) AS query
                  FROM @extschema@.pg_stat_statements(true) p
                 WHERE p.queryid = ANY ($1::bigint[]) OR $1::bigint[] = '{}') s) t
 GROUP BY t.queryid)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_statements_text",
                                        .extension = "pg_stat_statements",
                                        .interval = seconds(60),
                                        .fold = model::Fold::statement_texts,
                                        .queries = kQueries,
                                        .columns = kColumns,
                                        .all_stats = true,
                                        .enabled = false};

}  // namespace pgvigil::catalogue::stat_statements_text
