#include "pgvigil/web/server.hpp"

#include <civetweb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/web/accept_encoding.hpp"
#include "web/endpoint.hpp"

namespace pgvigil::web {
namespace {

using base::ErrorKind;
using base::fail;

constexpr const char* kRequestTimeoutMs = "2000";
constexpr const char* kKeepAliveTimeoutMs = "500";
constexpr const char* kListenBacklog = "4096";  // the kernel takes less where somaxconn is less
constexpr base::Seconds kAnswerTimeout{10};     // Prometheus' default scrape_timeout
constexpr std::size_t kChunk = 64 << 10;        // between two chunks the answer's timeout is looked at

constexpr std::string_view kPageSecurity =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

std::string_view header(const mg_connection* connection, const char* name) {
  const char* value = mg_get_header(connection, name);
  return value == nullptr ? std::string_view() : value;
}

Response text(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = {std::make_shared<const std::string>(std::move(body))};
  return response;
}

Response refuse_method(std::string allowed) {
  Response response = text(405, fmt::format("Method not allowed. Use {}.\n", allowed));
  response.allow = std::move(allowed);
  return response;
}

/// What the client wishes, as HTTP/1.0 and 1.1 differ in it. A request with a body is not kept: nobody reads
/// the body.
bool wants_to_stay(const mg_connection* connection, const mg_request_info& request) {
  if (request.content_length > 0 || !header(connection, "Transfer-Encoding").empty()) return false;
  const char* wish = mg_get_header(connection, "Connection");
  if (wish == nullptr) return std::string_view(request.http_version) == "1.1";
  return mg_strcasecmp(wish, "keep-alive") == 0;
}

std::string head_of(const Response& response, const mg_connection* connection, bool stays) {
  std::size_t length = 0;
  for (const auto& piece : response.body) length += piece->size();
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
      response.status, mg_get_response_code_text(connection, response.status), response.content_type, length,
      stays ? "keep-alive" : "close");
  if (!response.content_encoding.empty())
    head += fmt::format("Content-Encoding: {}\r\n", response.content_encoding);
  if (response.status == 405) head += fmt::format("Allow: {}\r\n", response.allow);
  if (response.content_type.starts_with("text/html")) head += kPageSecurity;
  return head + "\r\n";
}

/// False when the client is gone or did not take everything in time.
bool write(mg_connection* connection, std::string_view bytes, base::SteadyTime deadline) {
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, kChunk);
    if (mg_write(connection, chunk.data(), chunk.size()) != static_cast<int>(chunk.size())) return false;
    bytes.remove_prefix(chunk.size());
    if (!bytes.empty() && base::SystemClock().steady() > deadline) return false;
  }
  return true;
}

/// True when the client took all of it.
bool send(mg_connection* connection, const Response& response, bool with_body, bool stays) {
  const base::SteadyTime deadline = base::SystemClock().steady() + kAnswerTimeout;
  if (!write(connection, head_of(response, connection, stays), deadline)) return false;
  return !with_body || std::ranges::all_of(response.body, [&](const auto& piece) {
    return write(connection, *piece, deadline);
  });
}

/// What civetweb itself has to refuse: a request that is malformed, too long or too slow. Its own page is not
/// used: it calls gmtime(), which several workers must not.
int refuse(mg_connection* connection, int status, const char*) {
  try {
    send(connection, text(status, fmt::format("{}.\n", mg_get_response_code_text(connection, status))), true,
         false);
  } catch (...) {
    mg_disable_connection_keep_alive(connection);
  }
  return 0;
}

class CivetwebServer final : public Server {
 public:
  CivetwebServer(std::map<std::string, Route> routes, int workers)
      : routes_(std::move(routes)), workers_(workers) {
    mg_init_library(MG_FEATURES_DEFAULT);
  }
  CivetwebServer(const CivetwebServer&) = delete;
  CivetwebServer& operator=(const CivetwebServer&) = delete;
  ~CivetwebServer() override;

  static mg_callbacks own_callbacks();
  base::Result<void> listen(Endpoint endpoint);
  int port() const override { return port_; }

 private:
  static CivetwebServer& of(const mg_connection* connection) {
    return *static_cast<CivetwebServer*>(mg_get_user_data(mg_get_context(connection)));
  }

  int serve(mg_connection* connection);
  Response answer(const mg_connection* connection, const mg_request_info& info) const;

  const std::map<std::string, Route> routes_;
  const int workers_;
  std::atomic<int> connected_ = 0;
  mg_context* context_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
};

