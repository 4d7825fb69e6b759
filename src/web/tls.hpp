#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>

#include "pgvigil/web/security.hpp"

namespace pgvigil::web {

/// Shared with the connections that began with it. Immutable once made; any thread.
using TlsContext = std::shared_ptr<SSL_CTX>;

/// The server's side of TLS as configured. No session is resumed, so that each client shows its certificate
/// to the authorities of now. Errors: kind config, one line that begins with Pem::where.
base::Result<TlsContext> make_context(const Tls& tls);

/// The context in force when a client begins. Any thread.
using CurrentContext = std::function<TlsContext()>;

/// What civetweb makes its connections from: each takes everything over from `current()` at its first
/// message. `current` outlives it.
TlsContext listening_context(const CurrentContext& current);

}  // namespace pgvigil::web
