#include "collect/reading.hpp"

namespace pgvigil::collect {

pg::Rows to_rows(const model::CollectorSpec& spec, const std::vector<Reading>& readings) {
  pg::Rows rows{{}, base::Cells(spec.columns.size())};
  for (const model::Column& column : spec.columns) rows.columns.emplace_back(column.name);
  const auto key = [](const model::Column& column) {
    return column.use == model::Use::label ? column.name : column.metric;
  };
  for (const Reading& reading : readings) {
    bool fits = false;
    for (const model::Column& column : spec.columns)
      fits = fits || (column.use != model::Use::label && reading.contains(column.metric));
    if (!fits) continue;
    for (const model::Column& column : spec.columns) {
      const auto cell = reading.find(key(column));
      if (cell == reading.end())
        rows.cells.add_null();
      else
        rows.cells.add(cell->second);
    }
  }
  return rows;
}

}  // namespace pgvigil::collect
