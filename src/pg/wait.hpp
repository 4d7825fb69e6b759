#pragma once

#include <poll.h>

#include <cstdint>
#include <span>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/stop.hpp"

namespace pgvigil::pg {

enum class Waited : std::uint8_t { ready, deadline, stopped };

/// poll(2) on a socket beside the stop request, until `deadline`. `events` as poll takes them.
Waited wait(int socket, short events, base::SteadyTime deadline, const base::Stop& stop);

/// The same on several. The last of `entries` is for the stop request.
Waited wait(std::span<pollfd> entries, base::SteadyTime deadline, const base::Stop& stop);

}  // namespace pgvigil::pg
