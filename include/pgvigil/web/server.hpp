#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/result.hpp"
#include "pgvigil/web/security.hpp"

namespace pgvigil::web {

/// What a route gets to see. Views, good until the route returns.
struct Request {
  std::string_view method;
  std::string_view path;   ///< as sent, without dot segments; not percent-decoded
  std::string_view query;  ///< what follows the `?`, as sent
  std::string_view host;   ///< the Host header, as sent: anything a client likes, or empty
  bool accepts_gzip = false;
};

/// What a route answers. The body is a list of shared pieces, written one after the other without copying.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string content_encoding;     ///< "gzip" or empty
  std::string allow = "GET, HEAD";  ///< the methods that a 405 tells
  std::vector<std::shared_ptr<const std::string>> body;
};

/// A route is a function; called by several worker threads at once. If it throws, the client gets a bare 500.
using Route = std::function<Response(const Request&)>;

/// Who is let in, and where the daemon says what became of a change.
struct Protection {
  std::string file;  ///< what `read` reads; watched, as are the files that the security names
  std::function<base::Result<Security>()> read;  ///< none: plain HTTP for everybody; any thread
  std::set<std::string, std::less<>> open;       ///< paths that need no password
  /// Told of each change, and of each that cannot be used; any thread.
  std::function<void(bool trouble, std::string_view message)> say = [](bool, std::string_view) {};
};

struct Options {
  /// Each "host:port", ":port" (every IPv4 address) or, where civetweb has IPv6, "[address]:port"; port 0
  /// takes a free one. No unix sockets.
  std::vector<std::string> addresses = {"0.0.0.0:9187"};
  /// A worker serves one connection at a time. Measured: 17 KiB of resident memory each, about 40 once it
  /// has served a compressed page, and sooner or later each has.
  int workers = 48;
  Protection protection = {};
};

/// An HTTP server that answers GET and HEAD on exact paths, 404 elsewhere, 405 (with Allow) to other methods.
/// A route whose key is "POST /path" is for POST alone. Slow and idle clients delay nobody: a connection
/// reaches a worker with its first byte, a request must be complete within two seconds, an answer be taken
/// within ten without standing still for two, and connections are kept only while half of the workers are
/// free; a TLS handshake has two seconds of its own. When destroyed it stops at once, or after two seconds
/// where a client is slow. Who sends no right name and password, where users are configured, gets 401.
class Server {
 public:
  /// Kind config: the address makes no sense or is of a kind not supported. Kind io: it cannot be bound; the
  /// message names the address and the system's reason. Else as Protection::read and verify() have it.
  static base::Result<std::unique_ptr<Server>> start(const Options& options,
                                                     std::map<std::string, Route> routes);
  virtual ~Server() = default;

  /// The addresses really listened on, "host:port", in the order of Options::addresses.
  virtual const std::vector<std::string>& addresses() const = 0;

  /// The port of the first of them.
  virtual int port() const = 0;
};

}  // namespace pgvigil::web
