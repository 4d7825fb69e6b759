#pragma once

#include <optional>
#include <string>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"

/// Whether the server is provably a process that we see. An address alone proves nothing: a forwarded port, a
/// pooler or another container can stand behind it. /proc is a parameter so that tests can plant a tree.
/// Stateless.
namespace pgvigil::host {

/// What a session says of its server.
struct Peer {
  int peer_pid = 0;     ///< over a unix socket: the process that listens, by SO_PEERCRED; 0 if not visible
  std::string address;  ///< over TCP: the server's numeric address; empty over a unix socket
  bool address_is_ours = false;  ///< is_own_address(address)
  int backend_pid = 0;           ///< pg_backend_pid()
  base::WallTime backend_start;  ///< pg_stat_activity.backend_start of that backend
};

/// True when `address` (numeric, v4 or v6) is a loopback address or one of this network namespace's
/// interfaces.
bool is_own_address(const std::string& address);

/// The pid of the postmaster, in our own pid namespace. Over a unix socket it is the listening process, which
/// must be named postgres or postmaster (a pooler is not). Over TCP the address must be ours and
/// /proc/<backend_pid> must be named so, have started within 2 s of backend_start (proc(5): field 22 of stat,
/// ticks since boot, and btime of /proc/stat, whole seconds), and have a parent named so. Error io, with the
/// reason in one line, where this cannot be shown.
base::Result<int> find_postmaster(const Peer& peer, const std::string& proc = "/proc");

/// When a process began, in ticks since boot: what tells it from another that has its pid later. Nothing
/// where it is not visible.
std::optional<double> start_of(int pid, const std::string& proc = "/proc");

/// Whether line 8 of postmaster.pid says `stopping`: a shutdown was asked for, and a smart one waits for our
/// sessions. Reads /proc/PID/cwd/postmaster.pid (the postmaster's working directory is its data directory),
/// else the file in `data_directory` if that is this postmaster's. Nothing where neither can be read or says
/// a state.
std::optional<bool> stopping(int postmaster_pid, const std::string& data_directory,
                             const std::string& proc = "/proc");

}  // namespace pgvigil::host
