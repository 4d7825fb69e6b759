#include "pg/connection.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "pg/wait.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/pg/sqlstate.hpp"

namespace pgvigil::pg {

using base::ErrorKind;

std::string session_settings(int version_num) {
  std::string sql =
      "SET default_transaction_read_only = on; SET statement_timeout = 5000; SET lock_timeout = 1000;"
      "SET idle_in_transaction_session_timeout = 60000; SET search_path = pg_catalog; SET jit = off;"
      "SET datestyle = ISO; SET max_parallel_workers_per_gather = 0;"
      "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
      "SET tcp_user_timeout = 15000;";
  // A statement that was given up ends with its session, so that the next session is not one too many.
  if (version_num >= 140000)
    sql +=
        "SET idle_session_timeout = 0; SELECT set_config('client_connection_check_interval', '100', false) "
        "WHERE version() ~ 'linux';";
  if (version_num >= 170000) sql += "SET transaction_timeout = 0;";
  return sql;
}

std::string to_message(std::string_view text) {
  // It may quote a value of any length, and it stands in the log, on the status page and in memory.
  constexpr std::size_t kLongest = 500;
  return base::cut(base::one_line(text), kLongest);
}

base::Error to_error(const PGresult* result) {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate == nullptr) return {ErrorKind::connect, "the connection was lost", {}};
  return {kind_of(sqlstate), to_message(message == nullptr ? "" : message), sqlstate};
}

base::Result<void> Connection::await_input(base::SteadyTime deadline, std::uint64_t since) {
  if (PQflush(conn_.get()) < 0) return base::fail(ErrorKind::connect, "the connection was lost");
  if (PQisBusy(conn_.get()) == 0) return {};
  switch (gate_->wait(PQsocket(conn_.get()), deadline, stop_)) {
    case Waited::stopped:
      return base::fail(ErrorKind::io, "asked to stop");
    case Waited::deadline:
      return base::fail(ErrorKind::timeout, "the server did not answer in time");
    case Waited::ready:
      break;
  }
  // A server that ends the session says why before it closes: that answer may be waiting to be read.
  if (PQconsumeInput(conn_.get()) == 0 && PQisBusy(conn_.get()) != 0)
    return base::fail(ErrorKind::connect, "the connection was lost");
  if (gate_->received() - since > kMostBytes)
    return base::fail(ErrorKind::too_large, "the result has more than {} MiB", kMostBytes / 1024 / 1024);
  return {};
}

base::Result<Rows> Connection::query(const std::string& sql, base::SteadyTime deadline) {
  if (PQsendQuery(conn_.get(), sql.c_str()) == 0)
    return base::fail(ErrorKind::connect, "the connection was lost");
  base::Result<Rows> last = Rows{};
  const auto received = gate_->received();
  while (true) {
    if (const auto ready = await_input(deadline, received); !ready) return tl::unexpected(ready.error());
    if (PQisBusy(conn_.get()) != 0) continue;
    const ResultHandle result(PQgetResult(conn_.get()));
    if (!result) return last;
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR)
      last = tl::unexpected(to_error(result.get()));
    else if (last && status == PGRES_TUPLES_OK)
      RowReader().add(*(last = Rows{}), result.get(), kAnyNumber);
  }
}

base::Result<void> Connection::set_up(base::SteadyTime deadline) {
  const char* version = PQparameterStatus(conn_.get(), "server_version");
  console_ = version != nullptr && std::string_view(version).ends_with(kConsole);
  if (console_) return {};
  const auto pid = query("SELECT pg_catalog.pg_backend_pid()", deadline);
  if (!pid) return tl::unexpected(pid.error());
  pooled_ = pid->cells.rows() != 1 || pid->cells.at(0, 0) != std::to_string(PQbackendPID(conn_.get()));
  if (!pooled_) {
    const auto set = query(session_settings(PQserverVersion(conn_.get())), deadline);
    if (!set) return tl::unexpected(set.error());
    statement_timeout_ = base::Millis(5000);
  }
  if (PQsetnonblocking(conn_.get(), 1) != 0 || PQenterPipelineMode(conn_.get()) != 1)
    return base::fail(ErrorKind::connect, "the connection was lost");
  return {};
}

/// Says goodbye and waits, a moment at most, until the server has closed its end: the backend is gone by
/// then, so the next session is never one more than allowed. A session in trouble is simply dropped.
Connection::~Connection() {
  constexpr base::Millis kMoment{500};
  const bool idle = PQtransactionStatus(conn_.get()) == PQTRANS_IDLE;
  conn_.reset();
  if (!idle) return;
  gate_->send();
  const auto deadline = std::chrono::steady_clock::now() + kMoment;
  std::array<char, 256> rest{};  // a TLS farewell may come first
  while (wait(gate_->server(), POLLIN, deadline, stop_) == Waited::ready &&
         recv(gate_->server(), rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
  }
}

int Connection::peer_pid() const {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(gate_->server(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return 0;
  return peer.pid;
}

std::string Connection::peer_address() const {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(gate_->server(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* binary = nullptr;
  if (address.ss_family == AF_INET)
    binary = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  else if (address.ss_family == AF_INET6)
    binary = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  else
    return {};
  return inet_ntop(address.ss_family, binary, text.data(), text.size()) == nullptr ? "" : text.data();
}

}  // namespace pgvigil::pg
