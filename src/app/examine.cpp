#include "app/examine.hpp"

#include <algorithm>
#include <charconv>

#include "app/trial.hpp"
#include "pgvigil/collect/outside.hpp"
#include "pgvigil/collect/plan.hpp"
#include "pgvigil/doctor/sql.hpp"
#include "pgvigil/host/locality.hpp"
#include "pgvigil/pg/connect.hpp"

namespace pgvigil::app {
namespace {

using Pointers = std::vector<const model::CollectorSpec*>;

constexpr base::Seconds kPatience{30};
constexpr base::Seconds kAllVisits{60};

constexpr std::string_view kRole = R"(
SELECT r.rolsuper, r.oid = 10, r.rolcreaterole, r.rolcreatedb, r.rolreplication, r.rolbypassrls,
       pg_catalog.pg_has_role('pg_monitor', 'MEMBER'), pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE'),
       EXISTS (SELECT FROM pg_catalog.pg_roles u WHERE u.rolname = 'pg_use_reserved_connections'
                  AND pg_catalog.pg_has_role(u.oid, 'USAGE')), r.rolconnlimit
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)";

constexpr std::string_view kSettings = R"(
SELECT name, setting, source FROM pg_catalog.pg_settings
 WHERE name IN ('compute_query_id', 'max_connections', 'pg_stat_statements.max', 'pg_stat_statements.track',
                'reserved_connections', 'shared_preload_libraries', 'superuser_reserved_connections',
                'track_activities', 'track_counts', 'track_io_timing', 'transaction_timeout'))";

constexpr std::string_view kDatabases = R"(
SELECT d.datname, pg_catalog.has_database_privilege(d.oid, 'CONNECT')
  FROM pg_catalog.pg_database d
 WHERE d.datallowconn AND NOT d.datistemplate AND d.datconnlimit <> -2 ORDER BY 1)";

constexpr std::string_view kStatements = R"(
SELECT default_version, installed_version FROM pg_catalog.pg_available_extensions WHERE name = 'pg_stat_statements')";

constexpr std::string_view kEvictions = R"(
SELECT i.dealloc, (SELECT pg_catalog.count(*) FROM {0}.pg_stat_statements(false)) FROM {0}.pg_stat_statements_info i)";

constexpr std::string_view kTls =
    "SELECT ssl, version, cipher FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";

constexpr std::string_view kBackends =
    "SELECT pg_catalog.sum(numbackends) FROM pg_catalog.pg_stat_database WHERE datid <> 0";

constexpr std::string_view kClock = "SELECT extract(epoch FROM pg_catalog.clock_timestamp())";

/// Those that the collector `sequences` would read if it might.
constexpr std::string_view kSequences = R"(
SELECT n.nspname, pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.count(*)
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT s.seqcycle AND c.relpersistence <> 't'
   AND CASE c.relkind WHEN 'S' THEN NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE') END
 GROUP BY 1, 2 ORDER BY 1, 2)";

/// What would let the role run {0}, which was refused by {1}: rights on what both name. The words around the
/// names are in the server's language.
constexpr std::string_view kGrants = R"(
WITH refused AS (
  SELECT {0}::text AS sql, {1}::text AS message
), relations AS (
  SELECT n.oid AS schema, n.nspname, c.oid, c.relname, pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS enters
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   CROSS JOIN refused
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {2} AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
)
SELECT 1, pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I;', nspname, current_user)
  FROM relations CROSS JOIN refused WHERE NOT enters AND {3}
 UNION
SELECT 2, pg_catalog.format('GRANT SELECT ON %I.%I TO %I;', nspname, relname, current_user)
  FROM relations CROSS JOIN refused WHERE {4} OR NOT enters AND {3}
 UNION
SELECT 3, pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %I;', p.oid::regprocedure, current_user)
  FROM pg_catalog.pg_proc p CROSS JOIN refused
 WHERE NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND {5} AND {6}
 ORDER BY 1, 2)";

/// Whether `text` has the name in `column` as a word.
std::string names(std::string_view text, std::string_view column) {
  return fmt::format(R"({0} ~ ('(^|\W)' || pg_catalog.regexp_replace({1}, '(\W)', '\\\1', 'g') || '(\W|$)'))",
                     text, column);
}

