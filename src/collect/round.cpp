#include "collect/round.hpp"

#include <charconv>

#include "pgvigil/collect/map_rows.hpp"
#include "pgvigil/collect/plan.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using model::CollectorSpec;
using model::Outcome;

/// The container's CPU time so far, for the share of its limit over the window.
void remember_cpu(const CollectorSpec& spec, const model::Sheet& sheet, model::History& history,
                  base::SteadyTime now) {
  for (std::size_t c = 0; c < spec.columns.size(); ++c) {
    if (spec.columns[c].metric != "pg_container_cpu_usage_seconds_total" || sheet.cells.rows() != 1) continue;
    const auto text = sheet.cells.at(0, c);
    double seconds = 0;
    if (text && std::from_chars(text->data(), text->data() + text->size(), seconds).ec == std::errc{})
      remember(history.cpu_seconds, {now, seconds});
  }
}

class Round {
 public:
  Round(Observer& observer, const base::Clock& clock, Memory memory, std::string_view database)
      : observer_(observer),
        memory_(memory),
        database_(database),
        now_(clock.steady()),
        wall_(clock.wall()) {}

  void skipped(const CollectorSpec& spec, const Outcome& outcome) {
    Record& record = memory_.ledger.record(spec, database_);
    record.part.outcome = outcome;
    record.part.sheet = nullptr;
    end(spec, record);
  }

  void answered(const CollectorSpec& spec, base::Result<pg::Rows> rows, base::Millis took) {
    Record& record = memory_.ledger.record(spec, database_);
    record.part.took = took;
    if (rows) result_.reached = true;
    if (rows && spec.fold == model::Fold::statements) rows = memory_.statements(*rows, memory_.history, now_);
    auto sheet = rows ? map_rows(spec, *rows, database_) : tl::unexpected(rows.error());
    if (sheet) {
      if (spec.source == model::Source::container) remember_cpu(spec, *sheet, memory_.history, now_);
      if (spec.name == "table_size") result_.sized += sheet->cells.rows();
      memory_.ledger.good(record, std::move(*sheet), now_, wall_);
    } else {
      failed(spec, record, sheet.error());
    }
    end(spec, record);
  }

  RoundResult& result() { return result_; }

 private:
  void failed(const CollectorSpec& spec, Record& record, const base::Error& error) {
    record.part.outcome = outcome_of(spec, error);
    if (record.part.outcome.status == Outcome::Status::skipped) record.part.sheet = nullptr;
    // Without an SQLSTATE it was not this statement's fault: the whole session is in trouble.
    if (!error.sqlstate.empty()) {
      result_.reached = true;
      if (error.kind == ErrorKind::timeout) ++record.timeouts;
      if (error.kind == ErrorKind::sql || error.kind == ErrorKind::permission) result_.look_again = true;
    }
  }

  void end(const CollectorSpec& spec, Record& record) {
    memory_.ledger.schedule(spec, record, now_);
    observer_.collected(spec, database_, record.part.outcome);
  }

  Observer& observer_;
  Memory memory_;
  std::string_view database_;
  base::SteadyTime now_;
  base::WallTime wall_;
  RoundResult result_;
};

}  // namespace

RoundResult run_round(World& world, Observer& observer, const base::Clock& clock, Memory memory,
                      pg::Session& session, std::span<const CollectorSpec* const> specs,
                      std::string_view database, base::SteadyTime deadline) {
  Round round(observer, clock, memory, database);
  const auto planned = plan(specs, session.facts());
  std::vector<pg::Statement> batch;
  std::vector<const CollectorSpec*> asked;
  std::vector<const CollectorSpec*> to_read;
  for (const Planned& p : planned) {
    if (p.skipped.status == Outcome::Status::skipped) {
      round.skipped(*p.spec, p.skipped);
    } else if (p.spec->source == model::Source::sql) {
      batch.push_back({p.spec->name, p.sql, p.spec->timeout, p.spec->user});
      asked.push_back(p.spec);
    } else {
      to_read.push_back(p.spec);
    }
  }
  round.result().lost =
      session.run(batch, deadline, [&](std::size_t index, base::Result<pg::Rows> rows, base::Millis took) {
        round.answered(*asked[index], std::move(rows), took);
      });
  // Readers ask the server for its paths: one that has just fallen silent would keep each of them waiting.
  if (!round.result().lost) return std::move(round.result());
  // A reader's rows do not say that the server answered; its statements do.
  const bool reached = round.result().reached;
  for (const CollectorSpec* spec : to_read) {
    const auto start = clock.steady();
    auto rows = world.read(*spec, session);
    round.answered(*spec, std::move(rows), std::chrono::duration_cast<base::Millis>(clock.steady() - start));
  }
  round.result().reached = reached;
  return std::move(round.result());
}

}  // namespace pgvigil::collect
