#include "pgvigil/render/exposition.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "pgvigil/base/text.hpp"
#include "pgvigil/render/page.hpp"

namespace pgvigil::render {
namespace {

using model::Column;
using model::Use;

/// HELP escapes backslash and newline, a label's value the double quote too.
void escape(std::string& out, std::string_view text, bool quoted) {
  const auto has = [text](char c) { return text.find(c) != std::string_view::npos; };
  if (!has('\\') && !has('\n') && !(quoted && has('"'))) {
    out += text;
    return;
  }
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quoted)
      out += "\\\"";
    else
      out += c;
  }
}

std::string_view type_name(Use use) {
  switch (use) {
    case Use::counter:
      return "counter";
    case Use::untyped:
      return "untyped";
    case Use::histogram:
      return "histogram";
    default:
      return "gauge";
  }
}

void head(std::string& out, std::string_view metric, std::string_view help, Use use) {
  out += "# HELP ";
  out += metric;
  out += ' ';
  escape(out, help, false);
  out += "\n# TYPE ";
  out += metric;
  out += ' ';
  out += type_name(use);
  out += '\n';
}

void sample(std::string& out, std::string_view metric, std::string_view labels, std::string_view value) {
  out += metric;
  out += labels;
  out += ' ';
  out += value;
  out += '\n';
}

/// A cell of model::Histogram as the samples that it stands for.
void histogram(std::string& out, const Column& column, std::string_view labels, std::string_view cell) {
  const auto next = [&cell] {
    const auto end = std::min(cell.find(' '), cell.size());
    const auto token = cell.substr(0, end);
    cell.remove_prefix(std::min(end + 1, cell.size()));
    return token;
  };
  const std::string metric(column.metric);
  const std::string_view all = next();
  sample(out, metric + "_count", labels, all);
  sample(out, metric + "_sum", labels, next());
  std::string open(labels.substr(0, labels.size() - std::min<std::size_t>(labels.size(), 1)));
  open += open.empty() ? "{le=\"" : ",le=\"";
  while (!cell.empty()) {
    const std::string bound(next());
    sample(out, metric + "_bucket", open + bound + "\"}", next());
  }
  sample(out, metric + "_bucket", open + "+Inf\"}", all);
}

void add_label(std::string& out, std::string_view name, std::string_view value) {
  out += out.empty() ? '{' : ',';
  out += name;
  out += "=\"";
  escape(out, value, true);
  out += '"';
}

std::string constant_part(const ConstantLabels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) add_label(out, name, value);
  return out;
}

/// pg_settings' kind.
bool is_family(std::span<const Column> columns) {
  return columns.size() == 3 && columns[2].use == Use::family;
}

/// pg_settings: each row is a family of its own, with its head.
std::string families(const Column& column, const base::Cells& cells, std::string labels) {
  if (!labels.empty()) labels += '}';
  std::string out;
  for (std::size_t r = 0; r < cells.rows(); ++r) {
    const auto value = cells.at(r, 2);
    if (!value) continue;
    const std::string metric = std::string(column.metric).append(*cells.at(r, 0));
    head(out, metric, *cells.at(r, 1), Use::gauge);
    sample(out, metric, labels, *value);
  }
  return out;
}

/// The braces of every row, written once and used by each of its values: one string per row, one arena for
/// all.
struct RowLabels {
  std::string text;
  std::vector<std::size_t> ends;

  std::string_view of(std::size_t row) const {
    const std::size_t begin = row == 0 ? 0 : ends[row - 1];
    return std::string_view(text).substr(begin, ends[row] - begin);
  }
};

RowLabels row_labels(std::span<const Column> columns, const base::Cells& cells, const std::string& constant) {
  RowLabels rows;
  rows.ends.reserve(cells.rows());
  std::string line;
  for (std::size_t r = 0; r < cells.rows(); ++r) {
    line = constant;
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (columns[c].use == Use::label) add_label(line, columns[c].name, *cells.at(r, c));
    if (!line.empty()) line += '}';
    rows.text += line;
    rows.ends.push_back(rows.text.size());
  }
  return rows;
}

/// The samples of one column.
void add_samples(std::string& out, const Column& column, std::size_t place, const base::Cells& cells,
                 const RowLabels& labels) {
  for (std::size_t r = 0; r < cells.rows(); ++r) {
    const auto cell = cells.at(r, place);
    if (!cell) continue;
    if (column.use == Use::histogram)
      histogram(out, column, labels.of(r), *cell);
    else
      sample(out, column.metric, labels.of(r), *cell);
  }
}

/// The same in a string of just that size: it stays for as long as the sheet does.
std::string samples_of(const Column& column, std::size_t place, const base::Cells& cells,
                       const RowLabels& labels) {
  std::string out;
  std::size_t size = 0;
  for (std::size_t r = 0; r < cells.rows(); ++r)
    if (const auto value = cells.at(r, place))
      size += column.metric.size() + labels.of(r).size() + value->size() + 2;
  if (column.use != Use::histogram) out.reserve(size);
  add_samples(out, column, place, cells, labels);
  out.shrink_to_fit();
  return out;
}

