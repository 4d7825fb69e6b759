#pragma once

#include <algorithm>
#include <array>
#include <string_view>

/// How pg_stat_statements is asked, by stat_statements and, for more counters, by stat_statements_detail.
///
/// Whatever can be left to us is not done by the server, where it costs most: no sums, no order, no join. Two
/// more branches of the statement give the names of roles and databases (collect/fold.hpp tells the rows
/// apart). NULL is 0: most counters of most entries are 0, and a NULL is neither written nor sent nor read.
/// Texts are not read (`false`): they lie in a file. Our own role's entries are left out. Times are in
/// milliseconds, as the extension has them.
namespace pgvigil::catalogue::statements_sql {

inline constexpr std::string_view kEntries = R"(
SELECT NULL::text AS name, p.userid, p.dbid, p.queryid, )";
inline constexpr std::string_view kFrom = R"(
  FROM @extschema@.pg_stat_statements(false) p
 WHERE p.userid <> (SELECT u.oid FROM pg_catalog.pg_roles u WHERE u.rolname = current_user)
 UNION ALL
SELECT r.rolname, r.oid, NULL, NULL, NULL)";
inline constexpr std::string_view kRoles = R"( FROM pg_catalog.pg_roles r
 UNION ALL
SELECT d.datname, NULL, d.oid, NULL, NULL)";
inline constexpr std::string_view kDatabases = " FROM pg_catalog.pg_database d";

/// How many counters a list has.
constexpr std::size_t count(std::string_view counters) {
  std::size_t found = 0;
  for (auto at = counters.find(" AS "); at != std::string_view::npos; at = counters.find(" AS ", at + 1))
    ++found;
  return found;
}

/// The whole statement for these lists of counters, with as many NULLs in the other branches.
template <const std::string_view& Nested, const std::string_view&... Counters>
struct Statement {
  static constexpr std::string_view kNull = ", NULL";
  static constexpr std::size_t kCounters = (count(Counters) + ...);
  static constexpr auto kCharacters = [] {
    std::array<char, kEntries.size() + Nested.size() + (Counters.size() + ...) + kFrom.size() +
                         kRoles.size() + kDatabases.size() + 2 * kCounters * kNull.size()>
        text{};
    auto end = text.begin();
    const auto add = [&end](std::string_view part) { end = std::copy(part.begin(), part.end(), end); };
    const auto add_nulls = [&add] {
      for (std::size_t i = 0; i < kCounters; ++i) add(kNull);
    };
    add(kEntries);
    add(Nested);
    (add(Counters), ...);
    add(kFrom);
    add_nulls();
    add(kRoles);
    add_nulls();
    add(kDatabases);
    return text;
  }();
  static constexpr std::string_view kText{kCharacters.data(), kCharacters.size()};
};

// Statements inside functions and at top level are entries of their own since 1.9.
inline constexpr std::string_view kNotNested = "NULL::boolean AS nested,";
inline constexpr std::string_view kNested = "nullif(NOT p.toplevel, false) AS nested,";

inline constexpr std::string_view kExecution104 = R"(
       p.calls AS calls, p.total_time AS milliseconds,
       nullif(p.blk_read_time, 0) AS block_read_milliseconds,
       nullif(p.blk_write_time, 0) AS block_write_milliseconds,)";
inline constexpr std::string_view kExecution108 = R"(
       p.calls AS calls, p.total_exec_time AS milliseconds,
       nullif(p.blk_read_time, 0) AS block_read_milliseconds,
       nullif(p.blk_write_time, 0) AS block_write_milliseconds,)";
// Of shared and local blocks together, which 1.11 (PostgreSQL 17) tells apart.
inline constexpr std::string_view kExecution111 = R"(
       p.calls AS calls, p.total_exec_time AS milliseconds,
       nullif(p.shared_blk_read_time + p.local_blk_read_time, 0) AS block_read_milliseconds,
       nullif(p.shared_blk_write_time + p.local_blk_write_time, 0) AS block_write_milliseconds,)";
inline constexpr std::string_view kBlocks = R"(
       nullif(p.rows, 0) AS rows,
       nullif(p.shared_blks_hit, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS shared_hit_bytes,
       nullif(p.shared_blks_read, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS shared_read_bytes,
       nullif(p.temp_blks_written, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS temp_written_bytes)";
inline constexpr std::string_view kPlanning108 = R"(,
       nullif(p.total_plan_time, 0) AS plan_milliseconds, nullif(p.wal_bytes, 0) AS wal_bytes)";

inline constexpr std::string_view kMore108 = R"(,
       nullif(p.plans, 0) AS plans, nullif(p.wal_records, 0) AS wal_records,
       nullif(p.wal_fpi, 0) AS wal_full_page_images,
       nullif(p.shared_blks_dirtied, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS shared_dirtied_bytes,
       nullif(p.shared_blks_written, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS shared_written_bytes,
       nullif(p.local_blks_hit, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS local_hit_bytes,
       nullif(p.local_blks_read, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS local_read_bytes,
       nullif(p.local_blks_dirtied, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS local_dirtied_bytes,
       nullif(p.local_blks_written, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS local_written_bytes,
       nullif(p.temp_blks_read, 0) * (SELECT pg_catalog.current_setting('block_size')::bigint) AS temp_read_bytes)";
inline constexpr std::string_view kMore109 = R"(,
       CASE WHEN NOT p.toplevel THEN p.calls END AS nested_calls,
       CASE WHEN NOT p.toplevel THEN p.total_exec_time END AS nested_milliseconds)";
inline constexpr std::string_view kMore110 = R"(,
       nullif(p.temp_blk_read_time, 0) AS temp_block_read_milliseconds,
       nullif(p.temp_blk_write_time, 0) AS temp_block_write_milliseconds,
       nullif(p.jit_functions, 0) AS jit_functions,
       nullif(p.jit_generation_time, 0) AS jit_generation_milliseconds,
       nullif(p.jit_inlining_time, 0) AS jit_inlining_milliseconds,
       nullif(p.jit_optimization_time, 0) AS jit_optimization_milliseconds,
       nullif(p.jit_emission_time, 0) AS jit_emission_milliseconds)";
inline constexpr std::string_view kMore111 = R"(,
       nullif(p.jit_deform_time, 0) AS jit_deform_milliseconds)";
inline constexpr std::string_view kMore112 = R"(,
       nullif(p.wal_buffers_full, 0) AS wal_buffers_full,
       nullif(p.parallel_workers_to_launch, 0) AS parallel_workers_to_launch,
       nullif(p.parallel_workers_launched, 0) AS parallel_workers_launched)";

}  // namespace pgvigil::catalogue::statements_sql
