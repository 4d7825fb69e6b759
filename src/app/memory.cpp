#include "app/memory.hpp"

#include <malloc.h>

#include <cstddef>

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
  const struct mallinfo2 heap = mallinfo2();
  if (heap.fordblks > std::size_t{kKept} && heap.fordblks > heap.uordblks / 2) malloc_trim(kKept / 4);
}

}  // namespace pgvigil::app
