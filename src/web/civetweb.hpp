#pragma once

#include <civetweb.h>

#include <vector>

#include "pgvigil/base/result.hpp"
#include "web/endpoint.hpp"

namespace pgvigil::web {

/// Starts civetweb on the endpoints, whose ports it fills in where they are 0; the caller stops it. `user` is
/// what the callbacks get. Kind io: civetweb's reason why it cannot.
base::Result<mg_context*> start_civetweb(const mg_callbacks& callbacks, void* user,
                                         std::vector<Endpoint>& endpoints, bool tls, int workers);

}  // namespace pgvigil::web