CivetwebServer::~CivetwebServer() {
  // Wakes the accepting thread, which otherwise notices the end only when its poll of two seconds is over.
  if (listener_ >= 0) shutdown(listener_, SHUT_RD);
  mg_stop(context_);
  mg_exit_library();
}

mg_callbacks CivetwebServer::own_callbacks() {
  mg_callbacks callbacks{};
  callbacks.begin_request = [](mg_connection* connection) { return of(connection).serve(connection); };
  callbacks.http_error = refuse;
  callbacks.init_connection = [](const mg_connection* connection, void**) {
    ++of(connection).connected_;
    return 0;
  };
  callbacks.connection_closed = [](const mg_connection* connection) { --of(connection).connected_; };
  return callbacks;
}

base::Result<void> CivetwebServer::listen(Endpoint endpoint) {
  const std::string address = fmt::format("{}:{}", endpoint.host, endpoint.port);
  const std::string workers = std::to_string(workers_);
  // clang-format off
  std::array<const char*, 17> settings = {
      "listening_ports", address.c_str(),
      "num_threads", workers.c_str(),
      "request_timeout_ms", kRequestTimeoutMs,
      "enable_keep_alive", "yes",
      "keep_alive_timeout_ms", kKeepAliveTimeoutMs,
      "listen_backlog", kListenBacklog,
      "tcp_nodelay", "1",
      "decode_url", "no",
      nullptr};
  // clang-format on
  const mg_callbacks callbacks = own_callbacks();

  std::array<char, 256> why{};
  mg_error_data error{};
  error.text = why.data();
  error.text_buffer_size = why.size();
  mg_init_data start{};
  start.callbacks = &callbacks;
  start.user_data = this;
  start.configuration_options = settings.data();
  context_ = mg_start2(&start, &error);
  if (context_ == nullptr) return fail(ErrorKind::io, "{}", why.data());

  mg_server_port bound{};
  mg_get_server_ports(context_, 1, &bound);
  port_ = bound.port;
  endpoint.port = static_cast<std::uint16_t>(port_);
  listener_ = find_listener(endpoint);
  if (listener_ >= 0) wait_for_data(listener_);
  return {};
}

Response CivetwebServer::answer(const mg_connection* connection, const mg_request_info& info) const {
  const std::string_view method = info.request_method;
  const auto posted = routes_.find(fmt::format("POST {}", info.local_uri));
  const auto route = posted == routes_.end() ? routes_.find(info.local_uri) : posted;
  if (route == routes_.end()) {
    std::string known;
    for (const auto& [path, ignored] : routes_) known += "\n  " + path;
    return text(404, "Not found. There is:" + known + "\n");
  }
  if (route == posted && method != "POST") return refuse_method("POST");
  if (route != posted && method != "GET" && method != "HEAD") return refuse_method("GET, HEAD");
  Request request;
  request.method = method;
  request.host = header(connection, "Host");
  request.path = info.local_uri;
  if (info.query_string != nullptr) request.query = info.query_string;
  request.accepts_gzip = accepts_gzip(header(connection, "Accept-Encoding"));
  return route->second(request);
}

int CivetwebServer::serve(mg_connection* connection) {
  // One of the three doors: nothing thrown behind it may reach civetweb, which is C, or tell a client how we
  // are made.
  try {
    const mg_request_info& info = *mg_get_request_info(connection);
    Response response;
    try {
      response = answer(connection, info);
    } catch (...) {
      response = text(500, "Internal error.\n");
    }
    const bool stays = wants_to_stay(connection, info) && connected_ <= (workers_ + 1) / 2;
    const bool with_body = std::string_view(info.request_method) != "HEAD";
    if (!send(connection, response, with_body, stays) || !stays) mg_disable_connection_keep_alive(connection);
    return response.status;
  } catch (...) {
    mg_disable_connection_keep_alive(connection);
    return 500;
  }
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const Options& options,
                                                    std::map<std::string, Route> routes) {
  const auto in_context = [&](base::Error error) {
    return base::within("cannot listen on " + options.address, std::move(error)).value();
  };
  const auto endpoint = resolve(options.address);
  if (!endpoint) return tl::unexpected(in_context(endpoint.error()));
  auto server = std::make_unique<CivetwebServer>(std::move(routes), options.workers);
  const auto listening = try_listening(*endpoint).and_then([&] { return server->listen(*endpoint); });
  if (!listening) return tl::unexpected(in_context(listening.error()));
  return server;
}

}  // namespace pgvigil::web
