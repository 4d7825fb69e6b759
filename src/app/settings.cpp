#include "app/settings.hpp"

#include <algorithm>
#include <utility>

#include "pgvigil/catalogue/catalogue.hpp"

namespace pgvigil::app {

Selection::Selection(const config::TargetConfig& config)
    : user_(config.user_collectors), specs_(config::collectors(config, catalogue::collectors())) {
  std::erase_if(specs_, [](const model::CollectorSpec& spec) { return !spec.enabled; });
  for (const model::CollectorSpec& spec : specs_) pointers_.push_back(&spec);
}

base::Millis Selection::interval() const {
  base::Millis shortest = base::Seconds(15);
  for (const model::CollectorSpec& spec : specs_) shortest = std::min(shortest, spec.interval);
  return shortest;
}

collect::PollerOptions poller_options(const config::TargetConfig& config, const Selection& selection) {
  return {selection.interval(), config.databases.include, config.databases.exclude};
}

collect::OutsideOptions outside_options(const config::TargetConfig& config) {
  collect::OutsideOptions options{config.dsn, config.password_file, {}, config.detect_shutdown.ping};
  for (const config::Mount& mount : config.mounts) options.mounts.push_back({mount.role, mount.path});
  return options;
}

Settings::Settings(config::TargetConfig target)
    : config(std::move(target)),
      selection(config),
      limits(config::limits(config, rules::rules())),
      options(poller_options(config, selection)) {}

}  // namespace pgvigil::app
