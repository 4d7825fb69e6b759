#pragma once

#include <string_view>

namespace pgvigil::app {

/// Tells systemd a state ("READY=1", "STOPPING=1") by the datagram that sd_notify(3) describes; does nothing
/// where NOTIFY_SOCKET is not set.
void notify(std::string_view state);

}  // namespace pgvigil::app
