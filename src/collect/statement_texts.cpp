#include "pgvigil/collect/statement_texts.hpp"

#include <algorithm>

#include "collect/number.hpp"

namespace pgvigil::collect {

std::string StatementTexts::unknown(std::span<const std::int64_t> queries) const {
  std::string array;
  for (const std::int64_t query : queries)
    if (!texts_.contains(query)) array += (array.empty() ? "{" : ",") + std::to_string(query);
  return array.empty() ? array : array + "}";
}

void StatementTexts::learn(const pg::Rows& rows, std::span<const std::int64_t> queries) {
  for (std::size_t r = 0; r < rows.cells.rows(); ++r) {
    const auto text = rows.cells.at(r, 1);
    texts_[to_number<std::int64_t>(rows.cells.at(r, 0))] =
        text ? std::optional(std::string(*text)) : std::nullopt;
  }
  if (texts_.size() > queries.size() * 2)
    std::erase_if(
        texts_, [&](const auto& known) { return std::ranges::find(queries, known.first) == queries.end(); });
}

pg::Rows StatementTexts::of(std::span<const std::int64_t> queries) const {
  pg::Rows rows{{"queryid", "query", "present"}, base::Cells(3)};
  for (const std::int64_t query : queries) {
    const auto known = texts_.find(query);
    if (known == texts_.end() || !known->second) continue;
    rows.cells.add(std::to_string(query));
    rows.cells.add(*known->second);
    rows.cells.add("1");
  }
  return rows;
}

}  // namespace pgvigil::collect
