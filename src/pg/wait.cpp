#include "pg/wait.hpp"

#include <algorithm>
#include <array>

namespace pgvigil::pg {

Waited wait(std::span<pollfd> entries, base::SteadyTime deadline, const base::Stop& stop) {
  entries.back() = {stop.fd(), POLLIN, 0};
  while (true) {
    const auto left = std::chrono::ceil<base::Millis>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Waited::deadline;
    constexpr base::Millis::rep kLongest = 60'000;
    if (poll(entries.data(), entries.size(), static_cast<int>(std::min(left.count(), kLongest))) <= 0)
      continue;
    return entries.back().revents != 0 ? Waited::stopped : Waited::ready;
  }
}

Waited wait(int socket, short events, base::SteadyTime deadline, const base::Stop& stop) {
  std::array<pollfd, 2> entries = {{{socket, events, 0}, {}}};
  return wait(entries, deadline, stop);
}

}  // namespace pgvigil::pg
