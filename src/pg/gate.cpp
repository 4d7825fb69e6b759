#include "pg/gate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

namespace pgvigil::pg {
namespace {

/// Moves one portion, or what is left of the last: how many bytes `to` took. 0 at the end of either; nothing
/// where one must wait.
std::optional<std::size_t> move_portion(int from, int to, std::string& rest) {
  std::array<char, Gate::kPortion> portion;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is written
  const auto must_wait = [](ssize_t moved) { return moved < 0 && (errno == EAGAIN || errno == EINTR); };
  std::string_view bytes = rest;
  if (rest.empty()) {
    const ssize_t got = recv(from, portion.data(), portion.size(), 0);
    if (must_wait(got)) return std::nullopt;
    if (got <= 0) return 0;
    bytes = {portion.data(), static_cast<std::size_t>(got)};
  }
  const ssize_t took = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  const bool waits = must_wait(took);
  if (took <= 0 && !waits) return 0;
  rest = std::string(bytes.substr(waits ? 0 : static_cast<std::size_t>(took)));
  if (waits) return std::nullopt;
  return static_cast<std::size_t>(took);
}

}  // namespace

base::Result<std::unique_ptr<Gate>> Gate::before(int inner) {
  std::array<int, 2> pair = {-1, -1};
  const int server = fcntl(inner, F_DUPFD_CLOEXEC, 0);
  const bool done = server >= 0 &&
                    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) == 0 &&
                    dup3(pair[0], inner, O_CLOEXEC) >= 0;
  const std::error_code error(errno, std::generic_category());
  if (pair[0] >= 0) close(pair[0]);
  if (done) return std::unique_ptr<Gate>(new Gate(server, pair[1]));
  for (const int fd : {server, pair[1]})
    if (fd >= 0) close(fd);
  return base::fail(base::ErrorKind::io, "cannot open a pair of sockets: {}", error.message());
}

Gate::~Gate() {
  close(server_);
  close(outer_);
}

bool Gate::send() {
  // A server that takes no more is found out by reading.
  while (move_portion(outer_, server_, unsent_).value_or(0) > 0) {
  }
  return unsent_.empty();
}

Waited Gate::wait(int inner, base::SteadyTime deadline, const base::Stop& stop) {
  const short to_server = unsent_.empty() ? 0 : POLLOUT;
  const short from_libpq = unsent_.empty() ? POLLIN : 0;
  std::array<pollfd, 4> entries = {{{inner, POLLIN, 0},
                                    {outer_, from_libpq, 0},
                                    {server_, static_cast<short>(POLLIN | to_server), 0},
                                    {}}};
  const auto waited = pg::wait(entries, deadline, stop);
  if (waited != Waited::ready) return waited;
  if (entries[1].revents != 0 || (entries[2].revents & POLLOUT) != 0) send();
  // What libpq has not read yet comes first.
  if (entries[0].revents != 0 || (entries[2].revents & ~POLLOUT) == 0) return Waited::ready;
  const auto moved = move_portion(server_, outer_, unread_);
  if (moved == 0U) shutdown(outer_, SHUT_RDWR);
  received_ += moved.value_or(0);
  return Waited::ready;
}

}  // namespace pgvigil::pg
