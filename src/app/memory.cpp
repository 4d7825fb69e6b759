#include "app/memory.hpp"

#include <malloc.h>

#include <cstddef>
#include <mutex>

namespace pgvigil::app {
namespace {

constexpr int kKept = 4 * 1024 * 1024;  // bytes

}  // namespace

void keep_memory_small() {
  constexpr int kMappedFrom = 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_ARENA_MAX, 1);
}

void give_back_memory() {
  /// Also because glibc's heap sets itself up at the first call, which two threads must not do at once: in a
  /// build whose malloc is a sanitizer's, that call is this one.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const struct mallinfo2 heap = mallinfo2();
  if (heap.fordblks > std::size_t{kKept} && heap.fordblks > heap.uordblks / 2) malloc_trim(kKept / 4);
}

}  // namespace pgvigil::app
