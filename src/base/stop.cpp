#include "pgvigil/base/stop.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace pgvigil::base {

Stop::Stop() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Stop::~Stop() { close(fd_); }

void Stop::request() noexcept {
  const std::uint64_t one = 1;
  // Only a full counter can refuse the write, and then the request stands already.
  [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

bool Stop::requested() const noexcept {
  pollfd entry{fd_, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

bool Stop::wait_until(SteadyTime deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return requested();
    constexpr Millis::rep kLongest = 3'600'000;
    pollfd entry{fd_, POLLIN, 0};
    if (poll(&entry, 1, static_cast<int>(std::min(left.count(), kLongest))) == 1) return true;
  }
}

}  // namespace pgvigil::base
