#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pg/wait.hpp"
#include "pgvigil/base/result.hpp"

namespace pgvigil::pg {

/// Stands between libpq and the server, so that what libpq holds in memory is bounded and known.
///
/// One PQconsumeInput reads for as long as more is there, once it has seen that a message is long: 236 MB of
/// a cell of 400 MB were seen, and nothing in libpq limits it. So libpq's descriptor is made one end of a
/// socket pair, and what the server sends comes through the other end in portions of at most kPortion,
/// encrypted or not. Owned by the connection, used by its thread.
class Gate {
 public:
  static constexpr std::size_t kPortion = std::size_t{32} * 1024;

  /// Takes over the socket of libpq's descriptor `inner`, whose number stays. Error io: out of descriptors.
  static base::Result<std::unique_ptr<Gate>> before(int inner);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Sends on what libpq wrote, and waits until it can go on: there is something to read from `inner`, at
  /// most one portion or the end, or room for more of what it writes.
  Waited wait(int inner, base::SteadyTime deadline, const base::Stop& stop);

  /// Sends on what libpq wrote, as far as that goes without waiting: whether all of it. libpq may have closed
  /// its end.
  bool send();

  /// Bytes that came from the server so far.
  std::uint64_t received() const { return received_; }

  /// The socket to the server.
  int server() const { return server_; }

 private:
  Gate(int server, int outer) : server_(server), outer_(outer) {}

  int server_;
  int outer_;           // our end of the pair
  std::string unsent_;  // what the server's socket had no room for
  std::string unread_;  // what the pair had no room for
  std::uint64_t received_ = 0;
};

}  // namespace pgvigil::pg
