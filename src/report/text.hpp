#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/model/rule.hpp"

/// Quantities and tables as the report shows them: Markdown.
namespace pgvigil::report {

std::string bytes(double value);       ///< 812 B, 1.5 MiB, 20 GiB
std::string percent(double ratio);     ///< 0.42 %, 87.3 %, 120 %
std::string duration(double seconds);  ///< 0.21 ms, 42 s, 90 min, 36 h, 12.5 days
std::string count(double value);       ///< 1,234,567; what is under 10 with two digits: 0.25
std::string amount(double value, model::Unit unit);
std::string time_text(std::int64_t time);  ///< 2026-05-01 00:00

/// A text from outside as code, safe in a cell: on one line, bytes that are no UTF-8 as \xNN, `|` escaped.
std::string code(std::string_view text);

/// A table of Markdown. A title that begins with `>` is of a column of numbers, aligned right.
class Table {
 public:
  explicit Table(std::vector<std::string_view> titles);

  /// As many cells as there are titles, of Markdown that is safe in a cell.
  void add(const std::vector<std::string>& cells);
  bool empty() const { return rows_.empty(); }
  std::string text() const { return head_ + rows_; }

 private:
  std::string head_;
  std::string rows_;
};

/// "No data: REASON."
std::string no_data(std::string_view reason);

}  // namespace pgvigil::report
