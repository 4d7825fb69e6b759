#include <string_view>

#include "pgvigil/base/text.hpp"
#include "pgvigil/config/web.hpp"
#include "require.hpp"

/// Any web configuration is read or refused with one line that names it.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto security = config::parse_web(yaml, "fuzz.yml");
  if (!security) {
    const auto& error = security.error();
    fuzz::require(error.kind == base::ErrorKind::config, "the kind is config");
    fuzz::require(error.message.starts_with("fuzz.yml:"), "an error names its file");
    fuzz::require(error.message.find('\n') == std::string::npos, "an error is one line");
    fuzz::require(base::is_utf8(error.message), "an error is text");
    return 0;
  }
  for (const auto& [name, value] : security->headers)
    for (const char c : name + value) fuzz::require(!base::is_control(c), "a header is one line of text");
  return 0;
}