/// The answer of one statement: text, and none of it where the server refused.
class Table {
 public:
  Table(pg::Session& session, std::string_view name, std::string_view sql)
      : rows_(pg::ask(session, {name, sql}, std::chrono::steady_clock::now() + kPatience)) {}

  std::size_t rows() const { return rows_ ? rows_->cells.rows() : 0; }
  std::string text(std::size_t row, std::size_t column) const {
    return std::string(row < rows() ? rows_->cells.at(row, column).value_or("") : "");
  }
  bool flag(std::size_t row, std::size_t column) const { return text(row, column) == "true"; }
  double number(std::size_t row, std::size_t column) const {
    const std::string cell = text(row, column);
    double value = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return value;
  }

 private:
  base::Result<pg::Rows> rows_;
};

void ask_role(pg::Session& session, doctor::Role& role) {
  const Table answer(session, "doctor_role", kRole);
  bool* const flags[] = {&role.superuser,  &role.bootstrap,      &role.createrole,
                         &role.createdb,   &role.replication,    &role.bypassrls,
                         &role.in_monitor, &role.reads_settings, &role.reserved};
  for (std::size_t i = 0; i < std::size(flags); ++i) *flags[i] = answer.flag(0, i);
  role.connection_limit = static_cast<int>(answer.number(0, std::size(flags)));
}

void ask_server(pg::Session& session, doctor::Examination& e) {
  const Table settings(session, "doctor_settings", kSettings);
  for (std::size_t r = 0; r < settings.rows(); ++r)
    e.settings[settings.text(r, 0)] = {settings.text(r, 1), settings.text(r, 2)};
  const Table tls(session, "doctor_tls", kTls);
  e.tls = {tls.flag(0, 0), tls.text(0, 1), tls.text(0, 2)};
  e.backends = Table(session, "doctor_backends", kBackends).number(0, 0);
}

void ask_statements(pg::Session& session, doctor::Statements& statements) {
  const Table versions(session, "doctor_statements", kStatements);
  statements.available = versions.text(0, 0);
  statements.installed = versions.text(0, 1);
  const pg::Extension* extension = session.facts().extension("pg_stat_statements");
  if (extension == nullptr || extension->version < 109) return;
  const Table evictions(session, "doctor_evictions",
                        fmt::format(fmt::runtime(kEvictions), extension->schema));
  if (evictions.rows() == 0) return;
  statements.dealloc = evictions.number(0, 0);
  statements.entries = evictions.number(0, 1);
}

void ask_clock(pg::Session& session, const base::Clock& clock, doctor::Examination& e) {
  const auto start = clock.steady();
  const auto sent = clock.wall();
  const Table answer(session, "doctor_clock", kClock);
  const auto round_trip = clock.steady() - start;
  e.round_trip = std::chrono::duration_cast<base::Millis>(round_trip);
  const double here = base::unix_seconds(sent) + std::chrono::duration<double>(round_trip).count() / 2;
  if (answer.rows() == 1) e.clock_ahead = answer.number(0, 0) - here;
}

/// SQL, a line a right, that gives what a statement lacked; empty where that cannot be told.
std::string grants(pg::Session& session, std::string_view sql, std::string_view message) {
  const std::string query =
      fmt::format(fmt::runtime(kGrants), doctor::literal(sql), doctor::literal(message),
                  names("sql", "c.relname"), names("message", "nspname"), names("message", "relname"),
                  names("sql", "p.proname"), names("message", "p.proname"));
  const Table answer(session, query, query);
  std::string lines;
  for (std::size_t r = 0; r < answer.rows(); ++r) lines += (r == 0 ? "" : "\n") + answer.text(r, 1);
  return lines;
}

