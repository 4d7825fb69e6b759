#include "pgvigil/host/locality.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>
#include <string_view>

#include "host/fields.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::host {
namespace {

using base::ErrorKind;

/// btime counts whole seconds, and a backend notes its start a moment after it is forked.
constexpr double kStartTolerance = 2;

struct Process {
  std::string name;
  int parent = 0;
  double started_ticks = 0;
};

/// `PID (NAME) STATE PARENT …`; the name may itself hold blanks and parentheses.
std::optional<Process> read_process(const std::string& proc, int pid) {
  const auto text = base::read_file(fmt::format("{}/{}/stat", proc, pid));
  if (!text) return std::nullopt;
  const auto open = text->find('(');
  const auto close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  const auto fields = words(std::string_view(*text).substr(close + 1));
  if (fields.size() < 20) return std::nullopt;
  const auto parent = count(fields[1]);
  const auto started = count(fields[19]);
  if (!parent || !started || *parent > 1e9) return std::nullopt;
  return Process{text->substr(open + 1, close - open - 1), static_cast<int>(*parent), *started};
}

/// The process, if it is named as a server's are: by the program, or on Red Hat's systems by the link
/// `postmaster`.
base::Result<Process> server_process(const std::string& proc, int pid, std::string_view what) {
  auto process = read_process(proc, pid);
  if (!process) return base::fail(ErrorKind::io, "{} {} is not visible in {}", what, pid, proc);
  if (process->name != "postgres" && process->name != "postmaster") {
    return base::fail(ErrorKind::io, "{} {} is named {}, not postgres", what, pid,
                      base::one_line(process->name));
  }
  return *std::move(process);
}

base::Result<int> postmaster_of_backend(const Peer& peer, const std::string& proc) {
  const auto backend = server_process(proc, peer.backend_pid, "the backend's process");
  if (!backend) return tl::unexpected(backend.error());
  const auto boot = keyed(base::read_file(proc + "/stat").value_or(""), "btime");
  if (!boot) return base::fail(ErrorKind::io, "{}/stat has no btime", proc);
  const double started = *boot + backend->started_ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  const double apart = std::abs(started - base::unix_seconds(peer.backend_start));
  if (apart > kStartTolerance) {
    return base::fail(ErrorKind::io, "process {} and the backend of that pid started {:.1f} s apart",
                      peer.backend_pid, apart);
  }
  const auto postmaster = server_process(proc, backend->parent, "the backend's parent");
  if (!postmaster) return tl::unexpected(postmaster.error());
  return backend->parent;
}

struct FreeAddresses {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

/// An address as 16 bytes, v4 mapped into v6; nothing where the text is none.
using Address = std::array<unsigned char, 16>;

Address mapped(const in_addr& address) {
  Address bytes{};
  bytes[10] = bytes[11] = 0xFF;
  std::memcpy(bytes.data() + 12, &address, 4);
  return bytes;
}

std::optional<Address> parse_address(const std::string& text) {
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return mapped(v4);
  Address bytes{};
  const std::string without_scope = text.substr(0, text.find('%'));
  if (inet_pton(AF_INET6, without_scope.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

std::optional<Address> interface_address(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return mapped(v4.sin_addr);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  Address bytes{};
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return bytes;
}

}  // namespace

bool is_own_address(const std::string& address) {
  const auto wanted = parse_address(address);
  if (!wanted) return false;
  Address loopback{};
  loopback[15] = 1;
  if (*wanted == loopback) return true;
  const bool v4 = std::memcmp(wanted->data(), mapped({}).data(), 12) == 0;
  if (v4 && (*wanted)[12] == 127) return true;

  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return false;
  const std::unique_ptr<ifaddrs, FreeAddresses> list(first);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (interface_address(entry->ifa_addr) == wanted) return true;
  }
  return false;
}

base::Result<int> find_postmaster(const Peer& peer, const std::string& proc) {
  if (peer.address.empty()) {
    if (peer.peer_pid <= 0) {
      return base::fail(ErrorKind::io,
                        "the process behind the unix socket is in a pid namespace that we do not see");
    }
    const auto postmaster = server_process(proc, peer.peer_pid, "the process behind the unix socket,");
    if (!postmaster) return tl::unexpected(postmaster.error());
    return peer.peer_pid;
  }
  if (!peer.address_is_ours) {
    return base::fail(ErrorKind::io, "the server's address {} is not one of this machine's", peer.address);
  }
  if (peer.backend_pid <= 0) return base::fail(ErrorKind::io, "the backend's pid is not known");
  return postmaster_of_backend(peer, proc);
}

std::optional<double> start_of(int pid, const std::string& proc) {
  const auto process = read_process(proc, pid);
  return process ? std::optional(process->started_ticks) : std::nullopt;
}

std::optional<bool> stopping(int postmaster_pid, const std::string& data_directory, const std::string& proc) {
  const std::string pid = std::to_string(postmaster_pid);
  auto text = base::read_file(fmt::format("{}/{}/cwd/postmaster.pid", proc, pid));
  if (!text && !data_directory.empty()) {
    text = base::read_file(data_directory + "/postmaster.pid");
    // Through our own mounts the same path can be another server's.
    if (text && base::trim(split(*text, '\n').front()) != pid) return std::nullopt;
  }
  if (!text) return std::nullopt;
  constexpr std::size_t kStateLine = 7;
  const auto lines = split(*text, '\n');
  if (lines.size() <= kStateLine || base::trim(lines[kStateLine]).empty()) return std::nullopt;
  return base::trim(lines[kStateLine]) == "stopping";
}

}  // namespace pgvigil::host
