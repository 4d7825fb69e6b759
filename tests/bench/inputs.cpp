#include "inputs.hpp"

#include <algorithm>
#include <stdexcept>

#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/collect/map_rows.hpp"

namespace pgvigil::bench {
namespace {

model::Entry entry(std::string_view name, std::size_t count) {
  model::CollectorSpec spec = collector(name);
  spec.max_rows = count;
  model::Part part;
  part.sheet = std::make_shared<const model::Sheet>(collect::map_rows(spec, rows(spec, count)).value());
  return {&collector(name), {std::move(part)}};
}

}  // namespace

const model::CollectorSpec& collector(std::string_view name) {
  const auto all = catalogue::collectors();
  const auto found =
      std::ranges::find(all, name, [](const model::CollectorSpec* spec) { return spec->name; });
  if (found == all.end()) throw std::out_of_range("no such collector");
  return **found;
}

pg::Rows rows(const model::CollectorSpec& spec, std::size_t count) {
  pg::Rows rows{{}, base::Cells(spec.columns.size())};
  for (const model::Column& column : spec.columns) rows.columns.emplace_back(column.name);
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t c = 0; c < spec.columns.size(); ++c) {
      const bool label = spec.columns[c].use == model::Use::label;
      rows.cells.add(label ? fmt::format("{}_{}", spec.columns[c].name, r)
                           : fmt::format("{}", 100'000'000 + r * 977 + c));
    }
  }
  return rows;
}

std::shared_ptr<const model::Snapshot> tables(std::size_t count) {
  model::Snapshot snapshot;
  snapshot.up = true;
  snapshot.entries = {entry("stat_user_tables", count), entry("statio_user_tables", count)};
  return std::make_shared<const model::Snapshot>(std::move(snapshot));
}

}  // namespace pgvigil::bench
