#include "pgvigil/base/cells.hpp"

#include <stdexcept>

namespace pgvigil::base {

std::optional<std::string_view> Cells::at(std::size_t row, std::size_t column) const {
  const std::size_t index = row * columns_ + column;
  const std::uint32_t end = ends_[index];
  if ((end & kNull) != 0) return std::nullopt;
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1] & ~kNull;
  return std::string_view(text_).substr(begin, end - begin);
}

void Cells::add(std::string_view text) {
  if (text_.size() + text.size() >= kNull) throw std::length_error("a table of more than 2 GiB");
  text_.append(text);
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

void Cells::add_null() { ends_.push_back(static_cast<std::uint32_t>(text_.size()) | kNull); }

void Cells::truncate(std::size_t rows) {
  if (rows >= this->rows()) return;
  ends_.resize(rows * columns_);
  text_.resize(ends_.empty() ? 0 : ends_.back() & ~kNull);
}

void Cells::shrink() {
  text_.shrink_to_fit();
  ends_.shrink_to_fit();
}

}  // namespace pgvigil::base
