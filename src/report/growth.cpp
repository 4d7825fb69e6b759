#include <fmt/format.h>

#include <algorithm>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

constexpr double kDay = 86'400;

/// When `room` bytes are used up at `rate` bytes a second.
std::string time_until(double room, double rate) {
  constexpr double kLongest = 3650 * kDay;
  if (room <= 0) return "now";
  if (rate <= 0) return "never: not growing";
  const double left = room / rate;
  return left > kLongest ? "over 10 years" : duration(left);
}

/// Used and available, which is what the threshold compares, and how fast it grows.
std::string disks(const Instance& instance) {
  Table table({"volume", ">size", ">used", ">a day", ">at the warning limit in", ">full in"});
  const auto warning = instance.value(Ask::limit, {{"rule", "disk"}, {"severity", "warning"}});
  for (const Series* size : instance.of(Ask::disk_size)) {
    const auto used = instance.value(Ask::disk_used, size->labels);
    const auto available = instance.value(Ask::disk_available, size->labels);
    const auto rate = instance.value(Ask::disk_growth, size->labels);
    if (!used || !available) continue;
    const bool forecast = rate && instance.has_a_day();
    const std::string unknown = "too little data";
    table.add({std::string(size->label("role")), bytes(size->points.back().value),
               fmt::format("{} ({})", bytes(*used), percent(*used / (*used + *available))),
               rate ? bytes(*rate * kDay) : "–",
               !forecast  ? unknown
               : !warning ? "–"
                          : time_until(*warning * (*used + *available) - *used, *rate),
               forecast ? time_until(*available, *rate) : unknown});
  }
  if (table.empty())
    return instance.nothing(Ask::disk_size,
                            "no volume is visible to pgvigil; see mounts: in its configuration");
  return table.text() + "\nThe forecast is the straight line through the period.\n";
}

std::vector<const Series*> by_growth(const Instance& instance, Ask growth) {
  auto all = instance.of(growth);
  std::ranges::stable_sort(
      all, [](const Series* a, const Series* b) { return a->points.back().value > b->points.back().value; });
  return all;
}

std::string databases(const Instance& instance) {
  Table table({"database", ">size", ">grown", ">a day"});
  const double days = instance.seconds_with_data() / kDay;
  for (const Series* grown : by_growth(instance, Ask::database_growth)) {
    const auto size = instance.value(Ask::database_size, grown->labels);
    if (!size) continue;
    const double value = grown->points.back().value;
    table.add({code(grown->label("datname")), bytes(*size), bytes(value), bytes(value / days)});
  }
  if (table.empty()) return instance.nothing(Ask::database_size, "no database has a size in the last day");
  return table.text();
}

std::string tables(const Instance& instance) {
  Table table({"database", "table", ">size with indexes", ">grown"});
  for (const Series* grown : by_growth(instance, Ask::table_growth)) {
    const auto size = instance.value(Ask::table_size, grown->labels);
    if (!size) continue;
    table.add({code(grown->label("datname")),
               code(fmt::format("{}.{}", grown->label("schemaname"), grown->label("relname"))), bytes(*size),
               bytes(grown->points.back().value)});
  }
  if (table.empty())
    return instance.nothing(Ask::table_growth, "no table has grown, or sizes are not collected (table_size)");
  return table.text();
}

}  // namespace

std::string growth_section(const Instance& instance) {
  return fmt::format("{}\n{}\nThe ten tables that grew most:\n\n{}", disks(instance), databases(instance),
                     tables(instance));
}

std::string cost_section(const Instance& instance) {
  const model::Cost& cost = instance.cost();
  const Labels data = {{"role", "data"}};
  const auto size = instance.value(Ask::disk_size, data);
  const auto used = instance.value(Ask::disk_used, data);
  if (!size || !used)
    return instance.nothing(Ask::disk_size,
                            "the data volume is not visible to pgvigil; see mounts: in its configuration");
  constexpr double kGib = 1024.0 * 1024 * 1024;
  const auto money = [&](double amount) { return fmt::format("{:.2f} {}", amount, cost.currency); };
  const double volume = *size / kGib * cost.disk;
  const double snapshot = *used / kGib * cost.snapshot;
  Table table({"a month", ">size", ">price a GiB", ">cost"});
  table.add({"data volume, used or not", bytes(*size), fmt::format("{} {}", cost.disk, cost.currency),
             money(volume)});
  table.add({"one snapshot of what is used", bytes(*used), fmt::format("{} {}", cost.snapshot, cost.currency),
             money(snapshot)});
  table.add({"together", "", "", money(volume + snapshot)});
  const auto rate = instance.value(Ask::disk_growth, data);
  std::string text =
      table.text() + fmt::format("\n{} of what is paid for is in use.", percent(*used / *size));
  if (rate && *rate > 0)
    text += fmt::format(" A year like this period adds {} ({} a month).", bytes(*rate * 365 * kDay),
                        money(*rate * 365 * kDay / kGib * (cost.disk + cost.snapshot)));
  return text + " Prices are `cost:` in pgvigil's configuration.\n";
}

}  // namespace pgvigil::report
