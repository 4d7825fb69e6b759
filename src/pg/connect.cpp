#include "pgvigil/pg/connect.hpp"

#include <poll.h>

#include <algorithm>
#include <charconv>

#include "pg/connection.hpp"
#include "pg/handles.hpp"
#include "pg/params.hpp"
#include "pg/wait.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/pg/sqlstate.hpp"

namespace pgvigil::pg {
namespace {

using base::ErrorKind;

/// While connecting, libpq gives the SQLSTATE only within its text, and only at verbosity VERBOSE: "…: FATAL:
/// 28P01: message". The five characters stand behind the severity, whatever its language.
struct Verbose {
  std::string sqlstate;
  std::string message;  // one line, without the SQLSTATE and the LOCATION lines
};

bool is_sqlstate(std::string_view text) {
  return text.size() == 5 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

Verbose read_verbose(std::string_view text) {
  Verbose out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const bool hint = text.starts_with('\t');  // "Is the server running on that host …?"
    std::string line(base::trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || hint || line.starts_with("LOCATION:")) continue;
    const std::size_t state = line.find(":  ");
    if (state == std::string::npos || !is_sqlstate(std::string_view(line).substr(state + 3, 5))) {
      if (!out.sqlstate.empty()) continue;  // the server's DETAIL or HINT, or which file the password is from
      // What does not begin a try of its own is a remark about the last one.
      if (out.message.empty() || line.starts_with("connection to server"))
        out.message = line;
      else
        out.message += fmt::format(" ({})", line);
      continue;
    }
    const std::string sqlstate = line.substr(state + 3, 5);
    // With sslmode=prefer libpq tries twice, and the last try counts; but a server that lets no plain text in
    // says only that, whatever was wrong with the first.
    if (sqlstate == "28000" && !out.sqlstate.empty()) continue;
    const std::size_t severity = line.rfind(' ', state);
    const std::size_t from = severity == std::string::npos ? 0 : severity + 1;
    line.erase(from, std::min(line.find_first_not_of(": ", state + 8), line.size()) - from);
    out = {sqlstate, line};
  }
  return out;
}

base::Error connect_error(PGconn* conn) {
  const Verbose verbose = read_verbose(PQerrorMessage(conn));
  ErrorKind kind = verbose.sqlstate.empty() ? ErrorKind::connect : kind_of(verbose.sqlstate);
  if (verbose.sqlstate.empty() && PQconnectionNeedsPassword(conn) != 0) kind = ErrorKind::auth;
  if (kind == ErrorKind::sql) kind = ErrorKind::connect;
  return {kind, to_message(verbose.message), verbose.sqlstate};
}

/// connect_timeout for one host, and not more than its share of the time that is left.
base::SteadyTime host_deadline(const Params& params, base::SteadyTime deadline) {
  const auto now = std::chrono::steady_clock::now();
  const auto share = (deadline - now) / static_cast<int>(params.hosts());
  const std::string text = params.get("connect_timeout");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return now + (seconds > 0 ? std::min<base::SteadyTime::duration>(share, base::Seconds(seconds)) : share);
}

base::Result<void> complete(PGconn* conn, base::SteadyTime deadline, const base::Stop& stop) {
  auto next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED) return tl::unexpected(connect_error(conn));
    const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (wait(PQsocket(conn), events, deadline, stop)) {
      case Waited::stopped:
        return base::fail(ErrorKind::io, "asked to stop");
      case Waited::deadline:
        return base::fail(ErrorKind::timeout,
                          "the server at {} port {} did not complete the connection in time", PQhost(conn),
                          PQport(conn));
      case Waited::ready:
        next = PQconnectPoll(conn);
    }
  }
  return {};
}

