#include <fmt/core.h>

#include <csignal>

#include "app/commands.hpp"
#include "pgvigil/config/web.hpp"
#include "pgvigil/web/fetch.hpp"

namespace pgvigil::app {
namespace {

/// Where a daemon that listens there is reached from its own machine.
base::Result<std::string> url_of(const std::string& address, bool tls) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (port == "0")
    return base::fail(base::ErrorKind::config,
                      "--web.listen-address has port 0, which only the daemon knows; name the port");
  if (host.empty() || host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return fmt::format("{}://{}:{}/-/healthy", tls ? "https" : "http", host, port);
}

/// Whether it speaks TLS.
base::Result<bool> speaks_tls(const std::string& config_file) {
  if (config_file.empty()) return false;
  return config::load_web(config_file).map([](const web::Security& security) {
    return security.tls.has_value();
  });
}

}  // namespace

int healthcheck(const config::Config& config) {
  constexpr int kUnhealthy = 1;
  const auto url = speaks_tls(config.web.config_file).and_then([&](bool tls) {
    return url_of(config.web.listen_addresses.front(), tls);
  });
  if (!url) return fmt::print(stderr, "pgvigil: {}\n", url.error().message), kBadInput;
  std::signal(SIGPIPE, SIG_IGN);
  web::FetchOptions options;
  options.timeout = base::Seconds(2);
  // The certificate is made out for the name that others use, and nothing secret is sent.
  options.verify = false;
  const auto answer = web::fetch(*url, options);
  // Who asks for a password or a certificate is alive.
  if (answer || answer.error().kind == base::ErrorKind::auth) return 0;
  fmt::print(stderr, "pgvigil: {}\n", answer.error().message);
  return kUnhealthy;
}

}  // namespace pgvigil::app