/// The text of each column of a sheet; empty for labels.
std::vector<std::string> samples_of(std::span<const Column> columns, const base::Cells& cells,
                                    const std::string& constant) {
  std::vector<std::string> out(columns.size());
  if (is_family(columns)) {
    out[2] = families(columns[2], cells, constant);
    return out;
  }
  const RowLabels labels = row_labels(columns, cells, constant);
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (columns[c].use != Use::label) out[c] = samples_of(columns[c], c, cells, labels);
  return out;
}

/// The whole of a sheet that has its families for itself.
std::string table_of(std::span<const Column> columns, const base::Cells& cells, const std::string& constant) {
  if (is_family(columns)) return families(columns[2], cells, constant);
  const RowLabels rows = row_labels(columns, cells, constant);
  constexpr std::size_t kHead = 32;   // without name and help
  constexpr std::size_t kValue = 12;  // a guess, with blank and newline
  std::size_t size = 0;
  for (const Column& column : columns)
    if (column.use != Use::label)
      size += kHead + 2 * column.metric.size() + column.help.size() + rows.text.size() +
              cells.rows() * (column.metric.size() + kValue);
  std::string out;
  out.reserve(size);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].use == Use::label) continue;
    const std::size_t start = out.size();
    head(out, columns[c].metric, columns[c].help, columns[c].use);
    const std::size_t headed = out.size();
    add_samples(out, columns[c], c, cells, rows);
    if (out.size() == headed) out.resize(start);
  }
  return out;
}

/// What stands before each column's samples. A family's rows bring their own.
std::vector<std::string> heads_of(std::span<const Column> columns) {
  std::vector<std::string> out(columns.size());
  for (std::size_t c = 0; c < columns.size() && !is_family(columns); ++c)
    if (columns[c].use != Use::label) head(out[c], columns[c].metric, columns[c].help, columns[c].use);
  return out;
}

}  // namespace

PageRenderer::PageRenderer(const ConstantLabels& labels) : labels_(constant_part(labels)) {}

PageRenderer::Kept& PageRenderer::keep(const model::Part& part) {
  Kept& kept = next_[part.sheet.get()];
  if (const auto known = kept_.find(part.sheet.get()); !kept.sheet && known != kept_.end())
    kept = std::move(known->second);
  kept.sheet = part.sheet;
  return kept;
}

PageRenderer::Columns PageRenderer::samples(const model::Part& part, const model::CollectorSpec& spec) {
  Kept& kept = keep(part);
  kept.whole.reset();
  if (!kept.samples)
    kept.samples = std::make_shared<const std::vector<std::string>>(
        samples_of(spec.columns, part.sheet->cells, labels_));
  return kept.samples;
}

Piece PageRenderer::whole(const model::Part& part, const model::CollectorSpec& spec) {
  Kept& kept = keep(part);
  kept.samples.reset();
  if (!kept.whole) {
    std::string text = table_of(spec.columns, part.sheet->cells, labels_);
    text.shrink_to_fit();
    kept.whole = std::make_shared<const std::string>(std::move(text));
  }
  return kept.whole;
}

std::vector<Piece> PageRenderer::operator()(const model::Snapshot& snapshot) {
  std::vector<Piece> page;
  std::vector<Columns> parts;
  for (const model::Entry& entry : snapshot.entries) {
    std::vector<const model::Part*> filled;
    for (const model::Part& part : entry.parts)
      if (part.sheet) filled.push_back(&part);
    if (filled.size() == 1) {
      if (Piece text = whole(*filled[0], *entry.spec); !text->empty()) page.push_back(std::move(text));
      continue;
    }
    auto& heads = heads_[entry.spec];
    if (!heads) heads = std::make_shared<const std::vector<std::string>>(heads_of(entry.spec->columns));
    parts.clear();
    for (const model::Part* part : filled) parts.push_back(samples(*part, *entry.spec));
    for (std::size_t c = 0; c < heads->size(); ++c) {
      bool headed = (*heads)[c].empty();
      for (const Columns& part : parts) {
        if ((*part)[c].empty()) continue;
        if (!headed) page.emplace_back(heads, &(*heads)[c]);
        headed = true;
        page.emplace_back(part, &(*part)[c]);
      }
    }
  }
  kept_ = std::exchange(next_, {});
  return page;
}

std::string exposition(const model::Snapshot& snapshot, const ConstantLabels& labels) {
  std::string out;
  for (const Piece& piece : PageRenderer(labels)(snapshot)) out += *piece;
  return out;
}

std::string exposition(std::span<const model::Column> columns, const base::Cells& cells,
                       const ConstantLabels& labels) {
  return table_of(columns, cells, constant_part(labels));
}

}  // namespace pgvigil::render
