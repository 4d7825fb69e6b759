#pragma once

#include "catalogue/spec.hpp"

/// The small caches of PostgreSQL's own bookkeeping (transaction states, subtransactions, multixacts, ...),
/// which are a bottleneck before anything else shows it. They have the names of 17 on every version.
namespace pgvigil::catalogue::stat_slru {

inline constexpr auto kColumns = std::to_array<Column>({
    {"slru"},
    {"blks_zeroed", Use::counter, "pg_stat_slru_blocks_zeroed_total", "Blocks filled with zeros when begun."},
    {"blks_hit", Use::counter, "pg_stat_slru_blocks_hit_total", "Blocks found in the cache."},
    {"blks_read", Use::counter, "pg_stat_slru_blocks_read_total", "Blocks read from disk."},
    {"blks_written", Use::counter, "pg_stat_slru_blocks_written_total", "Blocks written to disk."},
    {"blks_exists", Use::counter, "pg_stat_slru_blocks_exists_total", "Blocks whose existence was checked."},
    {"flushes", Use::counter, "pg_stat_slru_flushes_total", "Times that all dirty blocks were written out."},
    {"truncates", Use::counter, "pg_stat_slru_truncates_total", "Times that old blocks were removed."},
});

inline constexpr auto kQueries = std::to_array<Query>({
    {13, R"(
SELECT CASE s.name WHEN 'CommitTs' THEN 'commit_timestamp' WHEN 'MultiXactMember' THEN 'multixact_member'
                   WHEN 'MultiXactOffset' THEN 'multixact_offset' WHEN 'Notify' THEN 'notify'
                   WHEN 'Serial' THEN 'serializable' WHEN 'Subtrans' THEN 'subtransaction'
                   WHEN 'Xact' THEN 'transaction' ELSE s.name END AS slru,
       s.blks_zeroed, s.blks_hit, s.blks_read, s.blks_written, s.blks_exists, s.flushes, s.truncates
  FROM pg_catalog.pg_stat_slru s)"},
    {17, R"(
SELECT s.name AS slru,
       s.blks_zeroed, s.blks_hit, s.blks_read, s.blks_written, s.blks_exists, s.flushes, s.truncates
  FROM pg_catalog.pg_stat_slru s)"},
});

inline constexpr CollectorSpec kSpec = {.name = "stat_slru", .queries = kQueries, .columns = kColumns};

}  // namespace pgvigil::catalogue::stat_slru
