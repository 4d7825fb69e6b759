#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/pg/facts.hpp"
#include "pgvigil/pg/rows.hpp"

namespace pgvigil::pg {

inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

/// What the server may send for one statement: whole messages are held in memory, and what is thrown away
/// costs both sides time. The biggest result that means anything, 100,000 rows of pg_stat_statements, has 20
/// MB.
inline constexpr std::size_t kMostBytes = std::size_t{32} * 1024 * 1024;

/// One statement of a batch. With its text `name` identifies it for the session's life: it is prepared once.
struct Statement {
  std::string_view name;
  std::string_view sql;
  base::Millis timeout{5000};
  bool own_search_path = false;              ///< with the role's own search_path, not pg_catalog alone
  std::size_t max_rows = kAnyNumber;         ///< rows to keep, the first; the others are counted
  std::optional<std::string> argument = {};  ///< what $1 stands for, where it has one
};

/// How a session is encrypted. Behind a pooler it is the pooler's.
struct Tls {
  std::string protocol;                              ///< "TLSv1.3"
  std::string cipher;                                ///< "TLS_AES_256_GCM_SHA384"
  std::optional<base::WallTime> certificate_expiry;  ///< of what the other end showed at the handshake
};

/// Called for each statement of a batch, once, with its own rows or its own error and the time it took: in
/// order, but those last that had to be run again. Rows are UTF-8; where the server cannot send them so, its
/// own bytes.
using OnResult = std::function<void(std::size_t index, base::Result<Rows> rows, base::Millis took)>;

/// A session with one server: the narrow door through which all SQL goes. Owned and used by one thread.
/// The one real implementation is pg::connect()'s; the poller's tests have one in memory that records.
class Session {
 public:
  virtual ~Session() = default;

  /// Learned by look(); empty before.
  virtual const ServerFacts& facts() const = 0;

  /// Learns the facts anew.
  virtual base::Result<void> look(base::SteadyTime deadline) = 0;

  /// Runs a batch, one synchronisation point a statement, so that an error spoils only its own. Every
  /// statement is reported exactly once. An error here means that the session is lost (kind connect) or had
  /// to be given up (kind timeout); statements without an answer were then reported with that error. Kind
  /// too_large: the last reported one has a result of more than kMostBytes, the rest of which would still
  /// come; the statements behind it were not reported, nor asked to any effect.
  virtual base::Result<void> run(std::span<const Statement> batch, base::SteadyTime deadline,
                                 const OnResult& on_result) = 0;

  /// The process at the other end of a unix socket, by SO_PEERCRED; 0 over TCP.
  virtual int peer_pid() const = 0;
  /// The server's address over TCP as libpq sees it; empty over a unix socket.
  virtual std::string peer_address() const = 0;
  /// Nothing over a unix socket or in plain text.
  virtual std::optional<Tls> tls() const = 0;
};

/// Asks one statement by itself. An error is the statement's own, or that of the session that was lost over
/// it.
base::Result<Rows> ask(Session& session, const Statement& statement, base::SteadyTime deadline);

}  // namespace pgvigil::pg
