#include <fmt/format.h>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

constexpr int kLeastSessions = 3;  // the kept one, a visit, and one that the server has not yet let go
constexpr int kMostSessions = 10;
constexpr double kLongestStatement = 5000;  // ms

}  // namespace

std::string grant(const Examination& e, std::string_view group) {
  const std::string role = identifier(e.facts.role);
  if (!e.role.in_monitor) return fmt::format("GRANT {} TO {};", group, role);
  if (e.facts.version_num >= 160000) return fmt::format("GRANT {} TO {} WITH INHERIT TRUE;", group, role);
  return fmt::format("ALTER ROLE {} INHERIT;", role);
}

std::string make_role(std::string_view role) {
  return fmt::format(
      "DO $$ BEGIN\n"
      "  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {0}) THEN CREATE ROLE {1}; END IF;\n"
      "END $$;\n"
      "ALTER ROLE {1} LOGIN CONNECTION LIMIT 5;\n"
      "GRANT pg_monitor TO {1};\n"
      "ALTER ROLE {1} SET pg_stat_statements.track = 'none';",
      literal(role), identifier(role));
}

Verdicts privileges(const Examination& e) {
  if (e.role.superuser) return {};  // attributes() says so
  const std::string role = base::one_line(e.facts.role);
  if (!e.facts.reads_all_stats)
    return {
        missing(fmt::format("role {} sees the sessions and statements of others without what they do", role),
                {.sql = grant(e, "pg_monitor")})};
  if (!e.role.reads_settings)
    return {missing(fmt::format("role {} sees neither data_directory nor all settings", role),
                    {.sql = grant(e, "pg_read_all_settings")})};
  return {ok(fmt::format("role {} reads all statistics and settings", role))};
}

Verdicts attributes(const Examination& e) {
  const std::string role = identifier(e.facts.role);
  if (e.role.bootstrap)
    return {
        warning("the server's own superuser: more than monitoring needs",
                {.sql = make_role("pgvigil") + "\n-- then \\password pgvigil, where pg_hba.conf asks for one",
                 .configuration = "user=pgvigil in the dsn"})};
  if (e.role.superuser)
    return {warning(
        fmt::format("role {} is a superuser: more than monitoring needs", base::one_line(e.facts.role)),
        {.sql = fmt::format("ALTER ROLE {0} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION "
                            "NOBYPASSRLS CONNECTION LIMIT 5;\nGRANT pg_monitor TO {0};",
                            role)})};
  std::string without;
  if (e.role.createrole) without += " NOCREATEROLE";
  if (e.role.createdb) without += " NOCREATEDB";
  if (e.role.replication) without += " NOREPLICATION";
  if (e.role.bypassrls) without += " NOBYPASSRLS";
  if (without.empty()) return {ok("no superuser, no attribute that monitoring does not need")};
  return {warning(fmt::format("role {} may do more than monitoring needs", base::one_line(e.facts.role)),
                  {.sql = fmt::format("ALTER ROLE {}{};", role, without)})};
}

Verdicts role_limit(const Examination& e) {
  if (e.role.superuser) return {};  // no limit holds for one
  const int limit = e.role.connection_limit;
  Remedy remedy{.sql = fmt::format("ALTER ROLE {} CONNECTION LIMIT 5;", identifier(e.facts.role))};
  if (limit >= 0 && limit < kLeastSessions)
    return {missing(
        fmt::format("the role may have {} sessions; pgvigil has up to 2, and a third for a moment", limit),
        remedy)};
  if (limit < 0)
    return {
        warning("the role may have any number of sessions: whoever has its password can use up all", remedy)};
  if (limit > kMostSessions)
    return {warning(fmt::format("the role may have {} sessions; pgvigil has up to 2", limit), remedy)};
  return {ok(fmt::format("the role may have {} sessions; pgvigil has up to 2", limit))};
}

/// A session of ours sets its own limits; only behind a pooler those of the role stay.
Verdicts timeouts(const Examination& e) {
  const double limit = e.number("transaction_timeout");
  if (limit == 0 || limit >= kLongestStatement)
    return {ok("pgvigil's own limits hold in its sessions; none of the role's cuts them short")};
  return {missing(
      fmt::format("transaction_timeout is {} ms: it ends pgvigil's sessions before its own limits do", limit),
      {.sql = fmt::format("ALTER ROLE {} SET transaction_timeout = 0;", identifier(e.facts.role))})};
}

}  // namespace pgvigil::doctor
