#include "collect/round.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "pgvigil/collect/map_rows.hpp"
#include "pgvigil/collect/plan.hpp"
#include "pgvigil/collect/session_fold.hpp"

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

/// Without an SQLSTATE, the session is of no use any more.
bool lost_over(const base::Error& error) {
  return error.sqlstate.empty() && (error.kind == ErrorKind::connect || error.kind == ErrorKind::timeout);
}

/// A fold sums up what is cut.
std::size_t rows_to_keep(const CollectorSpec& spec) {
  return spec.fold == model::Fold::none ? spec.max_rows : pg::kAnyNumber;
}

/// Statements to ask, each with the collectors that it feeds: those of one text are one.
class Questions {
 public:
  void add(const Planned& planned, std::optional<std::string> argument) {
    const CollectorSpec& spec = *planned.spec;
    pg::Statement wanted{spec.name, planned.sql,        spec.timeout,
                         spec.user, rows_to_keep(spec), std::move(argument)};
    const auto same = std::ranges::find_if(batch_, [&](const pg::Statement& s) {
      return s.sql == wanted.sql && s.own_search_path == wanted.own_search_path;
    });
    if (same == batch_.end()) {
      batch_.push_back(std::move(wanted));
      fed_.push_back({&spec});
      return;
    }
    same->timeout = std::max(same->timeout, wanted.timeout);
    same->max_rows = std::max(same->max_rows, wanted.max_rows);
    fed_[static_cast<std::size_t>(same - batch_.begin())].push_back(&spec);
  }

  std::span<const pg::Statement> batch() const { return batch_; }
  std::span<const CollectorSpec* const> fed(std::size_t index) const { return fed_[index]; }

 private:
  std::vector<pg::Statement> batch_;
  std::vector<std::vector<const CollectorSpec*>> fed_;
};

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

  void answered(const CollectorSpec& spec, const base::Result<pg::Rows>& rows, base::Millis took) {
    Record& record = memory_.ledger.record(spec, database_);
    record.part.took = took;
    if (rows) result_.reached = true;
    auto sheet = rows ? sheet_of(spec, *rows) : tl::unexpected(rows.error());
    if (sheet) {
      if (spec.source == model::Source::container) remember_cpu(spec, *sheet, memory_.history, now_);
      if (spec.name == "table_size") result_.sized += sheet->cells.rows();
      memory_.ledger.good(record, std::move(*sheet), now_, wall_);
    } else {
      failed(spec, record, sheet.error());
    }
    end(spec, record);
  }

  /// What is asked of a statement beside its SQL: nothing, or texts. Without any to ask for, those that are
  /// known are the answer, and the collector stays due.
  bool needs_no_answer(const CollectorSpec& spec, std::optional<std::string>& argument) {
    if (spec.fold != model::Fold::statement_texts) return false;
    argument = memory_.texts.unknown(memory_.statements.top());
    if (!argument->empty()) return false;
    answered(spec, pg::Rows{}, base::Millis(0));
    memory_.ledger.schedule_at_once(memory_.ledger.record(spec, database_));
    return true;
  }

  RoundResult& result() { return result_; }

 private:
  base::Result<model::Sheet> sheet_of(const CollectorSpec& spec, const pg::Rows& rows) {
    const auto mapped = [&](const base::Result<pg::Rows>& folded) {
      return folded ? map_rows(spec, *folded, database_) : tl::unexpected(folded.error());
    };
    switch (spec.fold) {
      case model::Fold::none:
        return map_rows(spec, rows, database_);
      case model::Fold::statements:
        return mapped(memory_.statements(rows, spec, memory_.history, now_));
      case model::Fold::statement_entries:
        return mapped(memory_.statements.with_entries(rows));
      case model::Fold::statement_texts:
        memory_.texts.learn(rows, memory_.statements.top());
        return mapped(memory_.texts.of(memory_.statements.top()));
      case model::Fold::probe:
        return mapped(memory_.probe(spec, rows));
      default:
        return mapped(fold_sessions(spec, rows));
    }
  }

  void failed(const CollectorSpec& spec, Record& record, const base::Error& error) {
    record.part.outcome = outcome_of(spec, error);
    if (record.part.outcome.status == Outcome::Status::skipped) record.part.sheet = nullptr;
    const bool first_timeout = error.kind == ErrorKind::timeout && !std::exchange(timed_out_, true);
    if (error.sqlstate.empty() && error.kind != ErrorKind::too_large) {
      // The whole session is in trouble. Where the others before it had answered in time, this statement
      // alone used up the poll's.
      if (first_timeout && result_.reached) ++record.excesses;
      return;
    }
    result_.reached = true;
    if (error.kind == ErrorKind::timeout || error.kind == ErrorKind::too_large) ++record.excesses;
    if (error.kind == ErrorKind::sql || error.kind == ErrorKind::permission) result_.look_again = true;
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
  bool timed_out_ = false;
};

