#include "pg/wait.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

namespace pgvigil::pg {

Waited wait(int socket, short events, base::SteadyTime deadline, const base::Stop& stop) {
  while (true) {
    const auto left = std::chrono::ceil<base::Millis>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Waited::deadline;
    constexpr base::Millis::rep kLongest = 60'000;
    std::array<pollfd, 2> entries = {{{socket, events, 0}, {stop.fd(), POLLIN, 0}}};
    if (poll(entries.data(), entries.size(), static_cast<int>(std::min(left.count(), kLongest))) <= 0)
      continue;
    if (entries[1].revents != 0) return Waited::stopped;
    if (entries[0].revents != 0) return Waited::ready;
  }
}

}  // namespace pgvigil::pg
