#include "pgvigil/collect/statement_book.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pgvigil::collect {
namespace {

constexpr std::size_t kFewestSlots = 64;
constexpr std::size_t kSpacious = 4;  // times what is needed: memory that goes back

/// Where a key wants to be: a query's id is a hash already; the multiplication (Knuth's, by 2^64 over the
/// golden ratio) spreads the rest.
std::uint64_t hash(const StatementKey& key) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;
  const std::uint64_t ids = (std::uint64_t{key.user} << 32 | key.database) * 2 + (key.nested ? 1 : 0);
  const std::uint64_t mixed = (static_cast<std::uint64_t>(key.query) ^ ids * kGolden) * kGolden;
  return mixed ^ mixed >> 32;
}

}  // namespace

std::size_t StatementBook::slot(const StatementKey& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash(key) & mask;
  while (slots_[at] != 0 && entries_[slots_[at] - 1].key != key) at = (at + 1) & mask;
  return at;
}

void StatementBook::index() {
  slots_.assign(std::max(kFewestSlots, std::bit_ceil(entries_.size() * 2 + 2)), 0);
  for (std::uint32_t row = 0; row < entries_.size(); ++row) slots_[slot(entries_[row].key)] = row + 1;
}

std::uint32_t StatementBook::seen(const StatementKey& key) {
  if (entries_.size() * 2 >= slots_.size()) index();
  std::uint32_t& place = slots_[slot(key)];
  if (place == 0) {
    entries_.push_back({key, 0});
    counters_.resize(counters_.size() + width_);
    place = static_cast<std::uint32_t>(entries_.size());
  }
  seen_again(place - 1);
  return place - 1;
}

void StatementBook::seen_again(std::uint32_t row) {
  if (std::exchange(entries_[row].turn, turn_) != turn_) ++seen_;
}

std::optional<std::uint32_t> StatementBook::find(const StatementKey& key) const {
  const std::uint32_t place = slots_.empty() ? 0 : slots_[slot(key)];
  if (place == 0 || entries_[place - 1].turn != turn_) return std::nullopt;
  return place - 1;
}

void StatementBook::widen(std::size_t width) {
  std::vector<double> wider(entries_.size() * width);
  for (std::size_t row = 0; row < entries_.size(); ++row)
    std::ranges::copy(counters(static_cast<std::uint32_t>(row)), wider.data() + row * width);
  counters_ = std::move(wider);
  width_ = width;
}

bool StatementBook::forget_unseen() {
  const bool forgets = seen_ < entries_.size();
  if (forgets) {
    std::size_t kept = 0;
    for (std::size_t row = 0; row < entries_.size(); ++row) {
      if (entries_[row].turn != turn_) continue;
      std::ranges::copy(counters(static_cast<std::uint32_t>(row)), counters_.data() + kept * width_);
      entries_[kept++] = entries_[row];
    }
    entries_.resize(kept);
    counters_.resize(kept * width_);
    if (entries_.capacity() > kSpacious * std::max(kept, kFewestSlots)) {
      entries_.shrink_to_fit();
      counters_.shrink_to_fit();
      slots_ = std::vector<std::uint32_t>();  // {} would keep its memory
    }
    index();
  }
  ++turn_;
  seen_ = 0;
  return forgets;
}

}  // namespace pgvigil::collect
