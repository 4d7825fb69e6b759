#include "pgvigil/collect/map_rows.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "collect/number.hpp"
#include "collect/row_histogram.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using model::Column;
using model::Use;

/// Names end at 63 bytes, texts of statements at 120 characters, Korean ones of 3 bytes each; what Prometheus
/// and its kin refuse begins at 1,024 or 2,048.
constexpr std::size_t kMostLabelBytes = 512;

constexpr std::size_t kNowhere = std::string::npos;

/// What may be missing in the result: the name of a visited database, and a value in an open spec.
bool dispensable(const model::CollectorSpec& spec, const Column& column) {
  if (column.use == Use::label) return spec.scope == model::Scope::database && column.name == "datname";
  return spec.open;
}

/// For each declared column its place in the result.
base::Result<std::vector<std::size_t>> places(const model::CollectorSpec& spec, const pg::Rows& rows) {
  std::vector<std::size_t> places;
  std::size_t missing = 0;
  for (const Column& column : spec.columns) {
    // Most results have the columns in this order.
    const std::size_t next = places.size();
    const auto found = next < rows.columns.size() && rows.columns[next] == column.name
                           ? rows.columns.begin() + static_cast<std::ptrdiff_t>(next)
                           : std::ranges::find(rows.columns, column.name);
    const bool there = found != rows.columns.end();
    if (!there && !dispensable(spec, column))
      return base::fail(ErrorKind::contract, "the result has no column {}", column.name);
    places.push_back(there ? static_cast<std::size_t>(found - rows.columns.begin()) : kNowhere);
    missing += there ? 0U : 1U;
  }
  if (spec.open || rows.columns.size() == places.size() - missing) return places;
  for (const std::string& name : rows.columns)
    if (std::ranges::find(spec.columns, name, &Column::name) == spec.columns.end())
      return base::fail(ErrorKind::contract, "the result has a column {} that is not declared", name);
  return base::fail(ErrorKind::contract, "the result has one column twice");
}

/// A list of names and values as the one row that it stands for.
base::Result<pg::Rows> as_one_row(const pg::Rows& list) {
  if (list.columns.size() < 2 || list.cells.rows() == 0)
    return base::fail(ErrorKind::contract, "the result is no list of names and values");
  pg::Rows row{{}, base::Cells(list.cells.rows())};
  for (std::size_t r = 0; r < list.cells.rows(); ++r) {
    row.columns.emplace_back(list.cells.at(r, 0).value_or(""));
    if (const auto value = list.cells.at(r, 1))
      row.cells.add(*value);
    else
      row.cells.add_null();
  }
  return row;
}

/// As model::Histogram writes it: with that many bounds, or any number of them where there are none declared.
bool is_histogram(std::string_view cell, const model::Bounds& bounds) {
  std::size_t numbers = 0;
  for (bool more = true; more; ++numbers) {
    const auto end = cell.find(' ');
    const std::string_view number = cell.substr(0, end);
    const bool sum = numbers == 1;
    if (!is_number(number) && !(sum && (number == "NaN" || number.ends_with("Inf")))) return false;
    more = end != std::string_view::npos;
    cell.remove_prefix(more ? end + 1 : cell.size());
  }
  return bounds.each.empty() ? numbers >= 2 && numbers % 2 == 0 : numbers == 2 * bounds.each.size() + 2;
}

/// Powers of ten below one are divided by, so that 123.456 ms is 0.123456 s and not 0.12345600000000001.
double scaled(double value, double scale) {
  return scale < 1 ? value / std::round(1 / scale) : value * scale;
}

/// What stands in the sheet; `memory` keeps it where it is no part of `text`.
base::Result<std::string_view> value_of(const Column& column, std::string_view text, std::string& memory) {
  if (column.use == Use::histogram) {
    if (!is_histogram(text, column.bounds)) return is_not("a histogram", column.name, text);
    return text;
  }
  const auto number = page_number(text);
  if (!number) return is_not("a number", column.name, text);
  if (column.scale == 1 || !is_number(text)) return *number;
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{})
    return is_not("a number", column.name, text);
  return memory = base::number(scaled(value, column.scale));
}

std::string_view label_of(std::string_view text, std::string& memory) {
  if (text.empty()) return "";
  if (text.size() <= kMostLabelBytes && base::is_utf8(text)) return text;
  return memory = base::cut(base::clean_utf8(text), kMostLabelBytes);
}

