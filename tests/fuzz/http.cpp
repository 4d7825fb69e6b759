#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>

#include "pgvigil/web/server.hpp"
#include "require.hpp"
#include "tree.hpp"

namespace pgvigil::fuzz {
namespace {

constexpr std::string_view kEnd = "\r\n\r\n";

/// A page of two pieces, one that repeats what it was asked, one that throws.
const web::Server& server() {
  static const auto made = [] {
    const auto page = [](std::string text) {
      web::Response response;
      response.body = {std::make_shared<const std::string>(std::move(text)),
                       std::make_shared<const std::string>("end\n")};
      return response;
    };
    std::map<std::string, web::Route> routes;
    routes["/metrics"] = [page](const web::Request&) { return page("pg_up 1\n"); };
    routes["/echo"] = [page](const web::Request& request) { return page(std::string(request.query)); };
    routes["/throws"] = [](const web::Request&) -> web::Response { throw 1; };
    web::Options options;
    options.addresses = {"127.0.0.1:0"};
    options.workers = 4;
    auto started = web::Server::start(options, std::move(routes));
    require(started.has_value(), "the server starts");
    return *std::move(started);
  }();
  return *made;
}

/// Whether it comes within a time that is longer than any of the server's own limits: to stay silent is a
/// finding. libFuzzer's alarm, every six seconds, is none.
bool comes(int fd, short events) {
  constexpr int kMilliseconds = 8000;
  pollfd ready{fd, events, 0};
  int polled = 0;
  do polled = poll(&ready, 1, kMilliseconds);
  while (polled < 0 && errno == EINTR);
  return polled == 1;
}

/// An alarm leaves a connection to be made meanwhile.
bool connects(int fd, const sockaddr_in& address) {
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  int error = errno;
  socklen_t size = sizeof error;
  return error == EINTR && comes(fd, POLLOUT) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == 0;
}

/// Sends the bytes and says that there are no more; what comes back until the server ends the connection.
std::string exchange(std::string_view bytes) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(server().port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(connects(fd, address), "the server listens");
  send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  shutdown(fd, SHUT_WR);
  std::string all;
  std::array<char, 16384> block;
  ssize_t got = 0;
  do {
    require(comes(fd, POLLIN), "the server answers or ends the connection");
    got = recv(fd, block.data(), block.size(), 0);
    if (got > 0) all.append(block.data(), static_cast<std::size_t>(got));
  } while (got > 0);
  const linger abort{1, 0};  // leaves no port behind in TIME_WAIT: there are only so many
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  close(fd);
  return all;
}

/// The lines of a head behind the first; the length that they announce.
std::size_t require_headers(std::string_view lines) {
  std::size_t length = std::string_view::npos;
  while (!lines.empty()) {
    const auto end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    require(std::ranges::none_of(line, base::is_control), "a header is one line of text");
    const auto colon = line.find(": ");
    require(colon != std::string_view::npos && line.substr(0, colon).find(' ') == std::string_view::npos,
            "a header has a name");
    if (line.substr(0, colon) != "Content-Length") continue;
    const char* const digits = line.data() + colon + 2;
    require(std::from_chars(digits, line.data() + line.size(), length).ec == std::errc{}, "a length");
  }
  return length;
}

/// Answers one behind the other, each a status line, headers, and as much body as they say; none behind HEAD.
void require_well_formed(std::string_view answers) {
  constexpr std::string_view kStatus = "HTTP/1.1 ";
  while (!answers.empty()) {
    const auto end = answers.find(kEnd);
    require(answers.starts_with(kStatus) && end != std::string_view::npos, "an answer has a head");
    const std::string_view head = answers.substr(0, end);
    answers.remove_prefix(end + kEnd.size());
    const auto line_end = std::min(head.find("\r\n"), head.size() - 2);
    const int status = std::atoi(std::string(head.substr(kStatus.size(), 3)).c_str());
    require(status >= 200 && status < 600, "a status is one");
    const std::size_t length = require_headers(head.substr(line_end + 2));
    require(length != std::string_view::npos, "an answer says how long it is");
    if (answers.empty() || answers.starts_with(kStatus)) continue;
    require(answers.size() >= length, "a body is whole");
    answers.remove_prefix(length);
  }
}

}  // namespace
}  // namespace pgvigil::fuzz

/// Whatever a client sends to the running server: well-formed answers or a closed connection, and the next is
/// served.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil::fuzz;
  if (size == 0) return -1;  // a connection reaches the server with its first byte
  require_well_formed(exchange(text_of(data, size)));
  const std::string next = exchange("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  require(next.starts_with("HTTP/1.1 200 ") && next.ends_with("\r\n\r\npg_up 1\nend\n"),
          "the next is served");
  return 0;
}
