#pragma once

#include <string>

#include "pgvigil/base/result.hpp"

namespace pgvigil::web {

/// The parts of an http or https URL; a fragment is dropped.
struct Url {
  bool tls = false;
  std::string credentials;  ///< user:password, percent-decoded; empty: none
  std::string host;         ///< a name or an address, that of IPv6 without brackets
  std::string port;
  std::string authority;  ///< host and port as they stood, for the Host header
  std::string target;     ///< path and query, from the slash on

  /// For people: scheme, host and path, without credentials and query; bytes that are no UTF-8 as \xNN.
  std::string shown() const;
};

/// Kind config: not of that form. The message does not repeat the text, which may hold a password.
base::Result<Url> parse_url(const std::string& text);

/// The URL that a Location header means in an answer from `from`; credentials stay with the same server.
base::Result<Url> redirected(const Url& from, const std::string& location);

}  // namespace pgvigil::web
