#include "render/status_view.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgvigil::render {
namespace {

/// Count, sum and the bucket of everything, and one for each bound: "7 12.5 0.1 3 1 6" is five.
std::size_t samples_of_histogram(std::string_view cell) {
  return 3 + static_cast<std::size_t>(std::ranges::count(cell, ' ')) / 2;
}

std::size_t count_samples(const model::CollectorSpec& spec, const base::Cells& cells) {
  std::size_t samples = 0;
  for (std::size_t column = 0; column < spec.columns.size(); ++column) {
    const model::Column& declared = spec.columns[column];
    if (declared.use == model::Use::label) continue;
    for (std::size_t row = 0; row < cells.rows(); ++row)
      if (const auto cell = cells.at(row, column))
        samples += declared.use == model::Use::histogram ? samples_of_histogram(*cell) : 1;
  }
  return samples;
}

std::string reason(const model::Entry& entry) {
  const model::Outcome& worst = entry.outcome();
  if (worst.status == model::Outcome::Status::ok) return {};
  const auto alike = [&worst](const model::Part& part) { return part.outcome.status == worst.status; };
  const model::Part& first = *std::ranges::find_if(entry.parts, alike);  // the worst is one of them
  if (first.database.empty()) return first.outcome.reason;
  const std::string text = fmt::format("database {}: {}", first.database, first.outcome.reason);
  const auto others = std::ranges::count_if(entry.parts, alike) - 1;
  return others == 0 ? text : fmt::format("{} (and {} more)", text, others);
}

}  // namespace

std::vector<CollectorView> view(std::span<const model::Entry> entries) {
  std::vector<CollectorView> views;
  for (const model::Entry& entry : entries) {
    CollectorView& shown = views.emplace_back();
    shown.name = entry.spec->name;
    shown.status = entry.outcome().status;
    shown.reason = reason(entry);
    shown.last_success = entry.last_success();
    shown.took = entry.took();
    for (const model::Part& part : entry.parts) {
      if (!part.sheet) continue;
      shown.samples += count_samples(*entry.spec, part.sheet->cells);
      shown.cut += part.sheet->cut;
    }
  }
  return views;
}

bool polled(const model::Snapshot& snapshot) { return snapshot.taken != base::WallTime(); }

std::string_view state_name(const std::optional<model::State>& state) {
  return state ? model::name(*state) : "unknown";
}

}  // namespace pgvigil::render
