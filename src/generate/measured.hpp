#pragma once

#include <span>
#include <string_view>

/// What is measured and tested of collectors rather than written down: made by a bench and by a test, and
/// committed.
namespace pgvigil::generate {

/// CPU time that the server spends on one run, in microseconds, and the rows that it gives, on a small and on
/// a large server: tests/bench/collector_cost writes them.
struct Cost {
  std::string_view collector;
  int small_us = 0;
  int small_rows = 0;
  int large_us = 0;
  int large_rows = 0;
};

std::span<const Cost> costs();

/// What the role needs: tests/integration/privileges_test.py compares it with what roles of less rights
/// export.
struct Right {
  std::string_view collector;
  std::string_view needs;
};

std::span<const Right> rights();

}  // namespace pgvigil::generate
