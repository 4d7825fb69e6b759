#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pgvigil/base/result.hpp"

namespace pgvigil::web {

/// An IPv4 address and a port to listen on.
struct Endpoint {
  std::string host;  ///< dotted
  std::uint16_t port = 0;
};

/// The whole text as a port, 0 to 65535.
std::optional<std::uint16_t> to_port(std::string_view text);

/// "host:port" or ":port", the host looked up where it is a name. Kind config: not of that form, or a unix
/// socket or IPv6. Kind io: no such host.
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
