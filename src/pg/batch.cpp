#include "pg/batch.hpp"

#include <algorithm>
#include <functional>

namespace pgvigil::pg {
namespace {

using base::ErrorKind;

/// How long the server may take to notice its own limit and to say so.
constexpr base::Millis kGrace{2000};

const char* const kLost = "the connection was lost";

/// A prepared statement that no longer fits: its plan's result type changed, or the session forgot it.
bool must_prepare_again(std::string_view sqlstate) { return sqlstate == "0A000" || sqlstate == "26000"; }

/// A name that is no text in the session's database, or has no counterpart in UTF-8: the server refuses to
/// send it as UTF-8. Names of databases and roles are written in the encoding of whichever database made
/// them.
bool is_garbled(std::string_view sqlstate) { return sqlstate == "22021" || sqlstate == "22P05"; }

/// What the search_path of one statement's own transaction is: the role's own is what RESET would give back.
std::string_view search_path(const Statement& statement) {
  return statement.own_search_path
             ? "(SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path')"
             : "'pg_catalog'";
}

/// A reload can give a name another text.
std::string key(const Statement& statement) {
  return fmt::format("{} {}", statement.name, std::hash<std::string_view>()(statement.sql));
}

}  // namespace

bool Batch::queue_timeout(base::Millis timeout) {
  if (connection_.statement_timeout_ == timeout) return true;
  const std::string sql = fmt::format("SET statement_timeout = {}", timeout.count());
  connection_.statement_timeout_ = timeout;
  if (!queue_setting(sql)) return false;
  steps_.push_back(Step::setting_sync);
  return PQpipelineSync(conn_) == 1;
}

bool Batch::queue_setting(const std::string& sql) {
  steps_.push_back(Step::setting);
  return PQsendQueryParams(conn_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
}

/// A pooler hands the server session to others after each transaction, so limits are set for the transaction
/// alone.
bool Batch::queue_pooled(const Statement& statement) {
  const std::string limits = fmt::format(
      "SELECT pg_catalog.set_config('statement_timeout', '{}', true), "
      "pg_catalog.set_config('lock_timeout', '1000', true), "
      "pg_catalog.set_config('transaction_read_only', 'on', true), "
      "pg_catalog.set_config('datestyle', 'ISO', true), pg_catalog.set_config('search_path', {}, true)",
      statement.timeout.count(), search_path(statement));
  const std::string sql(statement.sql);
  if (!queue_setting(limits)) return false;
  steps_.insert(steps_.end(), {Step::execute, Step::sync});
  const char* const argument = statement.argument ? statement.argument->c_str() : nullptr;
  return PQsendQueryParams(conn_, sql.c_str(), statement.argument ? 1 : 0, nullptr, &argument, nullptr,
                           nullptr, 0) == 1 &&
         PQpipelineSync(conn_) == 1;
}

bool Batch::queue(const Statement& statement) {
  if (connection_.pooled_) return queue_pooled(statement);
  if (!queue_timeout(statement.timeout)) return false;
  // It is gone with the statement's own transaction, so the others keep pg_catalog.
  if (statement.own_search_path &&
      !queue_setting(
          fmt::format("SELECT pg_catalog.set_config('search_path', {}, true)", search_path(statement))))
    return false;
  Connection::Prepared& prepared = connection_.prepared_[key(statement)];
  asked_.push_back(&prepared);
  if (prepared.name.empty()) {
    prepared.name = fmt::format("pgvigil_{}", ++connection_.prepared_count_);
    steps_.push_back(Step::prepare);
    if (PQsendPrepare(conn_, prepared.name.c_str(), std::string(statement.sql).c_str(), 0, nullptr) != 1)
      return false;
  }
  steps_.insert(steps_.end(), {Step::execute, Step::sync});
  const char* const argument = statement.argument ? statement.argument->c_str() : nullptr;
  return PQsendQueryPrepared(conn_, prepared.name.c_str(), statement.argument ? 1 : 0, &argument, nullptr,
                             nullptr, 0) == 1 &&
         PQpipelineSync(conn_) == 1;
}

bool Batch::queue_all() {
  return std::ranges::all_of(statements_, [this](const Statement& statement) { return queue(statement); });
}

base::Result<void> Batch::await_input(base::SteadyTime deadline) {
  const auto limit =
      current_ < statements_.size() ? progress_ + statements_[current_].timeout + kGrace : deadline;
  return connection_.await_input(std::min(limit, deadline), received_);
}

void Batch::finish_statement() {
  if (current_ < asked_.size()) {
    Connection::Prepared& prepared = *asked_[current_];
    if (!answer_ && must_prepare_again(answer_.error().sqlstate)) prepared.name.clear();
    prepared.last_rows = answer_ ? answer_->cells.rows() + answer_->cut : kAnyNumber;
  }
  const auto now = std::chrono::steady_clock::now();
  on_result_(current_++, std::move(answer_), std::chrono::duration_cast<base::Millis>(now - progress_));
  answer_ = Rows{};
  progress_ = now;
  received_ = connection_.gate_->received();
}

void Batch::end_step() {
  steps_.pop_front();
  start_step();
}

/// Row by row, because libpq would keep the whole result; but one of ours that has had few rows is cheaper as
/// a whole. It must be said before the first row is read.
void Batch::start_step() {
  constexpr std::size_t kFewRows = 25'000;
  if (steps_.empty() || steps_.front() != Step::execute) return;
  const bool few = current_ < asked_.size() && asked_[current_]->last_rows <= kFewRows;
  if (!few || statements_[current_].own_search_path) PQsetSingleRowMode(conn_);
}

base::Result<void> Batch::read_answer() {
  const ResultHandle result(PQgetResult(conn_));
  if (!result) {
    if (!steps_.empty()) end_step();
    return {};
  }
  switch (PQresultStatus(result.get())) {
    case PGRES_PIPELINE_SYNC:
      if (steps_.front() == Step::sync)
        finish_statement();
      else
        answer_ = Rows{};
      end_step();
      break;
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
      if (steps_.front() == Step::execute && answer_)
        reader_.add(*answer_, result.get(), statements_[current_].max_rows);
      break;
    case PGRES_FATAL_ERROR:
      if (answer_) answer_ = tl::unexpected(to_error(result.get()));
      if (steps_.front() == Step::prepare) asked_[current_]->name.clear();
      if (PQstatus(conn_) == CONNECTION_BAD) return tl::unexpected(answer_.error());
      break;
    default:
      break;  // PGRES_COMMAND_OK of a setting; PGRES_PIPELINE_ABORTED behind the error that was kept
  }
  return {};
}

tl::unexpected<base::Error> Batch::give_up(base::Error error) {
  const std::size_t end = error.kind == ErrorKind::too_large ? current_ + 1 : statements_.size();
  for (; current_ < end; ++current_) on_result_(current_, tl::unexpected(error), base::Millis(0));
  return tl::unexpected<base::Error>(std::move(error));
}

base::Result<void> Batch::run(base::SteadyTime deadline) {
  progress_ = std::chrono::steady_clock::now();
  received_ = connection_.gate_->received();
  if (!queue_all()) return give_up({ErrorKind::connect, kLost, {}});
  start_step();
  while (!steps_.empty()) {
    if (const auto ready = await_input(deadline); !ready) return give_up(ready.error());
    while (!steps_.empty() && PQisBusy(conn_) == 0) {
      if (const auto read = read_answer(); !read) return give_up(read.error());
    }
  }
  if (current_ < statements_.size()) return give_up({ErrorKind::connect, kLost, {}});
  return {};
}

base::Result<void> Connection::run(std::span<const Statement> batch, base::SteadyTime deadline,
                                   const OnResult& on_result) {
  auto ran = console_  ? run_on_console(batch, deadline, on_result)
             : pooled_ ? run_one_by_one(batch, deadline, on_result)
                       : run_pipelined(batch, deadline, on_result);
  // Whatever was wrong, answers may still be on their way to nobody.
  if (!ran) conn_.reset();
  return ran;
}

base::Result<void> Connection::run_pipelined(std::span<const Statement> batch, base::SteadyTime deadline,
                                             const OnResult& on_result) {
  std::vector<std::size_t> garbled;
  const OnResult keep_garbled = [&](std::size_t index, base::Result<Rows> rows, base::Millis took) {
    if (!rows && is_garbled(rows.error().sqlstate))
      garbled.push_back(index);
    else
      on_result(index, std::move(rows), took);
  };
  auto ran = Batch(*this, batch, keep_garbled).run(deadline);
  // From 14 on a server says by itself when it was promoted.
  if (const char* standby = PQparameterStatus(conn_.get(), "in_hot_standby"))
    facts_.in_recovery = std::string_view(standby) == "on";
  if (ran && !garbled.empty()) return run_unconverted(batch, garbled, deadline, on_result);
  for (const std::size_t index : garbled) on_result(index, tl::unexpected(ran.error()), base::Millis(0));
  return ran;
}

/// A pooler may take a session for idle that has answered one synchronisation point, whatever it still owes.
/// When we give up then, pgbouncer 1.18 hands the rest of our answers to the next client.
base::Result<void> Connection::run_one_by_one(std::span<const Statement> batch, base::SteadyTime deadline,
                                              const OnResult& on_result) {
  base::Result<void> ran;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const OnResult report = [&](std::size_t, base::Result<Rows> rows, base::Millis took) {
      on_result(i, std::move(rows), took);
    };
    if (ran)
      ran = Batch(*this, batch.subspan(i, 1), report).run(deadline);
    else
      on_result(i, tl::unexpected(ran.error()), base::Millis(0));
    if (!ran && ran.error().kind == ErrorKind::too_large) break;
  }
  return ran;
}

base::Result<void> Connection::run_unconverted(std::span<const Statement> batch,
                                               std::span<const std::size_t> chosen, base::SteadyTime deadline,
                                               const OnResult& on_result) {
  std::vector<Statement> again = {{"unconverted", "SET client_encoding = SQL_ASCII"}};
  for (const std::size_t index : chosen) again.push_back(batch[index]);
  again.push_back({"converted", "SET client_encoding = UTF8"});
  const OnResult of_chosen = [&](std::size_t place, base::Result<Rows> rows, base::Millis took) {
    if (place > 0 && place <= chosen.size()) on_result(chosen[place - 1], std::move(rows), took);
  };
  return Batch(*this, again, of_chosen).run(deadline);
}

}  // namespace pgvigil::pg
