#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pgvigil/base/result.hpp"
#include "pgvigil/host/log.hpp"

namespace pgvigil::host {

/// An open file, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Opens the directory `path` (absolute) as a process with root directory `root` ("" is ours) sees it. Its
/// links are resolved below that root, and then no component may be one. Error io.
base::Result<Descriptor> open_directory(const std::string& root, const std::string& path);

/// Opens a regular file directly in the directory for reading, never through a link, a pipe or a device.
Descriptor open_file(const Descriptor& directory, const std::string& name);

/// Whether a server with this log_filename could have written a file of that name in that format, or
/// logrotate made one of it by a number or date at its end. Not what a compressor made.
bool is_log_name(const std::string& name, std::string_view log_filename, LogFormat format);

struct Listed {
  std::string name;
  struct stat status {};
};

/// The regular files of the directory that may be the server's logs.
base::Result<std::vector<Listed>> list_logs(const Descriptor& directory, const LogPlace& place);

}  // namespace pgvigil::host
