#include "web/civetweb.hpp"

#include <array>
#include <string>

namespace pgvigil::web {
namespace {

constexpr const char* kRequestTimeoutMs =
    "2000";  // for line and headers; and for the handshake of TLS before them
constexpr const char* kKeepAliveTimeoutMs = "500";
constexpr const char* kListenBacklog = "4096";      // the kernel takes less where somaxconn is less
constexpr const char* kMostRequestBytes = "16384";  // line and headers; of these civetweb takes 64

}  // namespace

base::Result<mg_context*> start_civetweb(const mg_callbacks& callbacks, void* user,
                                         std::vector<Endpoint>& endpoints, bool tls, int workers) {
  std::string ports;
  for (const Endpoint& endpoint : endpoints)
    ports += fmt::format("{}{}{}", ports.empty() ? "" : ",", endpoint.text(), tls ? "s" : "");
  const std::string threads = std::to_string(workers);
  // clang-format off
  std::array<const char*, 19> settings = {
      "listening_ports", ports.c_str(),
      "num_threads", threads.c_str(),
      "request_timeout_ms", kRequestTimeoutMs,
      "enable_keep_alive", "yes",
      "keep_alive_timeout_ms", kKeepAliveTimeoutMs,
      "listen_backlog", kListenBacklog,
      "max_request_size", kMostRequestBytes,
      "tcp_nodelay", "1",
      "decode_url", "no",
      nullptr};
  // clang-format on

  std::array<char, 256> why{};
  mg_error_data error{};
  error.text = why.data();
  error.text_buffer_size = why.size();
  mg_init_data start{};
  start.callbacks = &callbacks;
  start.user_data = user;
  start.configuration_options = settings.data();
  mg_context* const context = mg_start2(&start, &error);
  if (context == nullptr) return base::fail(base::ErrorKind::io, "{}", why.data());

  std::vector<mg_server_port> bound(endpoints.size());
  mg_get_server_ports(context, static_cast<int>(bound.size()), bound.data());
  for (std::size_t i = 0; i < endpoints.size(); ++i)
    endpoints[i].port = static_cast<std::uint16_t>(bound[i].port);
  return context;
}

}  // namespace pgvigil::web