/// A family row's first cell completes a metric name.
bool completes_a_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

base::Result<void> distinct(const model::CollectorSpec& spec, const base::Cells& cells) {
  const bool family = std::ranges::any_of(spec.columns, [](const Column& c) { return c.use == Use::family; });
  std::vector<std::pair<std::uint64_t, std::size_t>> hashes;
  hashes.reserve(cells.rows());
  for (std::size_t r = 0; r < cells.rows(); ++r) {
    std::uint64_t hash = model::hash("");
    for (std::size_t c = 0; c < spec.columns.size(); ++c) {
      if (spec.columns[c].use != Use::label) continue;
      hash = model::hash(std::string_view("\0", 1), model::hash(*cells.at(r, c), hash));
      if (family) break;
    }
    if (family && !completes_a_name(*cells.at(r, 0)))
      return base::fail(ErrorKind::contract, "'{}' cannot complete a metric's name", *cells.at(r, 0));
    hashes.emplace_back(hash, r);
  }
  std::ranges::sort(hashes);
  const auto twin = std::ranges::adjacent_find(hashes, {}, &std::pair<std::uint64_t, std::size_t>::first);
  if (twin == hashes.end()) return {};
  return base::fail(ErrorKind::contract, "rows {} and {} have the same labels", twin->second + 1,
                    std::next(twin)->second + 1);
}

/// That a user's rows of one database are told from those of the others by its name.
base::Result<void> of_one_database(const model::CollectorSpec& spec, const base::Cells& cells,
                                   std::string_view database) {
  if (!spec.user || spec.scope != model::Scope::database) return {};
  const auto datname = std::ranges::find(spec.columns, "datname", &Column::name) - spec.columns.begin();
  for (std::size_t r = 0; r < cells.rows(); ++r)
    if (cells.at(r, static_cast<std::size_t>(datname)) != base::clean_utf8(database))
      return base::fail(
          ErrorKind::contract,
          "datname holds '{}', not the visited database: what is of several is asked at cluster "
          "scope",
          *cells.at(r, static_cast<std::size_t>(datname)));
  return {};
}

base::Result<model::Sheet> map_columns(const model::CollectorSpec& spec, const pg::Rows& rows,
                                       std::string_view database) {
  const auto from = places(spec, rows);
  if (!from) return tl::unexpected(from.error());

  const std::size_t kept = std::min(rows.cells.rows(), spec.max_rows);
  model::Sheet sheet{base::Cells(spec.columns.size()), rows.cells.rows() - kept + rows.cut};
  std::vector<std::string_view> row(spec.columns.size());
  std::vector<std::string> memory(spec.columns.size());
  for (std::size_t r = 0; r < kept; ++r) {
    for (std::size_t c = 0; c < spec.columns.size(); ++c) {
      const std::size_t place = (*from)[c];
      const auto cell = place == kNowhere ? std::nullopt : rows.cells.at(r, place);
      if (spec.columns[c].use == Use::label) {
        row[c] = label_of(cell.value_or(place == kNowhere ? database : ""), memory[c]);
      } else if (!cell) {
        row[c] = {};
      } else {
        const auto value = value_of(spec.columns[c], *cell, memory[c]);
        if (!value) return tl::unexpected(value.error());
        row[c] = *value;
      }
    }
    sheet.cells.add_row(row);
  }
  if (const auto checked = distinct(spec, sheet.cells); !checked) return tl::unexpected(checked.error());
  if (const auto checked = of_one_database(spec, sheet.cells, database); !checked)
    return tl::unexpected(checked.error());
  sheet.cells.shrink();
  return sheet;
}

}  // namespace

base::Result<model::Sheet> map_rows(const model::CollectorSpec& spec, const pg::Rows& rows,
                                    std::string_view database) {
  const auto mapped = [&](const base::Result<pg::Rows>& made) {
    return made ? map_columns(spec, *made, database) : tl::unexpected(made.error());
  };
  if (spec.listed) return mapped(as_one_row(rows));
  if (std::ranges::any_of(spec.columns, &Column::bounds_by_row)) return mapped(with_histograms(spec, rows));
  return map_columns(spec, rows, database);
}

}  // namespace pgvigil::collect
