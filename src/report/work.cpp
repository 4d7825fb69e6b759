#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

constexpr double kDay = 86'400;

std::string name_of(const Series& series, std::string_view last) {
  return code(fmt::format("{}.{}", series.label("schemaname"), series.label(last)));
}

std::string databases(const Instance& instance) {
  Table table({"database", ">cache hits", ">blocks read", ">transactions", ">rolled back", ">deadlocks",
               ">temporary files", ">their size a day"});
  const double days = instance.seconds_with_data() / kDay;
  for (const Series* commits : instance.of(Ask::commits)) {
    const auto of = [&](Ask ask) { return instance.value(ask, commits->labels); };
    const auto shown = [&](Ask ask) { return of(ask) ? count(std::round(*of(ask))) : "–"; };
    const double done = commits->points.back().value + of(Ask::rollbacks).value_or(0);
    const double read = of(Ask::blocks_read).value_or(0);
    const auto hit = of(Ask::blocks_hit);
    table.add({code(commits->label("datname")), hit ? percent(*hit / (*hit + read)) : "–",
               shown(Ask::blocks_read), count(std::round(done)),
               percent(of(Ask::rollbacks).value_or(0) / done), shown(Ask::deadlocks), shown(Ask::temp_files),
               of(Ask::temp_bytes) ? bytes(*of(Ask::temp_bytes) / days) : "–"});
  }
  if (table.empty()) return instance.nothing(Ask::commits, "no transaction was seen");
  return table.text();
}

std::string checkpoints(const Instance& instance) {
  const auto timed = instance.value(Ask::checkpoints_timed);
  const auto requested = instance.value(Ask::checkpoints_requested);
  if (!timed || !requested) return instance.nothing(Ask::checkpoints_timed, "no checkpoints are counted");
  const double all = *timed + *requested;
  const auto wal = instance.value(Ask::wal_written);
  const double known = instance.seconds_with_data();
  return fmt::format("Checkpoints: {}{}{}.{}\n", count(std::round(all)),
                     all > 0 ? fmt::format(", one in {} on average", duration(known / all)) : "",
                     all > 0 ? fmt::format("; {} of them before their time, because of WAL or by command",
                                           percent(*requested / all))
                             : "",
                     wal ? fmt::format(" WAL written: {} a day.", bytes(*wal * kDay / known)) : "");
}

}  // namespace

std::string work_section(const Instance& instance) {
  return databases(instance) + "\n" + checkpoints(instance);
}

std::string dead_row_section(const Instance& instance) {
  Table table({"database", "table", ">dead rows", ">of all", ">autovacuums", ">last autovacuum"});
  auto all = instance.of(Ask::dead_rows);
  std::ranges::stable_sort(
      all, [](const Series* a, const Series* b) { return a->points.back().value > b->points.back().value; });
  for (const Series* series : all) {
    const auto of = [&](Ask ask) { return instance.value(ask, series->labels); };
    const double dead = series->points.back().value;
    const auto live = of(Ask::live_rows);
    const auto vacuums = of(Ask::autovacuums);
    const auto last = of(Ask::last_autovacuum);
    table.add({code(series->label("datname")), name_of(*series, "relname"), count(dead),
               live ? percent(dead / (dead + *live)) : "–", vacuums ? count(std::round(*vacuums)) : "–",
               last ? time_text(static_cast<std::int64_t>(*last)) : "never"});
  }
  if (table.empty())
    return instance.nothing(Ask::dead_rows,
                            "no table has dead rows, or tables are not collected "
                            "(stat_user_tables)");
  return table.text();
}

std::string index_section(const Instance& instance) {
  if (instance.of(Ask::index_watched).empty())
    return instance.nothing(Ask::index_watched, "indexes are not collected (stat_user_indexes)");
  if (!instance.has_a_day()) return no_data("less than a day of it says nothing about an index");
  Table table({"database", "index", "of table", ">size", ">watched for"});
  auto all = instance.of(Ask::index_size);
  std::ranges::stable_sort(
      all, [](const Series* a, const Series* b) { return a->points.back().value > b->points.back().value; });
  for (const Series* series : all) {
    const auto steps = instance.value(Ask::index_watched, series->labels);
    const double watched = steps.value_or(0) * static_cast<double>(instance.period().coarse);
    if (watched < kDay) continue;
    table.add({code(series->label("datname")), name_of(*series, "indexrelname"),
               code(series->label("relname")), bytes(series->points.back().value), duration(watched)});
  }
  if (table.empty()) return "Each index was used, but for those that are needed anyway.\n";
  return table.text() +
         "\nNo query used these, the biggest ten, while they were watched. Look at the standbys and at "
         "what runs once a month before you drop one. Sizes are of the last vacuum.\n";
}

}  // namespace pgvigil::report
