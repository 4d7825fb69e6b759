#include "host/log_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "host/fields.hpp"
#include "host/resolve.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::host {
namespace {

tl::unexpected<base::Error> failed(const std::string& root, const std::string& path, int error) {
  return base::fail(base::ErrorKind::io, "{}{}: {}", root, path,
                    std::error_code(error, std::generic_category()).message());
}

/// What fnmatch(3) takes of log_filename, up to the ending that the format puts in the place of `.log`.
std::string pattern_of(std::string_view log_filename, LogFormat format) {
  const bool replaced = format != LogFormat::stderr_ && log_filename.ends_with(".log");
  if (replaced) log_filename.remove_suffix(4);
  std::string pattern;
  for (std::size_t i = 0; i < log_filename.size(); ++i) {
    const char c = log_filename[i];
    if (c == '%' && i + 1 < log_filename.size()) {
      if (log_filename[++i] == '%') {
        pattern += '%';
      } else {
        if (log_filename[i] == 'E' || log_filename[i] == 'O') ++i;
        pattern += '*';
      }
    } else {
      if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
  }
  if (format == LogFormat::jsonlog) pattern += ".json";
  if (format == LogFormat::csvlog) pattern += ".csv";
  return pattern;
}

/// The ending of other formats, and of what is compressed.
bool ends_foreign(std::string_view name, std::string_view pattern) {
  constexpr std::array<std::string_view, 9> kForeign = {".csv", ".json", ".gz",  ".bz2", ".xz",
                                                        ".zst", ".lz4",  ".zip", ".tmp"};
  return std::ranges::any_of(
      kForeign, [&](std::string_view end) { return name.ends_with(end) && !pattern.ends_with(end); });
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<Descriptor> open_directory(const std::string& root, const std::string& path) {
  const auto resolved = resolve(root, path);
  if (!resolved) return base::fail(base::ErrorKind::io, "{}", resolved.error().message);
  const std::string top = root.empty() ? "/" : root + "/";
  Descriptor at(::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at) return failed(root, "/", errno);
  for (const std::string_view part : split(*resolved, '/')) {
    if (part.empty()) continue;
    at = Descriptor(
        ::openat(at.get(), std::string(part).c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!at) return failed(root, *resolved, errno);
  }
  Descriptor directory(::openat(at.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return failed(root, *resolved, errno);
  return directory;
}

Descriptor open_file(const Descriptor& directory, const std::string& name) {
  Descriptor file(
      ::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return file;
}

bool is_log_name(const std::string& name, std::string_view log_filename, LogFormat format) {
  const std::string pattern = pattern_of(log_filename, format);
  for (std::string stem = name; !stem.empty(); stem.pop_back()) {
    if (::fnmatch(pattern.c_str(), stem.c_str(), 0) == 0 && !ends_foreign(stem, pattern)) return true;
    if (std::string_view("-.0123456789").find(stem.back()) == std::string_view::npos) return false;
  }
  return false;
}

base::Result<std::vector<Listed>> list_logs(const Descriptor& directory, const LogPlace& place) {
  struct Closer {
    void operator()(DIR* dir) const { ::closedir(dir); }
  };
  const int copy = ::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, Closer> dir(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!dir) return failed("", place.directory, errno);
  std::vector<Listed> listed;
  while (const dirent* entry = ::readdir(dir.get())) {
    Listed one{entry->d_name, {}};
    if (is_log_name(one.name, place.file_name, place.format) &&
        ::fstatat(directory.get(), entry->d_name, &one.status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(one.status.st_mode))
      listed.push_back(std::move(one));
  }
  return listed;
}

}  // namespace pgvigil::host
