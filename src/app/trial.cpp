#include "app/trial.hpp"

#include "pgvigil/collect/fold.hpp"
#include "pgvigil/collect/map_rows.hpp"
#include "pgvigil/collect/probe.hpp"
#include "pgvigil/collect/session_fold.hpp"

namespace pgvigil::app {
namespace {

constexpr base::Seconds kPatience{30};

base::Result<pg::Rows> run(collect::World& world, pg::Session& session, const collect::Planned& planned) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  if (planned.spec->source != model::Source::sql) return world.read(*planned.spec, &session, deadline);
  const model::CollectorSpec& spec = *planned.spec;
  const auto rows = spec.fold == model::Fold::none ? spec.max_rows : pg::kAnyNumber;
  // Texts: all of them, while nothing is known of a top.
  const auto argument =
      spec.fold == model::Fold::statement_texts ? std::optional<std::string>("{}") : std::nullopt;
  return pg::ask(session, {spec.name, planned.sql, spec.timeout, spec.user, rows, argument}, deadline);
}

/// As at a first poll.
base::Result<pg::Rows> fold(const model::CollectorSpec& spec, pg::Rows rows, base::SteadyTime now) {
  model::History unused;
  switch (spec.fold) {
    case model::Fold::none:
    case model::Fold::statement_texts:
      return rows;
    case model::Fold::statements:
      return collect::StatementFold(spec.max_rows - 1)(rows, spec, unused, now);
    case model::Fold::statement_entries:
      return collect::StatementFold(0).with_entries(rows);
    case model::Fold::probe:
      return collect::ProbeFold()(spec, rows);
    default:
      return collect::fold_sessions(spec, rows);
  }
}

}  // namespace

Attempt try_one(collect::World& world, pg::Session& session, const collect::Planned& planned,
                const base::Clock& clock) {
  const model::CollectorSpec& spec = *planned.spec;
  const auto start = clock.steady();
  auto rows = run(world, session, planned);
  if (rows) rows = fold(spec, std::move(*rows), start);
  Attempt attempt;
  attempt.took = clock.steady() - start;
  attempt.rows = rows ? rows->cells.rows() : 0;
  const auto sheet =
      rows ? collect::map_rows(spec, *rows, session.facts().database) : tl::unexpected(rows.error());
  if (!sheet) attempt.outcome = collect::outcome_of(spec, sheet.error());
  return attempt;
}

}  // namespace pgvigil::app