/// The databases to visit, as the poller chooses them, and those that it cannot enter.
void choose_visits(pg::Session& session, const config::Databases& selected, doctor::Examination& e) {
  const Table answer(session, "doctor_databases", kDatabases);
  std::vector<std::string> absent = selected.include;
  for (std::size_t r = 0; r < answer.rows(); ++r) {
    const std::string name = answer.text(r, 0);
    std::erase(absent, name);
    if (!selected.selects(name) || (name == "postgres" && e.facts.database != name)) continue;
    e.visits.push_back({name, answer.flag(r, 1), true, {}, {}});
  }
  if (answer.rows() > 0) e.absent = std::move(absent);
}

void try_all(collect::World& world, pg::Session& session, const Pointers& specs, std::string_view database,
             const base::Clock& clock, doctor::Examination& e) {
  for (const collect::Planned& planned : collect::plan(specs, session.facts())) {
    doctor::Trial trial{planned.spec, std::string(database), planned.skipped, {}};
    if (planned.skipped.status == model::Outcome::Status::ok) {
      trial.outcome = try_one(world, session, planned, clock).outcome;
      if (trial.outcome.code == "permission")
        trial.grants = grants(session, planned.sql, trial.outcome.reason);
    }
    e.trials.push_back(std::move(trial));
  }
}

void visit(collect::World& world, const Pointers& specs, const base::Clock& clock, doctor::Visit& visit,
           doctor::Examination& e) {
  const auto session = world.connect(visit.database, clock.steady() + kPatience);
  if (!session) {
    visit.refused = session.error();
    return;
  }
  Pointers here;
  std::ranges::copy_if(specs, std::back_inserter(here),
                       [&](const model::CollectorSpec* spec) { return spec->serves(visit.database); });
  try_all(world, **session, here, visit.database, clock, e);
  if (!std::ranges::any_of(here, [](const model::CollectorSpec* spec) { return spec->name == "sequences"; }))
    return;
  const Table unread(**session, "doctor_sequences", kSequences);
  for (std::size_t r = 0; r < unread.rows(); ++r)
    visit.sequences.push_back({unread.text(r, 0), unread.text(r, 1), std::lround(unread.number(r, 2))});
}

doctor::Destination destination(const std::string& dsn) {
  doctor::Destination to;
  to.user = pg::effective(dsn, "user");
  to.database = pg::effective(dsn, "dbname");
  if (to.database.empty()) to.database = to.user;
  to.sslmode = pg::effective(dsn, "sslmode");
  to.channel_binding = pg::effective(dsn, "channel_binding");
  return to;
}

Pointers of_scope(std::span<const model::CollectorSpec> specs, model::Scope scope) {
  Pointers chosen;
  for (const model::CollectorSpec& spec : specs)
    if (spec.enabled && spec.scope == scope) chosen.push_back(&spec);
  return chosen;
}

}  // namespace

doctor::Examination examine(const config::TargetConfig& target, std::span<const model::CollectorSpec> specs,
                            collect::World& world, const base::Clock& clock) {
  doctor::Examination e;
  e.destination = destination(target.dsn);
  e.now = clock.wall();
  e.ping = target.detect_shutdown.ping;
  e.group = target.group;
  const auto connected = world.connect("", clock.steady() + kPatience);
  if (!connected) {
    e.refused = connected.error();
    return e;
  }
  pg::Session& session = **connected;
  e.facts = session.facts();
  e.peer_address = session.peer_address();
  e.over_network = !e.peer_address.empty() && !host::is_own_address(e.peer_address);
  if (const auto postmaster = collect::local_postmaster(session))
    e.local_sign = host::stopping(*postmaster, e.facts.data_directory).has_value();
  if (e.facts.console) {
    try_all(world, session, of_scope(specs, model::Scope::cluster), "", clock, e);
    return e;
  }
  ask_role(session, e.role);
  ask_server(session, e);
  ask_statements(session, e.statements);
  ask_clock(session, clock, e);
  try_all(world, session, of_scope(specs, model::Scope::cluster), "", clock, e);
  choose_visits(session, target.databases, e);
  const Pointers visiting = of_scope(specs, model::Scope::database);
  const auto end = clock.steady() + kAllVisits;
  for (doctor::Visit& one : e.visits) {
    one.in_time = clock.steady() < end;
    if (one.may_connect && one.in_time) visit(world, visiting, clock, one, e);
  }
  return e;
}

}  // namespace pgvigil::app
