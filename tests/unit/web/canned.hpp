#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace pgvigil::web {

/// A server on this machine that gives one answer after the other, byte by byte as they are, each on a
/// connection of its own, and keeps what it was asked. After the last it stops listening; an empty answer is
/// silence until the client goes.
class Canned {
 public:
  explicit Canned(std::vector<std::string> answers) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    listen(fd_, 5);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, answers = std::move(answers)] {
      for (const std::string& answer : answers) serve(answer);
    });
  }
  ~Canned() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  Canned(const Canned&) = delete;
  Canned& operator=(const Canned&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  /// What was asked, once all answers are given.
  const std::vector<std::string>& asked() {
    if (thread_.joinable()) thread_.join();
    thread_ = std::jthread([] {});
    return asked_;
  }

 private:
  void serve(const std::string& answer) {
    const int client = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    std::string request;
    while (!complete(request) && receive(client, request)) {
    }
    asked_.push_back(request);
    send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    while (answer.empty() && receive(client, request)) {
    }
    close(client);
  }

  /// A request, or the beginning of TLS.
  static bool complete(const std::string& request) {
    return request.find("\r\n\r\n") != std::string::npos || request.starts_with('\x16');
  }

  static bool receive(int client, std::string& to) {
    std::array<char, 4096> block;
    const ssize_t got = recv(client, block.data(), block.size(), 0);
    if (got > 0) to.append(block.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  int port_ = 0;
  std::vector<std::string> asked_;
  std::jthread thread_;
};

}  // namespace pgvigil::web
