#include "pgvigil/web/server.hpp"

#include <civetweb.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/web/accept_encoding.hpp"
#include "web/civetweb.hpp"
#include "web/endpoint.hpp"
#include "web/guard.hpp"

namespace pgvigil::web {
namespace {

constexpr base::Seconds kAnswerTimeout{10};  // Prometheus' default scrape_timeout
constexpr std::size_t kChunk = 64 << 10;     // between two chunks the answer's timeout is looked at
constexpr std::size_t kTogether = kChunk;    // of pieces that are copied
constexpr std::size_t kLarge = 32 << 10;     // a piece that is not

using Headers = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kPagePolicy =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n";

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

std::string head_of(const Response& response, std::size_t length, const mg_connection* connection, bool stays,
                    const Headers& configured) {
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n"
      "Cache-Control: no-store\r\n",
      response.status, mg_get_response_code_text(connection, response.status), response.content_type, length,
      stays ? "keep-alive" : "close");
  if (!response.content_encoding.empty())
    head += fmt::format("Content-Encoding: {}\r\n", response.content_encoding);
  if (response.status == 405) head += fmt::format("Allow: {}\r\n", response.allow);
  if (response.status == 401) head += "WWW-Authenticate: Basic realm=\"pgvigil\", charset=\"UTF-8\"\r\n";
  if (response.status == 503) head += "Retry-After: 1\r\n";
  if (!configured.contains("X-Content-Type-Options")) head += "X-Content-Type-Options: nosniff\r\n";
  if (response.content_type.starts_with("text/html")) {
    if (!configured.contains("Content-Security-Policy")) head += kPagePolicy;
    head += "Referrer-Policy: no-referrer\r\n";
  }
  for (const auto& [name, value] : configured) head += fmt::format("{}: {}\r\n", name, value);
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

/// True when the client took all of it. Small pieces go together: a send(2) for each costs more than a copy.
bool send(mg_connection* connection, const Response& response, bool with_body, bool stays,
          const Headers& configured) {
  const base::SteadyTime deadline = base::SystemClock().steady() + kAnswerTimeout;
  std::size_t length = 0;
  for (const auto& piece : response.body) length += piece->size();
  std::string small = head_of(response, length, connection, stays, configured);
  if (!with_body) return write(connection, small, deadline);
  small.reserve(std::min(small.size() + length, kTogether));
  for (const auto& piece : response.body) {
    if (small.size() + piece->size() <= kTogether) {
      small += *piece;
      continue;
    }
    if (!write(connection, small, deadline)) return false;
    small.clear();
    if (piece->size() > kLarge) {
      if (!write(connection, *piece, deadline)) return false;
    } else {
      small = *piece;
    }
  }
  return write(connection, small, deadline);
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
