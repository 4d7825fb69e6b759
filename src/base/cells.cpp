#include "pgvigil/base/cells.hpp"

#include <cstring>
#include <stdexcept>

namespace pgvigil::base {
namespace {

[[noreturn]] void too_large() { throw std::length_error("a table of more than 2 GiB"); }

}  // namespace

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

void Cells::add(std::string_view text) {
  if (text.size() >= kNull - text_.size()) too_large();
  text_.append(text);
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

void Cells::add_null() { ends_.push_back(static_cast<std::uint32_t>(text_.size()) | kNull); }

void Cells::add_row(std::span<const std::string_view> row) {
  const std::size_t begin = text_.size();
  std::size_t size = begin;
  for (const std::string_view cell : row) size += cell.size();
  if (size >= kNull) too_large();
  text_.resize(size);
  ends_.resize(ends_.size() + row.size());
  std::uint32_t* end = &ends_[ends_.size() - row.size()];
  char* const text = text_.data();
  std::size_t at = begin;
  for (const std::string_view cell : row) {
    if (!cell.empty()) std::memcpy(text + at, cell.data(), cell.size());
    at += cell.size();
    *end++ = static_cast<std::uint32_t>(at) | (cell.data() == nullptr ? kNull : 0);
  }
}

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
