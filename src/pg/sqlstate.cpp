#include "pgvigil/pg/sqlstate.hpp"

namespace pgvigil::pg {

base::ErrorKind kind_of(std::string_view sqlstate) {
  using base::ErrorKind;
  if (sqlstate.starts_with("28")) return ErrorKind::auth;     // invalid_authorization_specification
  if (sqlstate == "42501") return ErrorKind::permission;      // insufficient_privilege
  if (sqlstate == "57014") return ErrorKind::timeout;         // query_canceled: statement_timeout
  if (sqlstate == "55P03") return ErrorKind::timeout;         // lock_not_available: lock_timeout
  if (sqlstate.starts_with("08")) return ErrorKind::connect;  // connection_exception
  if (sqlstate.starts_with("57P"))
    return ErrorKind::connect;  // admin_shutdown, crash_shutdown, cannot_connect_now …
  if (sqlstate == "53300") return ErrorKind::connect;  // too_many_connections
  if (sqlstate == "3D000") return ErrorKind::connect;  // invalid_catalog_name: the database is gone
  return ErrorKind::sql;
}

}  // namespace pgvigil::pg
