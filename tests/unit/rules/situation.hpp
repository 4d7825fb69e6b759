#pragma once

#include <array>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/model/rule.hpp"

namespace pgvigil::rules {

/// A table written down in a test: cells in the order of the columns; an empty cell is NULL.
struct Table {
  std::string_view collector;
  std::vector<model::Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// A snapshot made by hand, with the history beside it. Owns the specs that the snapshot views.
class Situation {
 public:
  Situation() { snapshot.up = true; }

  void add(Table table) {
    Table& kept = tables_.emplace_back(std::move(table));
    model::CollectorSpec& spec = specs_.emplace_back();
    spec.name = kept.collector;
    spec.columns = kept.columns;
    model::Sheet sheet{base::Cells(kept.columns.size()), 0};
    for (const auto& row : kept.rows) {
      for (const std::string& cell : row) {
        if (cell.empty())
          sheet.cells.add_null();
        else
          sheet.cells.add(cell);
      }
    }
    model::Part part;
    part.sheet = std::make_shared<const model::Sheet>(std::move(sheet));
    snapshot.entries.push_back({&spec, {part}});
  }

  void add_without_rows(std::string_view collector, model::Outcome outcome) {
    add({collector, {}, {}});
    snapshot.entries.back().parts[0].sheet = nullptr;
    snapshot.entries.back().parts[0].outcome = std::move(outcome);
  }

  /// Values of a running total, a minute apart.
  static std::deque<model::Sample> total(std::initializer_list<double> values) {
    std::deque<model::Sample> samples;
    base::SteadyTime at{base::Seconds(100'000)};
    for (const double value : values) {
      samples.push_back({at, value});
      at += base::Seconds(60);
    }
    return samples;
  }

  model::Snapshot snapshot;
  model::History history;

 private:
  std::deque<Table> tables_;
  std::deque<model::CollectorSpec> specs_;
};

}  // namespace pgvigil::rules
