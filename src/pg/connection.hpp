#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pg/gate.hpp"
#include "pg/handles.hpp"
#include "pgvigil/base/stop.hpp"
#include "pgvigil/pg/session.hpp"

namespace pgvigil::pg {

/// How pgbouncer's console ends the version that it announces: "1.18.0/bouncer".
inline constexpr std::string_view kConsole = "/bouncer";

/// Reads the results of one statement after the other, each whole or row by row.
class RowReader {
 public:
  /// Adds the result's rows as plain data: a boolean as true or false, a date or timestamp as seconds since
  /// the epoch. Those beyond `most` are counted instead. Rows without columns are a statement's first.
  void add(Rows& rows, const PGresult* result, std::size_t most);

 private:
  void start(Rows& rows, const PGresult* result);

  std::vector<Oid> types_;  // of the columns; 0 where values are kept as they come
  std::vector<std::string_view> row_;
  std::vector<std::string> memory_;  // of the row's cells that are not the result's
};

/// The Session over libpq: non-blocking, in pipeline mode for all its life once set up.
class Connection final : public Session {
 public:
  Connection(ConnHandle conn, std::unique_ptr<Gate> gate, const base::Stop& stop)
      : conn_(std::move(conn)), gate_(std::move(gate)), stop_(stop) {}
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Finds out whether a pooler is in between, or its console at the other end, which takes simple queries
  /// only. If neither, makes the session read-only and limited. Enters pipeline mode.
  base::Result<void> set_up(base::SteadyTime deadline);

  const ServerFacts& facts() const override { return facts_; }
  base::Result<void> look(base::SteadyTime deadline) override;
  base::Result<void> run(std::span<const Statement> batch, base::SteadyTime deadline,
                         const OnResult& on_result) override;
  int peer_pid() const override;
  std::string peer_address() const override;
  std::optional<Tls> tls() const override;

 private:
  friend class Batch;

  /// A statement that the server knows, or knew.
  struct Prepared {
    std::string name;                    // on the server; empty: it is to be prepared anew
    std::size_t last_rows = kAnyNumber;  // that it last gave
  };

  base::Result<void> run_pipelined(std::span<const Statement> batch, base::SteadyTime deadline,
                                   const OnResult& on_result);

  /// Runs a batch without a pipeline, behind a pooler.
  base::Result<void> run_one_by_one(std::span<const Statement> batch, base::SteadyTime deadline,
                                    const OnResult& on_result);

  /// Runs the chosen statements of a batch with the server's bytes as they are.
  base::Result<void> run_unconverted(std::span<const Statement> batch, std::span<const std::size_t> chosen,
                                     base::SteadyTime deadline, const OnResult& on_result);

  /// The two of a session with pgbouncer's console.
  base::Result<void> look_at_console(base::SteadyTime deadline);
  base::Result<void> run_on_console(std::span<const Statement> batch, base::SteadyTime deadline,
                                    const OnResult& on_result);

  /// One simple query, several statements allowed; the last one's rows. Outside pipeline mode only.
  base::Result<Rows> query(const std::string& sql, base::SteadyTime deadline);

  /// Waits until libpq has an answer or part of one. Errors: kind timeout at the deadline, connect where the
  /// connection was lost, io where asked to stop; too_large where kMostBytes have come since `since` of
  /// gate_->received().
  base::Result<void> await_input(base::SteadyTime deadline, std::uint64_t since);

  ConnHandle conn_;
  std::unique_ptr<Gate> gate_;
  const base::Stop& stop_;
  ServerFacts facts_;
  bool pooled_ = false;
  bool console_ = false;
  base::Millis statement_timeout_{0};                      // as the session has it now
  std::map<std::string, Prepared, std::less<>> prepared_;  // by the statement's name and text
  unsigned long prepared_count_ = 0;
};

/// Read-only, limited in time and in what it may use. Set after connecting and never as a startup option:
/// poolers refuse those. The per-statement limit is set again where a statement wants another. A server whose
/// client vanished without a word would keep the session for the kernel's two hours: as we do with it, it
/// notices in half a minute.
std::string session_settings(int version_num);

/// The server's words as one line of limited length.
std::string to_message(std::string_view text);

/// The error that the server sent, by its SQLSTATE; a lost connection where it sent none.
base::Error to_error(const PGresult* result);

}  // namespace pgvigil::pg
