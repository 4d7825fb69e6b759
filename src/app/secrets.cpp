#include <algorithm>
#include <cstring>
#include <string_view>

#include "app/command_line.hpp"

namespace pgvigil::app {
namespace {

/// A connection string that may hold a password, or a URL with user:password@.
bool may_be_secret(std::string_view value) {
  return value.find("password") != std::string_view::npos || value.find('@') != std::string_view::npos;
}

}  // namespace

void hide_secrets(int argc, char** argv) {
  constexpr std::string_view kFlags[] = {"--dsn", "--prometheus.url"};
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    for (const std::string_view flag : kFlags) {
      char* value = nullptr;
      if (argument == flag && i + 1 < argc)
        value = argv[i + 1];
      else if (argument.starts_with(flag) && argument.substr(flag.size()).starts_with('='))
        value = argv[i] + flag.size() + 1;
      if (value != nullptr && may_be_secret(value)) std::fill_n(value, std::strlen(value), 'x');
    }
  }
}

}  // namespace pgvigil::app
