#include <array>
#include <charconv>

#include "pg/connection.hpp"

namespace pgvigil::pg {
namespace {

/// A function of somebody who is no superuser is not called: it would run with our rights.
constexpr std::string_view kServer = R"(
SELECT pg_catalog.current_setting('server_version_num') AS version_num,
       pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version,
       pg_catalog.pg_is_in_recovery()::int AS in_recovery,
       pg_catalog.current_database() AS database,
       current_user AS role,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')::int AS reads_all_stats,
       (pg_catalog.pg_has_role('pg_read_server_files', 'USAGE')
        AND pg_catalog.has_function_privilege('pg_catalog.pg_read_file(text,bigint,bigint,boolean)',
                                                    'EXECUTE'))::int AS reads_files,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          JOIN pg_catalog.pg_roles o ON o.oid = p.proowner
         WHERE n.nspname = 'audit' AND p.proname = 'server_stopping' AND p.pronargs = 0 AND o.rolsuper
           AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) AS stopping_function,
       pg_catalog.pg_backend_pid() AS backend_pid,
       (SELECT extract(epoch FROM a.backend_start)
          FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a) AS backend_start,
       extract(epoch FROM pg_catalog.pg_postmaster_start_time()) AS server_start,
       CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE')
            THEN pg_catalog.current_setting('data_directory') END AS data_directory)";

constexpr std::string_view kExtensions = R"(
SELECT e.extname, e.extversion, pg_catalog.quote_ident(n.nspname)
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace)";

constexpr std::string_view kDatabases = R"(
SELECT d.datname, d.datistemplate::int
  FROM pg_catalog.pg_database d
 WHERE d.datallowconn AND d.datconnlimit <> -2 AND pg_catalog.has_database_privilege(d.oid, 'CONNECT')
 ORDER BY 1)";

template <typename Number>
Number to(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

base::WallTime to_time(std::string_view seconds) {
  return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
      std::chrono::duration<double>(to<double>(seconds))));
}

/// "1.8" is 108, "1.10" is 110.
int extension_version(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  return to<int>(text.substr(0, dot)) * 100 + to<int>(text.substr(std::min(dot + 1, text.size())));
}

void read_server(const base::Cells& cells, ServerFacts& facts) {
  const auto cell = [&cells](std::size_t column) { return cells.at(0, column).value_or(""); };
  facts.version_num = to<int>(cell(0));
  facts.version = cell(1);
  facts.in_recovery = cell(2) == "1";
  facts.database = cell(3);
  facts.role = cell(4);
  facts.reads_all_stats = cell(5) == "1";
  facts.reads_files = cell(6) == "1";
  facts.stopping_function = cell(7) != "0";
  facts.backend_pid = to<int>(cell(8));
  facts.backend_start = to_time(cell(9));
  facts.server_start = to_time(cell(10));
  facts.data_directory = cell(11);
}

}  // namespace

const Extension* ServerFacts::extension(std::string_view wanted) const {
  for (const Extension& extension : extensions)
    if (extension.name == wanted) return &extension;
  return nullptr;
}

base::Result<void> Connection::look(base::SteadyTime deadline) {
  if (console_) return look_at_console(deadline);
  const std::array<Statement, 3> statements = {
      {{"look_server", kServer}, {"look_extensions", kExtensions}, {"look_databases", kDatabases}}};
  ServerFacts facts;
  facts.pooled = pooled_;
  base::Result<void> first_error;
  auto ran = run(statements, deadline, [&](std::size_t index, base::Result<Rows> rows, base::Millis) {
    if (!rows) {
      if (first_error) first_error = base::within("looking at the server", rows.error());
      return;
    }
    const base::Cells& cells = rows->cells;
    if (index == 0 && cells.rows() == 1) read_server(cells, facts);
    for (std::size_t r = 0; index == 1 && r < cells.rows(); ++r)
      facts.extensions.push_back(
          {std::string(*cells.at(r, 0)), extension_version(*cells.at(r, 1)), std::string(*cells.at(r, 2))});
    for (std::size_t r = 0; index == 2 && r < cells.rows(); ++r)
      facts.databases.push_back({std::string(*cells.at(r, 0)), cells.at(r, 1) == "1"});
  });
  if (!ran) return ran;
  if (!first_error) return first_error;
  facts_ = std::move(facts);
  return {};
}

}  // namespace pgvigil::pg
