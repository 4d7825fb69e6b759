#include "pgvigil/collect/plan.hpp"

#include <fmt/format.h>

#include <utility>

#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using model::CollectorSpec;
using model::Outcome;

Outcome skip(std::string_view code, std::string reason) {
  return {Outcome::Status::skipped, std::move(reason), code};
}

std::string extension_version(int version) { return fmt::format("{}.{}", version / 100, version % 100); }

/// The last step that the version reaches; null below the first.
const model::Query* step(const CollectorSpec& spec, int version) {
  const model::Query* chosen = nullptr;
  for (const model::Query& query : spec.queries)
    if (query.since <= version) chosen = &query;
  return chosen;
}

Outcome fits(const CollectorSpec& spec, const pg::ServerFacts& facts) {
  if (spec.server != server(facts))
    return skip("server", facts.console ? "is for PostgreSQL, and this is pgbouncer's console"
                                        : "is for pgbouncer's console");
  if (spec.role == model::Role::primary && facts.in_recovery)
    return skip("role", "makes sense on a primary only");
  if (spec.role == model::Role::replica && !facts.in_recovery)
    return skip("role", "makes sense on a replica only");
  if (!spec.extension.empty() && facts.extension(spec.extension) == nullptr)
    return skip("extension", fmt::format("extension {} is not installed in database {}: CREATE EXTENSION {}",
                                         spec.extension, facts.database, spec.extension));
  if (spec.before != 0 && facts.version_num / 10000 >= spec.before)
    return skip("version", fmt::format("is for PostgreSQL before {}", spec.before));
  return {};
}

Outcome permitted(const CollectorSpec& spec, const pg::ServerFacts& facts) {
  if (!spec.all_stats || facts.reads_all_stats) return {};
  return skip("permission",
              fmt::format("role {} sees its own sessions and statements only: GRANT pg_monitor TO {}",
                          facts.role, facts.role));
}

Planned plan_one(const CollectorSpec& spec, const pg::ServerFacts& facts) {
  Planned planned{&spec, {}, fits(spec, facts)};
  if (planned.skipped.status != Outcome::Status::ok || spec.source != model::Source::sql) return planned;

  const pg::Extension* extension = facts.extension(spec.extension);
  const model::Query* query =
      step(spec, extension != nullptr ? extension->version : facts.version_num / 10000);
  if (query == nullptr) {
    const int needed = spec.queries.front().since;
    planned.skipped =
        extension != nullptr
            ? skip("extension", fmt::format("needs extension {} {}, has {}: ALTER EXTENSION {} UPDATE",
                                            spec.extension, extension_version(needed),
                                            extension_version(extension->version), spec.extension))
            : skip("version", fmt::format("needs PostgreSQL {}", needed));
    return planned;
  }
  planned.skipped = permitted(spec, facts);
  if (planned.skipped.status != Outcome::Status::ok) return planned;
  planned.sql = query->sql;
  if (extension != nullptr)
    planned.sql = base::replaced(std::move(planned.sql), "@extschema@", extension->schema);
  return planned;
}

}  // namespace

model::Server server(const pg::ServerFacts& facts) {
  return facts.console ? model::Server::pgbouncer : model::Server::postgresql;
}

std::vector<Planned> plan(std::span<const CollectorSpec* const> specs, const pg::ServerFacts& facts) {
  std::vector<Planned> planned;
  planned.reserve(specs.size());
  for (const CollectorSpec* spec : specs) planned.push_back(plan_one(*spec, facts));
  for (Planned& p : planned)
    for (const Planned& wider : planned)
      if (wider.spec->name == p.spec->within && wider.spec->enabled && !wider.sql.empty() && !p.sql.empty())
        p.sql = wider.sql;
  return planned;
}

Outcome outcome_of(const CollectorSpec& spec, const base::Error& error) {
  if (error.kind == ErrorKind::permission) return {Outcome::Status::skipped, error.message, "permission"};
  if (error.kind == ErrorKind::io && spec.source != model::Source::sql)
    return {Outcome::Status::skipped, error.message, "not_visible"};
  // object_not_in_prerequisite_state: pg_stat_statements is not in shared_preload_libraries.
  if (error.sqlstate == "55000" && !spec.extension.empty())
    return {Outcome::Status::skipped, error.message, "extension"};
  return {Outcome::Status::failed, error.message, base::name(error.kind)};
}

}  // namespace pgvigil::collect
