#include "pgvigil/render/exposition.hpp"

#include <algorithm>
#include <vector>

#include "pgvigil/base/text.hpp"

namespace pgvigil::render {
namespace {

using model::Column;
using model::Use;

/// HELP escapes backslash and newline, a label's value the double quote too.
void escape(std::string& out, std::string_view text, bool quoted) {
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
  for (const double bound : column.bounds.each)
    sample(out, metric + "_bucket", open + base::number(bound) + "\"}", next());
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

/// pg_settings: each row is a family of its own.
void render_families(std::string& out, const model::Entry& entry, std::string labels) {
  const Column& column = entry.spec->columns[2];
  if (!labels.empty()) labels += '}';
  for (const model::Part& part : entry.parts) {
    if (!part.sheet) continue;
    for (std::size_t r = 0; r < part.sheet->cells.rows(); ++r) {
      const auto value = part.sheet->cells.at(r, 2);
      if (!value) continue;
      const std::string metric = std::string(column.metric).append(*part.sheet->cells.at(r, 0));
      head(out, metric, *part.sheet->cells.at(r, 1), Use::gauge);
      sample(out, metric, labels, *value);
    }
  }
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

RowLabels row_labels(const model::CollectorSpec& spec, const base::Cells& cells,
                     const std::string& constant) {
  RowLabels rows;
  rows.ends.reserve(cells.rows());
  std::string line;
  for (std::size_t r = 0; r < cells.rows(); ++r) {
    line = constant;
    for (std::size_t c = 0; c < spec.columns.size(); ++c)
      if (spec.columns[c].use == Use::label) add_label(line, spec.columns[c].name, *cells.at(r, c));
    if (!line.empty()) line += '}';
    rows.text += line;
    rows.ends.push_back(rows.text.size());
  }
  return rows;
}

void render_columns(std::string& out, const model::Entry& entry, const std::string& constant) {
  const auto columns = entry.spec->columns;
  std::vector<RowLabels> labels;
  for (const model::Part& part : entry.parts)
    labels.push_back(part.sheet ? row_labels(*entry.spec, part.sheet->cells, constant) : RowLabels{});

  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].use == Use::label) continue;
    bool headed = false;
    for (std::size_t p = 0; p < entry.parts.size(); ++p) {
      if (!entry.parts[p].sheet) continue;
      const base::Cells& cells = entry.parts[p].sheet->cells;
      for (std::size_t r = 0; r < cells.rows(); ++r) {
        const auto value = cells.at(r, c);
        if (!value) continue;
        if (!headed) head(out, columns[c].metric, columns[c].help, columns[c].use);
        headed = true;
        if (columns[c].use == Use::histogram)
          histogram(out, columns[c], labels[p].of(r), *value);
        else
          sample(out, columns[c].metric, labels[p].of(r), *value);
      }
    }
  }
}

}  // namespace

std::string exposition(const model::Snapshot& snapshot, const ConstantLabels& labels,
                       std::size_t expected_size) {
  const std::string constant = constant_part(labels);
  std::string out;
  out.reserve(expected_size);
  for (const model::Entry& entry : snapshot.entries) {
    const auto columns = entry.spec->columns;
    if (columns.size() == 3 && columns[2].use == Use::family)
      render_families(out, entry, constant);
    else
      render_columns(out, entry, constant);
  }
  return out;
}

std::string exposition(std::span<const model::Column> columns, base::Cells cells,
                       const ConstantLabels& labels) {
  model::CollectorSpec spec;
  spec.columns = columns;
  model::Part part;
  part.sheet = std::make_shared<const model::Sheet>(model::Sheet{std::move(cells), 0});
  std::string out;
  render_columns(out, {&spec, {std::move(part)}}, constant_part(labels));
  return out;
}

}  // namespace pgvigil::render
