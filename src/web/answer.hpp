#pragma once

#include <civetweb.h>

#include <map>
#include <string>

#include "pgvigil/web/server.hpp"

namespace pgvigil::web {

using Headers = std::map<std::string, std::string, std::less<>>;

/// Sends head and, unless the method is HEAD, body. `stays` is whether the connection is kept, `configured`
/// what the configuration adds to every head. Small pieces go together: a send(2) for each costs more than a
/// copy. True when the client took all of it in time.
bool send(mg_connection* connection, const Response& response, bool with_body, bool stays,
          const Headers& configured);

}  // namespace pgvigil::web
