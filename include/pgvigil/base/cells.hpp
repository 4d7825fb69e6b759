#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pgvigil::base {

/// A table of text cells, row by row in one arena: what PostgreSQL sends, and what a page is rendered from.
/// A cell is text or NULL. At most 2 GiB of text.
class Cells {
 public:
  explicit Cells(std::size_t columns) : columns_(columns) {}

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return columns_ == 0 ? 0 : ends_.size() / columns_; }

  /// The cell, or nothing where it is NULL. The view lives as long as no cell is added.
  std::optional<std::string_view> at(std::size_t row, std::size_t column) const;

  void add(std::string_view text);
  void add_null();
  /// A whole row; a view of nothing, whose data() is null, is NULL.
  void add_row(std::span<const std::string_view> row);
  /// Whether the row has the same cells as that row of `other`, which has as many columns.
  bool same_row(std::size_t row, const Cells& other, std::size_t others) const;
  bool operator==(const Cells&) const = default;
  /// Keeps the first `rows` rows.
  void truncate(std::size_t rows);
  /// Gives unused capacity back.
  void shrink();

 private:
  static constexpr std::uint32_t kNull = 0x80000000U;  // marks an end offset: the cell is NULL

  /// Where the text of a cell begins, by its index.
  std::uint32_t begin_of(std::size_t index) const { return index == 0 ? 0 : ends_[index - 1] & ~kNull; }

  std::size_t columns_;
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

}  // namespace pgvigil::base
