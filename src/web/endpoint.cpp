#include "web/endpoint.hpp"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace pgvigil::web {
namespace {

using base::ErrorKind;
using base::fail;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_sockaddr(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.is_ipv6()) {
    auto& in = reinterpret_cast<sockaddr_in6&>(address.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(endpoint.port);
    inet_pton(AF_INET6, endpoint.host.c_str(), &in.sin6_addr);
    address.size = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(address.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(endpoint.port);
    inet_pton(AF_INET, endpoint.host.c_str(), &in.sin_addr);
    address.size = sizeof in;
  }
  return address;
}

base::Result<std::string> look_up(const std::string& host) {
  if (host.empty()) return "0.0.0.0";
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  if (error != 0) return fail(ErrorKind::io, "no IPv4 address: {}", gai_strerror(error));
  std::array<char, NI_MAXHOST> dotted{};
  getnameinfo(found->ai_addr, found->ai_addrlen, dotted.data(), dotted.size(), nullptr, 0, NI_NUMERICHOST);
  return std::string(dotted.data());
}

std::string reason(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') text.front() += 'a' - 'A';
  return text;
}

bool listens_on(int fd, const SocketAddress& wanted) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) return false;
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) return false;
  return bound.size == wanted.size && std::memcmp(&bound.storage, &wanted.storage, bound.size) == 0;
}

/// What stands between brackets.
base::Result<Endpoint> resolve_ipv6(std::string_view host, std::uint16_t port) {
  Endpoint endpoint{std::string(host), port};
  in6_addr ignored{};
  if (inet_pton(AF_INET6, endpoint.host.c_str(), &ignored) != 1)
    return fail(ErrorKind::config, "what stands in brackets is no IPv6 address");
  if (mg_check_feature(MG_FEATURES_IPV6) == 0)
    return fail(ErrorKind::config, "the installed civetweb has no IPv6; use an IPv4 address");
  return endpoint;
}

}  // namespace

std::string Endpoint::text() const {
  return is_ipv6() ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

base::Result<Endpoint> resolve(const std::string& address) {
  if (address.starts_with('/') || address.starts_with('@') || address.starts_with("unix:"))
    return fail(ErrorKind::config, "unix sockets are not supported, use host:port");
  const auto colon = address.rfind(':');
  if (colon == std::string::npos)
    return fail(ErrorKind::config, "the address has the form host:port or :port");
  const std::string host = address.substr(0, colon);
  const auto port = to_port(std::string_view(address).substr(colon + 1));
  if (!port) return fail(ErrorKind::config, "a port is a number from 0 to 65535");
  if (host.starts_with('[') && host.ends_with(']'))
    return resolve_ipv6(std::string_view(host).substr(1, host.size() - 2), *port);
  if (host.find(':') != std::string::npos)
    return fail(ErrorKind::config, "an IPv6 address stands in brackets, as in [::1]:9187");
  return look_up(host).map([&](std::string found) { return Endpoint{std::move(found), *port}; });
}

base::Result<void> try_listening(const Endpoint& endpoint) {
  const SocketAddress address = to_sockaddr(endpoint);
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorKind::io, "{}", reason(errno));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (endpoint.is_ipv6()) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const bool listens = bind(fd, address.get(), address.size) == 0 && listen(fd, 1) == 0;
  const int error = errno;
  close(fd);
  if (!listens) return fail(ErrorKind::io, "{}", reason(error));
  return {};
}

int find_listener(const Endpoint& endpoint) {
  const SocketAddress wanted = to_sockaddr(endpoint);
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (listens_on(fd, wanted)) return fd;
  }
  return -1;
}

void wait_for_data(int listener) {
  // An hour: Linux hands even a silent connection over when this time is up, all that came together at once.
  const int seconds = 3600;
  setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

}  // namespace pgvigil::web
