#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::collect {

/// How the session is encrypted, and until when the server's certificate is valid.
///
/// A session keeps the certificate of its handshake. The server takes a new one when its configuration is
/// reloaded, so once after each reload a session is made for a look at it.
class TlsReader {
 public:
  using Connect = std::function<base::Result<std::unique_ptr<pg::Session>>()>;

  /// Rows for a spec of source tls; none where the session is in plain text. Error io: the server is down.
  base::Result<pg::Rows> read(const model::CollectorSpec& spec, pg::Session* session, const Connect& connect,
                              base::SteadyTime deadline);

 private:
  std::optional<pg::Tls> known_;
  base::WallTime known_since_;  // when the session of that handshake began, by the server's clock
};

}  // namespace pgvigil::collect
