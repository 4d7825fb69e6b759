#include "pgvigil/model/snapshot.hpp"

#include <algorithm>
#include <charconv>

namespace pgvigil::model {
namespace {

bool matches_row(const CollectorSpec& spec, const base::Cells& cells, std::size_t row,
                 std::span<const Match> matches) {
  return std::ranges::all_of(matches, [&](const Match& match) {
    for (std::size_t c = 0; c < spec.columns.size(); ++c)
      if (spec.columns[c].use == Use::label && spec.columns[c].name == match.label)
        return cells.at(row, c).value_or("") == match.value;
    return false;
  });
}

/// In a family column the row completes the metric's name. A histogram is no one number.
bool names(const Column& column, const base::Cells& cells, std::size_t row, std::string_view metric) {
  if (column.use == Use::histogram) return false;
  if (column.use != Use::family) return column.metric == metric;
  return metric.starts_with(column.metric) && cells.at(row, 0) == metric.substr(column.metric.size());
}

double to_double(std::string_view text) {
  if (text == "+Inf") text = "inf";
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string_view name(Outcome::Status status) {
  switch (status) {
    case Outcome::Status::ok:
      return "ok";
    case Outcome::Status::skipped:
      return "skipped";
    case Outcome::Status::failed:
      return "failed";
  }
  return "failed";
}

const Outcome& Entry::outcome() const {
  return std::ranges::max_element(parts, {}, [](const Part& part) { return part.outcome.status; })->outcome;
}

std::optional<base::WallTime> Entry::last_success() const {
  std::optional<base::WallTime> oldest = parts.front().last_success;
  for (const Part& part : parts) {
    if (!part.last_success) return std::nullopt;
    oldest = std::min(*oldest, *part.last_success);
  }
  return oldest;
}

base::Millis Entry::took() const {
  base::Millis all{0};
  for (const Part& part : parts) all += part.took;
  return all;
}

std::optional<double> sum(const Snapshot& snapshot, std::string_view metric, std::span<const Match> matches) {
  std::optional<double> total;
  const auto add = [&total](std::optional<std::string_view> cell) {
    if (cell) total = total.value_or(0) + to_double(*cell);
  };
  for (const Entry& entry : snapshot.entries) {
    for (std::size_t c = 0; c < entry.spec->columns.size(); ++c) {
      const Column& column = entry.spec->columns[c];
      if (column.use == Use::label || !metric.starts_with(column.metric)) continue;
      for (const Part& part : entry.parts) {
        if (!part.sheet) continue;
        const base::Cells& cells = part.sheet->cells;
        for (std::size_t r = 0; r < cells.rows(); ++r)
          if (names(column, cells, r, metric) && matches_row(*entry.spec, cells, r, matches))
            add(cells.at(r, c));
      }
    }
  }
  return total;
}

}  // namespace pgvigil::model
