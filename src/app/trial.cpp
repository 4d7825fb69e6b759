#include "app/trial.hpp"

#include "pgvigil/collect/fold.hpp"
#include "pgvigil/collect/map_rows.hpp"

namespace pgvigil::app {
namespace {

constexpr base::Seconds kPatience{30};

base::Result<pg::Rows> run(collect::World& world, pg::Session& session, const collect::Planned& planned) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  if (planned.spec->source != model::Source::sql) return world.read(*planned.spec, &session, deadline);
  return pg::ask(
      session,
      {planned.spec->name, planned.sql, planned.spec->timeout, planned.spec->user, planned.spec->max_rows},
      deadline);
}

}  // namespace

Attempt try_one(collect::World& world, pg::Session& session, const collect::Planned& planned,
                const base::Clock& clock) {
  const model::CollectorSpec& spec = *planned.spec;
  const auto start = clock.steady();
  auto rows = run(world, session, planned);
  if (rows && spec.fold == model::Fold::statements) {
    model::History unused;
    rows = collect::StatementFold(spec.max_rows - 1)(*rows, unused, start);
  }
  Attempt attempt;
  attempt.took = clock.steady() - start;
  attempt.rows = rows ? rows->cells.rows() : 0;
  const auto sheet =
      rows ? collect::map_rows(spec, *rows, session.facts().database) : tl::unexpected(rows.error());
  if (!sheet) attempt.outcome = collect::outcome_of(spec, sheet.error());
  return attempt;
}

}  // namespace pgvigil::app
