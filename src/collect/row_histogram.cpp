#include "collect/row_histogram.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "collect/number.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using model::Column;

/// A column of the result to be, and where its text comes from: for a histogram four columns, else one.
struct Source {
  std::size_t place = 0;
  std::array<std::size_t, model::kHistogramSuffixes.size()> parts = {};  // count, sum, bucket
  bool histogram = false;
};

bool is_part(const model::CollectorSpec& spec, std::string_view name) {
  if (std::ranges::find(spec.columns, name, &Column::name) != spec.columns.end()) return false;
  return std::ranges::any_of(spec.columns, [name](const Column& column) {
    return column.bounds_by_row() && name.starts_with(column.name) &&
           std::ranges::count(model::kHistogramSuffixes, name.substr(column.name.size())) > 0;
  });
}

base::Result<Source> source_of(const model::CollectorSpec& spec, const pg::Rows& rows, std::size_t place) {
  const std::string& name = rows.columns[place];
  const auto declared = std::ranges::find(spec.columns, name, &Column::name);
  Source source{place, {}, declared != spec.columns.end() && declared->bounds_by_row()};
  for (std::size_t i = 0; source.histogram && i < source.parts.size(); ++i) {
    const std::string part = name + std::string(model::kHistogramSuffixes[i]);
    const auto found = std::ranges::find(rows.columns, part);
    if (found == rows.columns.end())
      return base::fail(ErrorKind::contract, "the result has no column {} for the histogram {}", part, name);
    source.parts[i] = static_cast<std::size_t>(found - rows.columns.begin());
  }
  return source;
}

/// What stands in "{1,2.5}". Texts that PostgreSQL quotes there are no numbers.
std::optional<std::vector<std::string_view>> elements(std::string_view array) {
  if (array.size() < 2 || !array.starts_with('{') || !array.ends_with('}')) return {};
  array = array.substr(1, array.size() - 2);
  std::vector<std::string_view> each;
  for (bool more = !array.empty(); more;) {
    const auto end = array.find(',');
    each.push_back(array.substr(0, end));
    more = end != std::string_view::npos;
    array.remove_prefix(more ? end + 1 : array.size());
  }
  return each;
}

struct Bucket {
  double bound = 0;
  std::string_view count;
};

base::Result<std::vector<Bucket>> buckets(const std::string& name, std::string_view bounds,
                                          std::string_view counts) {
  const auto each_bound = elements(bounds);
  const auto each_count = elements(counts);
  if (!each_bound) return is_not("an array of numbers", name, bounds);
  if (!each_count || !std::ranges::all_of(*each_count, is_number))
    return is_not("an array of numbers", name + "_bucket", counts);
  std::vector<Bucket> all;
  for (std::size_t i = 0; i < std::min(each_bound->size(), each_count->size()); ++i) {
    const std::string_view text = (*each_bound)[i];
    if (text == "Infinity") continue;
    Bucket bucket{0, (*each_count)[i]};
    if (!is_number(text) ||
        std::from_chars(text.data(), text.data() + text.size(), bucket.bound).ec != std::errc{})
      return is_not("an array of numbers", name, bounds);
    all.push_back(bucket);
  }
  std::ranges::sort(all, {}, &Bucket::bound);
  const auto twin = std::ranges::adjacent_find(all, {}, &Bucket::bound);
  if (twin != all.end())
    return base::fail(ErrorKind::contract, "column {} holds the bound {} twice", name,
                      base::number(twin->bound));
  return all;
}

base::Result<void> add_histogram(base::Cells& cells, const Source& source, const pg::Rows& rows,
                                 std::size_t row) {
  const std::string& name = rows.columns[source.place];
  const auto bounds = rows.cells.at(row, source.place);
  const auto count = rows.cells.at(row, source.parts[0]);
  const auto sum = rows.cells.at(row, source.parts[1]);
  const auto counts = rows.cells.at(row, source.parts[2]);
  if (!bounds || !count || !sum || !counts) {
    cells.add_null();
    return {};
  }
  const auto shown_sum = page_number(*sum);
  if (!is_number(*count)) return is_not("a number", name + "_count", *count);
  if (!shown_sum) return is_not("a number", name + "_sum", *sum);
  const auto each = buckets(name, *bounds, *counts);
  if (!each) return tl::unexpected(each.error());
  std::string cell = fmt::format("{} {}", *count, *shown_sum);
  for (const Bucket& bucket : *each) cell += fmt::format(" {} {}", base::number(bucket.bound), bucket.count);
  cells.add(cell);
  return {};
}

base::Result<void> add(base::Cells& cells, const Source& source, const pg::Rows& rows, std::size_t row) {
  if (source.histogram) return add_histogram(cells, source, rows, row);
  if (const auto text = rows.cells.at(row, source.place))
    cells.add(*text);
  else
    cells.add_null();
  return {};
}

}  // namespace

base::Result<pg::Rows> with_histograms(const model::CollectorSpec& spec, const pg::Rows& rows) {
  std::vector<Source> sources;
  pg::Rows joined{{}, base::Cells(0), rows.cut};
  for (std::size_t place = 0; place < rows.columns.size(); ++place) {
    if (is_part(spec, rows.columns[place])) continue;
    auto source = source_of(spec, rows, place);
    if (!source) return tl::unexpected(source.error());
    sources.push_back(*source);
    joined.columns.push_back(rows.columns[place]);
  }
  joined.cells = base::Cells(sources.size());
  for (std::size_t r = 0; r < rows.cells.rows(); ++r)
    for (const Source& source : sources)
      if (const auto added = add(joined.cells, source, rows, r); !added) return tl::unexpected(added.error());
  return joined;
}

}  // namespace pgvigil::collect