/// Readers ask the server for its paths: one that has fallen silent would keep each of them waiting, so the
/// first to find out goes on without it, and so do the others. That error is what the session was lost over.
base::Result<void> read_all(World& world, Round& round, const base::Clock& clock,
                            std::span<const CollectorSpec* const> specs, pg::Session* session,
                            base::SteadyTime deadline) {
  base::Result<void> lost;
  for (const CollectorSpec* spec : specs) {
    const auto start = clock.steady();
    auto rows = world.read(*spec, session, deadline);
    if (!rows && session != nullptr && lost_over(rows.error())) {
      lost = tl::unexpected(rows.error());
      session = nullptr;
      rows = world.read(*spec, session, deadline);
    }
    round.answered(*spec, rows, std::chrono::duration_cast<base::Millis>(clock.steady() - start));
  }
  return lost;
}

}  // namespace

void read_alone(World& world, Observer& observer, const base::Clock& clock, Memory memory,
                base::SteadyTime deadline) {
  Round round(observer, clock, memory, "");
  std::vector<const CollectorSpec*> to_read = memory.ledger.due(model::Scope::cluster, "", clock.steady());
  std::erase_if(to_read, [](const CollectorSpec* spec) { return spec->needs_server(); });
  // There is no session to lose.
  (void)read_all(world, round, clock, to_read, nullptr, deadline);
  // What cannot be seen without a session is read as soon as there is one.
  for (const CollectorSpec* spec : to_read) {
    Record& record = memory.ledger.record(*spec, "");
    if (record.part.outcome.status != Outcome::Status::ok) memory.ledger.schedule_at_once(record);
  }
}

RoundResult run_round(World& world, Observer& observer, const base::Clock& clock, Memory memory,
                      pg::Session& session, std::span<const CollectorSpec* const> specs,
                      std::string_view database, base::SteadyTime deadline) {
  Round round(observer, clock, memory, database);
  const auto planned = plan(specs, session.facts());
  Questions questions;
  std::vector<const CollectorSpec*> to_read;
  for (const Planned& p : planned) {
    std::optional<std::string> argument;
    if (p.skipped.status == Outcome::Status::skipped) {
      round.skipped(*p.spec, p.skipped);
    } else if (p.spec->source != model::Source::sql) {
      to_read.push_back(p.spec);
    } else if (!round.needs_no_answer(*p.spec, argument)) {
      questions.add(p, std::move(argument));
    }
  }
  // First the disks and the container: they are wanted most when slow statements use up the poll's time.
  const auto lost = read_all(world, round, clock, to_read, &session, deadline);
  // A reader's rows do not say that the server answered; its statements do.
  round.result().reached = false;
  const auto answered = [&](std::size_t index, const base::Result<pg::Rows>& rows, base::Millis took) {
    for (const CollectorSpec* spec : questions.fed(index)) round.answered(*spec, rows, took);
  };
  for (std::size_t i = 0; !lost && i < questions.batch().size(); ++i)
    answered(i, tl::unexpected(lost.error()), base::Millis(0));
  round.result().lost = lost ? session.run(questions.batch(), deadline, answered) : lost;
  return std::move(round.result());
}

}  // namespace pgvigil::collect
