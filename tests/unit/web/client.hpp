#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pgvigil::web {

/// A client of a server on this machine, speaking plain bytes: a library would hide what is tested.
class Client {
 public:
  /// A small `receive_buffer` (bytes) makes a client that does not read stop the server soon.
  explicit Client(int port, int receive_buffer = 0) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Client& operator=(Client&&) = delete;

  bool connected() const { return connected_; }

  void send(std::string_view bytes) const { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// What the server sends until it ends the connection; five seconds of silence are the end, too.
  std::string read_all() const {
    std::string all;
    while (receive(all)) {
    }
    return all;
  }

  /// One answer of a connection that is kept: head, and as much body as it announces.
  std::string read_answer() const {
    std::string answer;
    std::size_t head = std::string::npos;
    while (head == std::string::npos && receive(answer)) head = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos) return answer;
    const std::size_t whole = head + 4 + std::stoul(answer.substr(length + 16, 20));
    while (answer.size() < whole && receive(answer)) {
    }
    return answer;
  }

 private:
  bool receive(std::string& to) const {
    pollfd ready{fd_, POLLIN, 0};
    if (poll(&ready, 1, 5000) != 1) return false;
    std::array<char, 65536> block;
    const ssize_t got = recv(fd_, block.data(), block.size(), 0);
    if (got > 0) to.append(block.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  bool connected_ = false;
};

}  // namespace pgvigil::web
