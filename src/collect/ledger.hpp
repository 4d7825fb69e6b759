#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::collect {

/// What is known of one collector in one database, and when it is due again.
struct Record {
  model::Part part;
  base::SteadyTime due;      ///< from when on it is to run
  base::SteadyTime good_at;  ///< of the rows in part.sheet
  unsigned excesses = 0;     ///< in a row: over its own time limit, or too large
};

/// What is known of one collector.
struct Account {
  const model::CollectorSpec* spec = nullptr;
  std::vector<Record> records;  ///< one per database; at cluster scope exactly one
};

/// The poller's memory of collectors: which is due, what it last gave, how it ended.
class Ledger {
 public:
  /// `specs` sorted by name; they outlive the ledger, or its next change, and every snapshot of it.
  explicit Ledger(std::span<const model::CollectorSpec* const> specs);

  /// Goes on with these specs: what is known of a collector stays where its rows still mean the same.
  void change(std::span<const model::CollectorSpec* const> specs, base::SteadyTime now);

  /// From now on only collectors of that kind of server are due and listed. At first: PostgreSQL's.
  void serve(model::Server server) { server_ = server; }

  /// The record of a collector in a database, made on first use.
  Record& record(const model::CollectorSpec& spec, std::string_view database);

  /// The specs of that scope that are due in `database`; users' own behind ours, and last those over a limit.
  std::vector<const model::CollectorSpec*> due(model::Scope scope, std::string_view database,
                                               base::SteadyTime now);

  /// The same at database scope, of those that run each `round`; and of the others, which are due more
  /// rarely, only as many as keep their intervals where each round takes that many: the longest due first.
  std::vector<const model::CollectorSpec*> due_in_turn(std::string_view database, base::SteadyTime now,
                                                       base::Millis round);

  /// The earliest time at which a database-scope collector is due in `database`.
  base::SteadyTime next_due(std::string_view database);

  /// A run that ended well.
  void good(Record& record, model::Sheet sheet, base::SteadyTime now, base::WallTime wall);

  /// Sets when it is due again: after its interval, or later where it ran into a limit.
  void schedule(const model::CollectorSpec& spec, Record& record, base::SteadyTime now);

  /// Makes it due with the next poll, whatever its interval: it has said nothing that lasts so long.
  void schedule_at_once(Record& record) { record.due = {}; }

  /// Marks every SQL collector as failed: the server could not be reached.
  void all_failed(const base::Error& error);

  /// Forgets databases that are not in `databases`, and rows older than 5 minutes or three rounds.
  void forget(std::span<const std::string> databases, base::SteadyTime now);

  std::vector<model::Entry> entries() const;

 private:
  static Record& record_of(Account& account, std::string_view database);

  std::vector<Account> accounts_;
  model::Server server_ = model::Server::postgresql;
};

}  // namespace pgvigil::collect
