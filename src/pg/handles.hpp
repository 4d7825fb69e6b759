#pragma once

#include <libpq-fe.h>

#include <memory>

/// libpq's objects, owned from birth. Included in src/pg only.
namespace pgvigil::pg {

struct Deleter {
  void operator()(PGconn* conn) const { PQfinish(conn); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

using ConnHandle = std::unique_ptr<PGconn, Deleter>;
using ResultHandle = std::unique_ptr<PGresult, Deleter>;
using OptionsHandle = std::unique_ptr<PQconninfoOption, Deleter>;

}  // namespace pgvigil::pg
