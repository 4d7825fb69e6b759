#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "pg/connection.hpp"

/// What the same SQL costs at the least: asks what `pgvigil explain --json` says that pgvigil asks, at the
/// same pace, pipelined and prepared, by the same visits to databases, and throws the rows away. No limits,
/// no look at the server, nothing kept.
///
///     pgvigil_floor EXPLAINED.json DSN     DSN as keyword=value; runs until it is ended
namespace {

using pgvigil::pg::ConnHandle;
using pgvigil::pg::ResultHandle;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds kRound{60};  // as collect::Visitor goes round several databases

void require(bool done, PGconn* conn) {
  if (!done) throw std::runtime_error(PQerrorMessage(conn));
}

struct Statement {
  std::string sql;
  Seconds interval;
  std::map<std::string, Clock::time_point> asked;  // by database
};

/// A session in which each statement is prepared once.
class Session {
 public:
  explicit Session(const std::string& dsn) : conn_(PQconnectdb(dsn.c_str())) {
    require(PQstatus(conn_.get()) == CONNECTION_OK, conn_.get());
    const auto settings = pgvigil::pg::session_settings(PQserverVersion(conn_.get()));
    ResultHandle(PQexec(conn_.get(), settings.c_str()));
    require(PQenterPipelineMode(conn_.get()) == 1, conn_.get());
  }

  void ask(const std::vector<const Statement*>& statements) {
    for (const Statement* statement : statements) queue(*statement);
    std::size_t answered = 0;
    while (answered < statements.size()) {
      const ResultHandle result(PQgetResult(conn_.get()));
      require(PQstatus(conn_.get()) == CONNECTION_OK, conn_.get());
      if (result && PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) ++answered;
      if (result && PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
        std::fprintf(stderr, "%s", PQresultErrorMessage(result.get()));
    }
  }

 private:
  void queue(const Statement& statement) {
    const auto [name, fresh] = prepared_.emplace(&statement, "floor_" + std::to_string(prepared_.size()));
    PGconn* const conn = conn_.get();
    if (fresh)
      require(PQsendPrepare(conn, name->second.c_str(), statement.sql.c_str(), 0, nullptr) == 1, conn);
    require(PQsendQueryPrepared(conn, name->second.c_str(), 0, nullptr, nullptr, nullptr, 0) == 1, conn);
    require(PQpipelineSync(conn) == 1, conn);
  }

  ConnHandle conn_;
  std::map<const Statement*, std::string> prepared_;
};

/// Those that are due in a database, a tenth early being on time.
std::vector<const Statement*> due(std::vector<Statement>& statements, const std::string& database) {
  std::vector<const Statement*> chosen;
  const auto now = Clock::now();
  for (Statement& statement : statements) {
    const auto known = statement.asked.find(database);
    if (known != statement.asked.end() && now - known->second < statement.interval * 0.9) continue;
    statement.asked[database] = now;
    chosen.push_back(&statement);
  }
  return chosen;
}

class Floor {
 public:
  Floor(const nlohmann::json& explained, std::string dsn) : dsn_(std::move(dsn)), kept_(dsn_) {
    for (const auto& item : explained) {
      if (!item["enabled"] || item["outcome"] == "skipped" || item["sql"].get<std::string>().empty())
        continue;
      auto& list = item["scope"] == "cluster" ? cluster_ : database_;
      const auto sql = item["sql"].get<std::string>();
      const Seconds interval(item["interval_seconds"].get<double>());
      const auto same =
          std::ranges::find(list, sql, &Statement::sql);  // several collectors may share an answer
      if (same == list.end())
        list.push_back({sql, interval, {}});
      else
        same->interval = std::min(same->interval, interval);
      pace_ = std::min(pace_, interval);
    }
    const ConnHandle conn(PQconnectdb(dsn_.c_str()));
    const ResultHandle names(
        PQexec(conn.get(),
               "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate "
               "AND datname <> 'postgres' ORDER BY 1"));
    for (int row = 0; row < PQntuples(names.get()); ++row) databases_[PQgetvalue(names.get(), row, 0)] = {};
  }

  void run() {
    for (auto next = Clock::now();; next += std::chrono::duration_cast<Clock::duration>(pace_)) {
      std::this_thread::sleep_until(next);
      kept_.ask(due(cluster_, ""));
      visit();
    }
  }

 private:
  /// One database is asked at each poll in a session that stays; several are each visited once a round.
  void visit() {
    if (databases_.size() == 1) {
      if (!visiting_) visiting_ = std::make_unique<Session>(dsn_ + " dbname=" + databases_.begin()->first);
      return visiting_->ask(due(database_, databases_.begin()->first));
    }
    for (auto& [database, visited] : databases_) {
      if (Clock::now() - visited < kRound * 0.9) continue;
      visited = Clock::now();
      Session(dsn_ + " dbname=" + database).ask(due(database_, database));
    }
  }

  std::string dsn_;
  Session kept_;
  std::unique_ptr<Session> visiting_;
  std::vector<Statement> cluster_;
  std::vector<Statement> database_;
  std::map<std::string, Clock::time_point> databases_;
  Seconds pace_{15};
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: pgvigil_floor EXPLAINED.json DSN\n");
    std::ifstream file(argv[1]);
    Floor(nlohmann::json::parse(file), argv[2]).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pgvigil_floor: %s\n", error.what());
    return 1;
  }
}
