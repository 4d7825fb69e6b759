#include "app/notify.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace pgvigil::app {
namespace {

/// systemd's end of the socket.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (path[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~NotifySocket() {
    unsetenv("NOTIFY_SOCKET");
    close(fd_);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  /// Nothing where nothing was sent.
  std::string received() const {
    std::array<char, 100> text{};
    const ssize_t size = recv(fd_, text.data(), text.size(), 0);
    return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

}  // namespace

TEST(Notify, SystemdIsToldByAPath) {
  const std::string path = testing::TempDir() + "notify." + std::to_string(getpid());
  {
    const NotifySocket systemd(path);
    notify("READY=1");
    EXPECT_EQ(systemd.received(), "READY=1");
    EXPECT_EQ(systemd.received(), "");
  }
  std::filesystem::remove(path);
}

TEST(Notify, SystemdIsToldByAnAbstractName) {
  const NotifySocket systemd("@pgvigil-test-" + std::to_string(getpid()));
  notify("STOPPING=1");
  EXPECT_EQ(systemd.received(), "STOPPING=1");
}

TEST(Notify, WithoutSystemdNothingHappens) {
  unsetenv("NOTIFY_SOCKET");
  EXPECT_NO_THROW(notify("READY=1"));
  setenv("NOTIFY_SOCKET", std::string(200, 'x').c_str(), 1);
  EXPECT_NO_THROW(notify("READY=1"));
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace pgvigil::app
