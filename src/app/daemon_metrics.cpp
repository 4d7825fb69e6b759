#include "app/daemon_metrics.hpp"

#include <array>

#include "app/build_info.hpp"
#include "app/process_metrics.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::app {
namespace {

using model::Column;
using model::Use;

constexpr std::array kConfigColumns = {
    Column{"successful", Use::gauge, "pgvigil_config_last_reload_successful",
           "Whether the configuration was sound when it was last read."},
    Column{"loaded", Use::gauge, "pgvigil_config_last_reload_success_timestamp_seconds",
           "When the configuration that is in force was read."},
};
constexpr std::array kTargetColumns = {
    Column{"target"},
    Column{"up", Use::gauge, "pgvigil_target_up",
           "Whether the target's last poll that was due reached its server."},
    Column{"started", Use::gauge, "pgvigil_target_last_poll_timestamp_seconds",
           "When the target's last poll that has ended was started."},
    Column{"took", Use::gauge, "pgvigil_target_last_poll_duration_seconds",
           "Time that the target's last poll took."},
    Column{"failed", Use::gauge, "pgvigil_target_failed_collectors",
           "Collectors of the target that failed in their last run."},
};

std::string targets(const Watch& watch) {
  base::Cells cells(kTargetColumns.size());
  for (const auto& [name, target] : watch.targets) {
    const auto page = target->page();
    cells.add(name);
    cells.add(target->up() ? "1" : "0");
    if (!page) {
      for (int column = 0; column < 3; ++column) cells.add_null();
      continue;
    }
    cells.add(base::number(base::unix_seconds(page->snapshot->taken - page->took)));
    cells.add(base::number(std::chrono::duration<double>(page->took).count()));
    cells.add(base::number(static_cast<double>(page->failed_collectors())));
  }
  return render::exposition(kTargetColumns, cells, watch.labels);
}

}  // namespace

std::string daemon_metrics(const Watch& watch) {
  base::Cells config(kConfigColumns.size());
  config.add(watch.successful ? "1" : "0");
  config.add(base::number(base::unix_seconds(watch.loaded)));
  std::string text = render::exposition(kConfigColumns, config, watch.labels) + process_metrics(watch.labels);
  if (watch.named()) text += build_info(watch.labels) + targets(watch);
  return text;
}

}  // namespace pgvigil::app
