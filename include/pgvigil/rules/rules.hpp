#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "pgvigil/model/rule.hpp"

namespace pgvigil::rules {

/// The one table of thresholds, in the order in which people read it.
std::span<const model::Rule* const> rules();

/// The operator's numbers, by rule id; a rule that is absent keeps the table's.
using LimitOverrides = std::map<std::string, model::Limits, std::less<>>;

/// Every rule held against what is known now. Pure. A reading without a value has no state.
std::vector<model::Finding> evaluate(std::span<const model::Rule* const> rules, const LimitOverrides& limits,
                                     const model::Snapshot& snapshot, const model::History& history);

}  // namespace pgvigil::rules
