#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "web/url.hpp"

struct bio_st;
struct ssl_ctx_st;

namespace pgvigil::web {

/// A connection to the server that a URL names, with verified TLS where it says https. Non-blocking inside:
/// every call ends at the deadline, with an error of kind timeout.
class Stream {
 public:
  /// Kind config: the CA file cannot be used. Kind connect: nobody listens, or the certificate is not the
  /// server's.
  static base::Result<Stream> connect(const Url& url, const std::string& ca_file, base::SteadyTime deadline);

  base::Result<void> write(std::string_view bytes);

  /// Appends what there is, at least a byte; false at the end. Kind io: the connection broke.
  base::Result<bool> read(std::string& to);

 private:
  struct Free {
    void operator()(bio_st* bio) const;
    void operator()(ssl_ctx_st* context) const;
  };

  explicit Stream(base::SteadyTime deadline) : deadline_(deadline) {}
  base::Result<void> secure(const Url& url, const std::string& ca_file);
  base::Result<void> wait();

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<bio_st, Free> bio_;
  base::SteadyTime deadline_;
};

}  // namespace pgvigil::web
