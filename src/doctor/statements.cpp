#include <fmt/format.h>

#include <cmath>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

constexpr std::string_view kName = "pg_stat_statements";

/// Its settings exist only where the library was loaded at the server's start.
bool loaded(const Examination& e) { return e.settings.contains("pg_stat_statements.max"); }

/// The libraries that are loaded already, and this one behind them, each a literal.
std::string with_it(std::string_view libraries) {
  std::string list;
  while (!libraries.empty()) {
    const auto end = std::min(libraries.find(','), libraries.size());
    std::string name(base::trim(libraries.substr(0, end)));
    std::erase(name, '"');
    if (!name.empty()) list += literal(name) + ", ";
    libraries.remove_prefix(std::min(end + 1, libraries.size()));
  }
  return list + literal(kName);
}

}  // namespace

Verdicts preload(const Examination& e) {
  if (loaded(e)) return {ok("pg_stat_statements is in shared_preload_libraries")};
  const std::string lost = "pg_stat_statements is not loaded: no response times, no statements";
  if (e.statements.available.empty())
    return {missing(lost + ", and its files are not on the server",
                    {.shell = fmt::format("apt-get install postgresql-{}", e.facts.version_num / 10000)})};
  if (!e.settings.contains("shared_preload_libraries"))
    return {missing(lost + "; once the role may see shared_preload_libraries, doctor says how to add it")};
  return {missing(lost, {.sql = alter_system("shared_preload_libraries",
                                             with_it(e.setting("shared_preload_libraries")), true)})};
}

Verdicts extension(const Examination& e) {
  const std::string database = base::one_line(e.facts.database);
  if (e.statements.available.empty()) return {};  // preload() says so
  if (e.statements.installed.empty())
    return {missing(
        fmt::format("pg_stat_statements is not created in database {}: no response times, no statements",
                    database),
        {.sql = "CREATE EXTENSION pg_stat_statements;", .database = e.facts.database})};
  if (e.statements.installed != e.statements.available)
    return {warning(fmt::format("pg_stat_statements in database {} is {}, the server has {}", database,
                                e.statements.installed, e.statements.available),
                    {.sql = "ALTER EXTENSION pg_stat_statements UPDATE;", .database = e.facts.database})};
  return {ok(fmt::format("pg_stat_statements {} in database {}", e.statements.installed, database))};
}

Verdicts query_ids(const Examination& e) {
  const auto setting = e.setting("compute_query_id");
  if (setting.empty()) return {};  // before 14 the extension makes its own
  if (setting == "off")
    return {missing("compute_query_id is off: pg_stat_statements counts nothing",
                    {.sql = alter_system("compute_query_id", "'auto'")})};
  return {ok(fmt::format("compute_query_id is {}", setting))};
}

/// It evicts a twentieth of its entries when it is full: so it does where it is nearly full and has done so.
Verdicts evictions(const Examination& e) {
  constexpr double kNearlyFull = 0.9;
  const double most = e.number("pg_stat_statements.max");
  if (!e.statements.dealloc || most == 0) return {};
  const std::string entries = fmt::format("{} of {} entries are used", e.statements.entries, most);
  if (*e.statements.dealloc == 0 || e.statements.entries < most * kNearlyFull) return {ok(entries)};
  constexpr double kGreatest = 1'073'741'823;  // INT_MAX / 2
  const double more = std::min(most * 2, kGreatest);
  return {warning(
      fmt::format("{}, {} times the least used have been thrown away: totals of statements are too small",
                  entries, *e.statements.dealloc),
      {.sql = alter_system("pg_stat_statements.max", fmt::format("{}", more), true)})};
}

Verdicts own_statements(const Examination& e) {
  const auto found = e.settings.find("pg_stat_statements.track");
  if (found == e.settings.end() || e.role.bootstrap) return {};  // that role is not to be pgvigil's
  if (found->second.value == "none") return {ok("pgvigil's own statements are not counted")};
  const bool here = found->second.source == "database user";
  return {warning(
      "pgvigil's own statements count in the mean response time",
      {.sql = fmt::format("ALTER ROLE {}{} SET pg_stat_statements.track = 'none';", identifier(e.facts.role),
                          here ? " IN DATABASE " + identifier(e.facts.database) : "")})};
}

}  // namespace pgvigil::doctor
