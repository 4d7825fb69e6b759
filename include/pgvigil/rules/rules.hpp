#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "pgvigil/model/rule.hpp"

namespace pgvigil::rules {

/// The one table of rules, in the order in which people read it; the five thresholds stand first.
std::span<const model::Rule* const> rules();

/// A recording rule that is no rule's own indicator.
struct Record {
  std::string_view name;  ///< level:metric:operation
  std::string_view promql;
};

/// What the rules' expressions share beside the indicators that name a record themselves.
std::span<const Record> records();

/// The operator's numbers, by rule id; a rule that is absent keeps the table's.
using LimitOverrides = std::map<std::string, model::Limits, std::less<>>;

/// Every rule that one snapshot suffices for, held against what is known now. Pure. A reading without a value
/// has no state.
std::vector<model::Finding> evaluate(std::span<const model::Rule* const> rules, const LimitOverrides& limits,
                                     const model::Snapshot& snapshot, const model::History& history);

}  // namespace pgvigil::rules
