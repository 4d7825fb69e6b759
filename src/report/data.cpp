#include <fmt/format.h>

#include <algorithm>

#include "report/sections.hpp"
#include "report/text.hpp"

namespace pgvigil::report {
namespace {

/// From the end of one step to the end of another.
struct Stretch {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// The steps for which there is a point, and those for which there is one of value 0, as stretches.
struct Seen {
  std::vector<Stretch> missing;
  std::vector<Stretch> down;
};

void extend(std::vector<Stretch>& stretches, std::int64_t from, std::int64_t to) {
  if (!stretches.empty() && stretches.back().to == from)
    stretches.back().to = to;
  else
    stretches.push_back({from, to});
}

Seen seen(const Instance& instance) {
  const Period& period = instance.period();
  const auto series = instance.of(Ask::up);
  std::vector<Point> points;
  if (!series.empty()) points = series.front()->points;
  Seen seen;
  auto next = points.begin();
  for (std::int64_t time = period.start + period.step; time <= period.end; time += period.step) {
    while (next != points.end() && next->time < time) ++next;
    const bool there = next != points.end() && next->time == time;
    if (!there) extend(seen.missing, time - period.step, time);
    if (there && next->value == 0) extend(seen.down, time - period.step, time);
  }
  return seen;
}

double length(const std::vector<Stretch>& stretches) {
  std::int64_t sum = 0;
  for (const Stretch& stretch : stretches) sum += stretch.to - stretch.from;
  return static_cast<double>(sum);
}

/// The longest ten, in the order of time.
std::string table(std::string_view title, std::vector<Stretch> stretches) {
  constexpr std::size_t kMost = 10;
  const std::size_t left_out = stretches.size() - std::min(kMost, stretches.size());
  std::ranges::stable_sort(stretches,
                           [](const Stretch& a, const Stretch& b) { return a.to - a.from > b.to - b.from; });
  stretches.resize(stretches.size() - left_out);
  std::ranges::sort(stretches, {}, &Stretch::from);
  Table table({title, "until", ">length"});
  for (const Stretch& stretch : stretches)
    table.add({time_text(stretch.from), time_text(stretch.to),
               duration(static_cast<double>(stretch.to - stretch.from))});
  const std::string rest = left_out == 0 ? "" : fmt::format("\nand {} shorter ones.\n", left_out);
  return "\n" + table.text() + rest;
}

}  // namespace

std::string data_section(const Instance& instance) {
  if (instance.of(Ask::up).empty()) return instance.nothing(Ask::up, "there is no pg_up");
  const Seen steps = seen(instance);
  const double missing = length(steps.missing);
  const double known = instance.period().seconds() - missing;
  const double down = length(steps.down);
  std::string text = fmt::format("There is data for {} of the period ({}).\n",
                                 percent(known / instance.period().seconds()), duration(known));
  if (missing > 0)
    text += "Everything below is of that time alone: what was in between is not known.\n" +
            table("No data from", steps.missing);
  if (!instance.has_a_day())
    text +=
        "\nThat is less than a day: sums may be missing below, and there are no forecasts and no advice.\n";
  text += fmt::format("\nThe server was reached in {} of that time{}.\n",
                      percent(known > 0 ? 1 - down / known : 0),
                      down > 0 ? fmt::format("; not for {}", duration(down)) : "");
  if (down > 0) text += table("Not reached from", steps.down);
  const auto restarts = instance.value(Ask::restarts);
  text += fmt::format("\nRestarts seen: {}.\n", restarts ? count(*restarts) : "not known");
  return text;
}

}  // namespace pgvigil::report
