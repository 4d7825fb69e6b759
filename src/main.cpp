#include <cstdio>
#include <exception>

#include "pgvigil/app/run.hpp"

int main(int argc, char** argv) {
  try {
    return pgvigil::app::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pgvigil: %s\n", error.what());
    return 1;
  }
}
