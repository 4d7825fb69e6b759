#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pgvigil/base/result.hpp"

namespace pgvigil::web {

/// An address and a port to listen on.
struct Endpoint {
  std::string host;  ///< dotted, or IPv6 without brackets
  std::uint16_t port = 0;

  bool is_ipv6() const { return host.find(':') != std::string::npos; }
  std::string text() const;  ///< "127.0.0.1:9187", "[::1]:9187"
};

/// The whole text as a port, 0 to 65535.
std::optional<std::uint16_t> to_port(std::string_view text);

/// "host:port", ":port" or "[IPv6]:port", the host looked up where it is a name. Kind config: not of that
/// form, a unix socket, or IPv6 where civetweb has none. Kind io: no such host.
base::Result<Endpoint> resolve(const std::string& address);

/// Listens on the endpoint and stops again, for the system's reason why one cannot: civetweb keeps it to
/// itself.
base::Result<void> try_listening(const Endpoint& endpoint);

/// The descriptor of this process that listens on the endpoint, or -1: civetweb does not tell it.
int find_listener(const Endpoint& endpoint);

/// Lets a listening socket hand over a connection with its first byte, not before, so that a client that
/// connects and stays silent occupies the kernel alone.
void wait_for_data(int listener);

}  // namespace pgvigil::web
