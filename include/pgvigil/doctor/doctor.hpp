#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/snapshot.hpp"
#include "pgvigil/pg/facts.hpp"

/// What is wrong with a set-up, and what mends it. Pure: an Examination, which app makes in one place, goes
/// in, verdicts come out. Nothing here holds a password.
namespace pgvigil::doctor {

/// warning: it works, but not as well or as safely as it could; missing: there are no samples of something;
/// failed: there is no session.
enum class Status : std::uint8_t { ok, warning, missing, failed };

std::string_view name(Status status);

/// Lines to be pasted as they stand; what does not apply is empty.
struct Remedy {
  std::string sql = {};            ///< for a superuser; a comment says what else is to be done
  std::string database = {};       ///< where to run `sql`; empty: in any database
  std::string shell = {};          ///< on the machine that the message names
  std::string manifest = {};       ///< of Kubernetes
  std::string configuration = {};  ///< of pgvigil, of its dsn, or of pg_hba.conf
};

struct Verdict {
  std::string_view check;
  Status status = Status::ok;
  std::string message = {};  ///< one line
  Remedy remedy = {};
};

/// Where pgvigil was sent, as libpq resolves its dsn.
struct Destination {
  std::string user;
  std::string database;
  std::string sslmode;
  std::string channel_binding;
  bool password_on_command_line = false;
};

/// The role that pgvigil runs as.
struct Role {
  bool superuser = false;
  bool bootstrap = false;  ///< it is initdb's own
  bool createrole = false;
  bool createdb = false;
  bool replication = false;
  bool bypassrls = false;
  bool in_monitor = false;  ///< a member of pg_monitor, with its rights or without
  bool reads_settings = false;
  bool reserved = false;  ///< may use reserved_connections
  int connection_limit = -1;
};

struct Setting {
  std::string value;   ///< as pg_settings has it, in the setting's own unit
  std::string source;  ///< `database user`, `configuration file` …
};

/// Sequences of one schema and owner that the role may not read.
struct UnreadSequences {
  std::string schema;
  std::string owner;
  long count = 0;
};

/// A database that pgvigil is to visit.
struct Visit {
  std::string database;
  bool may_connect = true;
  bool in_time = true;
  std::optional<base::Error> refused;  ///< no session, and why
  std::vector<UnreadSequences> sequences;
};

/// One run of a collector; `database` is empty at cluster scope.
struct Trial {
  const model::CollectorSpec* spec = nullptr;
  std::string database;
  model::Outcome outcome;
  std::string grants;  ///< SQL that gives what a refused statement lacked, where that is known
};

struct Statements {
  std::string available;  ///< the version that the server has files of; empty: none
  std::string installed;  ///< in the dsn's database; empty: not created there
  std::optional<double> dealloc;
  double entries = 0;
};

struct Tls {
  bool used = false;
  std::string version;
  std::string cipher;
};

/// Everything that was found out. Without a session only `destination` and `refused` say anything.
struct Examination {
  Destination destination;
  std::optional<base::Error> refused;
  base::WallTime now;

  pg::ServerFacts facts;
  std::string peer_address;   ///< empty over a unix socket
  bool over_network = false;  ///< the server's address is none of this machine
  Role role;
  std::map<std::string, Setting, std::less<>> settings;  ///< those that the role may see
  std::vector<Visit> visits;
  std::vector<std::string> absent;  ///< configured for a visit, but no database of the server
  std::vector<Trial> trials;
  model::Group group = model::Group::standard;  ///< of collectors, as configured
  Statements statements;
  Tls tls;
  double backends = 0;
  base::Millis round_trip{0};
  double clock_ahead = 0;   ///< of the server, in seconds, corrected by half the round trip
  bool local_sign = false;  ///< a shutdown can be read from postmaster.pid
  bool ping = true;         ///< as configured

  /// The setting's value, or empty text.
  std::string_view setting(std::string_view name) const;
  double number(std::string_view name) const;
};

/// The verdicts of every check that the examination allows, in the table's order.
std::vector<Verdict> diagnose(const Examination& examination);

}  // namespace pgvigil::doctor
