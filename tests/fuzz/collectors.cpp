#include <string_view>

#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/config/config.hpp"
#include "require.hpp"

namespace {

using namespace pgvigil;

bool is_line(std::string_view text) {
  return text.starts_with("fuzz.yml:") && text.find('\n') == std::string_view::npos && base::is_utf8(text);
}

/// Refused with one line that names the file, or sound beside the catalogue.
void hold(const base::Result<config::UserFile>& file) {
  if (!file) {
    fuzz::require(file.error().kind == base::ErrorKind::config, "the kind is config");
    fuzz::require(is_line(file.error().message), "an error is one line that names its file");
    return;
  }
  config::Config config;
  config.user_collectors = file->collectors;
  fuzz::require(!model::fault(config::known(config, catalogue::collectors())), "all together are sound");
  for (const std::string& note : file->notes) fuzz::require(is_line(note), "a note is one line");
}

}  // namespace

/// Any file in either format is read or refused.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  hold(config::parse_collectors(yaml, "fuzz.yml", catalogue::collectors(), {}));
  hold(config::parse_queries(yaml, "fuzz.yml", catalogue::collectors(), {}, size % 2 == 0));
  return 0;
}
