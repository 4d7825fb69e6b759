#include "pgvigil/config/config.hpp"

#include <string_view>

#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/rules/rules.hpp"
#include "require.hpp"

/// Any file is read or refused with one line that names it; what is read is sound.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil;
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto config = config::parse(yaml, "fuzz.yml", catalogue::collectors(), rules::rules());
  if (!config) {
    const auto& error = config.error();
    fuzz::require(error.kind == base::ErrorKind::config, "the kind is config");
    fuzz::require(error.message.starts_with("fuzz.yml:"), "an error names its file");
    fuzz::require(error.message.find('\n') == std::string::npos, "an error is one line");
    fuzz::require(base::is_utf8(error.message), "an error is text");
    return 0;
  }
  for (const model::CollectorSpec& spec : config::collectors(*config, catalogue::collectors()))
    fuzz::require(!model::fault(spec), "a configured collector is sound");
  const auto limits = config::limits(*config, rules::rules());
  for (const model::Rule* rule : rules::rules()) {
    const auto [warning, critical, hold] = limits.find(rule->id)->second;  // NaN: no such level
    const bool above = rule->side == model::Side::above;
    fuzz::require(!(warning <= 0) && !(critical <= 0) && hold.count() >= 0, rule->id);
    fuzz::require(!(above ? warning > critical : warning < critical), rule->id);
  }
  for (const auto& [name, value] : config->labels)
    fuzz::require(!name.empty() && base::is_utf8(value), "a label is text");
  return 0;
}
