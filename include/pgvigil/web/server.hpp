#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/result.hpp"

namespace pgvigil::web {

struct Request {
  std::string_view path;
  std::string_view query;
  bool accepts_gzip = false;  ///< Accept-Encoding, quality values respected
};

/// What a route answers. The body is a list of shared pieces, written one after the other without copying.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string content_encoding;  ///< "gzip" or empty
  std::vector<std::shared_ptr<const std::string>> body;
};

/// A route is a function; called by several worker threads at once.
using Route = std::function<Response(const Request&)>;

struct Options {
  std::string address = "0.0.0.0:9187";  ///< "host:port" or ":port"; port 0 takes a free one
  int workers = 64;
};

/// An HTTP server that answers GET and HEAD on exact paths, 404 elsewhere, 405 (with Allow) to other methods.
/// Slow and idle clients are cut off after short timeouts, so that they delay nobody. Stops when destroyed.
class Server {
 public:
  /// An error of kind io names the address when it cannot be bound.
  static base::Result<std::unique_ptr<Server>> start(const Options& options, std::map<std::string, Route> routes);
  virtual ~Server() = default;

  /// The port really listened on.
  virtual int port() const = 0;
};

}  // namespace pgvigil::web
