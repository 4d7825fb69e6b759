#include "pg/connection.hpp"

/// A session with pgbouncer's own console: SHOW commands, one simple query each. It knows no settings, no
/// pipeline and no time limits, so a command that outlasts its limit takes the session with it.
namespace pgvigil::pg {

base::Result<void> Connection::run_on_console(std::span<const Statement> batch, base::SteadyTime deadline,
                                              const OnResult& on_result) {
  base::Result<void> lost;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto rows = lost ? query(std::string(batch[i].sql), std::min(deadline, start + batch[i].timeout))
                     : tl::unexpected(lost.error());
    if (!rows && rows.error().sqlstate.empty()) lost = tl::unexpected(rows.error());
    // The console has one SQLSTATE for everything, protocol_violation; it still stands.
    if (!rows && lost && PQstatus(conn_.get()) == CONNECTION_OK) rows.error().kind = base::ErrorKind::sql;
    const auto took = std::chrono::steady_clock::now() - start;
    on_result(i, std::move(rows), std::chrono::duration_cast<base::Millis>(took));
    if (!lost && lost.error().kind == base::ErrorKind::too_large) break;
  }
  return lost;
}

base::Result<void> Connection::look_at_console(base::SteadyTime deadline) {
  const auto answered = query("SHOW VERSION", deadline);
  if (!answered) return base::within("looking at pgbouncer's console", answered.error());
  ServerFacts facts;
  facts.console = facts.pooled = true;
  facts.version = PQparameterStatus(conn_.get(), "server_version");
  facts.version.resize(facts.version.size() - kConsole.size());
  facts.database = PQdb(conn_.get());
  facts.role = PQuser(conn_.get());
  facts_ = std::move(facts);
  return {};
}

}  // namespace pgvigil::pg
