#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/base/stop.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::pg {

/// A session with the server that `conninfo` names (libpq's keyword/value string or URI; what it leaves out
/// comes from PG* variables, the service file and the password file, all read anew), in `database` unless
/// that is empty.
///
/// Behind a pooler the session keeps no state on the server (facts().pooled); otherwise it is made read-only
/// and limited in time. Gives up at `deadline` or when asked to stop. Errors: kind auth, timeout or connect,
/// with SQLSTATE where the server sent one. DNS is libpq's own blocking look-up.
///
/// Where the conninfo names several hosts, one that does not answer leaves time for those behind it.
/// `password_file`, unless empty, holds the password: its text without blanks at its ends.
base::Result<std::unique_ptr<Session>> connect(const std::string& conninfo, std::string_view database,
                                               base::SteadyTime deadline, const base::Stop& stop,
                                               const std::string& password_file = {});

/// Why a connection failed, as a label: unreachable, too_many_connections, auth, not_accepting, timeout or
/// other.
std::string_view connect_failure(const base::Error& error);

enum class Ping : std::uint8_t { accepts, rejects, silent };

/// Asks the server, without a password, whether it takes connections; at most 2 s. One log line on the server
/// where log_connections is on. `rejects` while it starts, recovers or stops; not when max_connections is
/// used up.
Ping ping(const std::string& conninfo);

/// What libpq makes of a parameter of `conninfo` (sslmode, dbname …): its own, else the service file's, the
/// environment's or libpq's default. Empty for a conninfo that cannot be parsed. Never a password.
std::string effective(const std::string& conninfo, std::string_view keyword);

/// Whether a password, of the role or of its key, stands in `conninfo` itself.
bool has_password(const std::string& conninfo);

/// `conninfo` fit for a log: what libpq would use, without password, and with no more than host, port, dbname
/// and user.
base::Result<std::string> describe(const std::string& conninfo);

}  // namespace pgvigil::pg
