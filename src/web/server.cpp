#include "pgvigil/web/server.hpp"

#include <civetweb.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/web/accept_encoding.hpp"
#include "web/answer.hpp"
#include "web/civetweb.hpp"
#include "web/endpoint.hpp"
#include "web/guard.hpp"

namespace pgvigil::web {
namespace {

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

/// Once for the process: civetweb gives its thread-specific key back each time, and what OpenSSL then puts
/// under that number glibc forgets before OpenSSL's own destructor can free it (seen: a leak for each
/// thread).
struct Library {
  Library() { mg_init_library(MG_FEATURES_DEFAULT); }
  ~Library() { mg_exit_library(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

class CivetwebServer final : public Server {
 public:
  CivetwebServer(std::map<std::string, Route> routes, const Options& options, std::unique_ptr<Guard> guard)
      : routes_(std::move(routes)),
        workers_(options.workers),
        open_(options.protection.open),
        guard_(std::move(guard)) {
    static const Library library;
  }
  CivetwebServer(const CivetwebServer&) = delete;
  CivetwebServer& operator=(const CivetwebServer&) = delete;
  ~CivetwebServer() override;

  static mg_callbacks own_callbacks();
  base::Result<void> listen(std::vector<Endpoint> endpoints);
  const std::vector<std::string>& addresses() const override { return addresses_; }
  int port() const override { return port_; }

 private:
  static CivetwebServer& of(const mg_connection* connection) {
    return *static_cast<CivetwebServer*>(mg_get_user_data(mg_get_context(connection)));
  }

  static int refuse(mg_connection* connection, int status, const char*);
  int serve(mg_connection* connection);
  Response admit(const mg_connection* connection, const mg_request_info& info, const Armed& armed) const;
  Response answer(const mg_connection* connection, const mg_request_info& info) const;

  const std::map<std::string, Route> routes_;
  const int workers_;
  std::atomic<int> connected_ = 0;
  const std::set<std::string, std::less<>> open_;
  const std::unique_ptr<Guard> guard_;
  const CurrentContext current_ = [this] { return guard_->current()->tls; };
  TlsContext listening_;
  mg_context* context_ = nullptr;
  std::vector<int> listeners_;
  std::vector<std::string> addresses_;
  int port_ = 0;
};

CivetwebServer::~CivetwebServer() {
  // Wakes the accepting thread, which otherwise notices the end only when its poll of two seconds is over.
  for (const int listener : listeners_) shutdown(listener, SHUT_RD);
  mg_stop(context_);
}

mg_callbacks CivetwebServer::own_callbacks() {
  mg_callbacks callbacks{};
  callbacks.begin_request = [](mg_connection* connection) { return of(connection).serve(connection); };
  callbacks.http_error = refuse;
  // A connection whose handshake failed is closed without having been begun.
  callbacks.init_connection = [](const mg_connection* connection, void** counted) {
    ++of(connection).connected_;
    *counted = &of(connection).connected_;
    return 0;
  };
  callbacks.connection_close = [](const mg_connection* connection) {
    if (mg_get_user_connection_data(connection) != nullptr) --of(connection).connected_;
  };
  callbacks.external_ssl_ctx = [](void** context, void* server) {
    *context = static_cast<CivetwebServer*>(server)->listening_.get();
    return 1;
  };
  return callbacks;
}

base::Result<void> CivetwebServer::listen(std::vector<Endpoint> endpoints) {
  if (guard_->current()->tls) listening_ = listening_context(current_);
  const mg_callbacks callbacks = own_callbacks();
  const auto context = start_civetweb(callbacks, this, endpoints, listening_ != nullptr, workers_);
  if (!context) return tl::unexpected(context.error());
  context_ = *context;
  for (const Endpoint& endpoint : endpoints) {
    addresses_.push_back(endpoint.text());
    if (const int listener = find_listener(endpoint); listener >= 0) listeners_.push_back(listener);
  }
  std::ranges::for_each(listeners_, wait_for_data);
  port_ = endpoints.front().port;
  return {};
}

/// What civetweb itself has to refuse: a request that is malformed, too long or too slow. Its own page is not
/// used: it calls gmtime(), which several workers must not.
int CivetwebServer::refuse(mg_connection* connection, int status, const char*) {
  try {
    const Response response =
        text(status, fmt::format("{}.\n", mg_get_response_code_text(connection, status)));
    send(connection, response, true, false, of(connection).guard_->current()->security.headers);
  } catch (...) {
    mg_disable_connection_keep_alive(connection);
  }
  return 0;
}

Response CivetwebServer::admit(const mg_connection* connection, const mg_request_info& info,
                               const Armed& armed) const {
  if (!armed.passwords || open_.contains(info.local_uri)) return answer(connection, info);
  const auto given = basic_credentials(header(connection, "Authorization"));
  const auto verdict = given ? armed.passwords->check(*given) : Passwords::Verdict::wrong;
  if (verdict == Passwords::Verdict::right) return answer(connection, info);
  if (verdict == Passwords::Verdict::busy)
    return text(503, "Too many passwords are being checked. Try again.\n");
  return text(401, "A user name and its password are needed.\n");
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
    const auto armed = guard_->current();
    Response response;
    try {
      response = admit(connection, info, *armed);
    } catch (...) {
      response = text(500, "Internal error.\n");
    }
    const bool stays = wants_to_stay(connection, info) && connected_ <= (workers_ + 1) / 2;
    const bool with_body = std::string_view(info.request_method) != "HEAD";
    if (!send(connection, response, with_body, stays, armed->security.headers) || !stays)
      mg_disable_connection_keep_alive(connection);
    return response.status;
  } catch (...) {
    mg_disable_connection_keep_alive(connection);
    return 500;
  }
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const Options& options,
                                                    std::map<std::string, Route> routes) {
  static const base::SystemClock clock;
  auto guard = Guard::make(options.protection, clock);
  if (!guard) return tl::unexpected(guard.error());
  const auto in_context = [](std::string_view address) {
    return [=](base::Error error) {
      return base::within(fmt::format("cannot listen on {}", address), std::move(error)).value();
    };
  };
  std::vector<Endpoint> endpoints;
  for (const std::string& address : options.addresses) {
    auto endpoint = resolve(address);
    const auto free = endpoint.and_then(try_listening).map_error(in_context(address));
    if (!free) return tl::unexpected(free.error());
    endpoints.push_back(*std::move(endpoint));
  }
  auto server = std::make_unique<CivetwebServer>(std::move(routes), options, *std::move(guard));
  const auto listening = server->listen(std::move(endpoints))
                             .map_error(in_context(fmt::format("{}", fmt::join(options.addresses, ", "))));
  if (!listening) return tl::unexpected(listening.error());
  return server;
}

}  // namespace pgvigil::web
