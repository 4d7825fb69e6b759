#include "pgvigil/base/cells.hpp"

#include <stdexcept>

namespace pgvigil::base {

std::optional<std::string_view> Cells::at(std::size_t row, std::size_t column) const {
  const std::size_t index = row * columns_ + column;
  const std::uint32_t end = ends_[index];
  if ((end & kNull) != 0) return std::nullopt;
  const std::size_t begin = begin_of(index);
  return std::string_view(text_).substr(begin, end - begin);
}

bool Cells::same_row(std::size_t row, const Cells& other, std::size_t others) const {
  const std::size_t first = row * columns_;
  const std::size_t others_first = others * columns_;
  const std::uint32_t begin = begin_of(first);
  const std::uint32_t others_begin = other.begin_of(others_first);
  std::uint32_t different = 0;
  for (std::size_t c = 0; c < columns_; ++c)
    different |= (ends_[first + c] - begin) ^ (other.ends_[others_first + c] - others_begin);
  if (different != 0) return false;
  const std::uint32_t size = begin_of(first + columns_) - begin;
  return std::string_view(text_).substr(begin, size) ==
         std::string_view(other.text_).substr(others_begin, size);
}

void Cells::too_large() { throw std::length_error("a table of more than 2 GiB"); }

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
