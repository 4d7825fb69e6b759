#include "web/endpoint.hpp"

#include <arpa/inet.h>
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

sockaddr_in to_sockaddr(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr);
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

bool listens_on(int fd, const sockaddr_in& wanted) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) return false;
  sockaddr_in bound{};
  size = sizeof bound;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return false;
  return bound.sin_family == AF_INET && bound.sin_port == wanted.sin_port &&
         bound.sin_addr.s_addr == wanted.sin_addr.s_addr;
}

}  // namespace

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
  if (colon != address.find(':') || address.starts_with('['))
    return fail(ErrorKind::config, "IPv6 is not supported, use an IPv4 address");
  if (colon == std::string::npos)
    return fail(ErrorKind::config, "the address has the form host:port or :port");
  const auto port = to_port(std::string_view(address).substr(colon + 1));
  if (!port) return fail(ErrorKind::config, "a port is a number from 0 to 65535");
  return look_up(address.substr(0, colon)).map([&](std::string host) {
    return Endpoint{std::move(host), *port};
  });
}

base::Result<void> try_listening(const Endpoint& endpoint) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorKind::io, "{}", reason(errno));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = to_sockaddr(endpoint);
  const bool listens =
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && listen(fd, 1) == 0;
  const int error = errno;
  close(fd);
  if (!listens) return fail(ErrorKind::io, "{}", reason(error));
  return {};
}

int find_listener(const Endpoint& endpoint) {
  const sockaddr_in wanted = to_sockaddr(endpoint);
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
