#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/base/text.hpp"
#include "pgvigil/collect/map_rows.hpp"
#include "pgvigil/render/exposition.hpp"
#include "require.hpp"

namespace pgvigil::fuzz {
namespace {

using model::Column;
using model::Use;

constexpr std::array kTableColumns = {
    Column{"datname"},
    Column{"relname"},
    Column{"scans", Use::counter, "pg_scans_total", "Scans."},
    Column{.name = "ms", .use = Use::gauge, .metric = "pg_time_seconds", .help = "Time.", .scale = 0.001},
};
constexpr std::array kWaitColumns = {Column{"datname"},
                                     Column{"wait", Use::histogram, "pg_wait_seconds", "Waits."}};
constexpr std::array kSettingColumns = {Column{"name"}, Column{"help"},
                                        Column{"setting", Use::family, "pg_settings_"}};

model::CollectorSpec spec(std::span<const Column> columns) {
  model::CollectorSpec made;
  made.name = "sample";
  made.columns = columns;
  made.max_rows = 50;
  return made;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// As in tests/golden: names, then rows, cells separated by tabs, \N for NULL. Rows of another length are
/// left out.
pg::Rows rows_of(std::string_view text) {
  const auto lines = split(text, '\n');
  pg::Rows rows;
  for (const std::string_view name : split(lines.front(), '\t')) rows.columns.emplace_back(name);
  rows.cells = base::Cells(rows.columns.size());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto cells = split(lines[i], '\t');
    if (cells.size() != rows.columns.size()) continue;
    for (const std::string_view cell : cells) {
      if (cell == "\\N")
        rows.cells.add_null();
      else
        rows.cells.add(cell);
    }
  }
  return rows;
}

/// A histogram's are its count, its sum, the bucket of everything and one for each bound.
std::size_t samples(const Column& column, std::string_view cell) {
  if (column.use != Use::histogram) return 1;
  return 3 + static_cast<std::size_t>(std::ranges::count(cell, ' ')) / 2;
}

std::size_t samples(const model::CollectorSpec& spec, const model::Sheet& sheet) {
  std::size_t count = 0;
  for (std::size_t r = 0; r < sheet.cells.rows(); ++r)
    for (std::size_t c = 0; c < spec.columns.size(); ++c)
      if (const auto cell = sheet.cells.at(r, c); cell && spec.columns[c].use != Use::label)
        count += samples(spec.columns[c], *cell);
  return count;
}

bool is_value(std::string_view text) {
  return text == "NaN" || text == "+Inf" || text == "-Inf" ||
         (!text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos);
}

/// Every line is a comment, or a metric with closed braces and a number behind them.
void require_well_formed(std::string_view page, std::size_t expected) {
  require(base::is_utf8(page), "a page is UTF-8");
  require(page.empty() || page.ends_with('\n'), "a page ends with a newline");
  std::size_t count = 0;
  for (const std::string_view line : split(page, '\n')) {
    if (line.empty() || line.starts_with("# HELP pg_") || line.starts_with("# TYPE pg_")) continue;
    const auto space = line.rfind(' ');
    require(line.starts_with("pg_") && space != std::string_view::npos, "a sample has a name and a value");
    require(is_value(line.substr(space + 1)), "a value is a number");
    require((line.find('{') == std::string_view::npos) == (line[space - 1] != '}'), "braces are closed");
    ++count;
  }
  require(count == expected, "each value that is not NULL has its samples");
}

void map_and_render(const model::CollectorSpec& spec, const pg::Rows& rows) {
  auto sheet = collect::map_rows(spec, rows);
  if (!sheet) {
    require(sheet.error().kind == base::ErrorKind::contract, "the kind is contract");
    return;
  }
  require(sheet->cells.rows() <= spec.max_rows, "the budget holds");
  require(sheet->cells.rows() + sheet->cut == rows.cells.rows(), "what is cut is counted");
  const std::size_t expected = samples(spec, *sheet);
  model::Part part;
  part.sheet = std::make_shared<const model::Sheet>(std::move(*sheet));
  model::Snapshot snapshot;
  snapshot.entries.push_back({&spec, {part}});
  require_well_formed(render::exposition(snapshot), expected);
  require_well_formed(render::exposition(snapshot, {{"cluster", "a\"b"}}), expected);
}

}  // namespace
}  // namespace pgvigil::fuzz

/// Whatever a server answers: an error of kind contract, or a page that can be parsed.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pgvigil::fuzz;
  static const auto kTables = spec(kTableColumns);
  static const auto kSettings = spec(kSettingColumns);
  static const auto kWaits = spec(kWaitColumns);
  const auto rows = rows_of({reinterpret_cast<const char*>(data), size});
  map_and_render(kTables, rows);
  map_and_render(kSettings, rows);
  map_and_render(kWaits, rows);
  return 0;
}
