#include "pgvigil/report/report.hpp"

#include <array>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

struct Section {
  std::string_view title;
  std::string (*write)(const Instance&);
};

constexpr std::array kSections = {
    Section{"Data and outages", data_section},
    Section{"The five thresholds", threshold_section},
    Section{"Alerts", alert_section},
    Section{"Suggested settings", setting_section},
    Section{"Statements by total time", statement_section},
    Section{"Growth", growth_section},
    Section{"Cache, transactions, checkpoints", work_section},
    Section{"Dead rows", dead_row_section},
    Section{"Unused indexes", index_section},
    Section{"Backups", backup_section},
    Section{"Cost", cost_section},
};

std::string headline(const Answers& answers) {
  const Period& period = answers.period;
  return fmt::format(
      "# PostgreSQL from {} to {} UTC\n\n"
      "{} as Prometheus kept them, looked at every {}; made by `pgvigil report`. Times are UTC, sizes of the "
      "end "
      "of the period, sums over all of it.\n",
      time_text(period.start), time_text(period.end), duration(period.seconds()),
      duration(static_cast<double>(period.step)));
}

std::string chapter(const Instance& instance) {
  std::string version;
  for (const Series* series : instance.of(Ask::version)) version = series->label("short_version");
  std::string text =
      fmt::format("\n## {}{}\n", code(instance.name()), version.empty() ? "" : ", PostgreSQL " + version);
  for (const Section& section : kSections)
    text += fmt::format("\n### {}\n\n{}", section.title, section.write(instance));
  return text;
}

}  // namespace

base::Result<std::string> report(const Options& options, const Get& get) {
  const auto answers = gather(options, get);
  if (!answers) return tl::unexpected(answers.error());
  std::string text = headline(*answers);
  for (const Series& found : answers->series[static_cast<std::size_t>(Ask::instances)])
    text += chapter(Instance(found.label("instance"), *answers));
  return text + alerts_of_nobody(*answers);
}

}  // namespace pgvigil::report
