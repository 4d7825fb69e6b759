#pragma once

#include <deque>

#include "pg/connection.hpp"

namespace pgvigil::pg {

/// One run of a batch through the pipeline: everything is queued at once, each statement before a
/// synchronisation point of its own, and the answers are read as they come.
class Batch {
 public:
  Batch(Connection& connection, std::span<const Statement> statements, const OnResult& on_result)
      : connection_(connection),
        conn_(connection.conn_.get()),
        statements_(statements),
        on_result_(on_result) {}

  base::Result<void> run(base::SteadyTime deadline);

 private:
  enum class Step : std::uint8_t { setting, prepare, execute, sync, setting_sync };

  bool queue_all();
  bool queue(const Statement& statement);
  bool queue_timeout(base::Millis timeout);
  bool queue_pooled(const Statement& statement);
  bool queue_setting(const std::string& sql);
  base::Result<void> await_input(base::SteadyTime deadline);
  base::Result<void> read_answer();
  void start_step();
  void end_step();
  void finish_statement();
  tl::unexpected<base::Error> give_up(base::Error error);

  Connection& connection_;
  PGconn* conn_;
  std::span<const Statement> statements_;
  const OnResult& on_result_;
  std::deque<Step> steps_;                    // what the server still owes an answer to
  std::vector<Connection::Prepared*> asked_;  // by statement; none behind a pooler
  std::size_t current_ = 0;                   // the statement being answered
  base::SteadyTime progress_;                 // when the previous one was done
  std::uint64_t received_ = 0;                // by the connection, when the previous one was done
  base::Result<Rows> answer_ = Rows{};        // of the current statement, so far
  RowReader reader_;
};

}  // namespace pgvigil::pg
