#pragma once

#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "web/pem.hpp"
#include "web/url.hpp"

namespace pgvigil::web {

/// Whom a client trusts.
struct Trust {
  std::string ca_file;  ///< PEM; empty: the system's authorities
  bool verify = true;   ///< the server's certificate and name
};

/// A connection to the server that a URL names, with verified TLS where it says https. Non-blocking inside:
/// every call ends at the deadline, with an error of kind timeout, or of kind auth when the server refuses us
/// by an alert of TLS.
class Stream {
 public:
  /// Kind config: the CA file cannot be used. Kind connect: nobody listens, or the certificate is not the
  /// server's.
  static base::Result<Stream> connect(const Url& url, const Trust& trust, base::SteadyTime deadline);

  base::Result<void> write(std::string_view bytes);

  /// Appends what there is, at least a byte; false at the end. Kind io: the connection broke.
  base::Result<bool> read(std::string& to);

 private:
  explicit Stream(base::SteadyTime deadline) : deadline_(deadline) {}
  base::Result<void> secure(const Url& url, const Trust& trust);
  base::Result<void> wait();

  Openssl<SSL_CTX> context_;
  Openssl<BIO> bio_;
  base::SteadyTime deadline_;
};

}  // namespace pgvigil::web
