#include <fmt/core.h>

#include <csignal>

#include "app/commands.hpp"
#include "pgvigil/web/fetch.hpp"

namespace pgvigil::app {
namespace {

/// Where a daemon that listens there is reached from its own machine.
base::Result<std::string> url_of(const std::string& address) {
  const auto colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (port == "0")
    return base::fail(base::ErrorKind::config,
                      "--web.listen-address has port 0, which only the daemon knows; name the port");
  return fmt::format("http://{}:{}/-/healthy", host.empty() || host == "0.0.0.0" ? "127.0.0.1" : host, port);
}

}  // namespace

int healthcheck(const config::Config& config) {
  constexpr int kUnhealthy = 1;
  const auto url = url_of(config.web.listen_address);
  if (!url) return fmt::print(stderr, "pgvigil: {}\n", url.error().message), kBadInput;
  std::signal(SIGPIPE, SIG_IGN);
  web::FetchOptions options;
  options.timeout = base::Seconds(2);
  const auto answer = web::fetch(*url, options);
  if (!answer) fmt::print(stderr, "pgvigil: {}\n", answer.error().message);
  return answer ? 0 : kUnhealthy;
}

}  // namespace pgvigil::app
