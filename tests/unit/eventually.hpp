#pragma once

#include <chrono>
#include <thread>

namespace pgvigil {

/// Whether it comes true while another thread works at it. A minute's patience is for a busy machine; where
/// it does not come true, the test has failed.
template <typename Predicate>
bool eventually(Predicate holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace pgvigil
