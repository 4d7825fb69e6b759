#pragma once

#include "pgvigil/base/clock.hpp"

namespace pgvigil::base {

/// A request to stop that can be polled beside a socket: an eventfd that becomes readable once, and stays so.
/// request() may be called from any thread and from a signal handler.
class Stop {
 public:
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  void request() noexcept;
  bool requested() const noexcept;
  int fd() const noexcept { return fd_; }

  /// Waits until `deadline` or a request; true when asked to stop.
  bool wait_until(SteadyTime deadline) const;

 private:
  int fd_;
};

}  // namespace pgvigil::base
