#include <fmt/format.h>
#include <sys/stat.h>

#include <exception>
#include <filesystem>
#include <system_error>
#include <thread>

#include "host/log_files.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/host/log.hpp"

namespace pgvigil::host {

std::string root_of(int pid, const std::string& proc) {
  const std::string process = fmt::format("{}/{}", proc, pid);
  const bool ours = base::read_file(process + "/mountinfo") == base::read_file(proc + "/self/mountinfo");
  return ours ? "" : process + "/root";
}

std::string_view name(LogFormat format) {
  if (format == LogFormat::jsonlog) return "jsonlog";
  return format == LogFormat::csvlog ? "csvlog" : "stderr";
}

class LogFollower::State : public LogFiles {};

LogFollower::LogFollower() : state_(std::make_shared<State>()) {}

base::Result<LogCounts> LogFollower::read(const LogPlace& place, std::size_t top, base::SteadyTime deadline) {
  if (running_.valid() && running_.wait_for(base::Millis(0)) != std::future_status::ready)
    return base::fail(base::ErrorKind::io, "an earlier read of the log has not returned yet");
  std::packaged_task<base::Result<LogCounts>()> task(
      [state = state_, place, top] { return state->read(place, top); });
  running_ = task.get_future();
  try {
    // Detached, because a thread that hangs in the kernel can be neither joined nor ended.
    std::thread(std::move(task)).detach();
    if (running_.wait_until(deadline) == std::future_status::ready) return running_.get();
  } catch (const std::exception& error) {
    running_ = {};
    return base::fail(base::ErrorKind::io, "reading the log: {}", error.what());
  }
  return base::fail(base::ErrorKind::io, "the log could not be read in time");
}

base::Result<std::string> standard_error_of(int pid, const std::string& proc) {
  const std::string link = fmt::format("{}/{}/fd/2", proc, pid);
  std::error_code error;
  const std::string target = std::filesystem::read_symlink(link, error).string();
  if (error) return base::fail(base::ErrorKind::io, "{}: {}", link, error.message());
  struct stat status {};
  if (::stat(link.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || !target.starts_with('/'))
    return base::fail(base::ErrorKind::io, "its standard error is no file, but {}", base::one_line(target));
  return target;
}

}  // namespace pgvigil::host