/// libpq's own way through the hosts. One that is silent past its time: `params` are left with those behind
/// it.
base::Result<ConnHandle> connect_to_any(Params& params, base::SteadyTime deadline, const base::Stop& stop) {
  while (true) {
    ConnHandle conn(PQconnectStartParams(params.keywords().data(), params.values().data(), 0));
    if (!conn) return base::fail(ErrorKind::connect, "out of memory");
    PQsetErrorVerbosity(conn.get(), PQERRORS_VERBOSE);
    PQsetNoticeProcessor(
        conn.get(), [](void*, const char*) {}, nullptr);
    if (PQstatus(conn.get()) == CONNECTION_BAD) return tl::unexpected(connect_error(conn.get()));
    const auto done = complete(conn.get(), host_deadline(params, deadline), stop);
    if (done) return conn;
    if (done.error().kind != ErrorKind::timeout || !done.error().sqlstate.empty() ||
        !params.drop_hosts_through(PQhost(conn.get()), PQport(conn.get())))
      return tl::unexpected(done.error());
  }
}

base::Result<void> take_password(Params& params, const std::string& file) {
  constexpr std::size_t kMostBytes = 65'536;
  if (file.empty()) return {};
  const auto text = base::read_file(file, kMostBytes);
  if (!text) return base::fail(ErrorKind::auth, "cannot read the password file {}", base::clean_utf8(file));
  params.set("password", base::trim(*text));
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Session>> connect(const std::string& conninfo, std::string_view database,
                                               base::SteadyTime deadline, const base::Stop& stop,
                                               const std::string& password_file) {
  auto params = Params::parse(conninfo);
  if (!params) return tl::unexpected(params.error());
  if (const auto taken = take_password(*params, password_file); !taken) return tl::unexpected(taken.error());
  add_session_defaults(*params);
  if (!database.empty()) params->set("dbname", database);

  auto conn = connect_to_any(*params, deadline, stop);
  if (!conn) return tl::unexpected(conn.error());
  auto gate = Gate::before(PQsocket(conn->get()));
  if (!gate) return tl::unexpected(gate.error());
  auto connection = std::make_unique<Connection>(*std::move(conn), *std::move(gate), stop);
  if (const auto ready = connection->set_up(host_deadline(*params, deadline)); !ready)
    return tl::unexpected(ready.error());
  if (const auto looked = connection->look(deadline); !looked) return tl::unexpected(looked.error());
  return connection;
}

std::string_view connect_failure(const base::Error& error) {
  if (error.sqlstate == "53300") return "too_many_connections";
  if (error.sqlstate == "57P03") return "not_accepting";
  if (error.kind == ErrorKind::auth) return "auth";
  if (error.kind == ErrorKind::timeout) return "timeout";
  return error.sqlstate.empty() ? "unreachable" : "other";
}

Ping ping(const std::string& conninfo) {
  auto params = Params::parse(conninfo);
  if (!params) return Ping::silent;
  params->set("connect_timeout", "2");
  params->erase("password");
  switch (PQpingParams(params->keywords().data(), params->values().data(), 0)) {
    case PQPING_OK:
      return Ping::accepts;
    case PQPING_REJECT:
      return Ping::rejects;
    default:
      return Ping::silent;
  }
}

std::string effective(const std::string& conninfo, std::string_view keyword) {
  auto params = Params::parse(conninfo);
  if (!params || keyword.ends_with("password")) return {};
  // libpq resolves everything first, then refuses an impossible value, and so has not touched the network.
  params->set("target_session_attrs", "none that libpq knows");
  const ConnHandle conn(PQconnectStartParams(params->keywords().data(), params->values().data(), 0));
  const OptionsHandle options(PQconninfo(conn.get()));
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr;
       ++option)
    if (keyword == option->keyword && option->val != nullptr) return option->val;
  return {};
}

bool has_password(const std::string& conninfo) {
  const auto params = Params::parse(conninfo);
  return params && !(params->get("password").empty() && params->get("sslpassword").empty());
}

base::Result<std::string> describe(const std::string& conninfo) {
  const auto params = Params::parse(conninfo);
  if (!params) return tl::unexpected(params.error());
  const OptionsHandle defaults(PQconndefaults());
  std::string out;
  for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr;
       ++option) {
    const std::string_view keyword = option->keyword;
    if (keyword != "host" && keyword != "port" && keyword != "dbname" && keyword != "user") continue;
    std::string value = params->get(keyword);
    if (value.empty() && option->val != nullptr) value = option->val;
    if (!value.empty()) out += fmt::format("{}{}={}", out.empty() ? "" : " ", keyword, value);
  }
  return out;
}

}  // namespace pgvigil::pg
