#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/collect/map_rows.hpp"
#include "pgvigil/collect/session_fold.hpp"
#include "pgvigil/render/exposition.hpp"

/// Every collector's way from a server's answer to the page: tests/golden/NAME.rows, mapped and rendered, is
/// NAME.prom, whole text against whole text. PGVIGIL_ACCEPT=1 writes what came out instead; read the diff
/// before committing it.
///
/// NAME.rows: what the server answered; of statements and of the probe, what their folds made of it. A line
/// each for the column names and the rows, cells separated by tabs; \N is NULL; \t, \n and
/// \\ stand for themselves.
namespace pgvigil {
namespace {

std::string golden(std::string_view name, std::string_view kind) {
  return std::string(PGVIGIL_SOURCE_DIR).append("/tests/golden/").append(name).append(kind);
}

std::string unescaped(std::string_view cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] != '\\' || i + 1 == cell.size()) {
      out += cell[i];
      continue;
    }
    const char next = cell[++i];
    out += next == 't' ? '\t' : next == 'n' ? '\n' : next;
  }
  return out;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == '\t')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

/// No column at all where the file is missing.
pg::Rows read_rows(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line)) return {};
  pg::Rows rows{split(line), base::Cells(split(line).size())};
  while (std::getline(in, line)) {
    const auto cells = split(line);
    EXPECT_EQ(cells.size(), rows.columns.size()) << path << ": " << line;
    for (const std::string& cell : cells) {
      if (cell == "\\N")
        rows.cells.add_null();
      else
        rows.cells.add(unescaped(cell));
    }
  }
  return rows;
}

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The page that has this collector alone.
std::string page(const model::CollectorSpec& spec, model::Sheet sheet) {
  model::Part part;
  part.sheet = std::make_shared<const model::Sheet>(std::move(sheet));
  model::Snapshot snapshot;
  snapshot.entries.push_back({&spec, {part}});
  return render::exposition(snapshot);
}

/// Whether its rows are those of all sessions, whose folds are the last: the same file under several names.
bool of_sessions(const model::CollectorSpec& spec) { return spec.fold >= model::Fold::session_states; }

class Golden : public testing::TestWithParam<const model::CollectorSpec*> {};

}  // namespace

TEST_P(Golden, RowsBecomeThePage) {
  const model::CollectorSpec& spec = *GetParam();
  const pg::Rows rows = read_rows(golden(spec.name, ".rows"));
  const auto folded = of_sessions(spec) ? collect::fold_sessions(spec, rows) : rows;
  ASSERT_TRUE(folded) << folded.error().message;
  const auto sheet = collect::map_rows(spec, *folded);
  ASSERT_TRUE(sheet) << sheet.error().message;
  ASSERT_GT(sheet->cells.rows(), 0U);
  const std::string text = page(spec, *sheet);
  for (const model::Column& column : spec.columns) {
    if (column.use == model::Use::label) continue;
    EXPECT_NE(text.find("# TYPE " + std::string(column.metric)), std::string::npos)
        << "no row has a value for " << column.metric;
  }
  const std::string path = golden(spec.name, ".prom");
  if (std::getenv("PGVIGIL_ACCEPT") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(read_text(path), text);
}

INSTANTIATE_TEST_SUITE_P(Collector, Golden,
                         testing::ValuesIn(catalogue::collectors().begin(), catalogue::collectors().end()),
                         [](const auto& each) { return std::string(each.param->name); });

}  // namespace pgvigil
