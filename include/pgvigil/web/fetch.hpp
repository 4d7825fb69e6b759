#pragma once

#include <cstddef>
#include <string>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"

namespace pgvigil::web {

struct FetchOptions {
  /// For everything together: connecting, TLS, redirects, the body. A look-up of a name alone has the
  /// resolver's own limits.
  base::Millis timeout{30'000};
  std::size_t max_size = std::size_t{64} << 20;  ///< bytes of the body
  std::string bearer_token;                      ///< sent as `Authorization: Bearer`; empty: none
  std::string ca_file;                           ///< PEM, of the authorities to trust; empty: the system's
  bool verify = true;                            ///< the server's certificate and name
};

/// The body of what an http or https URL answers with status 200, asked for by one HTTP/1.0 GET: neither
/// chunks nor compression. `user:password@` in the URL is sent as basic authentication, unless there is a
/// token. The server's certificate and name are verified. At most three redirects are followed, from https
/// never to http; credentials go to the first server only. Errors name the address without credentials and
/// query; kind config: the URL or the CA file makes no sense; connect: nobody to talk to, or not the one who
/// was meant; auth: it refuses us, by 401, 403 or an alert of TLS; timeout; io: another status (the message
/// has the start of the body) or no sound answer. The process must ignore SIGPIPE.
base::Result<std::string> fetch(const std::string& url, const FetchOptions& options);

}  // namespace pgvigil::web
