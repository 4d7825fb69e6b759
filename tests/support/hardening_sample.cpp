#include <cstdio>
#include <cstring>

/// Something for every check: a buffer on the stack, a copy whose length the compiler cannot know, a frame of
/// several pages, functions that are called through a table.
namespace {

template <int kStep>
int step(int value) {
  return value * kStep + 1;
}

using Step = int (*)(int);
volatile Step steps[] = {step<2>, step<3>, step<4>, step<5>, step<6>, step<7>, step<8>, step<9>};

[[gnu::noinline]] std::size_t copied(const char* text, std::size_t size) {
  char buffer[3 * 4096];
  std::memcpy(buffer, text, size);
  return std::strlen(buffer);
}

}  // namespace

int main(int argc, char** argv) {
  int value = argc;
  for (const Step next : steps) value = next(value);
  std::printf("%d %zu\n", value, copied(argv[0], static_cast<std::size_t>(argc)));
  return 0;
}
