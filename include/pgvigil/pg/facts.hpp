#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pgvigil/base/clock.hpp"

namespace pgvigil::pg {

/// An extension in the connected database.
struct Extension {
  std::string name;
  int version = 0;     ///< 1.8 is 108
  std::string schema;  ///< as an identifier, quoted where it must be
};

/// A database of the server that a session could enter.
struct Database {
  std::string name;
  bool is_template = false;
};

/// What is known of the server behind a session; one look a minute, and after every reconnect.
struct ServerFacts {
  int version_num = 0;  ///< 140023
  std::string version;  ///< "14.23"
  bool in_recovery = false;
  bool pooled = false;   ///< a pooler sits in between: PQbackendPID() is not pg_backend_pid()
  bool console = false;  ///< it is pgbouncer's own console; `pooled` too
  std::string database;  ///< the connected one
  std::string role;
  bool reads_all_stats = false;    ///< the role has pg_read_all_stats, as members of pg_monitor do
  bool reads_files = false;        ///< may call pg_read_file
  bool stopping_function = false;  ///< a superuser's audit.server_stopping() is there and callable
  int backend_pid = 0;             ///< pg_backend_pid()
  base::WallTime backend_start;
  base::WallTime server_start;
  std::string data_directory;  ///< empty where the role may not see it
  std::vector<Extension> extensions;
  std::vector<Database>
      databases;  ///< those that allow connections and that the role may connect to, by name

  const Extension* extension(std::string_view name) const;
};

}  // namespace pgvigil::pg
