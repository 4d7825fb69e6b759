#pragma once

#include <span>
#include <string>

#include "pgvigil/model/rule.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::render {

/// pgvigil_threshold_value{rule}, _limit{rule,severity} and _state{rule} (0 ok, 1 warning, 2 critical) in
/// Prometheus' text format. What cannot be known has neither value nor state.
std::string thresholds(std::span<const model::Finding> findings, const ConstantLabels& labels = {});

}  // namespace pgvigil::render
